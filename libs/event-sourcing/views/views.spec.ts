import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type pg from 'pg';
import type { DataSource } from 'typeorm';
import type { TestDatabase } from '../../../tests/support/test-database.js';
import { digest, eventId } from '../command-identity.js';
import { decideCorrection, stateOf } from '../decider.js';
import { ANNULMENT, type Fact, type NewEvent, ours, type Recorded } from '../event.js';
import { openPool } from '../postgres.js';
import { Refusal } from '../refusal.js';
import { PostgresEventStore } from '../stores/postgres/postgres-event-store.js';
import { digestOfTable, fingerprintOf, liveGenerations, tableOf } from './generations.js';
import { Projector } from './projector.js';
import { servedBy, ViewReader, type ViewRow } from './view-reader.js';
import { openViews } from '../../../tests/support/views.js';
import {
  evolveNotes,
  noted,
  notebook,
  notebookSwitches,
  type Noted,
  type NotesRow,
  notesView,
} from './notes.fixtures.js';

const notes = notesView(1);

/** What happens next: a fact, or a correction of the event at an index (modulo what there is). */
const day = fc.integer({ min: 0, max: 9 }).map((n) => `2018-03-0${n}`.replace('-00', '-10'));
const keys = fc.subarray(['a', 'b'], { minLength: 1 });
const step = fc.record({
  act: fc.constantFrom('fact', 'fact', 'annul', 'annul', 'replace'),
  keys,
  statedOn: day,
  effectiveOn: day,
  target: fc.nat(20),
});
type Step = typeof step extends fc.Arbitrary<infer S> ? S : never;

/** Logs on which the engine or this law was wrong once. */
const said = (act: Step['act'], keys: string[], target = 0, statedOn = '2018-03-10'): Step => ({
  act,
  keys,
  target,
  statedOn,
  effectiveOn: '2018-03-10',
});
const ONCE_WRONG: [Step[], number][] = [
  [
    [
      said('fact', ['a']),
      said('fact', ['b']),
      said('replace', ['a', 'b'], 3),
      said('annul', ['a'], 2),
      said('replace', ['a', 'b'], 5),
      said('annul', ['b'], 13),
    ],
    0,
  ],
  [
    [
      said('fact', ['b']),
      said('replace', ['a'], 0, '2018-03-01'),
      said('fact', ['a'], 0, '2018-03-01'),
      said('fact', ['b']),
    ],
    0,
  ],
];

function eventsOf(steps: readonly Step[], stream: string): NewEvent[] {
  const events: NewEvent[] = [];
  const timed = () =>
    events.map((event, revision) => ({
      ...event,
      stream,
      revision,
      position: BigInt(revision + 1),
      recordedAt: new Date(),
    }));
  steps.forEach(({ act, keys: given, statedOn, effectiveOn, target }, n) => {
    const note: Noted = { type: 'Note', data: { n: n % 2 ? n : n * 5, keys: given } };
    const command = randomUUID();
    const base = { author: 'a', commandId: command, commandDigest: digest(n), statedOn, effectiveOn };
    const push = (fact: Fact, metadata: NewEvent['metadata']) =>
      events.push({ id: eventId(command, 0), version: 1, ...fact, metadata });
    if (act === 'fact') return push(note, base);
    const revision = target % Math.max(events.length, 1);
    try {
      const decided = decideCorrection(
        notebook.decider,
        stateOf(notebook.decider, timed() as unknown as Recorded<Noted>[]),
        act === 'annul' ? { revision, motif: 'faux' } : { revision, replacement: note },
      );
      return push(decided.fact, { ...base, corrects: { id: decided.target.id, revision } });
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
    }
  });
  return events;
}

