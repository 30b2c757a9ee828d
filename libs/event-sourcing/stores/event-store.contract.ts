import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { digest, eventId } from '../command-identity.js';
import { type NewEvent, ours, type Recorded } from '../event.js';
import type { Entry, EventStore } from '../event-store.js';
import { CommandMismatch, ConcurrencyConflict, InvalidEvent, StoreUnavailable } from '../event-store.js';

/** A running server with an empty log, as a contract run needs it. */
export interface StoreUnderTest {
  readonly store: EventStore;
  /** A second client of the same log, as another process would have. */
  open(): EventStore;
  /** Keeps a transaction of a neighbour open on the same server, where there is such a thing. */
  withOpenTransaction<T>(work: () => Promise<T>): Promise<T>;
  /** kill -9 of the server, and a start on the same data; null where this run may not do that. */
  readonly killAndRestart: (() => Promise<void>) | null;
  close(): Promise<void>;
}

export const newEvents = (data: readonly object[], command: string = randomUUID()): NewEvent[] =>
  data.map((one, index) => ({
    id: eventId(command, index),
    type: 'Compte',
    version: 1,
    data: one,
    metadata: {
      author: 'contrat',
      commandId: command,
      commandDigest: digest(data),
      statedOn: '2018-06-30',
      effectiveOn: '2018-06-30',
    },
  }));

/** Ten starts of a server, on a machine that may be busy. */
const KILL_TEST_MILLISECONDS = 300_000;

const one = (stream: string, expected: Entry['expected'], data: object, command?: string): Entry[] => [
  { stream, expected, events: newEvents([data], command) },
];

const newStream = (): string => `compte-${randomUUID()}`;

async function everything(store: EventStore, after = 0n): Promise<Recorded[]> {
  const all: Recorded[] = [];
  for (let last = after; ; last = all.at(-1)!.position) {
    const page = ours(await store.readAll(last, 1000));
    if (page.length === 0) return all;
    all.push(...page);
  }
}

