import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { add, jar, openJars } from '../../tests/support/jars.js';
import type { Consequence } from './consequence.js';
import { handleCommands } from './handle-command.js';
import { type Instruction, Refusals } from './instruction.js';
import { Refusal } from './refusal.js';

type Jars = Awaited<ReturnType<typeof openJars>>;

describe('what a fact entails for other things', () => {
  let store: Jars['store'];
  let known: Jars['known'];
  let total: Jars['total'];
  let close: Jars['close'];
  beforeAll(async () => {
    ({ store, known, total, close } = await openJars());
  });
  afterAll(() => close());

  /** Each addition to a jar of one pool adds one to the jar beside it; the last one is alone. */
  const overflow = (essential: boolean): Consequence => ({
    of: jar,
    facts: ['Added'],
    to: jar,
    essential,
    deed: 'deborder',
    entailed: (_, reference) => {
      const [pool, place] = reference.split('.') as [string, string];
      if (Number(place) >= 3) return [];
      const beside = `${pool}.${Number(place) + 1}`;
      return [{ reference: beside, part: beside, command: { type: 'Add', data: { n: 1 } } }];
    },
  });

  it('records it with its cause in one append, and what that entails in turn', async () => {
    const before = await store.head();
    const { recorded } = await handleCommands(store, [add('suite.1', 5)], {
      consequences: [overflow(false)],
    });
    expect(recorded.map(({ stream, data }) => [stream, data])).toEqual([
      ['bocal-suite.1', { n: 5 }],
      ['bocal-suite.2', { n: 1 }],
      ['bocal-suite.3', { n: 1 }],
    ]);
    const written = await store.readAll(before, 10);
    expect(new Set(written.map(({ recordedAt }) => recordedAt.getTime())).size).toBe(1);
  });

  it('records it once, however often its cause comes again', async () => {
    const command = add('encore.2', 5);
    const consequences = [overflow(false)];
    await handleCommands(store, [command], { consequences });
    const again = await handleCommands(store, [command], { consequences });
    expect(again.recorded).toEqual([]);
    expect(again.alreadyThere.map(({ stream }) => stream)).toEqual(['bocal-encore.2', 'bocal-encore.3']);
    // What a release before it knew of none does not have is not caught up.
    const old = add('avant.2', 5);
    await handleCommands(store, [old]);
    expect((await handleCommands(store, [old], { consequences })).recorded).toEqual([]);
  });

  it('skips what the receiver refuses, and says so; the cause stands', async () => {
    await handleCommands(store, [add('plein.3', 10)]);
    const { recorded, skipped } = await handleCommands(store, [add('plein.2', 1)], {
      consequences: [overflow(false)],
    });
    expect(recorded.map(({ stream }) => stream)).toEqual(['bocal-plein.2']);
    expect(skipped).toMatchObject([{ instruction: { reference: 'plein.3' }, refusal: { code: 'plein' } }]);
  });

  it('refuses the cause where the consequence is essential to it', async () => {
    await handleCommands(store, [add('lie.3', 10)]);
    const attempt = handleCommands(store, [add('lie.2', 1)], { consequences: [overflow(true)] });
    await expect(attempt).rejects.toThrow(Refusals);
    expect(await total('lie.2')).toBe(0);
  });

  it('holds it back until all that is said in the same phase is decided', async () => {
    const { recorded } = await handleCommands(
      store,
      [
        add('moment.2', 1, { phase: 'a' }),
        add('instant.2', 1, { phase: 'a' }),
        add('moment.3', 2, { phase: 'b' }),
      ],
      { consequences: [overflow(false)] },
    );
    expect(recorded.map(({ stream, data }) => [stream.slice('bocal-'.length), data])).toEqual([
      ['moment.2', { n: 1 }],
      ['instant.2', { n: 1 }],
      ['moment.3', { n: 1 }],
      ['instant.3', { n: 1 }],
      ['moment.3', { n: 2 }],
    ]);
  });

  const correct = (reference: string, revision: number, more: object = { motif: 'à tort' }): Instruction => ({
    ...add(reference, 0),
    does: { correcting: { revision, ...more } as { revision: number; motif: string } },
  });

  it('annuls it with its cause, in the same append, with what that entailed; and brings it back', async () => {
    const consequences = [overflow(false)];
    await handleCommands(store, [add('retour.1', 5)], { consequences });
    const totals = () => Promise.all(['retour.1', 'retour.2', 'retour.3'].map(known));
    const before = await store.head();
    await handleCommands(store, [correct('retour.1', 0)], { consequences });
    expect(await totals()).toEqual([0, 0, 0]);
    const written = await store.readAll(before, 10);
    expect(new Set(written.map(({ recordedAt }) => recordedAt.getTime())).size).toBe(1);
    const back = correct('retour.1', 1);
    const first = await handleCommands(store, [back], { consequences });
    expect(await totals()).toEqual([5, 1, 1]);
    const again = await handleCommands(store, [back], { consequences });
    expect(again).toMatchObject({ recorded: [], position: first.position });
    expect(again.alreadyThere.map(({ id }) => id)).toEqual(first.recorded.map(({ id }) => id));
    expect(await totals()).toEqual([5, 1, 1]);
  });

  it('is asked of what a correction changes only, however long the history', async () => {
    let asked = 0;
    const counted: Consequence = {
      ...overflow(false),
      entailed: () => {
        asked += 1;
        return [];
      },
    };
    const events = Array.from({ length: 2000 }, () => add('longue.2', 0));
    await handleCommands(store, events, { consequences: [counted] });
    asked = 0;
    const replacement = { type: 'Added', data: { n: 1 } };
    await handleCommands(store, [correct('longue.2', 1000, { replacement })], { consequences: [counted] });
    expect(asked).toBeLessThanOrEqual(2);
  });

  it('keeps it where the cause is only said otherwise', async () => {
    const consequences = [overflow(false)];
    await handleCommands(store, [add('redit.2', 5)], { consequences });
    const replacement = { type: 'Added', data: { n: 4 } };
    await handleCommands(store, [correct('redit.2', 0, { replacement })], { consequences });
    expect([await known('redit.2'), await known('redit.3')]).toEqual([4, 1]);
  });

  it('leaves the cause where what it entailed may not be annulled, and names that', async () => {
    const bound: typeof jar = {
      ...jar,
      category: 'scelle',
      decider: {
        ...jar.decider,
        correctable: () => {
          throw new Refusal('scelle', 'Ce bocal est scellé.');
        },
      },
    };
    const sealed: Consequence = {
      ...overflow(false),
      to: bound,
      entailed: () => [{ reference: 'x', part: 'x', command: { type: 'Add', data: { n: 2 } } }],
    };
    await handleCommands(store, [add('engage.2', 5)], { consequences: [sealed] });
    await expect(
      handleCommands(store, [correct('engage.2', 0)], { consequences: [sealed] }),
    ).rejects.toMatchObject({
      refusals: [{ refusal: { code: 'consequence-engagee', details: { evenement: 'x@0' } } }],
    });
    expect(await known('engage.2')).toBe(5);
  });

  it('makes it true when its cause is, or when the receiver began if that is later', async () => {
    await handleCommands(store, [add('jours.3', 1, { effectiveOn: '2018-05-01' })]);
    const consequences = [overflow(false)];
    const of = async (effectiveOn: string) => {
      const { recorded } = await handleCommands(store, [add('jours.2', 1, { effectiveOn })], {
        consequences,
      });
      return recorded.map(({ metadata }) => metadata.effectiveOn);
    };
    expect(await of('2018-04-01')).toEqual(['2018-04-01', '2018-05-01']);
    expect(await of('2018-06-01')).toEqual(['2018-06-01', '2018-06-01']);
  });
});
