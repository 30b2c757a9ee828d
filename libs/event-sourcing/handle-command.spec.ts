import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { type TestDatabase, testDatabase } from '../../tests/support/test-database.js';
import { digest, eventId } from './command-identity.js';
import type { Consequence } from './consequence.js';
import { type Decider, stateOf } from './decider.js';
import { type Fact, ours } from './event.js';
import { handleCommands } from './handle-command.js';
import { ContentDiffers, type Instruction, Refusals } from './instruction.js';
import { type Check, checked, type StreamKind } from './stream-kind.js';
import { StreamMemory } from './stream-memory.js';
import type { Timed } from './timeline.js';
import { Refusal } from './refusal.js';
import { PostgresEventStore } from './stores/postgres/postgres-event-store.js';

type Added = { readonly type: 'Added'; readonly data: { readonly n: number } } & Fact;
type Add = { readonly type: 'Add'; readonly data: { readonly n: number } };

const decider: Decider<Add, number, Added> = {
  initial: 0,
  decide({ data }, total) {
    if (total + data.n > 10) throw new Refusal('plein', 'C’est plein.');
    return [{ type: 'Added', data }];
  },
  evolve: (total, { data }) => total + data.n,
};
const jar: StreamKind<Add, number, Added> = {
  category: 'bocal',
  decider,
  facts: { Added: { version: 1, schema: z.strictObject({ n: z.int() }), sentence: () => 'ajouté' } },
};

const add = (reference: string, n: number, more: Partial<Instruction> = {}): Instruction => ({
  id: randomUUID(),
  kind: jar,
  reference,
  does: { command: { type: 'Add', data: { n } } },
  author: 'moi',
  statedOn: '2018-06-30',
  ...more,
});

