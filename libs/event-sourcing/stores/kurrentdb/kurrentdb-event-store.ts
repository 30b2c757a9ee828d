import { EventEmitter } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  type AllStreamSubscription,
  type AppendStreamState,
  BACKWARDS,
  END,
  jsonEvent,
  KurrentDBClient,
  NO_STREAM,
  type ReadAllOptions,
  START,
  STREAM_STATE,
  StreamNotFoundError,
  streamNameFilter,
} from '@kurrent/kurrentdb-client';
import { randomUUID } from 'node:crypto';
import type { NewEvent, Recorded } from '../../event.js';
import type { Appended, Entry, EventStore, LogIdentity } from '../../event-store.js';
import {
  CommandMismatch,
  ConcurrencyConflict,
  CopyRefused,
  InvalidEvent,
  LogChanged,
  StoreUnavailable,
} from '../../event-store.js';
import { follow, HINT } from '../follow.js';
import { refuseUnstorable } from '../storable.js';
import { isConflict, translate, whileMoving, within } from './failures.js';
import { ReadAhead } from './read-ahead.js';
import { RecordingClock } from './recording-clock.js';
import { fromWire, type Incoming, toWire } from './wire.js';

const DEADLINE_MILLISECONDS = 4000;
const ATTEMPTS = 50;
const READ_ATTEMPTS = 3;
const READ_AGAIN_MILLISECONDS = 50;
const RENEW_MILLISECONDS = 1000;
/** Events that one read brings at most. */
const AHEAD = 100_000;
const SEARCHED = 16;
const MOVED_EVERY = 64;
const HEAD_STEP = { first: 16, last: 4096 };
const BACKOFF_MILLISECONDS = { first: 100, last: 5000 };
/** Batches in a row that no hint told of, before the subscription is taken for dead. */
const MISSED_BATCHES = 3;

export interface KurrentDbOptions {
  /** `kurrentdb://user:password@host:2113?tls=true` */
  readonly url: string;
  /** What the names of our streams begin with, so that a server can be shared. */
  readonly prefix: string;
  /** How long an answer may take. */
  readonly deadlineMilliseconds?: number;
}

type Revisions = ReadonlyMap<string, number>;

/** The log in KurrentDB. Events of other streams are left out by the prefix of their names. */
export class KurrentDbEventStore implements EventStore {
  private client: KurrentDBClient;
  private connectedAt = Date.now();
  private readonly url: string;
  private readonly prefix: string;
  private readonly identityStream: string;
  private readonly deadline: number;
  /** The names of streams begin with the prefix, those of the server itself with a dollar sign. */
  private readonly filter;
  private readonly clock = new RecordingClock((after, limit) => this.readAll(after, limit));
  private readonly ahead = new ReadAhead<Resolved>();
  /** By the position after which nothing of ours was found, how far that was searched. */
  private readonly searched = new Map<bigint, bigint>();
  /** The last event of ours, and how far the log was known then. */
  private tail = { head: 0n, scanned: 0n };
  private readonly hints = new EventEmitter().setMaxListeners(0);
  private readonly closing = new AbortController();
  private listening: Promise<void> | undefined;
  private missedBatches = 0;
  private renewSubscription: () => void = () => undefined;

  constructor({ url, prefix, deadlineMilliseconds }: KurrentDbOptions) {
    this.url = url;
    this.client = KurrentDBClient.connectionString(url);
    this.prefix = `${prefix}.`;
    this.identityStream = `${prefix}-identite`;
    this.deadline = deadlineMilliseconds ?? DEADLINE_MILLISECONDS;
    this.filter = streamNameFilter({ regex: `^${this.prefix.replace(/[.*+?^${}()|[\]\\-]/g, '\\$&')}` });
  }

  /**
   * At a revision always: only that is safe to repeat. After a refusal the streams are read, and tell a
   * repeated command from a lost race.
   */
  async append(entries: readonly Entry[]): Promise<Appended> {
    refuseUnstorable(entries);
    let revisions = statedRevisions(entries);
    for (let attempt = 1; attempt <= ATTEMPTS; attempt += 1) {
      if (!revisions) {
        const settled = await this.settle(entries);
        if ('appended' in settled) return settled.appended;
        ({ revisions } = settled);
      }
      try {
        const appended = await this.send(entries, revisions);
        this.hints.emit(HINT);
        return appended;
      } catch (error) {
        if (!isConflict(error)) throw translate(error);
        revisions = undefined;
      }
    }
    throw new StoreUnavailable('KurrentDB: the streams do not stand still');
  }