describe('views on two clocks', () => {
  let database: TestDatabase;
  let store: PostgresEventStore;
  let pool: pg.Pool;
  let readSide: DataSource;
  let reader: ViewReader;
  let projector: Projector;

  let close: () => Promise<void>;
  beforeAll(async () => {
    ({ database, store, pool, readSide, reader, projector, close } = await openViews(notes));
  });
  afterEach(() => {
    notebookSwitches.poisonKills = false;
  });
  afterAll(() => close());

  const liveTable = async (): Promise<string> => {
    const [live] = await liveGenerations(pool, [notes]);
    return tableOf('notes', live!.generation);
  };

  const rowsAt = async (scope: string, position: bigint, effectiveOn?: string): Promise<ViewRow[]> =>
    reader.rows(notes, {
      point: {
        position,
        ...(effectiveOn && { effectiveOn }),
        served: servedBy(await liveGenerations(pool, [notes])),
      },
      referenceDay: { first: '2018-06-30', last: '2018-06-30' },
      scope,
    });

  /** The law once more, told otherwise than the engine tells it: who stands, by recursion; then filter, sort, fold. */
  const lawAt = (events: readonly Recorded[], key: string, position: bigint, effectiveOn?: string) => {
    const known = events.filter((event) => event.position <= position);
    const target = (event: Recorded) =>
      known.find(({ revision }) => revision === event.metadata.corrects?.revision);
    const covers = (later: Recorded, event: Recorded): boolean => {
      const corrected = target(later);
      if (!corrected) return false;
      return corrected === event || (later.type !== ANNULMENT && covers(corrected, event));
    };
    const stands = (event: Recorded): boolean =>
      !known.some(
        (later) =>
          later.revision > event.revision &&
          stands(later) &&
          (covers(later, event) || (target(event) !== undefined && covers(later, target(event)!))),
      );
    const root = (event: Recorded): Recorded => {
      const corrected = target(event);
      return corrected ? root(corrected) : event;
    };
    return known
      .filter((event) => event.type !== ANNULMENT && stands(event))
      .filter((event) => effectiveOn === undefined || event.metadata.effectiveOn <= effectiveOn)
      .toSorted((a, b) => {
        const [x, y] = [root(a), root(b)];
        return (
          x.metadata.statedOn.localeCompare(y.metadata.statedOn) ||
          x.revision - y.revision ||
          a.revision - b.revision
        );
      })
      .map((event) => event as unknown as Noted)
      .filter(({ data }) => data.keys.includes(key))
      .reduce<NotesRow | undefined>((row, event) => evolveNotes(row, event), undefined)?.notes;
  };

  async function appendInParts(stream: string, events: readonly NewEvent[], cut: number): Promise<void> {
    const parts = [events.slice(0, cut), events.slice(cut)].filter((part) => part.length > 0);
    let revision = -1;
    for (const part of parts) {
      await store.append([{ stream, expected: revision < 0 ? 'noStream' : revision, events: part }]);
      revision += part.length;
      await projector.catchUp();
    }
  }

  it('give for any (P, D) the fold of the standing facts, whatever was retroactive or corrected', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 12 }), fc.nat(12), async (steps, cut) => {
        const stream = `carnet-${randomUUID()}`;
        const given = eventsOf(steps, stream);
        fc.pre(given.length > 0);
        await appendInParts(stream, given, cut);
        const events = ours(await store.readStream(stream));
        const positions = [events[0]!.position - 1n, ...events.map((event) => event.position)];
        const days = [undefined, '2018-02-01', ...new Set(events.map((event) => event.metadata.effectiveOn))];
        const { rows } = await pool.query<{
          key: string;
          known_from: bigint;
          known_to: bigint;
          effective_from: string;
          effective_to: string;
          notes: number[];
        }>(`SELECT * FROM ${await liveTable()} WHERE scope = $1`, [stream]);
        for (const position of positions)
          for (const effectiveOn of days)
            for (const key of ['a', 'b']) {
              const found = rows.filter(
                (row) =>
                  row.key === `${stream}/${key}` &&
                  row.known_from <= position &&
                  row.known_to > position &&
                  (effectiveOn === undefined
                    ? row.effective_to === 'infinity'
                    : (row.effective_from === '-infinity' || row.effective_from <= effectiveOn) &&
                      (row.effective_to === 'infinity' || row.effective_to > effectiveOn)),
              );
              expect(found.map((row) => row.notes)).toEqual(
                [lawAt(events, key, position, effectiveOn)].filter(Boolean),
              );
            }
      }),
      { numRuns: 1000, examples: ONCE_WRONG },
    );
  });

  it('are read through the same predicate: one range query', async () => {
    const stream = `carnet-${randomUUID()}`;
    const steps: Step[] = [
      { act: 'fact', keys: ['a'], statedOn: '2018-03-01', effectiveOn: '2018-03-01', target: 0 },
      { act: 'fact', keys: ['a'], statedOn: '2018-03-05', effectiveOn: '2018-03-04', target: 0 },
      { act: 'annul', keys: ['a'], statedOn: '2018-03-06', effectiveOn: '2018-03-06', target: 1 },
    ];
    await appendInParts(stream, eventsOf(steps, stream), 3);
    const [first, second, third] = (await store.readStream(stream)).map(({ position }) => position);
    expect((await rowsAt(stream, second!)).map((row) => row.notes)).toEqual([[0, 1]]);
    expect((await rowsAt(stream, second!, '2018-03-03')).map((row) => row.notes)).toEqual([[0]]);
    expect(await rowsAt(stream, second!, '2018-02-03')).toEqual([]);
    expect((await rowsAt(stream, third!)).map((row) => row.notes)).toEqual([[0]]);
    expect(await rowsAt(stream, first! - 1n)).toEqual([]);
  });

  it('are read page by page, each page at the cost of its own rows however long the list', async () => {
    const stream = `carnet-${randomUUID()}`;
    const keys = Array.from({ length: 10_000 }, (_, n) => String(n).padStart(5, '0'));
    await store.append([{ stream, expected: 'noStream', events: [noted(stream, { n: 5, keys })] }]);
    await projector.catchUp();
    const alone = openPool({ ...database.application, max: 1 });
    const table = await liveTable();
    // As the server does by itself, within a minute of so many new rows.
    await pool.query(`ANALYZE ${table}`);
    const touched = async (): Promise<number> => {
      await alone.query('SELECT pg_stat_force_next_flush()');
      const { rows } = await alone.query<{ touched: string }>(
        `SELECT coalesce(seq_tup_read, 0) + coalesce(idx_tup_fetch, 0) AS touched
           FROM pg_stat_user_tables WHERE relid = $1::regclass`,
        [table],
      );
      return Number(rows[0]!.touched);
    };
    const paged = new ViewReader(readSide, alone);
    const query = {
      point: { position: await store.head(), served: servedBy(await liveGenerations(pool, [notes])) },
      referenceDay: { first: '2018-06-30', last: '2018-06-30' },
      scope: stream,
      limit: 200,
    };
    const before = await touched();
    const seen: string[] = [];
    while (seen.length < keys.length) {
      const after = seen.length === 0 ? undefined : paged.endOf(notes, { reference: seen.at(-1)! });
      const rows = await paged.rows(notes, { ...query, ...(after && { after }) });
      expect(rows.length).toBeGreaterThan(0);
      seen.push(...rows.map(({ reference }) => reference));
    }
    expect(seen).toEqual(keys.map((key) => `${stream}/${key}`));
    expect((await touched()) - before).toBeLessThanOrEqual(3 * keys.length);
    await alone.end();
  });

  it('come out the same when rebuilt from nothing, and readers keep their relation', async () => {
    const digestNow = async () => {
      const client = await pool.connect();
      try {
        const [live] = await liveGenerations(client, [notes]);
        return await digestOfTable(client, notes, live!.generation);
      } finally {
        client.release();
      }
    };
    const before = await digestNow();
    const [rebuilt] = await projector.rebuild([notes]);
    expect(rebuilt).toMatchObject({ identical: true, digest: before, position: await store.head() });
    expect(await digestNow()).toBe(before);
    const stream = `carnet-${randomUUID()}`;
    await appendInParts(
      stream,
      eventsOf(
        [{ act: 'fact', keys: ['a'], statedOn: '2018-03-01', effectiveOn: '2018-03-01', target: 0 }],
        stream,
      ),
      1,
    );
    expect((await rowsAt(stream, await store.head())).length).toBe(1);
  });

  it('tell when a rebuilt view differs from what readers saw', async () => {
    const table = await liveTable();
    await pool.query(`UPDATE ${table} SET notes = '[666]' WHERE key = (SELECT min(key) FROM ${table})`);
    expect(await projector.rebuild([notes])).toMatchObject([{ identical: false }]);
    expect(await projector.rebuild([notes])).toMatchObject([{ identical: true }]);
  });

  it('are rebuilt beside the live ones when their definition has changed', async () => {
    const changed = { ...notes, version: 2 };
    expect(fingerprintOf(changed)).not.toBe(fingerprintOf(notes));
    const newer = new Projector(store, database.application, [changed], [notebook]);
    await newer.prepare();
    await newer.close();
    const { rows } = await pool.query(
      `SELECT fingerprint FROM projection.generation WHERE view = 'notes' AND status = 'live' ORDER BY generation`,
    );
    expect(rows).toEqual([{ fingerprint: fingerprintOf(notes) }, { fingerprint: fingerprintOf(changed) }]);
  });

  it('are brought up to date by several projectors at once, each event once', async () => {
    const others = [1, 2, 3].map(() => new Projector(store, database.application, [notes], [notebook]));
    const streams = Array.from({ length: 40 }, () => `carnet-${randomUUID()}`);
    const fact = (n: number): Step => ({
      act: 'fact',
      keys: ['a'],
      statedOn: `2018-03-0${n}`,
      effectiveOn: `2018-03-0${n}`,
      target: 0,
    });
    await Promise.all(
      streams.map(async (stream) => {
        const events = eventsOf([fact(1), fact(2), fact(3)], stream);
        for (const [index, event] of events.entries()) {
          await store.append([{ stream, expected: index - 1 < 0 ? 'noStream' : index - 1, events: [event] }]);
          await Promise.all(others.map((other) => other.catchUp()));
        }
      }),
    );
    await projector.catchUp();
    await Promise.all(others.map((other) => other.close()));
    for (const stream of streams)
      expect((await rowsAt(stream, await store.head())).map((row) => row.notes)).toEqual([[0, 1, 10]]);
    expect(await projector.rebuild([notes])).toMatchObject([{ identical: true }]);
  });

  it('park a stream whose row the table could not take', async () => {
    const stream = `carnet-${'x'.repeat(1500)}`;
    const alerts: string[] = [];
    const watched = new Projector(store, database.application, [notes], [notebook], {
      onParked: (_view, parked) => alerts.push(parked),
    });
    const step: Step = {
      act: 'fact',
      keys: ['a'],
      statedOn: '2018-03-01',
      effectiveOn: '2018-03-01',
      target: 0,
    };
    await store.append([{ stream, expected: 'noStream', events: eventsOf([step], stream) }]);
    expect(await watched.catchUp()).toBe(await store.head());
    expect(alerts).toEqual([stream]);
    await watched.close();
    await pool.query('DELETE FROM projection.parked_stream');
  });

  it('park a stream that cannot be folded, go on with the others, and replay it once it can', async () => {
    const [bad, good] = [`carnet-${randomUUID()}`, `carnet-${randomUUID()}`];
    const poisoned = (stream: string, poison: boolean): NewEvent[] =>
      eventsOf(
        Array.from({ length: 3 }, () => ({
          act: 'fact' as const,
          keys: ['a'],
          statedOn: '2018-03-01',
          effectiveOn: '2018-03-01',
          target: 0,
        })),
        stream,
      ).map((event, index) => ({ ...event, data: { ...event.data, poison: poison && index === 1 } }));
    const alerts: string[] = [];
    const watched = new Projector(store, database.application, [notes], [notebook], {
      onParked: (_view, stream) => alerts.push(stream),
    });
    notebookSwitches.poisonKills = true;
    await store.append([{ stream: bad, expected: 'noStream', events: poisoned(bad, true) }]);
    await store.append([{ stream: good, expected: 'noStream', events: poisoned(good, false) }]);
    await watched.catchUp();
    const head = await store.head();
    expect(alerts).toEqual([bad]);
    expect((await rowsAt(bad, head)).map((row) => row.notes)).toEqual([[0]]);
    expect((await rowsAt(good, head)).map((row) => row.notes)).toEqual([[0, 1, 10]]);
    await watched.retryParked();
    expect((await rowsAt(bad, head)).map((row) => row.notes)).toEqual([[0]]);
    notebookSwitches.poisonKills = false;
    await watched.retryParked();
    await watched.close();
    expect((await rowsAt(bad, head)).map((row) => row.notes)).toEqual([[0, 1, 10]]);
    expect(await projector.rebuild([notes])).toMatchObject([{ identical: true }]);
  });
});
