import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import pg from 'pg';
import type { DataSource } from 'typeorm';
import { rounds } from '../../../tests/support/faults.js';
import { StallingProxy } from '../../../tests/support/stalling-proxy.js';
import { type TestDatabase, testDatabase } from '../../../tests/support/test-database.js';
import { openReadSide } from '../../config/index.js';
import { ANNULMENT, type NewEvent, type Recorded } from '../event.js';
import { openPool, privateTypes, PROJECTION_PATIENCE } from '../postgres.js';
import { PostgresEventStore } from '../stores/postgres/postgres-event-store.js';
import { StreamMemory } from '../stream-memory.js';
import { liveGenerations, lockGenerations, tableOf } from './generations.js';
import { noted, notebook, notebookSwitches, type Noted, notesView } from './notes.fixtures.js';
import { Projector, type ProjectorOptions } from './projector.js';
import { verifyViews } from './verify.js';
import { entityOf, servedBy, ViewReader } from './view-reader.js';

const KILLS = rounds(1000);

/** Several projectors over one database, of which something is taken away. */
describe('views that several processes keep', () => {
  const notes = notesView(1);
  let database: TestDatabase;
  let store: PostgresEventStore;
  let pool: pg.Pool;
  let readSide: DataSource;
  const opened: Projector[] = [];

  const projectorOf = (view = notes, options: ProjectorOptions = {}, kind = notebook): Projector => {
    const projector = new Projector(store, database.application, [view], [kind], options);
    opened.push(projector);
    return projector;
  };
  beforeAll(async () => {
    database = await testDatabase();
    store = new PostgresEventStore(database.application);
    pool = openPool(database.application);
    readSide = await openReadSide(database, [entityOf(notes)], privateTypes);
    await projectorOf().prepare();
  });
  afterEach(async () => {
    notebookSwitches.poisonKills = false;
    await Promise.all(opened.splice(0).map((projector) => projector.close()));
    expect((await verify()).wrong).toEqual([]);
  });
  afterAll(async () => {
    await readSide.destroy();
    await pool.end();
    await store.close();
    await database.drop();
  });

  const verify = () => verifyViews(store, pool, [notes], [notebook]);
  const append = async (stream: string, ...events: NewEvent[]): Promise<bigint> => {
    const last = (await store.readStream(stream)).at(-1)?.revision ?? -1;
    const entries = [{ stream, expected: last < 0 ? ('noStream' as const) : last, events }];
    return (await store.append(entries)).position;
  };
  const fact = (stream: string, n: number, more: Partial<Noted['data']> = {}, on?: string): NewEvent =>
    noted(stream, { n, keys: ['a'], ...more }, on === undefined ? {} : { on });
  const rowsOf = async (stream: string, view = notes): Promise<unknown[]> => {
    const served = servedBy(await liveGenerations(pool, [view]));
    const referenceDay = { first: '2018-06-30', last: '2018-06-30' };
    const basis = { position: await store.head(), served };
    const rows = await new ViewReader(readSide, pool).rows(view, { basis, referenceDay, scope: stream });
    return rows.map((row) => row.notes);
  };
  const table = async (): Promise<string> => {
    const [live] = await liveGenerations(pool, [notes]);
    return tableOf('notes', live!.generation);
  };

  it(`are right after ${KILLS} connections were cut under readers that fold at once`, async () => {
    const projectors = [projectorOf(), projectorOf()];
    const killer = new pg.Client(database.owner);
    await killer.connect();
    let cut = 0;
    let running = true;
    const cutting = (async () => {
      while (cut < KILLS) {
        const { rowCount } = await killer.query(
          `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
            WHERE datname = current_database() AND application_name = 'minutier projection'
            ORDER BY random() LIMIT 1`,
        );
        cut += rowCount ?? 0;
        await sleep(Math.random() * 8);
      }
      running = false;
    })();
    const streams = Array.from({ length: 6 }, () => `carnet-${randomUUID()}`);
    let told = 0;
    while (running) {
      for (const stream of streams) await append(stream, fact(stream, (told += 5)));
      await Promise.allSettled([0, 1, 0, 1, 0, 1].map((index) => projectors[index]!.catchUp()));
    }
    await cutting;
    await killer.end();
    for (let attempt = 0; attempt < 5; attempt += 1) await projectors[0]!.catchUp().catch(() => undefined);
    expect(await projectors[0]!.catchUp()).toBe(await store.head());
    const expected = Array.from({ length: told / 5 }, (_, n) => (n + 1) * 5);
    for (const [index, stream] of streams.entries())
      expect(await rowsOf(stream)).toEqual([expected.filter((_, n) => n % 6 === index)]);
  });

  it('go on while a peer is suspended in its transaction, once the server has put an end to that', async () => {
    const peer = openPool(database.application, PROJECTION_PATIENCE);
    const client = await peer.connect();
    client.on('error', () => undefined);
    await client.query('BEGIN');
    const live = await liveGenerations(client, [notes]);
    await lockGenerations(
      client,
      live.map(({ generation }) => generation),
      true,
    );
    const stream = `carnet-${randomUUID()}`;
    const position = await append(stream, fact(stream, 5));
    const projector = projectorOf();
    // Nothing else waits for that lock meanwhile.
    await projector.verifyLog();
    expect(await rowsOf(stream)).toEqual([]);
    expect(await projector.catchUp()).toBe(position);
    expect(await rowsOf(stream)).toEqual([[5]]);
    await expect(client.query('COMMIT')).rejects.toThrow();
    client.release(true);
    await peer.end();
  });

  it.each([
    ['folds', (projector: Projector) => projector.catchUp()],
    ['rebuilds', (projector: Projector) => projector.rebuild([notes])],
  ] as const)(
    'go on whatever a peer that %s had sent of its transaction when it fell silent',
    async (_, work) => {
      await projectorOf().catchUp();
      for (let sent = 1; ; sent += 1) {
        const stream = `carnet-${randomUUID()}`;
        const position = await append(stream, fact(stream, 5), fact(stream, 6));
        const way = await StallingProxy.before(database.application);
        way.stallAfter(/FOR UPDATE/, sent);
        const peer = new Projector(store, way.connection, [notes], [notebook]);
        const working = work(peer).then(
          () => 'ended',
          () => 'failed',
        );
        const outcome = await Promise.race([working, way.stalled.then(() => 'stalled')]);
        if (outcome === 'stalled') {
          expect(await projectorOf().catchUp()).toBe(position);
          expect(await rowsOf(stream)).toEqual([[5, 6]]);
        }
        way.close();
        await working;
        await peer.close();
        if (outcome !== 'stalled') break;
        expect(sent).toBeLessThan(20);
      }
    },
  );

  it('are read, and rebuilt, while a backup holds all their tables', async () => {
    const stream = `carnet-${randomUUID()}`;
    await append(stream, fact(stream, 5));
    const projector = projectorOf();
    await projector.catchUp();
    const backup = new pg.Client(database.owner);
    await backup.connect();
    await backup.query('BEGIN');
    for (let round = 0; round < 4; round += 1) {
      const { rows } = await backup.query<{ name: string }>(
        `SELECT format('%I.%I', schemaname, tablename) AS name FROM pg_tables WHERE schemaname IN ('views', 'projection', 'log')`,
      );
      for (const { name } of rows) await backup.query(`LOCK TABLE ${name} IN ACCESS SHARE MODE`);
      expect(await projector.rebuild([notes])).toMatchObject([{ identical: true }]);
      expect(await rowsOf(stream)).toEqual([[5]]);
    }
    await backup.query('ROLLBACK');
    await backup.end();
    const tables = async () =>
      (await pool.query(`SELECT FROM pg_tables WHERE schemaname = 'views' AND tablename LIKE 'notes%'`))
        .rowCount;
    expect(await tables()).toBeGreaterThan(3);
    await projector.rebuild([notes]);
    expect(await tables()).toBeLessThanOrEqual(4);
  });

  it('are kept by two releases side by side, each its own, forth and back', async () => {
    const newer = notesView(2);
    const [old, next] = [projectorOf(), projectorOf(newer)];
    await next.prepare();
    const stream = `carnet-${randomUUID()}`;
    const told: number[] = [];
    for (let n = 5; n <= 50; n += 5) {
      await append(stream, fact(stream, n));
      told.push(n);
      await Promise.all([old.catchUp(), next.catchUp(), old.prepare(), next.prepare()]);
      expect(await rowsOf(stream)).toEqual([told]);
      expect(await rowsOf(stream, newer)).toEqual([told]);
    }
    const generations = async () =>
      (await liveGenerations(pool, [notes, newer])).map(({ generation }) => generation);
    const before = await generations();
    await projectorOf().prepare();
    await projectorOf(newer).prepare();
    expect(await generations()).toEqual(before);
    expect((await verifyViews(store, pool, [newer], [notebook])).wrong).toEqual([]);
  });

  it('stand still, and say so, at a fact that a newer release has recorded; what a stranger wrote is set aside', async () => {
    const stream = `carnet-${randomUUID()}`;
    const projector = projectorOf();
    const stranger = { ...noted(stream, { n: 1, keys: [] }, { type: 'Inconnu' }) };
    const { digest, ...unsigned } = stranger.metadata;
    expect(digest).toBeDefined();
    await append(stream, fact(stream, 5), { ...stranger, metadata: unsigned }, fact(stream, 10));
    const reached = await projector.catchUp();
    expect(await rowsOf(stream)).toEqual([[5, 10]]);
    const { rows } = await pool.query(
      'SELECT stream, revision, fault FROM projection.stray WHERE stream = $1',
      [stream],
    );
    expect(rows).toEqual([{ stream, revision: 1n, fault: 'unknown-type' }]);

    await append(stream, noted(stream, { n: 15, keys: ['a'] }, { type: 'NoteNouvelle' }), fact(stream, 20));
    await expect(projector.catchUp()).rejects.toMatchObject({ name: 'NewerFact' });
    expect(projector.stopped?.event).toMatchObject({ stream, revision: 3, type: 'NoteNouvelle' });
    expect((await liveGenerations(pool, [notes]))[0]!.checkpoint).toBe(reached);
    // The release that knows it goes on from there.
    const facts = { ...notebook.facts, NoteNouvelle: notebook.facts.Note! };
    const newer = projectorOf(notes, {}, { ...notebook, facts });
    expect(await newer.catchUp()).toBe(await store.head());
    expect(await rowsOf(stream)).toEqual([[5, 10, 15, 20]]);
    Object.assign(notebook, { facts });
  });

  it('are served again at once after a rebuild that others were waiting for', async () => {
    const stream = `carnet-${randomUUID()}`;
    const projectors = [projectorOf(), projectorOf(), projectorOf()];
    let n = 0;
    const running = { on: true };
    const appending = (async () => {
      while (running.on) {
        await append(stream, fact(stream, (n += 5)));
        await sleep(5);
      }
    })();
    for (let round = 0; round < 5; round += 1) {
      await Promise.all([
        projectors[0]!.rebuild([notes]),
        projectors[1]!.catchUp(),
        projectors[2]!.catchUp(),
      ]);
      expect((await liveGenerations(pool, [notes])).length).toBe(1);
    }
    running.on = false;
    await appending;
    await projectors[1]!.catchUp();
    expect(await rowsOf(stream)).toEqual([Array.from({ length: n / 5 }, (_, index) => (index + 1) * 5)]);
  });

  it('are rebuilt, adopted and folded at the same time without a deadlock', async () => {
    const projectors = [projectorOf(), projectorOf(), projectorOf()];
    const stream = `carnet-${randomUUID()}`;
    for (let round = 1; round <= 5; round += 1) {
      await append(stream, fact(stream, round * 5));
      await Promise.all([projectors[0]!.adopt(), projectors[1]!.rebuild([notes]), projectors[2]!.catchUp()]);
    }
    await projectors[0]!.catchUp();
    expect(await rowsOf(stream)).toEqual([[5, 10, 15, 20, 25]]);
  });

  it.each([
    ['a day that is none', { day: '2018-02-30' }],
    ['a row that is named twice', { twice: true }],
  ])('set a stream aside for %s, and go on with the others', async (_, poison) => {
    const [bad, good] = [`carnet-${randomUUID()}`, `carnet-${randomUUID()}`];
    const parked: string[] = [];
    const projector = projectorOf(notes, { onParked: (_view, stream) => parked.push(stream) });
    await append(bad, fact(bad, 5));
    await append(bad, fact(bad, 10, poison));
    await append(good, fact(good, 5));
    expect(await projector.catchUp()).toBe(await store.head());
    expect(parked).toEqual([bad]);
    expect(await rowsOf(bad)).toEqual([[5]]);
    expect(await rowsOf(good)).toEqual([[5]]);
    // Rebuilt, they are set aside alike.
    await projector.rebuild([notes]);
    expect(await rowsOf(bad)).toEqual([[5]]);
    expect(await rowsOf(good)).toEqual([[5]]);
    const poisoned = (await store.readStream(bad))[1]!;
    await append(
      bad,
      noted(bad, { motif: 'à tort' }, { type: ANNULMENT, corrects: { id: poisoned.id, revision: 1 } }),
    );
    await projector.catchUp();
    expect(await rowsOf(bad)).toEqual([[5]]);
    expect((await liveGenerations(pool, [notes]))[0]!.parked).toContain(bad);
  });

  it('set a stream aside that the table refuses all the same, and no other', async () => {
    const [bad, good] = [`carnet-${randomUUID()}`, `carnet-${randomUUID()}`];
    // More than an index takes.
    const noise = Array.from({ length: 200 }, () => randomUUID()).join('');
    const view = {
      ...notesView(7),
      scope: (reference: string) => (`carnet-${reference}` === bad ? noise : `carnet-${reference}`),
    };
    const parked: string[] = [];
    const projector = projectorOf(view, { onParked: (_view, stream) => parked.push(stream) });
    await projector.prepare();
    for (const stream of [bad, good]) await append(stream, fact(stream, 5));
    expect(await projector.catchUp()).toBe(await store.head());
    expect(parked.filter((stream) => [bad, good].includes(stream))).toEqual([bad]);
    expect(await rowsOf(good, view)).toEqual([[5]]);
    const rebuilt: string[] = [];
    await projectorOf(view, { onParked: (_view, stream) => rebuilt.push(stream) }).rebuild([view]);
    expect(rebuilt.filter((stream) => [bad, good].includes(stream))).toEqual([bad]);
    expect(await rowsOf(good, view)).toEqual([[5]]);
  });

  it('take a stream back by themselves once it can be folded', async () => {
    const stream = `carnet-${randomUUID()}`;
    const projector = projectorOf(notes, { retryMilliseconds: 50 });
    notebookSwitches.poisonKills = true;
    await append(stream, fact(stream, 5), fact(stream, 10, { poison: true }));
    const stop = new AbortController();
    const running = projector.run(stop.signal);
    const parked = async () => (await liveGenerations(pool, [notes]))[0]!.parked;
    const until = async (condition: () => Promise<boolean>) => {
      while (!(await condition())) await sleep(20);
    };
    await until(async () => (await parked()).includes(stream));
    notebookSwitches.poisonKills = false;
    await until(async () => !(await parked()).includes(stream));
    expect(await rowsOf(stream)).toEqual([[5, 10]]);
    stop.abort();
    await running;
  });

  it('are read page by page without a loss, also where two keys sort alike', async () => {
    const scope = `carnet-${randomUUID()}`;
    const keys = ['c1', 'c01', 'c001', 'd', 'e1', 'e01'];
    await append(scope, noted(scope, { n: 5, keys }));
    await projectorOf().catchUp();
    const reader = new ViewReader(readSide, pool);
    const served = servedBy(await liveGenerations(pool, [notes]));
    const query = {
      basis: { position: await store.head(), served },
      referenceDay: { first: '2018-06-30', last: '2018-06-30' },
      scope,
    };
    const seen: string[] = [];
    for (let after; ;) {
      const page = await reader.rows(notes, { ...query, limit: 1, ...(after && { after }) });
      if (page.length === 0) break;
      seen.push(page[0]!.reference);
      after = reader.endOf(notes, page[0]!);
    }
    expect(seen.toSorted()).toEqual(keys.map((key) => `${scope}/${key}`).toSorted());
  });

  it('name a row that was edited by hand, whichever version it is', async () => {
    const stream = `carnet-${randomUUID()}`;
    await append(
      stream,
      fact(stream, 5),
      fact(stream, 10, {}, '2018-04-01'),
      fact(stream, 15, {}, '2018-05-01'),
    );
    await projectorOf().catchUp();
    const key = `${stream}/a`;
    const { rows } = await pool.query<{ ctid: string; notes: number[] }>(
      `SELECT ctid::text, notes FROM ${await table()} WHERE key = $1`,
      [key],
    );
    expect(rows.length).toBe(5);
    for (const { ctid, notes: before } of rows) {
      const edit = async (at: string, value: number[]): Promise<string> => {
        const updated = await pool.query<{ ctid: string }>(
          `UPDATE ${await table()} SET notes = $2 WHERE ctid = $1 RETURNING ctid::text`,
          [at, JSON.stringify(value)],
        );
        return updated.rows[0]!.ctid;
      };
      const edited = await edit(ctid, [666]);
      const { wrong } = await verify();
      expect(wrong).toEqual(
        expect.arrayContaining([
          expect.objectContaining({ key, fault: 'changed', found: { notes: [666], day: null } }),
        ]),
      );
      await edit(edited, before);
    }
    await pool.query(
      `INSERT INTO ${await table()} SELECT 'x', scope, 'x', known_from, known_to, effective_from, effective_to, notes, day FROM ${await table()} WHERE key = $1 LIMIT 1`,
      [key],
    );
    expect((await verify()).wrong).toMatchObject([{ key: 'x', fault: 'unknown' }]);
    await pool.query(`DELETE FROM ${await table()} WHERE key = 'x'`);
  });

  describe('at the cost of', () => {
    const DAYS = Array.from({ length: 27 }, (_, n) => `2018-03-${String(n + 1).padStart(2, '0')}`);
    const long = async (length: number): Promise<string> => {
      const stream = `carnet-${randomUUID()}`;
      const events = Array.from({ length }, (_, n) =>
        noted(
          stream,
          { n: n === 0 ? 5 : 6, keys: [`k${n % 50}`, 'a'] },
          { on: DAYS[Math.floor((n / length) * 27)]! },
        ),
      );
      for (let from = 0; from < length; from += 2000)
        await append(stream, ...events.slice(from, from + 2000));
      return stream;
    };
    const foldsOf = async (work: () => Promise<unknown>): Promise<number> => {
      const before = notebookSwitches.folds;
      await work();
      return notebookSwitches.folds - before;
    };
    const replacing = async (stream: string, revision: number): Promise<NewEvent> => {
      const [target] = await store.readStream(stream, revision);
      const on = (target as Recorded).metadata.effectiveOn;
      return noted(stream, { n: 5, keys: ['a'] }, { on, corrects: { id: target!.id, revision } });
    };

    it('one fold of each event at most, for a correction in a stream of 2,000 events that nobody holds', async () => {
      const stream = await long(2000);
      await projectorOf().catchUp();
      await append(stream, await replacing(stream, 1000));
      const projector = projectorOf();
      // Once up to the correction, and once more what follows the corrected event.
      expect(await foldsOf(() => projector.catchUp())).toBeLessThanOrEqual(2000 * 1.5 + 20);
      await append(stream, await replacing(stream, 1990));
      expect(await foldsOf(() => projector.catchUp())).toBeLessThanOrEqual(20);
    });

    it('as many folds for each of 1,500 corrections of one another as for each of 250', async () => {
      const chain = async (length: number): Promise<number> => {
        const stream = `carnet-${randomUUID()}`;
        await append(stream, fact(stream, 5));
        const projector = projectorOf(notes, { memory: new StreamMemory(store) });
        return foldsOf(async () => {
          for (let revision = 0; revision < length; revision += 1) {
            await append(stream, await replacing(stream, revision));
            if (revision % 50 === 0) await projector.catchUp();
          }
          await projector.catchUp();
        });
      };
      const [few, many] = [await chain(250), await chain(1500)];
      expect(many).toBeLessThanOrEqual(6 * few);
    });

    it('no stack, however long the chain', async () => {
      const stream = `carnet-${randomUUID()}`;
      const events = [fact(stream, 5)];
      for (let revision = 0; revision < 8000; revision += 1)
        events.push(
          noted(stream, { n: 5, keys: ['a'] }, { corrects: { id: events[revision]!.id, revision } }),
        );
      for (let from = 0; from < events.length; from += 2000)
        await append(stream, ...events.slice(from, from + 2000));
      await projectorOf().catchUp();
      expect(await rowsOf(stream)).toEqual([[5]]);
    });
  });
});
