import { randomUUID } from 'node:crypto';
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { migrations } from '../../infra/migrations/index.js';
import {
  EmbeddedPostgres,
  migrate,
  onEmbedded,
  type OwnDatabase,
  projectRoot,
} from '../../libs/config/index.js';
import { digest, type Entry, eventId, type NewEvent } from '../../libs/event-sourcing/index.js';

/** An embedded database for one run, thrown away after it. */
export async function withDatabase(work: (database: OwnDatabase) => Promise<void>): Promise<void> {
  const home = mkdtempSync(join(tmpdir(), 'minutier-bench-'));
  chmodSync(home, 0o755);
  const server = await EmbeddedPostgres.open(home);
  const database = await onEmbedded(server, 'bench');
  try {
    await migrate(database.owner, migrations(join(projectRoot(), 'infra', 'migrations')));
    await work(database);
  } finally {
    server.close();
    await new Promise((resolve) => setTimeout(resolve, 2000));
    rmSync(home, { recursive: true, force: true });
  }
}

export const DAY = '2018-06-30';

/** An event of the size of a real one. */
export function avancement(): NewEvent {
  const commandId = randomUUID();
  return {
    id: eventId(commandId, 0),
    type: 'AvancementConstate',
    version: 1,
    data: { seance: 'bench/1', acteur: null, texte: 'Sollicité, en attente de réponse', code: 'en-attente' },
    metadata: {
      author: 'bench',
      commandId,
      commandDigest: digest(commandId),
      statedOn: DAY,
      effectiveOn: DAY,
    },
  };
}

export const entry = (stream: string, revision: number): Entry => ({
  stream,
  expected: revision === 0 ? 'noStream' : revision - 1,
  events: [avancement()],
});

/** Runs a number of callers until the time is up, each as fast as it is answered; calls per second. */
export async function rate(
  callers: number,
  milliseconds: number,
  call: (caller: number, n: number) => Promise<number>,
): Promise<number> {
  const end = performance.now() + milliseconds;
  const started = performance.now();
  let done = 0;
  await Promise.all(
    Array.from({ length: callers }, async (_, caller) => {
      for (let n = 0; performance.now() < end; n += 1) {
        const calls = await call(caller, n);
        done += calls;
      }
    }),
  );
  return (done / (performance.now() - started)) * 1000;
}

const ROUNDS = 6;
const CALLS = 30;
const WARM_UP = 10;

/**
 * The median time of each call, in milliseconds. The calls take turns by blocks, since the machine's speed
 * drifts. Each round asks the same again, and the first only warms up: what is read is then in memory.
 */
export async function medians<K extends string>(
  calls: Record<K, (n: number) => Promise<unknown>>,
): Promise<Record<K, number>> {
  const spent: Record<string, number[]> = {};
  for (let round = 0; round < ROUNDS; round += 1)
    for (const name of Object.keys(calls) as K[])
      for (let n = 0; n < CALLS; n += 1) {
        const started = performance.now();
        await calls[name](n);
        if (round > 0 && n >= WARM_UP) (spent[name] ??= []).push(performance.now() - started);
      }
  const middle = (all: number[]) => all.toSorted((a, b) => a - b)[Math.floor(all.length / 2)]!;
  return Object.fromEntries(
    Object.entries(spent).map(([name, all]) => [name, middle(all)] as const),
  ) as Record<K, number>;
}

export const line = (what: string, value: string, floor: string, ratio: number, aim: string): void =>
  console.log(
    `${what.padEnd(46)} ${value.padStart(14)}  ${floor.padStart(34)}  ${ratio.toFixed(2).padStart(8)}  ${aim}`,
  );

export const perSecond = (value: number): string => `${Math.round(value).toLocaleString('en')}/s`;
