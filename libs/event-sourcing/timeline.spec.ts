import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { stateOf } from './decider.js';
import { ANNULMENT } from './event.js';
import { standing, standingAmong, stateAt, type Timed } from './timeline.js';

const opening = (events: Timed[]) => standingAmong(events).opening();

const event = (
  revision: number,
  more: Partial<{ on: string; stated: string; corrects: number; type: string }> = {},
): Timed => ({
  type: more.type ?? 'Note',
  data: {},
  id: `e${revision}`,
  revision,
  position: BigInt(revision + 10),
  metadata: {
    author: 'a',
    commandId: `c${revision}`,
    commandDigest: '',
    statedOn: more.stated ?? '2018-03-01',
    effectiveOn: more.on ?? more.stated ?? '2018-03-01',
    ...(more.corrects !== undefined && { corrects: { id: `e${more.corrects}`, revision: more.corrects } }),
  },
});
const annul = (revision: number, corrects: number): Timed => event(revision, { corrects, type: ANNULMENT });
const order = (events: Timed[], position?: bigint): number[] =>
  standing(events, position === undefined ? {} : { position }).map(({ revision }) => revision);
const folded = (events: Timed[], basis = {}) =>
  stateAt<Timed, number[]>(events, [], (state, { revision }) => [...state, revision], basis);

describe('the law', () => {
  it('folds in order of the day on which a fact was stated, then of position', () => {
    expect(
      order([event(0), event(1, { stated: '2018-05-01' }), event(2, { stated: '2018-04-01' }), event(3)]),
    ).toEqual([0, 3, 2, 1]);
  });

  it('lets what is learnt later about an earlier day win over what was said before', () => {
    const events = [
      event(0),
      event(1, { stated: '2018-04-01' }),
      event(2, { stated: '2018-05-01', on: '2018-02-12' }),
    ];
    expect(folded(events)).toEqual([0, 1, 2]);
    expect(folded(events, { effectiveOn: '2018-02-20' })).toEqual([2]);
    expect(folded(events, { effectiveOn: '2018-03-15' })).toEqual([0, 2]);
  });

  it('knows only what had been recorded', () => {
    expect(folded([event(0), event(1), event(2)], { position: 11n })).toEqual([0, 1]);
  });

  it('puts a replacement in the place of what it replaces', () => {
    const events = [event(0), event(1), event(2, { stated: '2018-06-01', corrects: 0 })];
    expect(order(events)).toEqual([2, 1]);
    expect(order(events, 11n)).toEqual([0, 1]);
  });

  it('removes what is annulled, and restores it when the annulment is annulled', () => {
    const events = [event(0), event(1), annul(2, 1), annul(3, 2)];
    expect(order(events.slice(0, 3))).toEqual([0]);
    expect(order(events)).toEqual([0, 1]);
  });

  it('restores the original when its replacement is annulled', () => {
    expect(order([event(0), event(1, { corrects: 0 }), annul(2, 1)])).toEqual([0]);
  });

  it('keeps the place through replacements of replacements', () => {
    expect(
      order([event(0), event(1), event(2, { corrects: 0 }), event(3, { corrects: 2, stated: '2019-01-01' })]),
    ).toEqual([3, 1]);
  });

  it('never lets two replacements of one fact stand, even when an annulment between them is lifted', () => {
    const events = [event(0), event(1, { corrects: 0 }), annul(2, 1), event(3, { corrects: 0 }), annul(4, 2)];
    expect(order(events)).toEqual([3]);
    expect(order(events, 13n)).toEqual([3]);
    expect(order(events, 12n)).toEqual([0]);
  });

  it('finds what opened a thing, also once it was replaced twice', () => {
    expect(
      opening([event(0), event(1), event(2, { corrects: 0 }), event(3, { corrects: 2 })])?.revision,
    ).toBe(3);
    expect(opening([event(0), annul(1, 0)])).toBeUndefined();
  });
});

describe('the states that a command is decided on', () => {
  const day = fc.constantFrom('2018-03-01', '2018-03-02', '2018-03-03', '2018-03-04');
  const step = fc.record({
    on: day,
    stated: day,
    act: fc.constantFrom('fact', 'replace', 'annul'),
    target: fc.nat(9),
  });

  it('are, on any day and each that follows, what the law says, also after some were taken back', () => {
    fc.assert(
      fc.property(fc.array(step, { minLength: 1, maxLength: 12 }), fc.nat(12), day, (steps, kept, from) => {
        const state = stateOf<number[], Timed>(
          { initial: [], evolve: (known, fact) => [...known, fact.revision] },
          [],
        );
        const events: Timed[] = [];
        const said = ({ act, target, ...more }: (typeof steps)[number]) => {
          const corrects = target % Math.max(1, events.length);
          const isCorrection = act !== 'fact' && events.length > 0 && state.stands(corrects);
          const one = event(events.length, {
            ...more,
            ...(isCorrection && { corrects }),
            ...(isCorrection && act === 'annul' && { type: ANNULMENT }),
          });
          events.push(one);
          state.add(one);
        };
        steps.forEach((one, n) => {
          said(one);
          // Asked for once, they are kept up.
          if (n === 2) state.days('2018-03-04').from(from);
        });
        const size = Math.min(kept, events.length);
        state.rewind(size);
        events.length = size;
        const all = ['2018-03-01', '2018-03-02', '2018-03-03', '2018-03-04'].filter((one) => one >= from);
        const law = all.map((effectiveOn) => folded(events, { effectiveOn }));
        const changes = law.filter((one, n) => n === 0 || JSON.stringify(one) !== JSON.stringify(law[n - 1]));
        const states = state.days('2018-03-04').from(from);
        const told = states.filter(
          (one, n) => n === 0 || JSON.stringify(one) !== JSON.stringify(states[n - 1]),
        );
        expect(told).toEqual(changes);
      }),
      { numRuns: 2000 },
    );
  });
});
