import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type pg from 'pg';
import type { TestDatabase } from '../../../tests/support/test-database.js';
import { digest, eventId } from '../command-identity.js';
import { decideCorrection, stateOf } from '../decider.js';
import { ANNULMENT, type Fact, type NewEvent, ours, type Recorded } from '../event.js';
import { Refusal } from '../refusal.js';
import { PostgresEventStore } from '../stores/postgres/postgres-event-store.js';
import { Projector } from './projector.js';
import { openViews } from '../../../tests/support/views.js';
import { evolveNotes, notebook, type Noted, type NotesRow, notesView } from './notes.fixtures.js';

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

type Views = Awaited<ReturnType<typeof openViews>>;

describe('views on two clocks', () => {
  let database: TestDatabase;
  let store: PostgresEventStore;
  let pool: pg.Pool;
  let projector: Projector;
  let liveTable: Views['liveTable'];
  let rowsAt: Views['rowsAt'];
  let close: () => Promise<void>;
  beforeAll(async () => {
    ({ database, store, pool, projector, liveTable, rowsAt, close } = await openViews(notes));
  });
  afterAll(() => close());

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
});
