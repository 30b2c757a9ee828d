import { setTimeout as sleep } from 'node:timers/promises';
import type pg from 'pg';
import { categoryOf } from '../event.js';
import type { EventStore, LogIdentity } from '../event-store.js';
import { StoreUnavailable } from '../event-store.js';
import { upcast } from '../fact-catalogue.js';
import type { AnyStreamKind } from '../handle-command.js';
import {
  createIndexes,
  createTable,
  digestOfTable,
  fingerprintOf,
  type Generation,
  liveGenerations,
  switchTo,
  tableOf,
} from './generations.js';
import { type Change, StreamTimelines } from './key-timeline.js';
import type { AnyView, ViewEvent } from './view.js';
import { VersionWriter } from './version-writer.js';
import { WrongLog } from './wrong-log.js';

const PAGE = 500;
const FLUSH_AT_CHARACTERS = 8_000_000;
const CACHED_KEYS = 300_000;
const RETRY_MILLISECONDS = 500;

export interface Progress {
  readonly view: string;
  readonly position: bigint;
  readonly head: bigint;
}

export interface Rebuilt {
  readonly view: string;
  readonly generation: number;
  readonly position: bigint;
  readonly events: number;
  /** Over all rows; null where there is nothing to compare with. */
  readonly digest: string | null;
  /** Whether the former generation of the same definition held the same rows; null where it cannot be compared. */
  readonly identical: boolean | null;
}

export interface ProjectorOptions {
  onParked?(view: string, stream: string, error: unknown): void;
  onProgress?(progress: Progress): void;
  onError?(error: unknown): void;
}

/** States of streams under fold, bounded; what is dropped is folded from the log again when needed. */
class Histories {
  private readonly streams = new Map<string, StreamTimelines>();
  private keys = 0;

  get(stream: string): StreamTimelines | undefined {
    return this.streams.get(stream);
  }

  put(stream: string, timelines: StreamTimelines): void {
    this.streams.set(stream, timelines);
    this.grow(stream, timelines.size);
  }

  /** Counts keys, and makes room when there are too many, oldest streams first. */
  grow(newest: string, keys: number): void {
    this.keys += keys;
    if (this.keys <= CACHED_KEYS) return;
    for (const [stream, timelines] of this.streams) {
      if (stream === newest) continue;
      this.streams.delete(stream);
      this.keys -= timelines.size;
      if (this.keys < CACHED_KEYS / 2) break;
    }
  }

  forget(stream: string): void {
    this.keys -= this.streams.get(stream)?.size ?? 0;
    this.streams.delete(stream);
  }

  clear(): void {
    this.streams.clear();
    this.keys = 0;
  }
}

/** Brings one view up to date, event by event, in the memory of one process. */
class Folder {
  readonly histories = new Histories();
  /** Where this process left the view; another process may have gone on since. */
  checkpoint = -1n;

  constructor(
    readonly view: AnyView,
    private readonly kinds: ReadonlyMap<string, AnyStreamKind>,
    private readonly store: EventStore,
  ) {}

  concerns(stream: string): boolean {
    return this.view.categories.includes(categoryOf(stream));
  }

  /** At once for the usual event of a stream that is held, else after a look at the log. */
  fold(recorded: ViewEvent): Change[] | Promise<Change[]> {
    const event = this.read(recorded);
    const held = this.histories.get(event.stream) ?? this.newStream(event);
    return (held && this.extend(held, event)) ?? this.foldFromLog(event);
  }

  private async foldFromLog(event: ViewEvent): Promise<Change[]> {
    const timelines = this.histories.get(event.stream) ?? (await this.timelinesBefore(event));
    const usual = this.extend(timelines, event);
    if (usual) return usual;
    const history = [...(await this.eventsBefore(event)), event];
    return this.counting(timelines, event, () => timelines.refold(event, history));
  }

  private extend(timelines: StreamTimelines, event: ViewEvent): Change[] | undefined {
    return this.counting(timelines, event, () => timelines.extend(event));
  }

  private counting<T>(timelines: StreamTimelines, event: ViewEvent, apply: () => T): T {
    const before = timelines.size;
    const applied = apply();
    if (timelines.size !== before) this.histories.grow(event.stream, timelines.size - before);
    return applied;
  }

  private newStream({ stream, revision }: ViewEvent): StreamTimelines | undefined {
    if (revision > 0) return undefined;
    const timelines = new StreamTimelines(this.view);
    this.histories.put(stream, timelines);
    return timelines;
  }