describe('handling commands', () => {
  let database: TestDatabase;
  let store: PostgresEventStore;
  beforeAll(async () => {
    database = await testDatabase();
    store = new PostgresEventStore(database.application);
  });
  afterAll(async () => {
    await store.close();
    await database.drop();
  });
  const known = async (reference: string) =>
    stateOf(decider, ours(await store.readStream(`bocal-${reference}`)) as unknown as Timed<Added>[]).current;
  const total = async (reference: string) =>
    ours(await store.readStream(`bocal-${reference}`)).reduce(
      (sum, { data }) => sum + (data as { n: number }).n,
      0,
    );

  it('keeps the rule under 24 commands at once: each decides on what the others have done', async () => {
    const outcomes = await Promise.allSettled(
      Array.from({ length: 24 }, () => handleCommands(store, [add('course', 1)], { attempts: 60 })),
    );
    const refused = outcomes.filter(({ status }) => status === 'rejected') as PromiseRejectedResult[];
    expect(refused.length).toBe(14);
    for (const { reason } of refused) expect(reason).toBeInstanceOf(Refusals);
    expect(await total('course')).toBe(10);
  });

  it('lets a rule hold on every day from that of a fact on, whatever is said later of an earlier day', async () => {
    type Moved = { readonly type: 'Moved'; readonly data: { readonly by: number; readonly on: string } };
    type Move = { readonly type: 'Move'; readonly data: Moved['data'] };
    const purse: StreamKind<Move, number, Moved> = {
      category: 'bourse',
      decider: {
        initial: 0,
        decide({ data }, _, days) {
          const day = data.on < days.statedOn ? data.on : days.statedOn;
          if (days.from(day).some((held) => held + data.by < 0)) throw new Refusal('vide', 'Il manque.');
          return [{ type: 'Moved', data }];
        },
        evolve: (held, { data }) => held + data.by,
      },
      facts: {
        Moved: {
          version: 1,
          schema: z.strictObject({ by: z.int(), on: z.string() }),
          effectiveOn: (data) => (data as Moved['data']).on,
          sentence: () => 'remué',
        },
      },
    };
    const memory = new StreamMemory(store);
    const move = (by: number, on: string) =>
      handleCommands(
        store,
        [
          {
            id: randomUUID(),
            kind: purse,
            reference: 'une',
            does: { command: { type: 'Move', data: { by, on } } },
            author: 'moi',
            statedOn: '2018-12-31',
          },
        ],
        { memory },
      );
    await move(100, '2018-01-01');
    await move(-70, '2018-06-01');
    await move(50, '2018-09-01');
    // On 1 March there are 100, but on 1 June only 30 are left.
    await expect(move(-40, '2018-03-01')).rejects.toMatchObject({
      refusals: [{ refusal: { code: 'vide' } }],
    });
    await move(-30, '2018-03-01');
    await expect(move(-1, '2018-08-31')).rejects.toBeInstanceOf(Refusals);
    await move(-50, '2018-09-01');
    await expect(move(-1, '2019-06-01')).rejects.toBeInstanceOf(Refusals);
  });

  it('records a repeated command once, and answers with its first result', async () => {
    const command = add('repete', 10);
    const first = await handleCommands(store, [command]);
    const again = await handleCommands(store, [command]);
    expect(again).toMatchObject({
      position: first.position,
      recorded: [],
      alreadyThere: [{ data: { n: 10 } }],
    });
    expect(await total('repete')).toBe(10);
  });

  it('records a command that comes twice at the same time once', async () => {
    const command = add('jumeaux', 4);
    const both = await Promise.all([handleCommands(store, [command]), handleCommands(store, [command])]);
    expect(both[0].position).toBe(both[1].position);
    expect(await total('jumeaux')).toBe(4);
  });

  it('tells what differs when a command id comes with another content, and records nothing', async () => {
    const command = add('autre', 3);
    await handleCommands(store, [command]);
    const other = { ...command, does: { command: { type: 'Add', data: { n: 5 } } } };
    const error = await handleCommands(store, [other, add('neuf', 1)]).catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(ContentDiffers);
    expect((error as ContentDiffers).differences[0]!.fields).toEqual([{ field: 'n', recorded: 3, given: 5 }]);
    expect(await total('neuf')).toBe(0);
  });

  it('knows a command that was recorded under the first formula of digests', async () => {
    const command = add('ancien', 3, { source: { fichier: 'x' }, effectiveOn: '2018-01-01' });
    const stream = 'bocal-ancien';
    const commandDigest = digest({ stream, act: command.does, source: command.source });
    const metadata = { author: 'moi', commandId: command.id, commandDigest, statedOn: '2018-06-30' };
    const event = { id: eventId(command.id, 0), type: 'Added', version: 1, data: { n: 3 } };
    await store.append([
      {
        stream,
        expected: 'noStream',
        events: [{ ...event, metadata: { ...metadata, effectiveOn: '2018-01-01' } }],
      },
    ]);
    expect((await handleCommands(store, [command])).recorded).toEqual([]);
    // It did not look at the day.
    expect((await handleCommands(store, [{ ...command, effectiveOn: '2018-02-02' }])).recorded).toEqual([]);
    const other = { ...command, does: { command: { type: 'Add', data: { n: 4 } } } };
    await expect(handleCommands(store, [other])).rejects.toBeInstanceOf(ContentDiffers);
  });

  it('tells that only the day of a command differs', async () => {
    const command = add('jour', 3, { effectiveOn: '2018-01-01' });
    await handleCommands(store, [command]);
    const error = await handleCommands(store, [{ ...command, effectiveOn: '2018-02-02' }]).catch(
      (e: unknown) => e,
    );
    expect((error as ContentDiffers).differences[0]!.fields).toEqual([
      { field: 'effectif', recorded: '2018-01-01', given: '2018-02-02' },
    ]);
  });

  it('folds no more for each command of a large batch than for each of a small one', async () => {
    let folds = 0;
    const counted: StreamKind<Add, number, Added> = {
      ...jar,
      decider: {
        initial: 0,
        decide: ({ data }) => [{ type: 'Added', data }],
        evolve: (total, { data }) => {
          folds += 1;
          return total + data.n;
        },
      },
    };
    const batch = async (size: number): Promise<number> => {
      const before = folds;
      const reference = `lot-${size}`;
      const instructions = Array.from({ length: size }, () => ({ ...add(reference, 0), kind: counted }));
      await handleCommands(store, instructions);
      return folds - before;
    };
    const [small, large] = [await batch(500), await batch(2000)];
    expect(large).toBeLessThanOrEqual(5 * small);
    const memory = new StreamMemory(store);
    const before = folds;
    await handleCommands(store, [{ ...add('lot-2000', 0), kind: counted }], { memory });
    expect(folds - before).toBeLessThanOrEqual(2001);
    for (let n = 0; n < 20; n += 1)
      await handleCommands(store, [{ ...add('lot-2000', 0), kind: counted }], { memory });
    expect(folds - before).toBeLessThanOrEqual(2001 + 20 * 2);
  });

  it('decides on the same with what it remembers of a stream as with what the log tells', async () => {
    const seen: number[] = [];
    const watched: StreamKind<Add, number, Added> = {
      ...jar,
      decider: {
        initial: 0,
        decide: ({ data }, total) => {
          seen.push(total);
          if (data.n === 13) throw new Refusal('treize', 'Pas treize.');
          return [{ type: 'Added', data }];
        },
        evolve: (total, { data }) => total + data.n,
      },
    };
    const memory = new StreamMemory(store);
    const told = (does: Instruction['does'] | number, kept: StreamMemory | null = memory) =>
      handleCommands(
        store,
        [
          {
            ...add('memoire', 1, typeof does === 'number' ? {} : { does }),
            kind: watched,
            ...(typeof does === 'number' && { does: { command: { type: 'Add', data: { n: does } } } }),
          },
        ],
        kept ? { memory: kept } : {},
      ).catch((error: unknown) => error);
    for (let n = 0; n < 60; n += 1) await told(1);
    let revision = 59;
    for (let round = 0; round < 30; round += 1) {
      const target = round % 3 === 0 ? round : revision;
      await told({ correcting: { revision: target, replacement: { type: 'Added', data: { n: round } } } });
      await told(13);
      if (round % 4 === 0) await told({ correcting: { revision: revision + 1, motif: 'non' } });
      await told(2);
      revision = (await store.readStream('bocal-memoire')).at(-1)!.revision;
      await told(3, null);
      await told(3);
      expect(seen.at(-1)).toBe(seen.at(-2)! + 3);
      revision += 2;
    }
  });

  it('lets each command of a batch decide on the former ones, and records all or none', async () => {
    await handleCommands(store, [add('lot', 6), add('lot', 4)]);
    expect(await total('lot')).toBe(10);
    const error = await handleCommands(store, [add('bord', 6), add('bord', 6), add('bord', 7)]).catch(
      (e: unknown) => e,
    );
    expect((error as Refusals).refusals.length).toBe(2);
    expect(await total('bord')).toBe(0);
  });

  /** A jar whose facts depend on other jars, which are open while they hold nothing. */
  const empty = (reference: string, further: Check[] = []): Check =>
    checked(jar, reference, (held) => {
      if (held > 0) throw new Refusal(`${reference}-plein`, 'Plein.');
      return further;
    });
  const depending: StreamKind<Add, number, Added> = {
    ...jar,
    category: 'dependant',
    maySay: (_fact, reference) => [empty(`${reference}-dire`)],
    holds: ({ data }, reference) => [
      empty(`${reference}-tenir`, [empty(`${reference}-plus-loin`)]),
      ...(data.n === 3 ? [empty('trois')] : []),
    ],
    mayGo: (_fact, replacement, reference) => (replacement ? [] : [empty(`${reference}-partir`)]),
  };
  const on = (reference: string, more: Partial<Instruction> = {}) =>
    add(reference, 1, { kind: depending, ...more });
  const refusedBy = (code: string) => ({ refusals: [{ refusal: { code } }] });

  it.each(['dire', 'tenir', 'plus-loin'])(
    'says something new only while what its kind depends on holds: %s',
    async (part) => {
      const race = await Promise.allSettled([
        handleCommands(store, [on(`neuf-${part}`)]),
        handleCommands(store, [add(`neuf-${part}-${part}`, 1)]),
      ]);
      const late = handleCommands(store, [on(`neuf-${part}`)]);
      await expect(late).rejects.toMatchObject(refusedBy(`neuf-${part}-${part}-plein`));
      expect(race[1]).toMatchObject({ status: 'fulfilled' });
    },
  );

  it('asks of a replacement what holds, not what may be said, and of an annulment whether it may go', async () => {
    const [first, correcting] = [
      on('change'),
      (act: object) => on('change', { does: { correcting: { revision: 0, ...act } } as Instruction['does'] }),
    ];
    await handleCommands(store, [first]);
    await handleCommands(store, [add('change-dire', 1), add('trois', 1), add('change-partir', 1)]);
    const three = { replacement: { type: 'Added', data: { n: 3 } } };
    await expect(handleCommands(store, [correcting(three)])).rejects.toMatchObject(refusedBy('trois-plein'));
    await expect(handleCommands(store, [correcting({ motif: 'x' })])).rejects.toMatchObject(
      refusedBy('change-partir-plein'),
    );
    const two = { replacement: { type: 'Added', data: { n: 2 } } };
    expect((await handleCommands(store, [correcting(two)])).recorded).toHaveLength(1);
    // What was recorded already asks for nothing.
    expect((await handleCommands(store, [first])).alreadyThere).toHaveLength(1);
  });

  it('adds nothing on an occasion that is over, and corrects there', async () => {
    const occasion = empty('occasion');
    const { recorded } = await handleCommands(store, [add('dit', 1, { occasion })]);
    await handleCommands(store, [add('occasion', 1)]);
    await expect(handleCommands(store, [add('dit', 1, { occasion })])).rejects.toMatchObject(
      refusedBy('occasion-plein'),
    );
    const replacement = { type: 'Added', data: { n: 2 } };
    await handleCommands(store, [
      add('dit', 0, { occasion, does: { correcting: { revision: recorded[0]!.revision, replacement } } }),
    ]);
  });

  it('refuses nobody for what the same request, sent twice at once, has just done', async () => {
    for (let round = 0; round < 12; round += 1) {
      const occasion = empty(`fin-${round}`);
      // So many that they are not all read at once.
      const batch = [
        ...Array.from({ length: 120 }, (_, n) => add(`meme-${round}-${n}`, 1, { occasion })),
        add(`fin-${round}`, 1),
      ];
      const handled = await Promise.all(
        Array.from({ length: 6 }, async (_, n) => {
          await sleep(n * 8);
          return handleCommands(store, batch, { attempts: 40 });
        }),
      );
      expect(new Set(handled.map(({ position }) => position)).size).toBe(1);
    }
  });

  it('takes the day of a fact from what it says, unless the caller knows another', async () => {
    const dated: StreamKind<Add, number, Added> = {
      ...jar,
      category: 'date',
      facts: {
        Added: {
          ...jar.facts.Added!,
          effectiveOn: ({ n }: { n: number }) => (n > 0 ? `2018-06-0${n}` : null),
        },
      },
    };
    const days = async (n: number, more: Partial<Instruction> = {}) =>
      (await handleCommands(store, [add(`jour-${randomUUID()}`, n, { kind: dated, ...more })])).recorded[0]!
        .metadata.effectiveOn;
    expect(await days(5)).toBe('2018-06-05');
    expect(await days(5, { effectiveOn: '2018-06-02' })).toBe('2018-06-02');
    expect(await days(5, { statedOn: '2018-06-03' })).toBe('2018-06-03');
    expect(await days(0)).toBe('2018-06-30');
    const command = add('jour', 4, { kind: dated });
    await handleCommands(store, [command]);
    expect((await handleCommands(store, [command])).alreadyThere).toHaveLength(1);
  });

  it('corrects and annuls, and decides on what stands', async () => {
    await handleCommands(store, [add('corrige', 9)]);
    await handleCommands(store, [
      add('corrige', 0, {
        does: { correcting: { revision: 0, replacement: { type: 'Added', data: { n: 2 } } } },
      }),
    ]);
    await handleCommands(store, [add('corrige', 8)]);
    await expect(
      handleCommands(store, [add('corrige', 0, { does: { correcting: { revision: 0, motif: 'encore' } } })]),
    ).rejects.toMatchObject({ refusals: [{ refusal: { code: 'evenement-deja-corrige' } }] });
    await handleCommands(store, [
      add('corrige', 0, { does: { correcting: { revision: 1, motif: 'à tort' } } }),
    ]);
    await expect(handleCommands(store, [add('corrige', 1)])).rejects.toBeInstanceOf(Refusals);
  });

  it('never makes a fact true after the day on which it was stated', async () => {
    const { recorded } = await handleCommands(store, [add('futur', 1, { effectiveOn: '2030-01-01' })]);
    expect(recorded[0]!.metadata.effectiveOn).toBe('2018-06-30');
  });

  it('stores nothing that its schema refuses', async () => {
    await expect(handleCommands(store, [add('faux', 1.5)])).rejects.toBeInstanceOf(Refusals);
    expect(await total('faux')).toBe(0);
  });

  it('appends nothing in a dry run', async () => {
    expect((await handleCommands(store, [add('sec', 1)], { dryRun: true })).recorded.length).toBe(1);
    expect(await total('sec')).toBe(0);
  });

  describe('and what their facts entail for other things', () => {
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

    it('holds it back until all that is said at the same moment is decided', async () => {
      const { recorded } = await handleCommands(
        store,
        [
          add('moment.2', 1, { moment: 'a' }),
          add('instant.2', 1, { moment: 'a' }),
          add('moment.3', 2, { moment: 'b' }),
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

    const correct = (
      reference: string,
      revision: number,
      more: object = { motif: 'à tort' },
    ): Instruction => ({
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
          ...decider,
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
});
