import {
  BACKWARDS,
  END,
  type Filter,
  type KurrentDBClient,
  type ReadAllOptions,
  START,
  streamNameFilter,
} from '@kurrent/kurrentdb-client';
import type { Logged } from '../../event.js';
import {
  type Bookmark,
  type Bookmarks,
  IDENTITY_LASTS_MILLISECONDS,
  LogChanged,
  StillSearching,
  StoreUnavailable,
} from '../../event-store.js';
import type { Connection, Resolved } from './connection.js';
import { whileMoving, within } from './failures.js';
import { ReadAhead } from './read-ahead.js';
import { fromWire, type Incoming, isOf } from './wire.js';

/** Events that one read brings at most. */
const AHEAD = 100_000;
const SEARCHED = 16;
const MOVED_EVERY = 64;
/** How many answers a search for the end may take the time of: what it has found goes on counting. */
const HEAD_DEADLINES = 2;
const KEPT_EVERY_MILLISECONDS = 1000;

/** A read under way, and the end of the log of all streams as it was known when it began. */
interface Reading {
  readonly client: KurrentDBClient;
  readonly iterator: AsyncIterator<Resolved>;
  readonly end: bigint;
  /** How many events it has brought. */
  read: number;
}

/**
 * Our events among those of all streams of a server, in order, and what is told of our streams as a whole. The
 * server leaves the others out. It does not tell how far it searched: the end is looked at before each read,
 * and kept once the read has come to its own end.
 */
export class AllStreams {
  private readonly ahead = new ReadAhead<Reading>(({ iterator }) => iterator.return?.());
  /** By the position after which nothing of ours was found, how far that was searched. */
  private readonly searched = new Map<bigint, bigint>();
  /** The last of ours, and how far the log was known then. */
  private tail: Bookmark | undefined;
  private looked: { at: number; end: bigint; log: string } | undefined;
  private looking: Promise<bigint> | undefined;
  private searchingEnd: Promise<bigint> | undefined;
  private loaded: Promise<void> | undefined;
  private saved = 0;
  private saving: Promise<void> = Promise.resolve();
  private readonly filter: Filter;

  constructor(
    private readonly connection: Connection,
    /** What the names of our streams begin with. */
    private readonly prefix: string,
    /** The identity of the log. */
    private readonly identity: () => Promise<string>,
    private readonly bookmarks?: Bookmarks,
  ) {
    const escaped = prefix.replace(/[.*+?^${}()|[\]\\-]/g, '\\$&');
    this.filter = streamNameFilter({ regex: `^(\\$\\$)?${escaped}` });
    connection.onRenewed(() => this.forget());
  }

  /** @throws LogChanged where the log is another one, or an older state of it */
  async after(position: bigint, limit: number): Promise<Logged[]> {
    try {
      return await this.connection.retrying(() => this.page(position, limit));
    } catch (error) {
      // A position that is no event's own fails like a server that is away.
      if (!(error instanceof StoreUnavailable) || position === 0n) throw error;
      const end = await this.lastOfAll();
      if (end < position || !(await this.eventOfAnyone(position))) throw this.changed(position);
      throw error;
    }
  }

  async eventAt(position: bigint): Promise<Logged | undefined> {
    if (position < 1n || position > (await this.head())) return undefined;
    const event = await this.eventOfAnyone(position);
    return event && isOf(event, this.prefix) ? fromWire(event, this.prefix) : undefined;
  }

  /** Searched on from where it was known; a search that takes too long goes on for who asks next. */
  async head(): Promise<bigint> {
    this.searchingEnd ??= this.connection
      .retrying(() => this.searchEnd())
      .finally(() => (this.searchingEnd = undefined));
    const late = () => new StillSearching('KurrentDB: still searching among the events of others');
    return within(HEAD_DEADLINES * this.connection.deadline, this.searchingEnd, late);
  }

  async close(): Promise<void> {
    this.ahead.close();
    await this.saving;
    await this.bookmarks?.close();
  }

  private forget(): void {
    this.ahead.close();
    this.looked = undefined;
    this.tail = undefined;
    this.searched.clear();
    this.loaded = undefined;
  }

