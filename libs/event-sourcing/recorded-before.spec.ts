import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { add, openJars } from '../../tests/support/jars.js';
import { digest, eventId } from './command-identity.js';
import { handleCommands } from './handle-command.js';
import { ContentDiffers } from './instruction.js';

type Jars = Awaited<ReturnType<typeof openJars>>;

describe('a command that comes again', () => {
  let store: Jars['store'];
  let total: Jars['total'];
  let close: Jars['close'];
  beforeAll(async () => {
    ({ store, total, close } = await openJars());
  });
  afterAll(() => close());

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
});