  /** The states of a stream that this process does not hold, from the log. */
  private async timelinesBefore(event: ViewEvent): Promise<StreamTimelines> {
    const timelines = new StreamTimelines(this.view);
    const events = await this.eventsBefore(event);
    for (const [index, earlier] of events.entries())
      if (!timelines.extend(earlier)) timelines.refold(earlier, events.slice(0, index + 1));
    this.histories.put(event.stream, timelines);
    return timelines;
  }

  private async eventsBefore({ stream, revision }: ViewEvent): Promise<ViewEvent[]> {
    const events = await this.store.readStream(stream);
    return events.filter((earlier) => earlier.revision < revision).map((earlier) => this.read(earlier));
  }

  private read(event: ViewEvent): ViewEvent {
    return upcast(this.kinds.get(categoryOf(event.stream))!.facts, event);
  }
}

/**
 * Keeps the views equal to the log. Checkpoints and rows move in one transaction under a lock on the
 * generations, so several projectors (a server and a command line) can run at once.
 */
export class Projector {
  private readonly kinds: ReadonlyMap<string, AnyStreamKind>;
  private readonly folders: ReadonlyMap<string, Folder>;

  constructor(
    private readonly store: EventStore,
    private readonly pool: pg.Pool,
    private readonly views: readonly AnyView[],
    kinds: readonly AnyStreamKind[],
    private readonly options: ProjectorOptions = {},
  ) {
    this.kinds = new Map(kinds.map((kind) => [kind.category, kind]));
    this.folders = new Map(views.map((view) => [view.name, this.folderOf(view)]));
  }

  /** The log must be the one that the views came from, whole, and hold all that they hold. @throws WrongLog */
  async verifyLog(): Promise<void> {
    const { id } = await this.wholeLog();
    await this.transaction(async (client) => {
      await client.query('INSERT INTO views.source (log) VALUES ($1) ON CONFLICT DO NOTHING', [id]);
      const { rows } = await client.query<{ log: string }>('SELECT log FROM views.source');
      const views = rows[0]!.log;
      if (views !== id) throw new WrongLog('other', { log: id, views });
      const live = (await liveGenerations(client, false)).filter((one) => this.folders.has(one.view));
      const checkpoint = live.reduce((max, one) => (one.checkpoint > max ? one.checkpoint : max), 0n);
      const head = await this.store.head();
      if (head < checkpoint) throw new WrongLog('behind', { log: id, views, checkpoint, head });
    });
  }

  /** Takes the present log for the source of the views, and folds them all anew: all or nothing. @throws WrongLog */
  async adopt(): Promise<void> {
    const { id } = await this.wholeLog();
    await this.transaction(async (client) => {
      await client.query('DELETE FROM views.source');
      await client.query('INSERT INTO views.source (log) VALUES ($1)', [id]);
      for (const view of this.views) await this.build(client, view, false);
    });
  }

  private async wholeLog(): Promise<LogIdentity> {
    const identity = await this.store.identity();
    const { id, complete, copyOf } = identity;
    if (!complete) throw new WrongLog('unfinished', { log: id, copyOf });
    return identity;
  }

  /** Builds what is missing or was built by another definition, and tries parked streams again. */
  async prepare(): Promise<void> {
    await this.verifyLog();
    const live = await this.transaction((client) => liveGenerations(client, false));
    for (const view of this.views) {
      const current = live.find((generation) => generation.view === view.name);
      if (current?.fingerprint !== fingerprintOf(view)) await this.rebuild(view, true);
    }
    await this.retryParked();
  }

  /** Folds all that is in the log now. Returns the position reached. */
  async catchUp(): Promise<bigint> {
    for (;;) {
      const { reached, more } = await this.step();
      if (!more) return reached;
    }
  }

  /** Catches up, then follows the log until the signal aborts; outlives a database that goes away. */
  async run(signal: AbortSignal): Promise<void> {
    let reported = '';
    while (!signal.aborted) {
      try {
        await this.prepare();
        const position = await this.catchUp();
        reported = '';
        for await (const batch of this.store.subscribe(position, signal)) {
          void batch;
          await this.catchUp();
        }
      } catch (error) {
        // What goes on is told once.
        if (String(error) !== reported) this.options.onError?.(error);
        reported = String(error);
        await sleep(RETRY_MILLISECONDS, undefined, { signal }).catch(() => undefined);
      }
    }
  }