  private changed(position: bigint): LogChanged {
    const { looked, bookmarks } = this;
    if (looked && bookmarks)
      this.saving = this.saving.then(() => bookmarks.drop(looked.log)).catch(() => undefined);
    this.forget();
    return new LogChanged(position);
  }

  private async searchEnd(): Promise<bigint> {
    await this.load();
    // A server that was wiped ends before: what was known of it is void.
    const end = await this.look(this.tail?.scanned ?? 0n).catch((error: unknown) => {
      if (error instanceof LogChanged) return this.look(0n);
      throw error;
    });
    if (!this.tail) {
      const [last] = await this.collect({ direction: BACKWARDS, fromPosition: END, maxCount: 1 });
      this.reachedEnd(last?.position?.commit ?? 0n, end);
      return this.tail!.last;
    }
    for (;;) {
      const { last, scanned }: Bookmark = this.tail;
      const found = await this.collect({ fromPosition: at(scanned), maxCount: AHEAD });
      const newest = found.at(-1)?.position?.commit ?? 0n;
      const known: bigint = newest > last ? newest : last;
      if (found.length < AHEAD) this.reachedEnd(known, end);
      else this.tail = { last: known, scanned: known };
      if (found.length < AHEAD) return known;
    }
  }

  /** Everything of ours up to `end` is known; `last` is the last of it. */
  private reachedEnd(last: bigint, end: bigint): void {
    const scanned = end > last ? end : last;
    if (this.tail && this.tail.scanned > scanned) return;
    this.tail = { last, scanned };
    if (scanned > last) this.remember(last, scanned);
    this.keep();
  }

  private keep(): void {
    const { tail, looked, bookmarks } = this;
    if (!bookmarks || !tail || !looked || Date.now() - this.saved < KEPT_EVERY_MILLISECONDS) return;
    this.saved = Date.now();
    this.saving = this.saving.then(() => bookmarks.save(looked.log, tail)).catch(() => undefined);
  }

  /** Where an earlier process came to. */
  private load(): Promise<void> {
    this.loaded ??= (async () => {
      const log = await this.identity();
      const bookmark = await this.bookmarks?.load(log).catch(() => undefined);
      if (!bookmark || this.tail) return;
      if (!(await this.isOfThisLog(bookmark))) return this.bookmarks!.drop(log).catch(() => undefined);
      this.tail = bookmark;
      if (bookmark.scanned > bookmark.last) this.remember(bookmark.last, bookmark.scanned);
    })().catch((error: unknown) => {
      this.loaded = undefined;
      throw error;
    });
    return this.loaded;
  }

  /** A server that was restored to an older state, and has grown since, has other events there, or none. */
  private async isOfThisLog({ last, scanned }: Bookmark): Promise<boolean> {
    for (const position of new Set([last, scanned]))
      if (position > 0n && !(await this.eventOfAnyone(position))) return false;
    return true;
  }

  /**
   * The end of the log of all streams, looked at as often as a writer looks at the identity, together with that.
   * @throws LogChanged it is another log, or ends before a position
   */
  private async look(after: bigint): Promise<bigint> {
    const { looked } = this;
    if (looked && looked.end >= after && Date.now() - looked.at < IDENTITY_LASTS_MILLISECONDS)
      return looked.end;
    this.looking ??= (async () => {
      const began = Date.now();
      const [end, log] = await Promise.all([this.lastOfAll(), this.identity()]);
      if (this.looked && this.looked.log !== log) throw this.changed(after);
      this.looked = { at: began, end, log };
      return end;
    })().finally(() => (this.looking = undefined));
    const end = await this.looking;
    if (end < after) throw this.changed(after);
    return end;
  }

