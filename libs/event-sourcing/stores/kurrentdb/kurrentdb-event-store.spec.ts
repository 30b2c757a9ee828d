import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { KurrentDbServer, kurrentDbUrl, notKilled, notRun } from '../../../../tests/support/kurrentdb.js';
import { SwallowingProxy } from '../../../../tests/support/swallowing-proxy.js';
import { LogChanged, StoreUnavailable } from '../../event-store.js';
import { eventStoreContract, newEvents } from '../event-store.contract.js';
import { KurrentDbEventStore } from './kurrentdb-event-store.js';

const one = (stream: string, expected: 'noStream' | number, data: object) => [
  { stream, expected, events: newEvents([data]) },
];

if (notRun) describe('KurrentDB as a log', () => it.todo(notRun!));
else
  eventStoreContract('KurrentDB', async () => {
    const server = notKilled ? undefined : await KurrentDbServer.start();
    const options = { url: server?.url ?? kurrentDbUrl!, prefix: `t-${randomUUID()}` };
    const store = new KurrentDbEventStore(options);
    return {
      store,
      open: () => new KurrentDbEventStore(options),
      // There are no transactions; a neighbour writes to streams of its own meanwhile.
      withOpenTransaction: async (work) => {
        const foreign = new KurrentDbEventStore({ url: options.url, prefix: `f-${randomUUID()}` });
        let busy = true;
        const writing = (async () => {
          for (let n = 0; busy; n += 1) await foreign.append(one(`compte-${n}`, 'noStream', { n }));
        })();
        try {
          return await work();
        } finally {
          busy = false;
          await writing;
          await foreign.close();
        }
      },
      killAndRestart: server
        ? async () => {
            await server.end('SIGKILL');
            await server.run();
          }
        : null,
      close: async () => {
        await store.close();
        await server?.close();
      },
    };
  });

if (!notRun)
  describe('a KurrentDB that was restored to an older state', () => {
    it('is searched anew where it has grown past what was remembered of it', async () => {
      const options = { url: kurrentDbUrl!, prefix: `t-${randomUUID()}` };
      const store = new KurrentDbEventStore(options);
      await store.append(one('compte-1', 'noStream', { n: 1 }));
      const { position } = await store.append(one('compte-2', 'noStream', { n: 2 }));
      await store.close();
      const dropped: string[] = [];
      // No event stands there now.
      const remembered = { last: 0n, scanned: position + 1n };
      const reopened = new KurrentDbEventStore({
        ...options,
        bookmarks: {
          load: () => Promise.resolve(remembered),
          save: () => Promise.resolve(),
          drop: (log) => Promise.resolve(void dropped.push(log)),
          close: () => Promise.resolve(),
        },
      });
      expect((await reopened.readAll(0n, 10)).length).toBe(2);
      expect(await reopened.head()).toBe(position);
      expect(dropped).toEqual([(await reopened.identity()).id]);
      await reopened.close();
    });
  });

if (notKilled) describe('a KurrentDB that goes away', () => it.todo(notKilled!));
else
  describe('a KurrentDB that goes away', () => {
    let server: KurrentDbServer;
    let store: KurrentDbEventStore;
    const prefix = `t-${randomUUID()}`;
    const open = () => new KurrentDbEventStore({ url: server.url, prefix, deadlineMilliseconds: 2000 });
    beforeAll(async () => {
      server = await KurrentDbServer.start();
      store = open();
    });
    afterAll(async () => {
      await store.close();
      await server.close();
    });

    /** What a caller does: the same again, as long as the log is away. */
    async function patiently<T>(call: () => Promise<T>): Promise<T> {
      for (;;)
        try {
          return await call();
        } catch (error) {
          if (!(error instanceof StoreUnavailable)) throw error;
          await sleep(50);
        }
    }

    /** What a reader sees of a stream while the log is away and back: an event before, two after. */
    async function readerOver(absence: () => Promise<void>): Promise<unknown[]> {
      const stream = `compte-${randomUUID()}`;
      const stop = new AbortController();
      const seen: unknown[] = [];
      const from = await patiently(() => store.head());
      const reading = (async () => {
        for await (const batch of store.subscribe(from, stop.signal))
          seen.push(...batch.filter((event) => event.stream === stream).map(({ revision }) => revision));
      })();
      await patiently(() => store.append(one(stream, 'noStream', {})));
      await absence();
      for (const expected of [0, 1]) {
        const entries = one(stream, expected, {});
        await patiently(() => store.append(entries));
      }
      for (let n = 0; n < 100 && seen.length < 3; n += 1) await sleep(100);
      await sleep(300);
      stop.abort();
      await reading;
      return seen;
    }

    it.each(['SIGKILL', 'SIGTERM'] as const)(
      'is read on after %s, nothing missed, nothing twice',
      async (signal) => {
        const seen = await readerOver(async () => {
          await server.end(signal);
          await server.run();
        });
        expect(seen).toEqual([0, 1, 2]);
      },
    );

    it('is read on after it was frozen; an append ends within its deadline, and is safe to repeat', async () => {
      const stream = `compte-${randomUUID()}`;
      const entries = one(stream, 'noStream', { frozen: true });
      const seen = await readerOver(async () => {
        server.signal('SIGSTOP');
        const started = Date.now();
        await expect(store.append(entries)).rejects.toBeInstanceOf(StoreUnavailable);
        await expect(store.head()).rejects.toBeInstanceOf(StoreUnavailable);
        expect(Date.now() - started).toBeLessThan(10_000);
        server.signal('SIGCONT');
        await patiently(() => store.append(entries));
      });
      expect(seen).toEqual([0, 1, 2]);
      expect((await patiently(() => store.readStream(stream))).length).toBe(1);
    });

    it('takes appends again after a way to it went dead without a word', async () => {
      const proxy = await SwallowingProxy.before(server.url);
      const through = new KurrentDbEventStore({ url: proxy.url, prefix, deadlineMilliseconds: 1000 });
      const stream = `compte-${randomUUID()}`;
      await patiently(() => through.append(one(stream, 'noStream', {})));
      proxy.swallow();
      await sleep(1100);
      const entries = one(stream, 0, {});
      await expect(through.append(entries)).rejects.toBeInstanceOf(StoreUnavailable);
      await patiently(() => through.append(entries));
      expect((await patiently(() => through.readStream(stream))).length).toBe(2);
      await through.close();
      proxy.close();
    });

    it('is known to have changed when it comes back wiped', async () => {
      const entries = one(`compte-${randomUUID()}`, 'noStream', {});
      const { position } = await patiently(() => store.append(entries));
      const { id } = await patiently(() => store.identity());
      await server.end('SIGTERM');
      server.wipe();
      await server.run();
      const reopened = open();
      await expect(reopened.readAll(position, 10)).rejects.toBeInstanceOf(LogChanged);
      expect((await reopened.identity()).id).not.toBe(id);
      for (let n = 0; n < 20; n += 1)
        await reopened.append(one(`compte-${n}`, 'noStream', { n, text: 'x'.repeat(500) }));
      await expect(reopened.readAll(position, 10)).rejects.toBeInstanceOf(LogChanged);
      expect(await reopened.eventAt(position)).toBeUndefined();
      await reopened.close();
    });
  });