/** What every store does, whatever it is made of. Positions are ordered, never assumed dense. */
export function eventStoreContract(name: string, start: () => Promise<StoreUnderTest>): void {
  describe(`${name} as a log`, () => {
    let under: StoreUnderTest;
    let store: EventStore;
    beforeAll(async () => {
      under = await start();
      store = under.store;
    });
    afterAll(() => under.close());

    it('gives back what was appended, in order, with increasing positions', async () => {
      const stream = newStream();
      const before = await store.head();
      const events = newEvents([{ n: 0 }, { n: 1, text: 'é – « » 😀\\' }]);
      const { position, revisions, alreadyThere } = await store.append([
        { stream, expected: 'noStream', events },
      ]);
      const read = ours(await store.readStream(stream));
      expect(read.map(({ data, revision, id }) => ({ data, revision, id }))).toEqual([
        { data: { n: 0 }, revision: 0, id: events[0]!.id },
        { data: { n: 1, text: 'é – « » 😀\\' }, revision: 1, id: events[1]!.id },
      ]);
      expect(read[0]!.metadata).toEqual(events[0]!.metadata);
      expect(read[0]!.position > before && read[1]!.position > read[0]!.position).toBe(true);
      expect(read[1]!.position).toBe(position);
      expect(revisions.get(stream)).toBe(1);
      expect(alreadyThere).toBe(false);
      expect(await everything(store, before)).toEqual(read);
      expect(await store.readStream(stream, 1)).toEqual([read[1]]);
      expect(await store.head()).toBe(position);
    });

    it('has no events in a stream that does not exist', async () => {
      expect(await store.readStream(newStream())).toEqual([]);
    });

    it.each([
      ['noStream', false, true],
      ['noStream', true, false],
      ['exists', true, true],
      ['exists', false, false],
      ['any', true, true],
      ['any', false, true],
      [0, true, true],
      [0, false, false],
      [1, true, false],
    ] as const)('expected %s with a stream (%s) is accepted: %s', async (expected, there, accepted) => {
      const stream = newStream();
      if (there) await store.append(one(stream, 'noStream', { first: true }));
      const append = store.append(one(stream, expected, { second: true }));
      if (accepted) await expect(append).resolves.toBeDefined();
      else
        await expect(append).rejects.toMatchObject({
          name: 'ConcurrencyConflict',
          stream,
          expected,
          actual: there ? 0 : 'noStream',
        });
    });

    it('appends to several streams or to none', async () => {
      const [a, b] = [newStream(), newStream()];
      await store.append(one(b, 'noStream', { there: true }));
      const entries = [...one(a, 'noStream', { n: 1 }), ...one(b, 'noStream', { n: 2 })];
      await expect(store.append(entries)).rejects.toBeInstanceOf(ConcurrencyConflict);
      expect(await store.readStream(a)).toEqual([]);
      const { revisions } = await store.append([...one(a, 'noStream', { n: 1 }), ...one(b, 0, { n: 2 })]);
      expect([revisions.get(a), revisions.get(b)]).toEqual([0, 1]);
    });

    it('keeps the order of entries, also where a stream comes again in one append', async () => {
      const [a, b] = [newStream(), newStream()];
      const before = await store.head();
      await store.append([
        ...one(a, 'noStream', { n: 1 }),
        ...one(b, 'noStream', { n: 2 }),
        ...one(a, 0, { n: 3 }),
      ]);
      expect((await everything(store, before)).map(({ data }) => data)).toEqual([
        { n: 1 },
        { n: 2 },
        { n: 3 },
      ]);
    });

    it('counts on, in an append of many entries, from each to the next of its stream', async () => {
      const streams = Array.from({ length: 7 }, () => newStream());
      await store.append(one(streams[0]!, 'noStream', { n: -1 }));
      const counts = new Map([[streams[0]!, 1]]);
      const entries = Array.from({ length: 60 }, (_, n) => {
        const stream = streams[(n * n) % 7]!;
        const count = counts.get(stream) ?? 0;
        counts.set(stream, count + 1);
        return one(stream, count === 0 ? 'noStream' : count - 1, { n })[0]!;
      });
      await expect(
        store.append([...entries.slice(0, -1), { ...entries.at(-1)!, expected: 99 }]),
      ).rejects.toBeInstanceOf(ConcurrencyConflict);
      const { revisions } = await store.append(entries);
      for (const [stream, count] of counts) {
        expect((await store.readStream(stream)).map(({ revision }) => revision)).toEqual(
          Array.from({ length: count }, (_, revision) => revision),
        );
        expect(revisions.get(stream)).toBe(count - 1);
      }
    });

    it('takes an entry without events as a check only', async () => {
      const [checked, written] = [newStream(), newStream()];
      await store.append(one(checked, 'noStream', {}));
      const check = (expected: Entry['expected']): Entry => ({ stream: checked, expected, events: [] });
      await expect(store.append([check(1), ...one(written, 'noStream', {})])).rejects.toBeInstanceOf(
        ConcurrencyConflict,
      );
      expect(await store.readStream(written)).toEqual([]);
      await store.append([check(0), ...one(written, 'noStream', {})]);
      expect((await store.readStream(checked)).length).toBe(1);
    });

    it('answers the original result when the same command comes again, whatever has happened since', async () => {
      const stream = newStream();
      const command = randomUUID();
      const first = await store.append(one(stream, 'noStream', { n: 1 }, command));
      await store.append(one(stream, 0, { n: 2 }));
      const again = await store.append(one(stream, 'noStream', { n: 1 }, command));
      expect(again).toEqual({ ...first, alreadyThere: true });
      expect((await store.readStream(stream)).length).toBe(2);
    });

    it('refuses a command id that comes again with another content', async () => {
      const stream = newStream();
      const command = randomUUID();
      await store.append(one(stream, 'noStream', { n: 1 }, command));
      await expect(store.append(one(stream, 'noStream', { n: 2 }, command))).rejects.toBeInstanceOf(
        CommandMismatch,
      );
      expect((await store.readStream(stream)).length).toBe(1);
    });

    it('refuses text that cannot be stored, and its neighbours go on', async () => {
      const streams = Array.from({ length: 8 }, newStream);
      const outcomes = await Promise.allSettled(
        streams.map((stream, index) =>
          store.append(
            one(stream, 'noStream', {
              text: index === 3 ? 'a\u0000b' : index === 5 ? '\ud800' : 'ok \\u0000',
            }),
          ),
        ),
      );
      outcomes.forEach((outcome, index) => {
        if (index === 3 || index === 5) expect(outcome).toMatchObject({ reason: expect.any(InvalidEvent) });
        else expect(outcome.status).toBe('fulfilled');
      });
    });

    it('lets exactly one of 32 writers win, each time', async () => {
      const stream = newStream();
      const stores = [store, under.open(), under.open(), under.open()];
      for (let round = 0; round < 10; round += 1) {
        const outcomes = await Promise.allSettled(
          Array.from({ length: 32 }, (_, writer) =>
            stores[writer % stores.length]!.append(
              one(stream, round === 0 ? 'noStream' : round - 1, { writer }),
            ),
          ),
        );
        const won = outcomes.filter(({ status }) => status === 'fulfilled');
        expect(won.length).toBe(1);
        for (const outcome of outcomes)
          if (outcome.status === 'rejected') expect(outcome.reason).toBeInstanceOf(ConcurrencyConflict);
      }
      expect((await store.readStream(stream)).length).toBe(10);
      await Promise.all(stores.slice(1).map((other) => other.close()));
    });

    const WRITERS = 8;
    const EVENTS = 10_000;

    async function raceWritersAndReader(): Promise<void> {
      const before = await store.head();
      const stop = new AbortController();
      const seen: Recorded[] = [];
      const reading = (async () => {
        for await (const batch of under.store.subscribe(before, stop.signal)) {
          seen.push(...ours(batch));
          if (seen.length >= EVENTS) break;
        }
      })();
      const writers = [store, under.open()];
      await Promise.all(
        Array.from({ length: WRITERS }, async (_, writer) => {
          for (let n = 0; n < EVENTS / WRITERS; n += 1)
            await writers[writer % 2]!.append(
              one(`compte-${writer}-${before}`, n === 0 ? 'noStream' : n - 1, { writer, n }),
            );
        }),
      );
      await Promise.race([reading, sleep(30_000, undefined, { ref: false }).then(() => stop.abort())]);
      stop.abort();
      await writers[1]!.close();
      expect(seen.length).toBe(EVENTS);
      expect(new Set(seen.map(({ id }) => id)).size).toBe(EVENTS);
      expect(seen.every(({ position }, index) => index === 0 || position > seen[index - 1]!.position)).toBe(
        true,
      );
      const next = new Map<string, number>();
      for (const { stream, revision } of seen) {
        expect(revision).toBe(next.get(stream) ?? 0);
        next.set(stream, revision + 1);
      }
    }

    it('hands 10,000 events of 8 writers to a reader: none missed, none twice, none out of order', async () => {
      await raceWritersAndReader();
    });

    it('does so while a neighbour keeps a transaction open', async () => {
      await under.withOpenTransaction(raceWritersAndReader);
    });

    it('gives full pages as far as the log goes', async () => {
      const sizes: number[] = [];
      for (let after = 0n; ;) {
        const page = await store.readAll(after, 999);
        if (page.length === 0) break;
        sizes.push(page.length);
        after = page.at(-1)!.position;
      }
      expect(sizes.length).toBeGreaterThan(20);
      expect(sizes.slice(0, -1).every((size) => size === 999)).toBe(true);
    });

    it('tells the event at a position, and none where there is none', async () => {
      const [first, second] = await store.readAll(0n, 2);
      expect(await store.eventAt(second!.position)).toEqual(second);
      expect(await store.eventAt(first!.position - 1n)).toBeUndefined();
      expect(await store.eventAt((await store.head()) + 1n)).toBeUndefined();
    });

    it('has one identity, whoever asks', async () => {
      const other = under.open();
      const [a, b] = await Promise.all([store.identity(), other.identity()]);
      expect(a).toEqual(b);
      expect(a.complete).toBe(true);
      await expect(store.beginCopy('another')).rejects.toMatchObject({ name: 'CopyRefused' });
      await other.close();
    });

    it('wakes a subscriber for what another process appends', async () => {
      const other = under.open();
      const stop = new AbortController();
      const subscription = store.subscribe(await store.head(), stop.signal)[Symbol.asyncIterator]();
      const waiting = subscription.next();
      await sleep(50);
      await other.append(one(newStream(), 'noStream', { hello: true }));
      expect(((await waiting).value as Recorded[])[0]!.data).toEqual({ hello: true });
      stop.abort();
      expect((await subscription.next()).done).toBe(true);
      await other.close();
    });

    it('gives each append an instant of its own, so that what was known at one stays as it was', async () => {
      for (let n = 0; n < 20; n += 1) {
        const { position } = await store.append(one(newStream(), 'noStream', { n }));
        const { recordedAt } = (await store.eventAt(position))!;
        await store.append(one(newStream(), 'noStream', { after: n }));
        expect(await store.positionAt(recordedAt)).toBe(position);
      }
    });

    it('finds the last position recorded at an instant', async () => {
      const { position } = await store.append(one(newStream(), 'noStream', { early: true }));
      const recorded = (await store.eventAt(position))!.recordedAt.getTime();
      const between = new Date(recorded + 20);
      while (Date.now() <= recorded + 40) await sleep(5);
      await store.append(one(newStream(), 'noStream', { late: true }));
      expect(await store.positionAt(between)).toBe(position);
      expect(await store.positionAt(new Date(recorded - 1))).toBeLessThan(position);
      expect(await store.positionAt(new Date(0))).toBe(0n);
      expect(await store.positionAt(new Date(Date.now() + 60_000))).toBe(await store.head());
    });

    it(
      'keeps every acknowledged event over 10 kill -9 of the server, none twice',
      async () => {
        if (!under.killAndRestart) {
          console.info('not run: no way to kill and start the server');
          return;
        }
        const acknowledged = new Map<string, number>();
        const WORKERS = 4;
        for (let round = 0; round < 10; round += 1) {
          let running = true;
          const workers = Array.from({ length: WORKERS }, async (_, worker) => {
            const stream = `compte-kill-${round}-${worker}`;
            for (let n = 0; running; n += 1) {
              const entries = one(stream, n === 0 ? 'noStream' : n - 1, { n });
              for (;;) {
                try {
                  await store.append(entries);
                  acknowledged.set(stream, n + 1);
                  break;
                } catch (error) {
                  if (!(error instanceof StoreUnavailable)) throw error;
                  await sleep(20);
                }
              }
            }
          });
          await sleep(60 + Math.random() * 120);
          await under.killAndRestart();
          await sleep(60);
          running = false;
          await Promise.all(workers);
        }
        expect(acknowledged.size).toBe(10 * WORKERS);
        for (const [stream, count] of acknowledged) {
          const events = ours(await store.readStream(stream));
          expect(events.map(({ data }) => (data as { n: number }).n)).toEqual(
            Array.from({ length: count }, (_, n) => n),
          );
        }
      },
      KILL_TEST_MILLISECONDS,
    );
  });
}