  async readStream(stream: string, from = 0): Promise<Recorded[]> {
    return this.read(() => this.client.readStream(this.prefix + stream, { fromRevision: BigInt(from) }));
  }

  async readAll(after: bigint, limit: number): Promise<Recorded[]> {
    try {
      return await this.retrying(() => this.page(after, limit));
    } catch (error) {
      // Asking for a position that is no event's own fails like a server that is away.
      if (!(error instanceof StoreUnavailable) || after === 0n) throw error;
      const head = await this.head();
      if (head < after || !(await this.holds(after))) throw new LogChanged(after);
      throw error;
    }
  }

  async eventAt(position: bigint): Promise<Recorded | undefined> {
    if (position < 1n || position > (await this.head())) return undefined;
    const [event] = await this.readFrom({ fromPosition: at(position), maxCount: 1 }).catch(nothing);
    return event?.position === position && event.streamId.startsWith(this.prefix)
      ? fromWire(event, position, this.prefix)
      : undefined;
  }

  /** Looked for from the end, in growing steps, back to where the last search began. */
  async head(): Promise<bigint> {
    const known = this.tail;
    let newest: bigint | undefined;
    let from: ReadAllOptions['fromPosition'] = END;
    for (let step = HEAD_STEP.first; ; step = Math.min(step * 8, HEAD_STEP.last)) {
      const events = await this.readFrom({ direction: BACKWARDS, fromPosition: from, maxCount: step });
      newest ??= events[0]?.position ?? 0n;
      // A server that was wiped ends before: what was known of it is void.
      const usable = known.scanned <= newest ? known : { head: 0n, scanned: 0n };
      for (const { streamId, position } of events) {
        const head = position <= usable.scanned ? usable.head : position;
        if (position > usable.scanned && !streamId.startsWith(this.prefix)) continue;
        this.tail = { head, scanned: newest };
        return head;
      }
      if (events.length < step) {
        this.tail = { head: 0n, scanned: newest };
        return 0n;
      }
      from = at(events.at(-1)!.position);
    }
  }

  async positionAt(instant: Date): Promise<bigint> {
    return this.clock.positionAt(instant);
  }

  subscribe(after: bigint, signal: AbortSignal): AsyncGenerator<Recorded[]> {
    this.listening ??= this.listen();
    return follow(
      {
        readAll: (position, limit) => this.readAll(position, limit),
        hints: this.hints,
        missed: () => this.missed(),
      },
      after,
      AbortSignal.any([signal, this.closing.signal]),
    );
  }

  async identity(): Promise<LogIdentity> {
    const told = await this.identityEvents();
    if (told.length > 0) return identityFrom(told);
    try {
      await this.tell(
        [jsonEvent({ id: randomUUID(), type: 'JournalIdentifie', data: { id: randomUUID() } })],
        NO_STREAM,
      );
    } catch (error) {
      // Another process may have been first.
      if (!isConflict(error)) throw translate(error);
    }
    return identityFrom(await this.identityEvents());
  }

  async beginCopy(of: string): Promise<LogIdentity> {
    const identity = await this.identity();
    const unfinished = !identity.complete && identity.copyOf === of;
    if (unfinished) return identity;
    if ((await this.head()) !== 0n) throw new CopyRefused(of, identity);
    await this.tellNext(jsonEvent({ id: randomUUID(), type: 'CopieCommencee', data: { de: of } }));
    return this.identity();
  }

  async restore(events: readonly Recorded[]): Promise<void> {
    if ((await this.identity()).complete) throw new InvalidEvent('restore is for an unfinished copy only');
    const firsts = new Map<string, number>();
    for (const { stream, revision } of events) if (!firsts.has(stream)) firsts.set(stream, revision);
    const records = events.map((event) => ({
      streamName: this.prefix + event.stream,
      record: toWire(event),
    }));
    const checks = [...firsts].map(([stream, revision]) => this.check(stream, revision - 1));
    try {
      await within(this.deadline * 5, this.client.appendRecords(records, checks));
    } catch (error) {
      if (isConflict(error))
        throw new InvalidEvent('the streams are not where these events begin', { cause: error });
      throw translate(error);
    }
  }

