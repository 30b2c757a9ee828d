import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import pg from 'pg';
import { join } from 'node:path';
import { migrations } from '../../../../infra/migrations/index.js';
import { migrate, projectRoot } from '../../../config/index.js';
import { type TestDatabase, testDatabase } from '../../../../tests/support/test-database.js';
import { eventStoreContract, newEvents } from '../event-store.contract.js';
import { rounds } from '../../../../tests/support/faults.js';
import { StoreUnavailable } from '../../event-store.js';
import { type AppendAnswer, AppendQueue } from './append-queue.js';
import { PostgresEventStore } from './postgres-event-store.js';

eventStoreContract('PostgreSQL', async () => {
  const database = await testDatabase('contract');
  const store = new PostgresEventStore(database.application);
  return {
    store,
    open: () => new PostgresEventStore(database.application),
    withOpenTransaction: async (work) => {
      const neighbour = new pg.Client(database.owner);
      await neighbour.connect();
      await neighbour.query('BEGIN; SELECT pg_current_xact_id()');
      try {
        return await work();
      } finally {
        await neighbour.query('ROLLBACK');
        await neighbour.end();
      }
    },
    killAndRestart: async () => {
      process.kill(database.server.pid!, 'SIGKILL');
      await sleep(50);
      await database.server.ensureRunning();
    },
    close: async () => {
      await store.close();
      await database.drop();
    },
  };
});

describe('the PostgreSQL log', () => {
  let database: TestDatabase;
  let store: PostgresEventStore;
  beforeAll(async () => {
    database = await testDatabase();
    store = new PostgresEventStore(database.application);
    await store.append([
      { stream: 'compte-1', expected: 'noStream', events: newEvents([{ n: 1 }, { n: 2 }]) },
    ]);
  });
  afterAll(async () => {
    await store.close();
    await database.drop();
  });

  const query = async (config: pg.ClientConfig, text: string) => {
    const client = new pg.Client(config);
    await client.connect();
    try {
      return await client.query(text);
    } finally {
      await client.end();
    }
  };

  it.each([
    `UPDATE log.event SET data = '{}'`,
    'DELETE FROM log.event',
    'TRUNCATE log.event',
    `INSERT INTO log.event VALUES (99, 's', 0, gen_random_uuid(), 't', 1, '{}', '{}', now())`,
  ])('refuses the application %s', async (statement) => {
    await expect(query(database.application, statement)).rejects.toThrow(/permission denied/);
  });

  it.each([`UPDATE log.event SET data = '{}'`, 'DELETE FROM log.event', 'TRUNCATE log.event'])(
    'refuses even the owner %s',
    async (statement) => {
      await expect(query(database.owner, statement)).rejects.toThrow(/append-only/);
    },
  );

  it('gives contiguous positions', async () => {
    await store.append([{ stream: 'compte-2', expected: 'any', events: newEvents([{}, {}, {}]) }]);
    await store
      .append([{ stream: 'compte-2', expected: 'noStream', events: newEvents([{}]) }])
      .catch(() => undefined);
    await store.append([{ stream: 'compte-2', expected: 2, events: newEvents([{}]) }]);
    const positions = (await store.readAll(0n, 100)).map(({ position }) => position);
    expect(positions).toEqual(positions.map((_, index) => BigInt(index + 1)));
  });

  it('appends nothing to a copy under way, and to the copy once it is whole', async () => {
    const copy = await testDatabase();
    const copied = new PostgresEventStore(copy.application);
    await copied.beginCopy('another');
    const append = () =>
      copied.append([{ stream: 'compte-1', expected: 'noStream', events: newEvents([{}]) }]);
    await expect(append()).rejects.toThrow(StoreUnavailable);
    await copied.endCopy();
    await append();
    await copied.close();
    await copy.drop();
  });

  it('takes appends whatever the database sets for its sessions', async () => {
    const odd = await testDatabase();
    const name = odd.owner.database!;
    for (const setting of [
      `default_transaction_isolation = 'serializable'`,
      `datestyle = 'SQL, DMY'`,
      `timezone = 'Asia/Kathmandu'`,
      `bytea_output = 'escape'`,
      `default_transaction_read_only = on`,
    ])
      await odd.query(`ALTER DATABASE "${name}" SET ${setting}`);
    const stores = [1, 2, 3].map(() => new PostgresEventStore(odd.application));
    await Promise.all(
      Array.from({ length: 120 }, (_, n) =>
        stores[n % 3]!.append([{ stream: `compte-${n}`, expected: 'noStream', events: newEvents([{ n }]) }]),
      ),
    );
    const events = await stores[0]!.readAll(0n, 1000);
    expect(events.map(({ position }) => position)).toEqual(events.map((_, n) => BigInt(n + 1)));
    expect(Math.abs(events[0]!.recordedAt.getTime() - Date.now())).toBeLessThan(60_000);
    for (const one of stores) await one.close();
    await migrate(odd.owner, migrations(join(projectRoot(), 'infra', 'migrations')));
    await odd.drop();
  });

  it('takes many appends of five megabytes at once', async () => {
    const text = 'é'.repeat(2_500_000);
    const count = rounds(200);
    const appends = Array.from({ length: count }, (_, n) =>
      store.append([{ stream: `gros-${n}`, expected: 'noStream', events: newEvents([{ text }]) }]),
    );
    expect((await Promise.allSettled(appends)).map(({ status }) => status)).toEqual(
      Array(count).fill('fulfilled'),
    );
  });

  it('puts no more into one batch than its neighbours can wait for', async () => {
    const batches: number[] = [];
    const queue = new AppendQueue(
      async (batch) => {
        batches.push(batch.reduce((sum, { size = 0 }) => sum + size, 0));
        return batch.map(() => ({}) as AppendAnswer);
      },
      () => false,
    );
    await Promise.all(Array.from({ length: 40 }, () => queue.append({ entries: [], size: 5_000_000 })));
    expect(Math.max(...batches)).toBeLessThanOrEqual(16_000_000);
    expect(batches.length).toBeLessThan(20);
  });

  it('never records an instant before the one of the previous event', async () => {
    const instants = (await store.readAll(0n, 100)).map(({ recordedAt }) => recordedAt.getTime());
    expect(instants).toEqual(instants.toSorted((a, b) => a - b));
  });
});
