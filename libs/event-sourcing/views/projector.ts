import { setTimeout as sleep } from 'node:timers/promises';
import type pg from 'pg';
import type { EventStore } from '../event-store.js';
import type { NewerFact } from '../fact-catalogue.js';
import type { AnyStreamKind } from '../stream-kind.js';
import { openPool, PROJECTION_PATIENCE, unavailableOr } from '../postgres.js';
import type { StreamMemory } from '../stream-memory.js';
import { Folder } from './folder.js';
import { type Generation, liveGenerations, lockGenerations } from './generations.js';
import { Lease } from './lease.js';
import { LogReader, type Page } from './log-reader.js';
import { Origin } from './origin.js';
import { type Progress, type Rebuilt, Rebuilder } from './rebuild.js';
import { transaction } from './transaction.js';
import { unpark } from './unparking.js';
import type { AnyView, ViewEvent } from './view.js';
import { type Batch, isDataError, keepStrays, park, writeAtOnce, writeOneByOne } from './writing.js';

const PAGE = 500;
const RETRY_MILLISECONDS = 500;
const LOOK_AGAIN_MILLISECONDS = 20;
const RETRY_PARKED_MILLISECONDS = 30_000;
const LOCKED = '55P03';

export interface ProjectorOptions {
  onParked?(view: string, stream: string, error: unknown): void;
  onProgress?(progress: Progress): void;
  onError?(error: unknown): void;
  /** What the process keeps of long streams. */
  readonly memory?: StreamMemory;
  /** How often parked streams are tried again. */
  readonly retryMilliseconds?: number;
}

/** What a step came to. */
type Step =
  /** Views moved on; there may be more to fold. */
  | { readonly moved: true; readonly more: boolean }
  /** All that the log holds is folded. */
  | { readonly moved: false; readonly reason: 'end' }
  /** Another process folds, or has just folded, the same. */
  | { readonly moved: false; readonly reason: 'other' };

interface Parking extends Batch {
  readonly event: ViewEvent;
  readonly error: unknown;
}

/** The states of one view as of a checkpoint of one generation, kept from one step to the next. */
interface Kept {
  readonly generation: bigint;
  readonly checkpoint: bigint;
  readonly folder: Folder;
}

/**
 * Keeps the views equal to the log. A page is folded in memory, without any lock; rows and checkpoints are then
 * written in one short transaction, if the views still are where they were when it was read. The states that a
 * page was folded on are taken for one step, and kept for the next only once it is committed.
 */
export class Projector {
  private readonly pool: pg.Pool;
  private readonly log: LogReader;
  private readonly lease: Lease;
  private readonly origin: Origin;
  private readonly rebuilder: Rebuilder;
  private readonly kept = new Map<string, Kept>();
  private stepping: Promise<unknown> = Promise.resolve();
  private together: Promise<unknown> | undefined;
  private stoppedAt: NewerFact | undefined;

  /** @param connection the application's: the projector has connections of its own, which no request waits for */
  constructor(
    private readonly store: EventStore,
    connection: pg.PoolConfig,
    private readonly views: readonly AnyView[],
    kinds: readonly AnyStreamKind[],
    private readonly options: ProjectorOptions = {},
  ) {
    this.pool = openPool(
      { ...connection, max: 3, application_name: 'minutier projection' },
      PROJECTION_PATIENCE,
    );
    this.log = new LogReader(store, kinds, options.memory);
    this.lease = new Lease(this.pool, views);
    this.origin = new Origin(store, this.pool);
    this.rebuilder = new Rebuilder(store, connection, this.pool, this.log, options);
  }

  /** The event of a newer release at which the fold stands still. */
  get stopped(): NewerFact | undefined {
    return this.stoppedAt;
  }

  /** The log must be the one that the views came from, whole, and hold all that they hold. @throws WrongLog */
  async verifyLog(): Promise<void> {
    await this.origin.verify(() => this.live());
  }

  /** Takes the present log for the origin of the views, and folds them all anew: all or nothing. @throws WrongLog */
  async adopt(): Promise<void> {
    const { id } = await this.origin.wholeLog();
    await this.rebuilder.build(this.views, { log: id, adopt: true, onlyMissing: false });
  }