  async endCopy(): Promise<void> {
    await this.tellNext(jsonEvent({ id: randomUUID(), type: 'CopieTerminee', data: {} }));
  }

  async close(): Promise<void> {
    this.closing.abort();
    this.ahead.close();
    await this.listening;
    await this.client.dispose();
  }

  private async send(entries: readonly Entry[], revisions: Revisions): Promise<Appended> {
    const recordedAt = new Date();
    const writes = entries.filter(({ events }) => events.length > 0);
    const [first] = writes;
    const streams = new Set(entries.map(({ stream }) => stream));
    const after = new Map(revisions);
    for (const { stream, events } of entries) after.set(stream, after.get(stream)! + events.length);
    const result = (position: bigint): Appended => ({
      position,
      revisions: new Map(writes.map(({ stream }) => [stream, after.get(stream)!])),
      alreadyThere: false,
    });
    if (first && streams.size === 1) {
      const events = writes.flatMap((entry) => entry.events.map((event) => toWire({ ...event, recordedAt })));
      const { position } = await within(
        this.deadline,
        this.client.appendToStream(this.prefix + first.stream, events, {
          streamState: stateOf(revisions.get(first.stream)!),
        }),
      );
      return result(position!.commit);
    }
    const records = writes.flatMap(({ stream, events }) =>
      events.map((event) => ({ streamName: this.prefix + stream, record: toWire({ ...event, recordedAt }) })),
    );
    const checks = [...streams].map((stream) => this.check(stream, revisions.get(stream)!));
    const { position } = await within(this.deadline, this.client.appendRecords(records, checks));
    return result(position);
  }

  private check(stream: string, revision: number) {
    return {
      type: STREAM_STATE as typeof STREAM_STATE,
      streamName: this.prefix + stream,
      expectedState: stateOf(revision),
    };
  }

  /** What the streams say of an append: it is there, it cannot be, or it may be sent at these revisions. */
  private async settle(
    entries: readonly Entry[],
  ): Promise<{ appended: Appended } | { revisions: Revisions }> {
    const histories = new Map<string, Recorded[]>();
    for (const { stream } of entries)
      if (!histories.has(stream)) histories.set(stream, await this.readStream(stream));
    const there = alreadyThere(entries, histories);
    if (there) return { appended: there };
    const revisions = new Map([...histories].map(([stream, events]) => [stream, events.length - 1]));
    const running = new Map(revisions);
    for (const { stream, expected, events } of entries) {
      const actual = running.get(stream)!;
      if (!isAsExpected(expected, actual))
        throw new ConcurrencyConflict(stream, expected, actual < 0 ? 'noStream' : actual);
      running.set(stream, actual + events.length);
    }
    return { revisions };
  }

  /**
   * The next events after a position. Events of other streams are read and left out here: a filter of the
   * server may search for longer than anyone waits. How far they were searched in vain is kept, and so is
   * the read itself for the page that follows.
   */
  private async page(after: bigint, limit: number): Promise<Recorded[]> {
    const events: Recorded[] = [];
    let last = after;
    for (let kept = this.ahead.take(after); ; kept = undefined) {
      const wanted = limit - events.length;
      const pulled = kept
        ? await this.pull(kept, last, wanted).catch(() => undefined)
        : await this.pull(await this.start(last), last, wanted);
      events.push(...(pulled?.events ?? []));
      if (events.length === limit) return events;
      last = events.at(-1)?.position ?? last;
      // A read that was kept says nothing of the end; a new one ends there, unless it brought all that it may.
      if (!kept && pulled!.read < AHEAD - 1) return events;
    }
  }

  /** A new read after a position, or after where it was searched in vain: that event must still be there. */
  private async start(after: bigint): Promise<AsyncIterator<Resolved>> {
    const from = this.searched.get(after) ?? after;
    const reading = this.client.readAll({ fromPosition: from === 0n ? START : at(from), maxCount: AHEAD });
    const iterator = reading[Symbol.asyncIterator]() as AsyncIterator<Resolved>;
    if (from === 0n) return iterator;
    const first = await within(this.deadline, iterator.next());
    if (!first.done && first.value.event?.position?.commit === from) return iterator;
    await iterator.return?.();
    this.searched.delete(after);
    throw new LogChanged(after);
  }

