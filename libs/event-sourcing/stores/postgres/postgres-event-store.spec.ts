import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import pg from 'pg';
import { type TestDatabase, testDatabase } from '../../../../tests/support/test-database.js';
import { eventStoreContract, newEvents } from '../event-store.contract.js';
import { StoreUnavailable } from '../../event-store.js';
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

  it('never records an instant before the one of the previous event', async () => {
    const instants = (await store.readAll(0n, 100)).map(({ recordedAt }) => recordedAt.getTime());
    expect(instants).toEqual(instants.toSorted((a, b) => a - b));
  });
});