  /** How far a search without result went is kept, and so is the read itself for the page that follows. */
  private async page(after: bigint, limit: number): Promise<Logged[]> {
    await this.load();
    const events: Logged[] = [];
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

  private async start(after: bigint): Promise<Reading> {
    const end = await this.look(after);
    const from = this.searched.get(after) ?? after;
    const { client } = this.connection;
    const reading = client.readAll({
      fromPosition: from === 0n ? START : at(from),
      filter: this.filter,
      maxCount: AHEAD,
    });
    return { client, iterator: reading[Symbol.asyncIterator]() as AsyncIterator<Resolved>, end, read: 0 };
  }

  /** Each event must come within the deadline, not the page; while the server searches, it must be there. */
  private async pull(
    reading: Reading,
    after: bigint,
    limit: number,
  ): Promise<{ events: Logged[]; read: number }> {
    const { client, iterator, end } = reading;
    const events: Logged[] = [];
    const work = async (moved: () => void): Promise<boolean> => {
      while (events.length < limit) {
        const next = await iterator.next();
        if (next.done) return true;
        reading.read += 1;
        if (reading.read % MOVED_EVERY === 0) moved();
        const { event } = next.value;
        // The first is where the former read ended.
        if (!event || event.position!.commit <= after) continue;
        if (isOf(event, this.prefix)) events.push(fromWire(event, this.prefix));
      }
      return false;
    };
    const ended = await this.moving(work, client, iterator);
    const reached = events.at(-1)?.position ?? after;
    if (!ended) this.ahead.keep(reached, reading);
    else if (reading.read < AHEAD - 1) this.reachedEnd(reached, end);
    return { events, read: reading.read };
  }

  private remember(after: bigint, searched: bigint): void {
    this.searched.delete(after);
    this.searched.set(after, searched);
    const [oldest] = this.searched.keys();
    if (this.searched.size > SEARCHED) this.searched.delete(oldest!);
  }

  /** The event of any stream that has exactly this position. */
  private async eventOfAnyone(position: bigint): Promise<Incoming | undefined> {
    const asking = (client: KurrentDBClient) => client.readAll({ fromPosition: at(position), maxCount: 1 });
    try {
      const [event] = await this.connection.readOnce(asking);
      return event?.position?.commit === position ? event : undefined;
    } catch {
      // A position that is no event's fails like a server that is away: then this fails too.
      await this.lastOfAll();
      return undefined;
    }
  }

  /** The position of the last event of anyone; `0n` where there is none. */
  private async lastOfAll(): Promise<bigint> {
    const [last] = await this.connection.read((client) => client.readAll(LAST_OF_ALL));
    return last?.position?.commit ?? 0n;
  }

  /** Ours only; a search may take long, as long as the server is there. */
  private async collect(options: ReadAllOptions): Promise<Incoming[]> {
    const { client } = this.connection;
    const from =
      options.fromPosition === undefined || isStart(options.fromPosition) ? START : options.fromPosition;
    const reading = client.readAll({ ...options, fromPosition: from, filter: this.filter });
    const iterator = reading[Symbol.asyncIterator]() as AsyncIterator<Resolved>;
    const events: Incoming[] = [];
    const work = async (moved: () => void): Promise<void> => {
      for (let next = await iterator.next(); !next.done; next = await iterator.next()) {
        moved();
        if (next.value.event && isOf(next.value.event, this.prefix)) events.push(next.value.event);
      }
    };
    await this.moving(work, client, iterator);
    return events;
  }

  /** The server is asked by the way that the read itself takes: another one may be open where that is dead. */
  private async moving<T>(
    work: (moved: () => void) => Promise<T>,
    client: KurrentDBClient,
    iterator: AsyncIterator<Resolved>,
  ): Promise<T> {
    const isThere = () => this.connection.readOnce(() => client.readAll(LAST_OF_ALL));
    try {
      return await whileMoving(this.connection.deadline, work, isThere);
    } catch (error) {
      void iterator.return?.().catch(() => undefined);
      throw error;
    }
  }
}

const LAST_OF_ALL: ReadAllOptions = { direction: BACKWARDS, fromPosition: END, maxCount: 1 };

const at = (position: bigint) => ({ commit: position, prepare: position });

const isStart = (position: NonNullable<ReadAllOptions['fromPosition']>): boolean =>
  typeof position === 'object' && position.commit === 0n;