  /** Builds what no generation of this release's definition holds, and tries parked streams again. */
  async prepare(): Promise<void> {
    await this.verifyLog();
    await this.build(this.views, true);
    await this.retryParked();
  }

  /** Folds all that is in the log now, or waits until another process has. Returns the position reached. */
  async catchUp(): Promise<bigint> {
    let head: bigint | undefined;
    for (;;) {
      const step = await this.exclusively(() => this.step());
      if (step.moved && step.more) continue;
      if (step.moved || step.reason === 'end') return this.reached();
      head ??= await this.store.head();
      if ((await this.reached()) >= head) return head;
      await sleep(LOOK_AGAIN_MILLISECONDS);
    }
  }

  /** The same for who waits with others: what is under way already counts, and may end before what came since. */
  async catchUpTogether(): Promise<void> {
    this.together ??= this.catchUp().finally(() => (this.together = undefined));
    await this.together;
  }

  /** Catches up, then follows the log until the signal aborts; outlives a database or a log that goes away. */
  async run(signal: AbortSignal): Promise<void> {
    const retrying = this.keepRetrying(signal);
    let reported = '';
    while (!signal.aborted) {
      try {
        await this.prepare();
        const position = await this.catchUp();
        reported = '';
        await this.follow(position, signal);
      } catch (error) {
        // What goes on is told once.
        if (String(error) !== reported) this.options.onError?.(error);
        reported = String(error);
        await sleep(RETRY_MILLISECONDS, undefined, { signal }).catch(() => undefined);
      }
    }
    await retrying;
    await this.lease.release();
  }

  /** Rebuilds views beside the live ones, in one reading of the log, compares, and switches readers in one step. */
  async rebuild(views: readonly AnyView[]): Promise<readonly Rebuilt[]> {
    return this.build(views, false);
  }

  /** Replays, for each parked stream, what waited; a stream that still fails stays parked. */
  async retryParked(): Promise<void> {
    for (const one of await this.live())
      for (const stream of one.parked) await this.exclusively(() => this.unpark(one.generation, stream));
  }

  private async unpark(generation: bigint, stream: string): Promise<void> {
    const [one] = (await this.live()).filter((live) => live.generation === generation);
    if (!one?.parked.includes(stream)) return;
    const view = this.views.find(({ name }) => name === one.view)!;
    if (await unpark(this.pool, view, one, stream, this.log.historyOf)) this.kept.delete(view.name);
  }

  async close(): Promise<void> {
    await this.stepping.catch(() => undefined);
    await this.lease.release();
    await this.pool.end();
  }

  private async follow(from: bigint, signal: AbortSignal): Promise<void> {
    let position = from;
    for await (const logged of this.store.subscribe(from, signal)) {
      const page = this.log.read(position, logged);
      const after = position;
      await this.exclusively(() => this.step({ after, page }));
      await this.catchUp();
      position = logged.at(-1)!.position;
    }
  }

  private async keepRetrying(signal: AbortSignal): Promise<void> {
    const pause = this.options.retryMilliseconds ?? RETRY_PARKED_MILLISECONDS;
    while (!signal.aborted) {
      await sleep(pause, undefined, { signal }).catch(() => undefined);
      // What keeps it from that is told where views are folded.
      if (!signal.aborted) await this.retryParked().catch(() => undefined);
    }
  }

  private async build(views: readonly AnyView[], onlyMissing: boolean): Promise<readonly Rebuilt[]> {
    const { id } = await this.origin.wholeLog();
    return this.rebuilder.build(views, { log: id, adopt: false, onlyMissing });
  }

  private async live(): Promise<Generation[]> {
    try {
      return await liveGenerations(this.pool, this.views);
    } catch (error) {
      throw unavailableOr(error);
    }
  }

  private async reached(): Promise<bigint> {
    return least(await this.live()) ?? 0n;
  }

  private exclusively<T>(work: () => Promise<T>): Promise<T> {
    const next = this.stepping.then(work, work);
    this.stepping = next.catch(() => undefined);
    return next;
  }

