import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { add, type Add, type Added, jar, openJars } from '../../tests/support/jars.js';
import { handleCommands } from './handle-command.js';
import type { Instruction } from './instruction.js';
import { Refusal } from './refusal.js';
import type { StreamKind } from './stream-kind.js';
import { StreamMemory } from './stream-memory.js';

type Jars = Awaited<ReturnType<typeof openJars>>;

describe('what is remembered of a stream', () => {
  let store: Jars['store'];
  let close: Jars['close'];
  beforeAll(async () => {
    ({ store, close } = await openJars());
  });
  afterAll(() => close());

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
});
