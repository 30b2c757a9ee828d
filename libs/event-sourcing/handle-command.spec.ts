import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { add, type Add, type Added, jar, openJars, refusedBy } from '../../tests/support/jars.js';
import { handleCommands } from './handle-command.js';
import { type Instruction, Refusals } from './instruction.js';
import { Refusal } from './refusal.js';
import type { StreamKind } from './stream-kind.js';
import { StreamMemory } from './stream-memory.js';

type Jars = Awaited<ReturnType<typeof openJars>>;

describe('handling commands', () => {
  let store: Jars['store'];
  let total: Jars['total'];
  let close: Jars['close'];
  beforeAll(async () => {
    ({ store, total, close } = await openJars());
  });
  afterAll(() => close());

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
    await expect(move(-40, '2018-03-01')).rejects.toMatchObject(refusedBy('vide'));
    await move(-30, '2018-03-01');
    await expect(move(-1, '2018-08-31')).rejects.toBeInstanceOf(Refusals);
    await move(-50, '2018-09-01');
    await expect(move(-1, '2019-06-01')).rejects.toBeInstanceOf(Refusals);
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
    ).rejects.toMatchObject(refusedBy('evenement-deja-corrige'));
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
});