  private async step(given?: { after: bigint; page: Page }): Promise<Step> {
    if (!(await this.takeLease())) return { moved: false, reason: 'other' };
    const live = await this.live();
    const from = least(live);
    if (from === undefined) return { moved: false, reason: 'end' };
    const page = given?.after === from ? given.page : await this.log.pageAfter(from, PAGE);
    this.stoppedAt = page.newer;
    if (page.length === 0) {
      if (page.newer) {
        await this.lease.release();
        throw page.newer;
      }
      return { moved: false, reason: 'end' };
    }
    const folders = live.map((one) => this.takeFolder(one));
    const batches: Batch[] = [];
    for (const [index, one] of live.entries()) {
      const fresh = page.events.filter(({ position }) => position > one.checkpoint);
      const folded = await folders[index]!.fold(fresh, new Set(one.parked));
      batches.push({ view: folders[index]!.view, generation: one.generation, folded });
    }
    const written = await this.write(live, batches, page);
    if (!written) return { moved: false, reason: 'other' };
    for (const [index, one] of live.entries()) {
      const folder = folders[index]!;
      for (const { view, event } of written) if (view === folder.view) folder.forget(event.stream);
      const checkpoint = page.position > one.checkpoint ? page.position : one.checkpoint;
      this.kept.set(one.view, { generation: one.generation, checkpoint, folder });
    }
    return { moved: true, more: page.length >= PAGE || live.some(({ checkpoint }) => checkpoint !== from) };
  }

  private async takeLease(): Promise<boolean> {
    try {
      return await this.lease.take();
    } catch (error) {
      throw unavailableOr(error);
    }
  }

  /** Whoever takes it away and fails leaves nothing behind: the next one folds from the log. */
  private takeFolder({ view: name, generation, checkpoint }: Generation): Folder {
    const kept = this.kept.get(name);
    this.kept.delete(name);
    if (kept?.generation === generation && kept.checkpoint === checkpoint) return kept.folder;
    return new Folder(
      this.views.find((view) => view.name === name)!,
      this.log.historyOf,
    );
  }

  /** Undefined where the views are no longer where they were; else the streams that were set aside. */
  private async write(
    live: readonly Generation[],
    batches: readonly Batch[],
    page: Page,
  ): Promise<Parking[] | undefined> {
    try {
      return await this.writeWith(live, batches, page, false);
    } catch (error) {
      if ((error as { code?: string }).code === LOCKED) return undefined;
      if (!isDataError(error)) throw unavailableOr(error);
    }
    try {
      return await this.writeWith(live, batches, page, true);
    } catch (error) {
      if ((error as { code?: string }).code === LOCKED) return undefined;
      throw unavailableOr(error);
    }
  }

  private async writeWith(
    live: readonly Generation[],
    batches: readonly Batch[],
    page: Page,
    oneByOne: boolean,
  ): Promise<Parking[] | undefined> {
    const generations = live.map(({ generation }) => generation);
    const parkings = await transaction(this.pool, async (client) => {
      const locked = await lockGenerations(client, generations, false);
      const asTheyWere = live.every(({ generation, checkpoint }) =>
        locked.some((one) => one.generation === generation && one.checkpoint === checkpoint),
      );
      if (!asTheyWere) return undefined;
      const parked: Parking[] = [];
      for (const batch of batches) {
        if (!oneByOne) await writeAtOnce(client, batch);
        else
          await writeOneByOne(client, batch, (stream, error) => {
            const { checkpoint } = live.find(({ generation }) => generation === batch.generation)!;
            const event = page.events.find((one) => one.stream === stream && one.position > checkpoint)!;
            parked.push({ ...batch, event, error });
          });
        // After those: the first event of a stream that waits is the one that counts.
        parked.push(...batch.folded.parked.map((one) => ({ ...one, ...batch })));
      }
      for (const { generation, event, error } of parked) await park(client, generation, event, error);
      await keepStrays(client, live[0]!.log, page.strays);
      await client.query(
        `UPDATE projection.generation SET checkpoint = greatest(checkpoint, $2) WHERE generation = ANY ($1)`,
        [generations, page.position],
      );
      return parked;
    });
    for (const { view, event, error } of parkings ?? [])
      this.options.onParked?.(view.name, event.stream, error);
    return parkings;
  }
}

const least = (live: readonly Generation[]): bigint | undefined =>
  live.reduce<bigint | undefined>(
    (min, { checkpoint }) => (min === undefined || checkpoint < min ? checkpoint : min),
    undefined,
  );
