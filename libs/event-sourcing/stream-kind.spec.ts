import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { add, type Add, type Added, jar, openJars, refusedBy } from '../../tests/support/jars.js';
import { handleCommands } from './handle-command.js';
import type { Instruction } from './instruction.js';
import { Refusal } from './refusal.js';
import { type Check, checked, type StreamKind } from './stream-kind.js';

type Jars = Awaited<ReturnType<typeof openJars>>;

describe('what a kind depends on elsewhere', () => {
  let store: Jars['store'];
  let close: Jars['close'];
  beforeAll(async () => {
    ({ store, close } = await openJars());
  });
  afterAll(() => close());

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
});
