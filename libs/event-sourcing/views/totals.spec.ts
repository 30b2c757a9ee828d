import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type pg from 'pg';
import type { PostgresEventStore } from '../stores/postgres/postgres-event-store.js';
import { liveGenerations } from './generations.js';
import { noted, type Noted } from './notes.fixtures.js';
import type { Projector } from './projector.js';
import { servedBy, type ViewReader } from './view-reader.js';
import type { ViewDefinition } from './view.js';
import { openViews } from '../../../tests/support/views.js';

/** Of each key a large amount to the cent, or none: keys that end in `?` are not communicated. */
const amountOf = (key: string, n: number): bigint | null =>
  key.endsWith('?') ? null : BigInt(key) * 1_000_000_000_000_000_003n + BigInt(n);
const text = (cents: bigint): string => {
  const digits = (cents < 0n ? -cents : cents).toString().padStart(3, '0');
  return `${cents < 0n ? '-' : ''}${digits.slice(0, -2)}.${digits.slice(-2)}`;
};

type Amounts = ReadonlyMap<string, bigint | null>;
const amounts: ViewDefinition<Amounts, { amount: string | null; half: string }, Noted> = {
  name: 'amounts',
  version: 1,
  categories: ['carnet'],
  columns: {
    amount: { type: 'numeric', description: 'an amount' },
    half: { type: 'text', description: 'odd or even' },
  },
  filters: {
    half: { description: 'odd or even', sql: ({ alias }, value) => `${alias}.half = ${value}` },
  },
  totals: {
    all: { description: 'all amounts', of: 'amount', sum: true },
    counted: { description: 'how many', of: 'amount' },
  },
  initial: new Map(),
  evolve: (state, { data }) =>
    new Map([...state, ...data.keys.map((key) => [key, amountOf(key, data.n)] as const)]),
  rows: (state, reference) =>
    [...state].map(([key, cents]) => [
      `carnet-${reference}/${key}`,
      { amount: cents === null ? null : text(cents), half: parseInt(key) % 2 ? 'odd' : 'even' },
    ]),
  scope: (reference) => `carnet-${reference}`,
};

describe('totals of a view', () => {
  let store: PostgresEventStore;
  let pool: pg.Pool;
  let reader: ViewReader;
  let projector: Projector;
  let close: () => Promise<void>;
  beforeAll(async () => {
    ({ store, pool, reader, projector, close } = await openViews(amounts));
  });
  afterAll(() => close());

  it('are exact at any (P, D), over the whole answer and not a page, with what is not communicated beside them', async () => {
    const key = fc
      .tuple(fc.integer({ min: -30, max: 30 }), fc.boolean())
      .map(([n, known]) => `${n}${known ? '' : '?'}`);
    const fact = fc.record({
      keys: fc.uniqueArray(key, { minLength: 1, maxLength: 8 }),
      n: fc.integer({ min: 1, max: 99 }),
      on: fc.constantFrom('2018-03-01', '2018-03-02', '2018-03-03'),
    });
    await fc.assert(
      fc.asyncProperty(
        fc.array(fact, { minLength: 1, maxLength: 6 }),
        fc.nat(5),
        fc.nat(2),
        async (facts, upTo, last) => {
          const stream = `carnet-${randomUUID()}`;
          const events = facts.map(({ keys, n, on }) => noted(stream, { n, keys }, { on }));
          await store.append([{ stream, expected: 'noStream', events }]);
          await projector.catchUp();
          const logged = await store.readStream(stream);
          const { position } = logged[Math.min(upTo, logged.length - 1)]!;
          const effectiveOn = ['2018-03-01', '2018-03-02', '2018-03-03'][last]!;
          const known = facts
            .map((one, index) => ({ ...one, index }))
            .filter(({ index, on }) => logged[index]!.position <= position && on <= effectiveOn)
            .toSorted((a, b) => a.on.localeCompare(b.on) || a.index - b.index);
          const held = known.reduce<Map<string, bigint | null>>(
            (state, { keys, n }) =>
              new Map([...state, ...keys.map((one) => [one, amountOf(one, n)] as const)]),
            new Map(),
          );
          const query = {
            basis: { position, effectiveOn, served: servedBy(await liveGenerations(pool, [amounts])) },
            referenceDay: { first: '2018-06-30', last: '2018-06-30' },
            scope: stream,
            limit: 1,
          };
          for (const half of [undefined, 'odd', 'even']) {
            const chosen = [...held].filter(
              ([one]) => !half || half === (parseInt(one) % 2 ? 'odd' : 'even'),
            );
            const terms = chosen.map(([, cents]) => cents).filter((cents) => cents !== null);
            const counts = { terms: terms.length, missing: chosen.length - terms.length };
            const sum = terms.length === 0 ? null : text(terms.reduce((a, b) => a + b, 0n));
            expect(await reader.totals(amounts, { ...query, ...(half && { filters: { half } }) })).toEqual({
              all: { sum, ...counts },
              counted: { sum: null, ...counts },
            });
          }
        },
      ),
      { numRuns: 40 },
    );
  });
});
