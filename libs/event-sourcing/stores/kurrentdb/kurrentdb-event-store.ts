import { EventEmitter } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  type AppendStreamState,
  NO_STREAM,
  STREAM_STATE,
  StreamDeletedError,
  StreamNotFoundError,
} from '@kurrent/kurrentdb-client';
import type { Logged } from '../../event.js';
import type { Appended, Bookmarks, Entry, EventStore, LogIdentity } from '../../event-store.js';
import {
  CopyRefused,
  IDENTITY_LASTS_MILLISECONDS,
  InvalidEvent,
  StoreUnavailable,
  StreamDamaged,
} from '../../event-store.js';
import { follow, HINT } from '../follow.js';
import { refuseUnstorable } from '../storable.js';
import { AllStreams } from './all-streams.js';
import { Connection } from './connection.js';
import { isConflict, translate, within } from './failures.js';
import { IdentityStream } from './identity-stream.js';
import { RecordingClock } from './recording-clock.js';
import { allowedRevisions, alreadyThere, type Revisions, statedRevisions } from './revisions.js';
import { WakeUps } from './wake-ups.js';
import { fromWire, toWire } from './wire.js';

const DEADLINE_MILLISECONDS = 4000;
const ATTEMPTS = 50;
/** How far another writer's clock may be ahead of ours. */
const FOLLOWED_MILLISECONDS = 2 * 24 * 3_600_000;
/** A page of a copy is larger than a command. */
const RESTORE_DEADLINES = 5;

export interface KurrentDbOptions {
  /** `kurrentdb://user:password@host:2113?tls=true` */
  readonly url: string;
  /** What the names of our streams begin with, so that a server can be shared. */
  readonly prefix: string;
  /** How long an answer may take. */
  readonly deadlineMilliseconds?: number;
  /** Where it is kept how far this server was searched. */
  readonly bookmarks?: Bookmarks;
}

/** The log in KurrentDB. Events of other streams are left out by the prefix of their names. */
export class KurrentDbEventStore implements EventStore {
  private readonly prefix: string;
  private readonly connection: Connection;
  private readonly all: AllStreams;
  private readonly clock = new RecordingClock((after, limit) => this.readAll(after, limit));
  private readonly identityStream: IdentityStream;
  private readonly hints = new EventEmitter().setMaxListeners(0);
  private readonly wakeUps: WakeUps;
  private readonly closing = new AbortController();
  /** The latest instant that was seen recorded, in milliseconds. */
  private latest = 0;

  constructor(options: KurrentDbOptions) {
    const { url, prefix, deadlineMilliseconds = DEADLINE_MILLISECONDS, bookmarks } = options;
    this.prefix = `${prefix}.`;
    this.connection = new Connection(url, deadlineMilliseconds);
    this.identityStream = new IdentityStream(this.connection, prefix);
    const identity = async () => (await this.identityStream.identity()).id;
    this.all = new AllStreams(this.connection, this.prefix, identity, bookmarks);
    this.wakeUps = new WakeUps(this.connection, this.prefix, this.hints);
  }

  /**
   * At a revision always: only that is safe to repeat. After a refusal the streams are read, and tell a
   * repeated command from a lost race.
   */
  async append(entries: readonly Entry[]): Promise<Appended> {
    refuseUnstorable(entries);
    const stated = statedRevisions(entries);
    let revisions = stated;
    for (let attempt = 1; attempt <= ATTEMPTS; attempt += 1) {
      if (!revisions) {
        const histories = await this.historiesOf(entries, stated);
        const there = alreadyThere(entries, histories);
        if (there) return there;
        revisions = allowedRevisions(entries, histories);
      }
      try {
        const appended = await this.send(entries, revisions);
        this.hints.emit(HINT);
        return appended;
      } catch (error) {
        if (!isConflict(error)) throw this.failed(error);
        revisions = undefined;
      }
    }
    throw new StoreUnavailable('KurrentDB: the streams do not stand still');
  }

  async readStream(stream: string, from = 0): Promise<Logged[]> {
    const events = await this.connection.readStream(this.prefix + stream, from);
    if (events.length === 0) await this.requireNever(stream, from);
    events.forEach(({ revision }, index) => {
      if (revision !== BigInt(from + index)) throw new StreamDamaged(stream, from + index);
    });
    return this.noting(events.map((event) => fromWire(event, this.prefix)));
  }

  async readAll(after: bigint, limit: number): Promise<Logged[]> {
    return this.noting(await this.all.after(after, limit));
  }

  async eventAt(position: bigint): Promise<Logged | undefined> {
    return this.all.eventAt(position);
  }

  async head(): Promise<bigint> {
    return this.all.head();
  }

  async positionAt(instant: Date): Promise<bigint> {
    return this.clock.positionAt(instant);
  }

  subscribe(after: bigint, signal: AbortSignal): AsyncGenerator<Logged[]> {
    this.wakeUps.begin();
    return follow(
      {
        readAll: (position, limit) => this.readAll(position, limit),
        hints: this.hints,
        missed: () => this.wakeUps.missed(),
      },
      after,
      AbortSignal.any([signal, this.closing.signal]),
    );
  }

  async identity(): Promise<LogIdentity> {
    return this.identityStream.identity();
  }

