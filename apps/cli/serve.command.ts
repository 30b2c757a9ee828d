import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Command } from 'commander';
import { type Environment, projectRoot } from '../../libs/config/index.js';
import { InvalidInput } from '../../libs/event-sourcing/index.js';
import type { Bus } from '../../libs/bus/index.js';
import { diff, readView, type Registre } from '../../libs/registre/index.js';
import type { Server } from '../api/server.js';
import { report } from '../failure.js';
import { print, printJson } from '../output.js';
import { importeEnClair, importOne, resume } from './record.command.js';
import { withJson, withRegistre } from './session.js';
import { differencesEnClair, entete, tableau, vue } from './views.command.js';

const DEMO_FILES = ['apogee-rof-1.yaml', 'apogee-rof-2.yaml'];

interface ServeFlags {
  readonly json?: boolean;
  readonly port?: string;
  readonly host?: string;
  readonly serve?: boolean;
}

export function serveCommands(program: Command): void {
  withJson(program.command('serve'))
    .description('l’API et le projecteur, dans un seul processus')
    .option('--port <n>', 'le port (MINUTIER_PORT, 3000)')
    .option('--host <adresse>', 'l’adresse (MINUTIER_HOST, 127.0.0.1)')
    .action(async (options: ServeFlags) =>
      withRegistre(async (registre, environment) => {
        const server = await startServing(registre, environment, options);
        if (options.json) printJson(adresses(registre, server));
        else tellAddresses(registre, server);
        await serveUntilTold(registre, server);
      }),
    );

  withJson(program.command('demo'))
    .description(
      'enregistre les deux séances d’Apogée/ROF, montre ce qui a changé de l’une à l’autre, puis sert l’API',
    )
    .option('--port <n>', 'le port (MINUTIER_PORT, 3000)')
    .option('--host <adresse>', 'l’adresse (MINUTIER_HOST, 127.0.0.1)')
    .option('--no-serve', 's’arrête après les tableaux')
    .action(async (options: ServeFlags) =>
      withRegistre(async (registre, environment, bus) => {
        const imports = await record(bus, environment, options);
        const shown = await show(bus, options);
        // One document: it says where the API is, or is whole without.
        const server = options.serve ? await startServing(registre, environment, options) : undefined;
        if (options.json) printJson({ imports, ...shown, ...(server && adresses(registre, server)) });
        else if (server) tellAddresses(registre, server);
        if (server) await serveUntilTold(registre, server);
      }),
    );
}

async function record(bus: Bus, { sources }: Environment, { json }: ServeFlags) {
  const done = [];
  for (const file of DEMO_FILES) {
    const text = readFileSync(join(projectRoot(), 'apps', 'cli', 'demo', file), 'utf8');
    const imported = await importOne(bus, file, text, { sources });
    if (!json) print(importeEnClair(imported, false));
    done.push(resume(imported, false));
  }
  return done;
}

async function show(bus: Bus, { json }: ServeFlags) {
  const actions = vue('actions');
  const tables = [];
  for (const asOf of ['apogee-rof/1', 'apogee-rof/2']) {
    const { basis, items } = await bus.read(actions.view.name, (registre) =>
      readView(registre, actions.view, { asOf }),
    );
    if (!json) print(`\n${tableau(actions, basis, items)}`);
    tables.push({ ...entete(basis), items });
  }
  const differences = await bus.read('diff', (registre) =>
    diff(registre, actions.view, { from: 'apogee-rof/1', to: 'apogee-rof/2' }),
  );
  if (!json) print(`\n${differencesEnClair(actions, differences)}\n`);
  const { from, to, ...rest } = differences;
  return { actions: tables, diff: { from: entete(from).asOf, to: entete(to).asOf, ...rest } };
}

async function startServing(
  registre: Registre,
  environment: Environment,
  flags: ServeFlags,
): Promise<Server> {
  const port = flags.port === undefined ? environment.port : Number(flags.port);
  if (!Number.isInteger(port) || port < 0 || port > 65535)
    throw new InvalidInput([{ path: 'port', message: `« ${flags.port} » n’est pas un numéro de port` }]);
  // The web server loads only where it is needed: other commands start faster without it.
  const { startServer } = await import('../api/server.js');
  return startServer(registre, { ...environment, port, host: flags.host ?? environment.host, report });
}

const adresses = (registre: Registre, { url }: Server) => ({
  api: `${url}/api/v1`,
  documentation: `${url}/openapi.json`,
  donnees: registre.database.description,
});

/** Serves until it is told to stop; a second signal does not wait for the requests under way. */
async function serveUntilTold(registre: Registre, server: Server): Promise<void> {
  const stop = new AbortController();
  const projecting = Promise.all([
    registre.projector.run(stop.signal),
    registre.database.embedded?.keepRunning(stop.signal),
  ]);
  await new Promise<void>((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const)
      process.once(signal, () => {
        process.once(signal, () => process.exit(130));
        resolve();
      });
  });
  stop.abort();
  await Promise.all([server.close(), projecting]);
}

function tellAddresses(registre: Registre, server: Server): void {
  const { api, documentation, donnees } = adresses(registre, server);
  print(`API : ${api}   documentation : ${documentation}`);
  print(`Données : ${donnees}   arrêt : Ctrl-C`);
}
