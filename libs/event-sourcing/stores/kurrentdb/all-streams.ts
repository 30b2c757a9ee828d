import { BACKWARDS, END, type KurrentDBClient, type ReadAllOptions, START } from '@kurrent/kurrentdb-client';
import type { Recorded } from '../../event.js';
import { LogChanged, StoreUnavailable } from '../../event-store.js';
import type { Connection, Resolved } from './connection.js';
import { whileMoving, within } from './failures.js';
import { ReadAhead } from './read-ahead.js';
import { fromWire, type Incoming } from './wire.js';

/** Events that one read brings at most. */
const AHEAD = 100_000;
const SEARCHED = 16;
const MOVED_EVERY = 64;
const HEAD_STEP = { first: 16, last: 4096 };

type Placed = Omit<Incoming, 'position'> & { readonly position: bigint };

/**
 * Our events among those of all streams of a server, in order. The others are read and left out here: a
 * filter of the server may search for longer than anyone waits.
 */
export class AllStreams {
  private readonly ahead = new ReadAhead<Resolved>();
  /** By the position after which nothing of ours was found, how far that was searched. */
  private readonly searched = new Map<bigint, bigint>();
  /** The last event of ours, and how far the log was known then. */
  private tail = { head: 0n, scanned: 0n };

  constructor(
    private readonly connection: Connection,
    /** What the names of our streams begin with. */
    private readonly prefix: string,
  ) {
    connection.onRenewed(() => this.ahead.close());
  }

  /** @throws LogChanged where the position is that of no event, or of none any more */
  async after(position: bigint, limit: number): Promise<Recorded[]> {
    try {
      return await this.connection.retrying(() => this.page(position, limit));
    } catch (error) {
      // Asking for a position that is no event's own fails like a server that is away.
      if (!(error instanceof StoreUnavailable) || position === 0n) throw error;
      const head = await this.head();
      if (head < position || !(await this.eventOfAnyone(position))) throw new LogChanged(position);
      throw error;
    }
  }

  async eventAt(position: bigint): Promise<Recorded | undefined> {
    if (position < 1n || position > (await this.head())) return undefined;
    const event = await this.eventOfAnyone(position);
    return event && this.isOurs(event) ? fromWire(event, position, this.prefix) : undefined;
  }

  /** Looked for from the end, in growing steps, back to where the last search began. */
  async head(): Promise<bigint> {
    const known = this.tail;
    let newest: bigint | undefined;
    let from: ReadAllOptions['fromPosition'] = END;
    for (let step = HEAD_STEP.first; ; step = Math.min(step * 8, HEAD_STEP.last)) {
      const events = await this.read({ direction: BACKWARDS, fromPosition: from, maxCount: step });
      newest ??= events[0]?.position ?? 0n;
      // A server that was wiped ends before: what was known of it is void.
      const usable = known.scanned <= newest ? known : { head: 0n, scanned: 0n };
      for (const event of events) {
        const isKnown = event.position <= usable.scanned;
        if (!isKnown && !this.isOurs(event)) continue;
        this.tail = { head: isKnown ? usable.head : event.position, scanned: newest };
        return this.tail.head;
      }
      if (events.length < step) {
        this.tail = { head: 0n, scanned: newest };
        return 0n;
      }
      from = at(events.at(-1)!.position);
    }
  }

  close(): void {
    this.ahead.close();
  }

  /** How far a search without result went is kept, and so is the read itself for the page that follows. */
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
    const { client, deadline } = this.connection;
    const reading = client.readAll({ fromPosition: from === 0n ? START : at(from), maxCount: AHEAD });
    const iterator = reading[Symbol.asyncIterator]() as AsyncIterator<Resolved>;
    if (from === 0n) return iterator;
    const first = await within(deadline, iterator.next());
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
    const pulling = whileMoving(this.connection.deadline, async (moved) => {
      while (events.length < limit) {
        const next = await iterator.next();
        if (next.done) return true;
        read += 1;
        if (read % MOVED_EVERY === 0) moved();
        const { event } = next.value;
        if (!event) continue;
        last = event.position!.commit;
        if (this.isOurs(event)) events.push(fromWire(event, last, this.prefix));
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

  /** The event of any stream that has exactly this position. */
  private async eventOfAnyone(position: bigint): Promise<Placed | undefined> {
    const asking = (client: KurrentDBClient) => client.readAll({ fromPosition: at(position), maxCount: 1 });
    try {
      const [event] = await this.connection.readOnce(asking);
      return event?.position?.commit === position ? { ...event, position } : undefined;
    } catch {
      // A position that is no event's fails like a server that is away: then this fails too.
      await this.connection.read((client) => client.readAll({ direction: BACKWARDS, maxCount: 1 }));
      return undefined;
    }
  }

  private async read(options: ReadAllOptions): Promise<Placed[]> {
    const events = await this.connection.read((client) => client.readAll(options));
    return events.map((event) => ({ ...event, position: event.position!.commit }));
  }

  private isOurs({ streamId }: Pick<Incoming, 'streamId'>): boolean {
    return streamId.startsWith(this.prefix);
  }
}

const at = (position: bigint) => ({ commit: position, prepare: position });