  async beginCopy(of: string): Promise<LogIdentity> {
    const identity = await this.identity();
    const unfinished = !identity.complete && identity.copyOf === of;
    if (unfinished) return identity;
    if ((await this.head()) !== 0n) throw new CopyRefused(of, identity);
    await this.identityStream.tell({ type: 'CopieCommencee', data: { de: of } });
    // Until every writer must have seen that.
    await sleep(2 * IDENTITY_LASTS_MILLISECONDS);
    if ((await this.head()) !== 0n) {
      await this.identityStream.tell({ type: 'CopieAbandonnee', data: {} });
      throw new CopyRefused(of, identity);
    }
    return this.identity();
  }

  async restore(events: readonly Logged[]): Promise<void> {
    if ((await this.identity()).complete) throw new InvalidEvent('restore is for an unfinished copy only');
    const firsts = new Map<string, number>();
    for (const { stream, revision } of events) if (!firsts.has(stream)) firsts.set(stream, revision);
    const records = events.map((event) => ({
      streamName: this.prefix + event.stream,
      record: toWire(event),
    }));
    const checks = [...firsts].map(([stream, revision]) => this.check(stream, revision - 1));
    const { client, deadline } = this.connection;
    try {
      await within(deadline * RESTORE_DEADLINES, client.appendRecords(records, checks));
    } catch (error) {
      if (isConflict(error))
        throw new InvalidEvent('the streams are not where these events begin', { cause: error });
      throw this.failed(error);
    }
  }

  async endCopy(): Promise<void> {
    await this.identityStream.tell({ type: 'CopieTerminee', data: {} });
  }

  async close(): Promise<void> {
    this.closing.abort();
    await this.all.close();
    await this.wakeUps.close();
    await this.connection.close();
  }

  /** A stream in which nothing is found may have been deleted: only its own metadata tell. */
  private async requireNever(stream: string, from: number): Promise<void> {
    const metadata = await this.connection.retrying(async () => {
      const { client, deadline } = this.connection;
      try {
        return (await within(deadline, client.getStreamMetadata(this.prefix + stream))).metadata;
      } catch (error) {
        if (error instanceof StreamDeletedError) throw new StreamDamaged(stream, from);
        if (error instanceof StreamNotFoundError) return undefined;
        throw error;
      }
    });
    const { truncateBefore, maxCount, maxAge } = metadata ?? {};
    const truncated = Number(truncateBefore ?? 0) > 0 || maxCount !== undefined || maxAge !== undefined;
    if (truncated) throw new StreamDamaged(stream, from);
  }

  /** Later than whatever this process has seen recorded, also where its clock stands still or goes back. */
  private nextInstant(): Date {
    this.latest = Math.max(Date.now(), this.latest + 1);
    return new Date(this.latest);
  }

  private noting(logged: Logged[]): Logged[] {
    // What claims to be of a far future is not followed there.
    const bound = Date.now() + FOLLOWED_MILLISECONDS;
    for (const { recordedAt } of logged) {
      const instant = recordedAt.getTime();
      if (instant > this.latest && instant < bound) this.latest = instant;
    }
    return logged;
  }

  /** The next append goes another way where this one was lost. */
  private failed(error: unknown): Error {
    const failure = translate(error);
    if (failure instanceof StoreUnavailable) this.connection.renew();
    return failure;
  }

  /** From where they were expected to end: a command that was recorded before is what came next there. */
  private async historiesOf(entries: readonly Entry[], stated?: Revisions): Promise<Map<string, Logged[]>> {
    const streams = [...new Set(entries.map(({ stream }) => stream))];
    const histories = streams.map(async (stream) => {
      const tail = await this.readStream(stream, Math.max(stated?.get(stream) ?? 0, 0));
      return [stream, tail.length > 0 ? tail : await this.readStream(stream)] as const;
    });
    return new Map(await Promise.all(histories));
  }

  private async send(entries: readonly Entry[], revisions: Revisions): Promise<Appended> {
    const writes = entries.filter(({ events }) => events.length > 0);
    const after = new Map(revisions);
    for (const { stream, events } of writes) after.set(stream, after.get(stream)! + events.length);
    return {
      position: await this.write(writes, revisions),
      revisions: new Map(writes.map(({ stream }) => [stream, after.get(stream)!])),
      alreadyThere: false,
    };
  }

  /** One stream is written by the older call, which the server answers faster; several only by the newer one. */
  private async write(writes: readonly Entry[], revisions: Revisions): Promise<bigint> {
    const recordedAt = this.nextInstant();
    const records = writes.flatMap(({ stream, events }) =>
      events.map((event) => ({ streamName: this.prefix + stream, record: toWire({ ...event, recordedAt }) })),
    );
    const { client, deadline } = this.connection;
    const [[stream, revision], ...others] = [...revisions] as [[string, number], ...[string, number][]];
    if (others.length > 0 || records.length === 0) {
      const checks = [...revisions].map(([name, last]) => this.check(name, last));
      return (await within(deadline, client.appendRecords(records, checks))).position;
    }
    const appending = client.appendToStream(
      this.prefix + stream,
      records.map(({ record }) => record),
      { streamState: stateOf(revision) },
    );
    return (await within(deadline, appending)).position!.commit;
  }

  private check(stream: string, revision: number) {
    return {
      type: STREAM_STATE as typeof STREAM_STATE,
      streamName: this.prefix + stream,
      expectedState: stateOf(revision),
    };
  }
}

const stateOf = (revision: number): AppendStreamState => (revision < 0 ? NO_STREAM : BigInt(revision));