  /** Each event must come within the deadline, not the page. */
  private async pull(
    iterator: AsyncIterator<Resolved>,
    after: bigint,
    limit: number,
  ): Promise<{ events: Recorded[]; read: number }> {
    const events: Recorded[] = [];
    let last: bigint | undefined;
    let read = 0;
    const pulling = whileMoving(this.deadline, async (moved) => {
      while (events.length < limit) {
        const next = await iterator.next();
        if (next.done) return true;
        read += 1;
        if (read % MOVED_EVERY === 0) moved();
        const { event } = next.value;
        if (!event) continue;
        last = event.position!.commit;
        if (event.streamId.startsWith(this.prefix)) events.push(fromWire(event, last, this.prefix));
      }
      return false;
    });
    const ended = await pulling.catch((error: unknown) => {
      void iterator.return?.().catch(() => undefined);
      throw error;
    });
    const reached = events.at(-1)?.position ?? after;
    if (ended) this.remember(reached, last);
    else this.ahead.keep(reached, iterator);
    return { events, read };
  }

  private remember(after: bigint, searched: bigint | undefined): void {
    if (searched === undefined || searched === after) return;
    this.searched.delete(after);
    this.searched.set(after, searched);
    const [oldest] = this.searched.keys();
    if (this.searched.size > SEARCHED) this.searched.delete(oldest!);
  }

  /** Whether an event of any stream has this position. */
  private async holds(position: bigint): Promise<boolean> {
    const [event] = await this.readFrom({ fromPosition: at(position), maxCount: 1 }).catch(nothing);
    return event?.position === position;
  }

  private async readFrom(options: ReadAllOptions): Promise<Placed[]> {
    const events = await this.incoming(() => this.client.readAll(options));
    return events.map((event) => ({ ...event, position: event.position!.commit }));
  }

  private async read(start: () => AsyncIterable<unknown>): Promise<Recorded[]> {
    const events = await this.incoming(start);
    return events.map((event) => fromWire(event, event.position!.commit, this.prefix));
  }

  private incoming(start: () => AsyncIterable<unknown>): Promise<Incoming[]> {
    return this.retrying(() => within(this.deadline, collect(start())), []);
  }

  /** Reads are safe to repeat, and the first one after the server has come back may fail once more. */
  private async retrying<T>(work: () => Promise<T>, noStream?: T): Promise<T> {
    for (let attempt = 1; ; attempt += 1)
      try {
        return await work();
      } catch (error) {
        if (error instanceof StreamNotFoundError && noStream !== undefined) return noStream;
        const failure = translate(error);
        const worthARetry = failure instanceof StoreUnavailable && error !== failure;
        if (!worthARetry || attempt === READ_ATTEMPTS) {
          if (failure instanceof StoreUnavailable) this.renewClient();
          throw failure;
        }
        await sleep(READ_AGAIN_MILLISECONDS);
      }
  }

  /** A client whose first connection failed never connects again: another one takes its place. */
  private renewClient(): void {
    if (this.closing.signal.aborted || Date.now() - this.connectedAt < RENEW_MILLISECONDS) return;
    const { client } = this;
    this.connectedAt = Date.now();
    this.client = KurrentDBClient.connectionString(this.url);
    this.ahead.close();
    this.renewSubscription();
    // What it still has under way may end.
    setTimeout(() => void client.dispose().catch(() => undefined), this.deadline).unref();
  }

  private missed(): void {
    this.missedBatches += 1;
    if (this.missedBatches >= MISSED_BATCHES) this.renewSubscription();
  }

  /** The subscription only wakes readers, who read from where they are: none can be missed or come twice. */
  private async listen(): Promise<void> {
    const { signal } = this.closing;
    let backoff = BACKOFF_MILLISECONDS.first;
    while (!signal.aborted) {
      const subscription = this.client.subscribeToAll({ fromPosition: END, filter: this.filter });
      await new Promise<void>((resolve) => {
        this.missedBatches = 0;
        this.renewSubscription = resolve;
        signal.addEventListener('abort', () => resolve(), { once: true });
        subscription.on('data', () => {
          backoff = BACKOFF_MILLISECONDS.first;
          this.missedBatches = 0;
          this.hints.emit(HINT);
        });
        // The client emits an error once, and then neither an end nor anything else.
        for (const event of ['error', 'end', 'close'] as const) subscription.on(event, () => resolve());
      });
      await leave(subscription);
      await sleep(backoff, undefined, { signal }).catch(() => undefined);
      backoff = Math.min(backoff * 2, BACKOFF_MILLISECONDS.last);
    }
  }