  /** Rebuilds a view beside the live one, compares, and switches readers in one step. */
  async rebuild(view: AnyView, onlyIfOutdated = false): Promise<Rebuilt | undefined> {
    return this.transaction((client) => this.build(client, view, onlyIfOutdated));
  }

  private async build(
    client: pg.ClientBase,
    view: AnyView,
    onlyIfOutdated: boolean,
  ): Promise<Rebuilt | undefined> {
    await client.query('SELECT pg_advisory_xact_lock(hashtextextended($1, 0))', [`rebuild ${view.name}`]);
    const existing = (await liveGenerations(client, false)).find((one) => one.view === view.name);
    const fingerprint = fingerprintOf(view);
    if (onlyIfOutdated && existing?.fingerprint === fingerprint) return undefined;
    const generation = await this.startGeneration(client, view, fingerprint);
    const writer = new VersionWriter(view, tableOf(view.name, generation), true);
    const run = { folder: this.folderOf(view), generation, writer, events: 0, parked: new Set<string>() };

    let position = await this.replay(client, run, 0n, await this.store.head());
    const locked = (await liveGenerations(client, true)).find((one) => one.view === view.name);
    if (locked && locked.checkpoint > position)
      position = await this.replay(client, run, position, locked.checkpoint);
    await writer.flush(client);
    await createIndexes(client, view, generation);
    const former =
      locked?.fingerprint === fingerprint && locked.checkpoint === position
        ? await digestOfTable(client, view, locked.generation)
        : null;
    const digest = former === null ? null : await digestOfTable(client, view, generation);
    const identical = former === null ? null : digest === former;
    await client.query('UPDATE views.generation SET checkpoint = $3 WHERE view = $1 AND generation = $2', [
      view.name,
      generation,
      position,
    ]);
    await switchTo(client, view, generation);
    return { view: view.name, generation, position, events: run.events, digest, identical };
  }

  private async startGeneration(client: pg.ClientBase, view: AnyView, fingerprint: string): Promise<number> {
    const { rows } = await client.query<{ generation: number }>(
      `INSERT INTO views.generation (view, generation, fingerprint, status)
       SELECT $1, coalesce(max(generation), 0) + 1, $2, 'building' FROM views.generation WHERE view = $1
       RETURNING generation`,
      [view.name, fingerprint],
    );
    const { generation } = rows[0]!;
    await createTable(client, view, generation);
    return generation;
  }

  private async replay(
    client: pg.ClientBase,
    run: { folder: Folder; generation: number; writer: VersionWriter; events: number; parked: Set<string> },
    after: bigint,
    upTo: bigint,
  ): Promise<bigint> {
    const { folder, writer } = run;
    let position = after;
    let next = this.store.readAll(position, PAGE);
    // The next pages are folded while the database takes in what came out of the former ones.
    let flushing = Promise.resolve();
    while (position < upTo) {
      const page = (await next).filter((event) => event.position <= upTo);
      if (page.length === 0) break;
      position = page.at(-1)!.position;
      if (position < upTo) {
        next = this.store.readAll(position, PAGE);
        next.catch(() => undefined);
      }
      await this.foldPage(client, run, page);
      run.events += page.length;
      if (writer.encodedLength > FLUSH_AT_CHARACTERS) {
        await flushing;
        flushing = writer.flushEncoded(client);
        flushing.catch(() => undefined);
      }
      this.options.onProgress?.({ view: folder.view.name, position, head: upTo });
    }
    await flushing;
    return position;
  }

  /** Folds a page into a writer; a stream that cannot be folded is parked with all that follows in it. */
  private async foldPage(
    client: pg.ClientBase,
    run: { folder: Folder; generation: number; writer: VersionWriter; parked: Set<string> },
    page: readonly ViewEvent[],
  ): Promise<void> {
    const { folder, writer, parked } = run;
    for (const event of page) {
      if (!folder.concerns(event.stream) || parked.has(event.stream)) continue;
      try {
        const folded = folder.fold(event);
        const changes = folded instanceof Promise ? await folded : folded;
        for (const change of changes) writer.check(change);
        for (const change of changes) writer.add(change);
      } catch (error) {
        if (error instanceof StoreUnavailable) throw error;
        folder.histories.forget(event.stream);
        parked.add(event.stream);
        await this.park(client, folder.view.name, run.generation, event, error);
      }
    }
  }

