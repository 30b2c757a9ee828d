import { randomUUID } from 'node:crypto';
import type { OwnDatabase } from '../../libs/config/index.js';
import {
  type EventStore,
  handleCommands,
  type Instruction,
  type NewEvent,
  Projector,
  StreamMemory,
} from '../../libs/event-sourcing/index.js';
import { kinds, viewNamed } from '../../libs/registre/index.js';
import { avancement, line } from './support.js';

const LENGTH = 20_000;
const BATCH = 500;
const CHAINS = [500, 3000] as const;
const BATCHES = [500, 2000] as const;

const kind = kinds.find(({ category }) => category === 'action')!;
const views = ['actions', 'liens'].map(viewNamed);

const milliseconds = async (work: () => Promise<unknown>): Promise<number> => {
  const started = performance.now();
  await work();
  return performance.now() - started;
};

const opening = (): NewEvent => ({
  ...avancement(),
  type: 'ActionDecidee',
  data: { seance: 'bench/1', intitule: 'Contacter les établissements', acteurs: ['Amue'] },
});

/** Nothing is said at a séance that is not planned. */
async function plan(store: EventStore): Promise<void> {
  const stream = 'seance-bench/1';
  if ((await store.readStream(stream)).length > 0) return;
  const data = {
    comite: 'bench',
    numero: 1,
    jour: {
      texte: '30/06/2018',
      auPlusTot: '2018-06-30',
      auPlusTard: '2018-06-30',
      precision: 'jour',
      infere: false,
    },
  };
  await store.append([
    { stream, expected: 'noStream', events: [{ ...avancement(), type: 'SeancePlanifiee', data }] },
  ]);
}

async function fill(store: EventStore, stream: string, length: number): Promise<void> {
  for (let from = 0; from < length; from += BATCH) {
    const events = Array.from({ length: Math.min(BATCH, length - from) }, (_, n) =>
      from + n === 0 ? opening() : avancement(),
    );
    await store.append([{ stream, expected: from === 0 ? 'noStream' : from - 1, events }]);
  }
}

const instruction = (reference: string, does: Instruction['does']): Instruction => ({
  id: randomUUID(),
  kind,
  reference,
  does,
  author: 'bench',
  statedOn: '2018-06-30',
});

/** The replacement of the event at a revision by words that nobody said. */
const correction = (reference: string, revision: number): Instruction =>
  instruction(reference, {
    correcting: {
      revision,
      replacement: {
        type: 'AvancementConstate',
        data: { seance: 'bench/1', acteur: null, texte: `Corrigé ${revision}`, code: 'en-cours' },
      },
    },
  });

/** What a correction costs from command to view, beside the one reading of its stream that it cannot do without. */
export async function corrections(name: string, store: EventStore, database: OwnDatabase): Promise<void> {
  const reference = `bench-${randomUUID().slice(0, 8)}/1/A1`;
  const stream = `action-${reference}`;
  await plan(store);
  await fill(store, stream, LENGTH);
  const open = async () => {
    const memory = new StreamMemory(store);
    const projector = new Projector(store, database.application, views, kinds, { memory });
    await projector.prepare();
    await projector.catchUp();
    return { memory, projector };
  };
  await (await open()).projector.close();
  const ratios: number[] = [];
  const held: number[] = [];
  let [read, spent] = [0, 0];
  for (let turn = 0; turn < 5; turn += 1) {
    const { memory, projector } = await open();
    const correct = (revision: number) =>
      milliseconds(async () => {
        await handleCommands(store, [correction(reference, revision)], { memory });
        await projector.catchUp();
      });
    read = Math.min(
      await milliseconds(() => store.readStream(stream)),
      await milliseconds(() => store.readStream(stream)),
    );
    spent = await correct(LENGTH / 2 + turn);
    ratios.push(spent / read);
    held.push((await correct(LENGTH / 4 + turn)) / read);
    await projector.close();
  }
  const middle = (all: number[]): number => all.toSorted((a, b) => a - b)[Math.floor(all.length / 2)]!;
  line(
    `${name} correction, stream of ${LENGTH}, not held`,
    `${spent.toFixed(0)} ms`,
    `reading the stream once ${read.toFixed(0)} ms`,
    middle(ratios),
    `aim ≤ 1.5 (${ratios.map((ratio) => ratio.toFixed(2)).join(' ')})`,
  );
  line(`${name} correction of the same, held`, '', 'reading the stream once', middle(held), 'aim ≤ 1.5');

  const chain = async (length: number): Promise<number> => {
    const own = `bench-${randomUUID().slice(0, 8)}/1/A1`;
    await fill(store, `action-${own}`, 2);
    const { memory, projector } = await open();
    const took = await milliseconds(async () => {
      for (let n = 1; n <= length; n += 1) {
        await handleCommands(store, [correction(own, n)], { memory });
        if (n % 25 === 0) await projector.catchUp();
      }
      await projector.catchUp();
    });
    await projector.close();
    return took;
  };
  const [few, many] = [await chain(CHAINS[0]), await chain(CHAINS[1])];
  line(
    `${name} chain of ${CHAINS[1]} corrections`,
    `${(many / 1000).toFixed(1)} s`,
    `chain of ${CHAINS[0]} ${(few / 1000).toFixed(1)} s`,
    many / few,
    'aim ≤ 6',
  );

  const batch = (size: number): Promise<number> => {
    const own = `bench-${randomUUID().slice(0, 8)}/1/A1`;
    const commands = [
      { type: 'DeciderAction', data: opening().data },
      ...Array.from({ length: size - 1 }, () => ({ type: 'ConstaterAvancement', data: avancement().data })),
    ];
    return milliseconds(() =>
      handleCommands(
        store,
        commands.map((command) => instruction(own, { command })),
      ),
    );
  };
  await batch(BATCHES[0]);
  const [small, large] = [await batch(BATCHES[0]), await batch(BATCHES[1])];
  line(
    `${name} batch of ${BATCHES[1]} commands, one stream`,
    `${large.toFixed(0)} ms`,
    `batch of ${BATCHES[0]} ${small.toFixed(0)} ms`,
    large / small,
    'aim ≤ 5',
  );
}
