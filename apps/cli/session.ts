import type { Command } from 'commander';
import type { Bus } from '../../libs/bus/index.js';
import { type Environment, readEnvironment } from '../../libs/config/index.js';
import { InvalidInput } from '../../libs/event-sourcing/index.js';
import { Registre } from '../../libs/registre/index.js';
import { compte } from '../../libs/words/index.js';
import { report } from '../failure.js';
import { note } from '../output.js';

export interface Common {
  readonly json?: boolean;
  readonly auteur?: string;
}

/** Opens the register for one command, and lets it go whatever happens. */
export async function withRegistre<T>(
  work: (registre: Registre, environment: Environment, bus: Bus) => Promise<T>,
  { adopt = false }: { readonly adopt?: boolean } = {},
): Promise<T> {
  const environment = readEnvironment();
  const registre = await Registre.open(environment, {
    adopt,
    onProgress: progress(),
    onError: report,
    onSearching: searching,
    onParked: (view, stream, error) =>
      note(
        `Attention : la vue ${view} ne sait pas lire ${stream} (${String(error)}) ; voir « minutier doctor ».`,
      ),
  });
  try {
    return await withBus(registre, (bus) => work(registre, environment, bus));
  } finally {
    await registre.close();
  }
}

/** A command records and reads by the same bus as a request. */
async function withBus<T>(registre: Registre, work: (bus: Bus) => Promise<T>): Promise<T> {
  // Loaded where it is used: help and faults of the command line need none of it.
  await import('reflect-metadata');
  const [{ NestFactory }, { Bus: bus, BusModule }] = await Promise.all([
    import('@nestjs/core'),
    import('../../libs/bus/index.js'),
  ]);
  const context = await NestFactory.createApplicationContext(BusModule.over(registre), {
    logger: ['error', 'warn'],
    abortOnError: false,
  });
  try {
    return await work(context.get(bus));
  } finally {
    await context.close();
  }
}

const searching = (): void => {
  if (process.stderr.isTTY) note('Recherche du journal parmi les événements d’autres programmes…');
};

/** A line that is rewritten in place; on a terminal only. */
export function progress() {
  const started = Date.now();
  let shown = 0;
  return ({ view, position, head }: { view: string; position: bigint; head: bigint }): void => {
    if (!process.stderr.isTTY || (Date.now() - shown < 200 && position < head) || head < 5000n) return;
    shown = Date.now();
    const rate = (Number(position) / (Date.now() - started)) * 1000;
    const left = Math.ceil(Number(head - position) / rate || 0);
    process.stderr.write(`\r\u001b[K${view} : ${position}/${head}, ${Math.round(rate)}/s, reste ${left} s`);
    if (position >= head) process.stderr.write('\r\u001b[K');
  };
}

/** A count that is rewritten in place; on a terminal only. */
export function counter(): (step: string, count: number) => void {
  let begun = { step: '', at: 0 };
  let shown = 0;
  return (step, count) => {
    if (step !== begun.step) begun = { step, at: Date.now() };
    if (!process.stderr.isTTY || Date.now() - shown < 200) return;
    shown = Date.now();
    const rate = Math.round((count / (shown - begun.at + 1)) * 1000);
    process.stderr.write(`\r\u001b[K${step} : ${compte(count, 'événement')}, ${rate}/s\r`);
  };
}

/** Who records: `--auteur`, or MINUTIER_AUTEUR. */
export function authorOf(options: Common, environment: Environment): string {
  const author = options.auteur ?? environment.author;
  if (!author)
    throw new InvalidInput([{ path: 'auteur', message: 'qui enregistre ? --auteur ou MINUTIER_AUTEUR' }]);
  return author;
}

export const withJson = (command: Command): Command =>
  command.option('--json', 'un document JSON sur la sortie, et rien d’autre');

export const withBasis = (command: Command): Command =>
  command
    .option('--as-of <P>', 'ce qui était connu : une séance (apogee-rof/2), un instant ISO, position:<n>')
    .option('--effective-at <D>', 'ce qui était vrai : un jour AAAA-MM-JJ');
