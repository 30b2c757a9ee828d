import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Command } from 'commander';
import { type Environment, projectRoot } from '../../libs/config/index.js';
import { InvalidInput } from '../../libs/event-sourcing/index.js';
import { diff, lire, type Registre } from '../../libs/registre/index.js';
import { report } from '../failure.js';
import { print } from '../output.js';
import { importeEnClair, importOne } from './record.command.js';
import { withRegistre } from './session.js';
import { differencesEnClair, tableau, vue } from './views.command.js';

const DEMO_FILES = ['apogee-rof-1.yaml', 'apogee-rof-2.yaml'];

interface ServeFlags {
  readonly port?: string;
  readonly host?: string;
  readonly serve?: boolean;
}

export function serveCommands(program: Command): void {
  program
    .command('serve')
    .description('l’API et le projecteur, dans un seul processus')
    .option('--port <n>', 'le port (MINUTIER_PORT, 3000)')
    .option('--host <adresse>', 'l’adresse (MINUTIER_HOST, 127.0.0.1)')
    .action(async (options: ServeFlags) =>
      withRegistre((registre, environment) => serve(registre, environment, options)),
    );

  program
    .command('demo')
    .description(
      'enregistre les deux séances d’Apogée/ROF, montre ce qui a changé de l’une à l’autre, puis sert l’API',
    )
    .option('--port <n>', 'le port (MINUTIER_PORT, 3000)')
    .option('--host <adresse>', 'l’adresse (MINUTIER_HOST, 127.0.0.1)')
    .option('--no-serve', 's’arrête après les tableaux')
    .action(async (options: ServeFlags) =>
      withRegistre(async (registre, environment) => {
        await record(registre, environment);
        await show(registre);
        if (options.serve) await serve(registre, environment, options);
      }),
    );
}

async function record(registre: Registre, { sources }: Environment): Promise<void> {
  for (const file of DEMO_FILES) {
    const text = readFileSync(join(projectRoot(), 'apps', 'cli', 'demo', file), 'utf8');
    print(importeEnClair(await importOne(registre, file, text, { sources }), false));
  }
}

async function show(registre: Registre): Promise<void> {
  const actions = vue('actions');
  for (const asOf of ['apogee-rof/1', 'apogee-rof/2']) {
    const { point, items } = await lire(registre, actions.view, { asOf });
    print(`\n${tableau(actions, point, items)}`);
  }
  const differences = await diff(registre, actions.view, { from: 'apogee-rof/1', to: 'apogee-rof/2' });
  print(`\n${differencesEnClair(actions, differences)}\n`);
}

/** Serves until it is told to stop; a second signal does not wait for the requests under way. */
async function serve(registre: Registre, environment: Environment, flags: ServeFlags): Promise<void> {
  const port = flags.port === undefined ? environment.port : Number(flags.port);
  if (!Number.isInteger(port) || port < 0 || port > 65535)
    throw new InvalidInput([{ path: 'port', message: `« ${flags.port} » n’est pas un numéro de port` }]);
  // The web server loads only where it is needed: other commands start faster without it.
  const { startServer } = await import('../api/server.js');
  const server = await startServer(registre, {
    ...environment,
    port,
    host: flags.host ?? environment.host,
    report,
  });
  print(`API : ${server.url}/api/v1   documentation : ${server.url}/openapi.json`);
  print(`Données : ${registre.database.description}   arrêt : Ctrl-C`);
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
