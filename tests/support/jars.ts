import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import { testDatabase } from './test-database.js';
import { type Decider, stateOf } from '../../libs/event-sourcing/decider.js';
import { type Fact, ours } from '../../libs/event-sourcing/event.js';
import type { Instruction } from '../../libs/event-sourcing/instruction.js';
import { Refusal } from '../../libs/event-sourcing/refusal.js';
import { PostgresEventStore } from '../../libs/event-sourcing/stores/postgres/postgres-event-store.js';
import type { StreamKind } from '../../libs/event-sourcing/stream-kind.js';
import type { Timed } from '../../libs/event-sourcing/timeline.js';

export type Added = { readonly type: 'Added'; readonly data: { readonly n: number } } & Fact;
export type Add = { readonly type: 'Add'; readonly data: { readonly n: number } };

const decider: Decider<Add, number, Added> = {
  initial: 0,
  decide({ data }, total) {
    if (total + data.n > 10) throw new Refusal('plein', 'C’est plein.');
    return [{ type: 'Added', data }];
  },
  evolve: (total, { data }) => total + data.n,
};

/** A thing of the simplest kind: it takes what it is given, ten in all. */
export const jar: StreamKind<Add, number, Added> = {
  category: 'bocal',
  decider,
  facts: { Added: { version: 1, schema: z.strictObject({ n: z.int() }), sentence: () => 'ajouté' } },
};

export const add = (reference: string, n: number, more: Partial<Instruction> = {}): Instruction => ({
  id: randomUUID(),
  kind: jar,
  reference,
  does: { command: { type: 'Add', data: { n } } },
  author: 'moi',
  statedOn: '2018-06-30',
  ...more,
});

/** What refusals look like of which one has the code. */
export const refusedBy = (code: string) => ({ refusals: [{ refusal: { code } }] });

/** A log of jars on a database of its own, and what they hold. */
export async function openJars() {
  const database = await testDatabase();
  const store = new PostgresEventStore(database.application);
  const read = async (reference: string) => ours(await store.readStream(`bocal-${reference}`));
  return {
    store,
    /** What stands in a jar. */
    known: async (reference: string) =>
      stateOf(decider, (await read(reference)) as unknown as Timed<Added>[]).current,
    /** What was ever added to it. */
    total: async (reference: string) =>
      (await read(reference)).reduce((sum, { data }) => sum + (data as { n: number }).n, 0),
    close: async () => {
      await store.close();
      await database.drop();
    },
  };
}