  private async step(): Promise<{ reached: bigint; more: boolean }> {
    try {
      return await this.transaction(async (client) => {
        const live = (await liveGenerations(client, true)).filter((one) => this.folders.has(one.view));
        if (live.length === 0) return { reached: 0n, more: false };
        const from = live.reduce(
          (min, one) => (one.checkpoint < min ? one.checkpoint : min),
          live[0]!.checkpoint,
        );
        const page = await this.store.readAll(from, PAGE);
        if (page.length === 0) return { reached: from, more: false };
        const reached = page.at(-1)!.position;
        for (const generation of live) await this.advance(client, generation, page);
        return { reached, more: page.length === PAGE };
      });
    } catch (error) {
      for (const folder of this.folders.values()) folder.checkpoint = -1n;
      throw error;
    }
  }

  private async advance(client: pg.ClientBase, one: Generation, page: readonly ViewEvent[]): Promise<void> {
    const folder = this.folders.get(one.view)!;
    const fresh = page.filter((event) => event.position > one.checkpoint);
    if (fresh.length === 0) return;
    if (folder.checkpoint !== one.checkpoint) folder.histories.clear();
    const writer = new VersionWriter(folder.view, tableOf(one.view, one.generation));
    const parked = await this.parkedStreams(client, one);
    await this.foldPage(client, { folder, generation: one.generation, writer, parked }, fresh);
    await writer.flush(client);
    const { position } = fresh.at(-1)!;
    await client.query('UPDATE views.generation SET checkpoint = $3 WHERE view = $1 AND generation = $2', [
      one.view,
      one.generation,
      position,
    ]);
    folder.checkpoint = position;
  }

  private async parkedStreams(client: pg.ClientBase, one: Generation): Promise<Set<string>> {
    const { rows } = await client.query<{ stream: string }>(
      'SELECT stream FROM views.parked_stream WHERE view = $1 AND generation = $2',
      [one.view, one.generation],
    );
    return new Set(rows.map(({ stream }) => stream));
  }

  private async park(
    client: pg.ClientBase,
    view: string,
    generation: number,
    event: ViewEvent,
    error: unknown,
  ): Promise<void> {
    await client.query(
      `INSERT INTO views.parked_stream (view, generation, stream, position, event_type, error)
       VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING`,
      [view, generation, event.stream, event.position, event.type, String(error)],
    );
    this.options.onParked?.(view, event.stream, error);
  }

  /** Replays, for each parked stream, what waited; a stream that still fails stays parked. */
  async retryParked(): Promise<void> {
    await this.transaction(async (client) => {
      for (const one of await liveGenerations(client, true)) {
        const view = this.views.find(({ name }) => name === one.view);
        if (!view) continue;
        const { rows } = await client.query<{ stream: string; position: bigint }>(
          'SELECT stream, position FROM views.parked_stream WHERE view = $1 AND generation = $2',
          [one.view, one.generation],
        );
        for (const parked of rows) await this.unpark(client, view, one, parked);
      }
    });
  }

  private async unpark(
    client: pg.ClientBase,
    view: AnyView,
    one: Generation,
    parked: { stream: string; position: bigint },
  ): Promise<void> {
    const folder = this.folderOf(view);
    const writer = new VersionWriter(view, tableOf(view.name, one.generation));
    try {
      for (const event of await this.store.readStream(parked.stream))
        if (event.position >= parked.position && event.position <= one.checkpoint)
          for (const change of await folder.fold(event)) {
            writer.check(change);
            writer.add(change);
          }
    } catch (error) {
      if (error instanceof StoreUnavailable) throw error;
      return;
    }
    await writer.flush(client);
    await client.query(
      'DELETE FROM views.parked_stream WHERE view = $1 AND generation = $2 AND stream = $3',
      [one.view, one.generation, parked.stream],
    );
    this.folders.get(view.name)!.checkpoint = -1n;
  }

  private folderOf(view: AnyView): Folder {
    return new Folder(view, this.kinds, this.store);
  }

  private async transaction<T>(work: (client: pg.ClientBase) => Promise<T>): Promise<T> {
    const client = await this.pool.connect();
    try {
      await client.query('BEGIN');
      const result = await work(client);
      await client.query('COMMIT');
      client.release();
      return result;
    } catch (error) {
      const broken = await client.query('ROLLBACK').then(
        () => false,
        () => true,
      );
      client.release(broken);
      throw error;
    }
  }
}
