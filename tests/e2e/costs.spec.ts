import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { kurrentDbUrl, notRun } from '../support/kurrentdb.js';
import { type TestDatabase, testDatabase } from '../support/test-database.js';
import { openPool } from '../../libs/event-sourcing/postgres.js';
import type { EventStore } from '../../libs/event-sourcing/event-store.js';
import { handleCommands, type Instruction } from '../../libs/event-sourcing/index.js';
import { KurrentDbEventStore } from '../../libs/event-sourcing/stores/kurrentdb/kurrentdb-event-store.js';
import { PostgresEventStore } from '../../libs/event-sourcing/stores/postgres/postgres-event-store.js';
import { StreamMemory } from '../../libs/event-sourcing/stream-memory.js';
import type { AnyStreamKind } from '../../libs/event-sourcing/stream-kind.js';
import {
  noted,
  type Noted,
  notebookSwitches,
  notesView,
} from '../../libs/event-sourcing/views/notes.fixtures.js';
import { Projector } from '../../libs/event-sourcing/views/projector.js';
import { verifyViews } from '../../libs/event-sourcing/views/verify.js';

let decided = 0;

/** Every command is accepted; what its folds cost is counted. */
const counted: AnyStreamKind = {
  category: 'carnet',
  facts: { Note: { version: 1, schema: z.looseObject({}), sentence: () => 'note' } },
  decider: {
    initial: 0,
    decide: ({ data }: { data: Noted['data'] }) => [{ type: 'Note', data }],
    evolve: (count: number) => {
      decided += 1;
      return count + 1;
    },
  },
};

const logs: [string, number, ((database: TestDatabase) => EventStore) | undefined][] = [
  ['PostgreSQL', 1, (database) => new PostgresEventStore(database.application)],
  [
    'KurrentDB',
    5,
    kurrentDbUrl === undefined
      ? undefined
      : () => new KurrentDbEventStore({ url: kurrentDbUrl!, prefix: `t-${randomUUID()}` }),
  ],
];

describe.each(logs)('the unusual, on %s', (_, part, open) => {
  if (!open) {
    it.todo(notRun!);
    return;
  }
  const view = notesView(1);
  let database: TestDatabase;
  let store: EventStore;
  beforeAll(async () => {
    database = await testDatabase();
    store = open(database);
  });
  afterAll(async () => {
    const pool = openPool(database.application);
    expect((await verifyViews(store, pool, [view], [counted], { sample: 50 })).wrong).toEqual([]);
    await pool.end();
    await store.close();
    await database.drop();
  });

  const projecting = async (memory: StreamMemory) => {
    const projector = new Projector(store, database.application, [view], [counted], { memory });
    await projector.prepare();
    await projector.catchUp();
    return projector;
  };
  const day = (n: number, of: number) => `2018-03-${String(1 + Math.floor((n / of) * 27)).padStart(2, '0')}`;
  const long = async (length: number): Promise<string> => {
    const stream = `carnet-${randomUUID()}`;
    for (let from = 0; from < length; from += 500) {
      const events = Array.from({ length: 500 }, (__, n) =>
        noted(stream, { n: 5, keys: [] }, { on: day(from + n, length) }),
      );
      await store.append([{ stream, expected: from === 0 ? 'noStream' : from - 1, events }]);
    }
    return stream;
  };
  const instruction = (stream: string, does: Instruction['does']): Instruction => ({
    id: randomUUID(),
    kind: counted,
    reference: stream.slice('carnet-'.length),
    does,
    author: 'a',
    statedOn: '2018-06-30',
  });
  const correcting = (stream: string, revision: number): Instruction =>
    instruction(stream, {
      correcting: { revision, replacement: { type: 'Note', data: { n: 5, keys: ['a'] } } },
    });
  /** How often rules and views were folded, by their own count. */
  const folds = async (work: () => Promise<unknown>): Promise<[decided: number, viewed: number]> => {
    const before = [decided, notebookSwitches.folds] as const;
    await work();
    return [decided - before[0], notebookSwitches.folds - before[1]];
  };

  it('folds a stream of 20,000 events one and a half times at most for one correction, from command to view', async () => {
    const length = 20_000 / part;
    const stream = await long(length);
    await (await projecting(new StreamMemory(store))).close();
    const memory = new StreamMemory(store);
    const projector = await projecting(memory);
    const correct = (revision: number) =>
      folds(async () => {
        await handleCommands(store, [correcting(stream, revision)], { memory });
        await projector.catchUp();
      });
    // Of which nobody held anything; then what follows the corrected event only.
    for (const count of await correct(length / 2)) expect(count).toBeLessThanOrEqual(1.5 * length + 10);
    for (const count of await correct(length - 100)) expect(count).toBeLessThanOrEqual(2 * 100 + 10);
    await projector.close();
  });

  it('folds no more for each of 3,000 corrections of one another than for each of 500', async () => {
    const chain = async (length: number) => {
      const stream = `carnet-${randomUUID()}`;
      const memory = new StreamMemory(store);
      const projector = await projecting(memory);
      const counts = await folds(async () => {
        await handleCommands(
          store,
          [instruction(stream, { command: { type: 'Noter', data: { n: 5, keys: ['a'] } } })],
          { memory },
        );
        for (let revision = 0; revision < length; revision += 1) {
          await handleCommands(store, [correcting(stream, revision)], { memory });
          if (revision % 20 === 0) await projector.catchUp();
        }
        await projector.catchUp();
      });
      await projector.close();
      return counts;
    };
    const [few, many] = [await chain(500 / part), await chain(3000 / part)];
    for (const which of [0, 1] as const) expect(many[which]).toBeLessThanOrEqual(6 * few[which]);
  });

  it('folds no more for each of 2,000 commands of one batch than for each of 500', async () => {
    const batch = (size: number) => {
      const stream = `carnet-${randomUUID()}`;
      const command = { type: 'Noter', data: { n: 5, keys: ['a'] } };
      return folds(() =>
        handleCommands(
          store,
          Array.from({ length: size }, () => instruction(stream, { command })),
        ),
      );
    };
    const [[few], [many]] = [await batch(500 / part), await batch(2000 / part)];
    expect(many).toBeLessThanOrEqual(5 * few);
  });
});