  private identityEvents(): Promise<Incoming[]> {
    return this.incoming(() => this.client.readStream(this.identityStream));
  }

  private async tell(events: ReturnType<typeof jsonEvent>[], streamState: AppendStreamState): Promise<void> {
    await within(this.deadline, this.client.appendToStream(this.identityStream, events, { streamState }));
  }

  private async tellNext(event: ReturnType<typeof jsonEvent>): Promise<void> {
    const last = (await this.identityEvents()).at(-1)!;
    try {
      await this.tell([event], last.revision);
    } catch (error) {
      throw translate(error);
    }
  }
}

interface Resolved {
  readonly event?: Incoming;
}

type Placed = Omit<Incoming, 'position'> & { readonly position: bigint };

const at = (position: bigint) => ({ commit: position, prepare: position });
const nothing = () => [];

async function collect(resolved: AsyncIterable<unknown>): Promise<Incoming[]> {
  const events: Incoming[] = [];
  for await (const { event } of resolved as AsyncIterable<Resolved>) if (event) events.push(event);
  return events;
}

const stateOf = (revision: number): AppendStreamState => (revision < 0 ? NO_STREAM : BigInt(revision));

function isAsExpected(expected: Entry['expected'], actual: number): boolean {
  if (expected === 'any') return true;
  if (expected === 'exists') return actual >= 0;
  return actual === (expected === 'noStream' ? -1 : expected);
}

/** Where the streams are before an append, if its entries say so and agree; else they have to be looked at. */
function statedRevisions(entries: readonly Entry[]): Revisions | undefined {
  const before = new Map<string, number>();
  const running = new Map<string, number>();
  for (const { stream, expected, events } of entries) {
    if (expected === 'any' || expected === 'exists') return undefined;
    const stated = expected === 'noStream' ? -1 : expected;
    if (!before.has(stream)) before.set(stream, stated);
    else if (running.get(stream) !== stated) return undefined;
    running.set(stream, stated + events.length);
  }
  return before;
}

/** The original result of an append whose events are in the streams. @throws CommandMismatch */
function alreadyThere(
  entries: readonly Entry[],
  histories: ReadonlyMap<string, readonly Recorded[]>,
): Appended | undefined {
  const revisions = new Map<string, number>();
  let position = 0n;
  let found = 0;
  let expected = 0;
  for (const { stream, events } of entries)
    for (const event of events) {
      expected += 1;
      const recorded = histories.get(stream)!.find(({ id }) => id === event.id);
      if (!recorded) continue;
      if (!sameCommand(recorded, event)) throw new CommandMismatch(event.metadata.commandId);
      found += 1;
      revisions.set(stream, Math.max(recorded.revision, revisions.get(stream) ?? -1));
      if (recorded.position > position) position = recorded.position;
    }
  if (found === 0) return undefined;
  if (found < expected)
    throw new CommandMismatch(entries.flatMap(({ events }) => events)[0]!.metadata.commandId);
  return { position, revisions, alreadyThere: true };
}

const sameCommand = (recorded: Recorded, event: NewEvent): boolean =>
  recorded.metadata.commandDigest === event.metadata.commandDigest;

function identityFrom(told: readonly Incoming[]): LogIdentity {
  const { id } = told[0]!.data as { id: string };
  const copie = told.findLast(({ type }) => type === 'CopieCommencee');
  const complete = told.at(-1)!.type !== 'CopieCommencee';
  return { id, complete, ...(copie && { copyOf: (copie.data as { de: string }).de }) };
}

/** Leaving a subscription without this would leak it; it may be broken already. */
async function leave(subscription: AllStreamSubscription): Promise<void> {
  await within(1000, Promise.resolve(subscription.unsubscribe())).catch(() => undefined);
}
