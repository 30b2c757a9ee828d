import { randomUUID } from 'node:crypto';
import { END, jsonEvent, KurrentDBClient, NO_STREAM, streamNameFilter } from '@kurrent/kurrentdb-client';
import { KurrentDbEventStore } from '../../libs/event-sourcing/stores/kurrentdb/kurrentdb-event-store.js';
import { avancement, entry, line, perSecond, rate } from './support.js';

const TURN_MILLISECONDS = 1500;
const TURNS = 5;
const BATCH = 100;
const CATCH_UP = 100_000;
const WAKE_UPS = 100;

const middle = (all: readonly number[]): number => all.toSorted((a, b) => a - b)[Math.floor(all.length / 2)]!;

/** The same event as the store sends, as the bare client takes it. */
const bareEvent = () => {
  const { data, metadata, type } = avancement();
  return jsonEvent({
    id: randomUUID(),
    type,
    data: data as Record<string, unknown>,
    metadata: { ...metadata, version: '1', recordedAt: new Date().toISOString() },
  });
};

/** Store and bare client take turns on one server; the ratio is what the store costs. */
export async function kurrentDb(url: string): Promise<void> {
  const prefix = `bench-${randomUUID()}`;
  const store = new KurrentDbEventStore({ url, prefix });
  const client = KurrentDBClient.connectionString(url);
  const bare = (name: string) => `${prefix}-nu.${name}`;
  const state = (n: number) => (n === 0 ? NO_STREAM : BigInt(n - 1));

  for (const [callers, size] of [
    [1, 1],
    [8, 1],
    [32, 1],
    [1, BATCH],
    [8, BATCH],
  ] as const) {
    const own: number[] = [];
    const floor: number[] = [];
    for (let turn = 0; turn < TURNS; turn += 1) {
      const run = `${callers}-${size}-${turn}`;
      own.push(
        await rate(callers, TURN_MILLISECONDS, async (caller, n) => {
          const [first] = [entry(`action-s${run}/1/A${caller + 1}`, n * size)];
          const events = Array.from({ length: size }, avancement);
          await store.append([{ ...first, events }]);
          return size;
        }),
      );
      floor.push(
        await rate(callers, TURN_MILLISECONDS, async (caller, n) => {
          const events = Array.from({ length: size }, bareEvent);
          await client.appendToStream(bare(`action-b${run}/1/A${caller + 1}`), events, {
            streamState: state(n * size),
          });
          return size;
        }),
      );
    }
    line(
      `KurrentDB append, ${callers} caller(s) × ${size}`,
      perSecond(middle(own)),
      `bare client ${perSecond(middle(floor))}`,
      middle(own) / middle(floor),
      'aim ≥ 0.85',
    );
  }

  const reading = new KurrentDbEventStore({ url, prefix: `${prefix}-lu` });
  for (let n = 0; n < CATCH_UP; n += 500)
    await reading.append([
      {
        stream: `action-c${n}/1/A1`,
        expected: 'noStream',
        events: Array.from({ length: 500 }, avancement),
      },
    ]);
  const filter = streamNameFilter({ regex: `^${prefix}-lu\\.` });
  const from = (await reading.readAll(0n, 1))[0]!.position;
  const at = { commit: from, prepare: from };
  const catchUp = async () => {
    const started = performance.now();
    let count = 1;
    for (let after = from; ;) {
      const page = await reading.readAll(after, 2000);
      if (page.length === 0) break;
      count += page.length;
      after = page.at(-1)!.position;
    }
    return (count / (performance.now() - started)) * 1000;
  };
  const readBare = async (filtered: boolean) => {
    const started = performance.now();
    let count = 0;
    for await (const event of client.readAll({ fromPosition: at, ...(filtered && { filter }) })) {
      void event;
      count += 1;
    }
    return (count / (performance.now() - started)) * 1000;
  };
  const speeds = { own: [] as number[], filtered: [] as number[], all: [] as number[] };
  for (let turn = 0; turn < TURNS; turn += 1) {
    speeds.own.push(await catchUp());
    speeds.filtered.push(await readBare(true));
    speeds.all.push(await readBare(false));
  }
  const own = middle(speeds.own);
  line(
    `KurrentDB catch-up of ${CATCH_UP} events`,
    perSecond(own),
    `bare readAll, same filter ${perSecond(middle(speeds.filtered))}`,
    own / middle(speeds.filtered),
    'aim ≥ 0.80',
  );
  line(
    `KurrentDB catch-up of ${CATCH_UP} events`,
    perSecond(own),
    `bare readAll, no filter ${perSecond(middle(speeds.all))}`,
    own / middle(speeds.all),
    '',
  );

  const woken = await wakeUps(store, client, url, prefix);
  line(
    'KurrentDB wake-up of a subscriber, median',
    `${woken.own.toFixed(1)} ms`,
    `bare subscription ${woken.bare.toFixed(1)} ms`,
    woken.own / woken.bare,
    '',
  );
  await Promise.all([store.close(), reading.close(), client.dispose()]);
}

/** From the call of an append by another client until a waiting subscriber has the event. */
async function wakeUps(store: KurrentDbEventStore, client: KurrentDBClient, url: string, prefix: string) {
  const writer = new KurrentDbEventStore({ url, prefix });
  const stop = new AbortController();
  const own: number[] = [];
  const bare: number[] = [];
  let told: () => void = () => undefined;
  const following = (async () => {
    for await (const batch of store.subscribe(await store.head(), stop.signal)) {
      void batch;
      told();
    }
  })();
  let heard: () => void = () => undefined;
  const subscription = client
    .subscribeToAll({ fromPosition: END, filter: streamNameFilter({ regex: `^${prefix}\\.` }) })
    .on('data', () => heard());
  await new Promise((resolve) => setTimeout(resolve, 1000));
  for (let n = 0; n < WAKE_UPS; n += 1) {
    const started = performance.now();
    const both = Promise.all([
      new Promise<void>((resolve) => (told = resolve)).then(() => own.push(performance.now() - started)),
      new Promise<void>((resolve) => (heard = resolve)).then(() => bare.push(performance.now() - started)),
    ]);
    await writer.append([entry(`action-w${n}/1/A1`, 0)]);
    await both;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  stop.abort();
  await following;
  await subscription.unsubscribe();
  await writer.close();
  return { own: middle(own), bare: middle(bare) };
}
