import { setTimeout as sleep } from 'node:timers/promises';
import type pg from 'pg';
import type { Stray } from '../event.js';
import type { EventStore } from '../event-store.js';
import { openPool, type Patience, PROJECTION_PATIENCE, unavailableOr } from '../postgres.js';
import { CopiedRows } from './bulk-rows.js';
import { Folder } from './folder.js';
import {
  createIndexes,
  createTable,
  digestOfTable,
  doomAllBut,
  dropDoomed,
  type Generation,
  keysLost,
  liveGenerations,
  lockGenerations,
  switchTo,
  tableOf,
} from './generations.js';
import type { LogReader, Page } from './log-reader.js';
import { transaction } from './transaction.js';
import type { AnyView, ViewEvent } from './view.js';
import { VersionWriter } from './version-writer.js';
import { isDataError, keepStrays, park, writeOneByOne, writerInto } from './writing.js';
import { WrongLog } from './wrong-log.js';

const PAGE = 500;
const FLUSH_AT_CHARACTERS = 8_000_000;
/** Nobody waits for a table in the making; at the switch the projector's patience holds. */
const BUILDING: Patience = { lock: 60_000, statement: 0, idleInTransaction: 0 };
/** How long to wait for a peer that builds the same before building it here too. */
const PEER = { looks: 20, milliseconds: 500 };
const LOST_SHOWN = 10;

export interface Progress {
  /** What is being built: a view, or several. */
  readonly view: string;
  readonly position: bigint;
  readonly head: bigint;
}

export interface Rebuilt {
  readonly view: string;
  readonly generation: bigint;
  readonly position: bigint;
  readonly events: number;
  /** Over all rows; null where there is nothing to compare with. */
  readonly digest: string | null;
  /** Whether the former generation of the same definition held the same rows; null where it cannot be compared. */
  readonly identical: boolean | null;
}

export interface RebuildOptions {
  onParked?(view: string, stream: string, error: unknown): void;
  onProgress?(progress: Progress): void;
}

interface Order {
  /** The identity of the log. */
  readonly log: string;
  /** Whether it becomes the origin of the views, whatever they knew. */
  readonly adopt: boolean;
  /** Only views that this release has no generation of. */
  readonly onlyMissing: boolean;
}

/** One view in the making. */
interface Building {
  readonly view: AnyView;
  readonly generation: bigint;
  readonly folder: Folder;
  readonly parked: Set<string>;
  writer: VersionWriter;
  readonly parkings: Parking[];
}

interface Parking {
  readonly event: ViewEvent;
  readonly error: unknown;
}

/** Builds views beside the live ones, in one reading of the log and one transaction. */
export class Rebuilder {
  constructor(
    private readonly store: EventStore,
    private readonly connection: pg.PoolConfig,
    private readonly pool: pg.Pool,
    private readonly log: LogReader,
    private readonly options: RebuildOptions,
  ) {}

  /** @throws WrongLog the log no longer tells what the views know, and is not to be adopted */
  async build(views: readonly AnyView[], order: Order): Promise<readonly Rebuilt[]> {
    const missing = order.onlyMissing ? await this.missing(views) : views;
    if (missing.length === 0) return [];
    const pool = openPool({ ...this.connection, max: 1, application_name: 'minutier rebuild' }, BUILDING);
    try {
      const wanted = order.onlyMissing ? await this.afterPeers(pool, missing) : missing;
      if (wanted.length === 0) return [];
      return await this.buildOn(pool, wanted, order);
    } catch (error) {
      throw unavailableOr(error);
    } finally {
      await pool.end().catch(() => undefined);
      await dropDoomed(this.pool).catch(() => undefined);
    }
  }

  private async buildOn(pool: pg.Pool, views: readonly AnyView[], order: Order): Promise<readonly Rebuilt[]> {
    try {
      return await transaction(pool, (client) => this.run(client, views, order, false));
    } catch (error) {
      // Some stream has a row that its table refuses: all is written again, stream by stream.
      if (!isDataError(error)) throw error;
      return transaction(pool, (client) => this.run(client, views, order, true));
    }
  }

  private async missing(views: readonly AnyView[]): Promise<AnyView[]> {
    const live = await liveGenerations(this.pool, views).catch((error: unknown) => {
      throw unavailableOr(error);
    });
    return views.filter(({ name }) => !live.some(({ view }) => view === name));
  }

  /** A peer that builds the same is given time to end; one that is lost or suspended is not waited for. */
  private async afterPeers(pool: pg.Pool, views: readonly AnyView[]): Promise<AnyView[]> {
    const names = views.map(({ name }) => name).join(' ');
    for (let look = 0; look < PEER.looks; look += 1) {
      const { rows } = await pool.query<{ mine: boolean }>(
        'SELECT pg_try_advisory_lock(hashtextextended($1, 0)) AS mine',
        [`build ${names}`],
      );
      const missing = await this.missing(views);
      if (rows[0]!.mine || missing.length === 0) return missing;
      await sleep(PEER.milliseconds);
    }
    return this.missing(views);
  }

  private async run(
    client: pg.PoolClient,
    views: readonly AnyView[],
    order: Order,
    oneByOne: boolean,
  ): Promise<readonly Rebuilt[]> {
    const name = views.length === 1 ? views[0]!.name : `${views.length} vues`;
    const buildings = await this.begin(client, views, oneByOne);
    const run = { client, buildings, oneByOne, name, strays: [] as Stray[], events: 0 };
    let position = await this.replay(run, 0n, await this.store.head());
    for (const { writer } of buildings) await writer.flush(client);
    for (const { view, generation } of buildings) await createIndexes(client, view, generation);
    // What came meanwhile, before others have to wait.
    position = await this.replay(run, position, await this.store.head());
    for (const { writer } of buildings) await writer.flush(client);

    await client.query(
      `SET LOCAL idle_in_transaction_session_timeout = ${PROJECTION_PATIENCE.idleInTransaction}`,
    );
    const formers = await this.lockFormers(client, views, order);
    for (const building of buildings) building.writer = writerInto(building.view, building.generation);
    // A peer may have built the same meanwhile.
    const made = order.onlyMissing ? formers.map(({ view }) => view) : [];
    const reached = formers.reduce((max, { checkpoint }) => (checkpoint > max ? checkpoint : max), position);
    position = await this.replay(run, position, reached);
    for (const { writer } of buildings) await writer.flush(client);
    const rebuilt: Rebuilt[] = [];
    for (const { view, generation } of buildings) {
      if (made.includes(view.name)) {
        await client.query(`DROP TABLE ${tableOf(view.name, generation)}`);
        continue;
      }
      const former = formers.find((one) => one.view === view.name);
      if (former && !order.adopt) await this.requireAllKeys(client, view, former, generation, order);
      const comparable = former?.checkpoint === position;
      const compared = comparable ? await this.compare(client, view, former, generation) : null;
      await switchTo(client, view, { generation, log: order.log, checkpoint: position });
      const { digest = null, identical = null } = compared ?? {};
      rebuilt.push({ view: view.name, generation, position, events: run.events, digest, identical });
    }
    if (order.adopt)
      await doomAllBut(
        client,
        rebuilt.map(({ generation }) => generation),
      );
    await keepStrays(client, order.log, run.strays);
    for (const { view, generation, parkings } of buildings) {
      if (made.includes(view.name)) continue;
      for (const { event, error } of parkings) {
        await park(client, generation, event, error);
        this.options.onParked?.(view.name, event.stream, error);
      }
    }
    return rebuilt;
  }

  private async begin(client: pg.ClientBase, views: readonly AnyView[], oneByOne: boolean) {
    const buildings: Building[] = [];
    for (const view of views) {
      const generation = await createTable(client, view);
      if (oneByOne) await createIndexes(client, view, generation);
      const table = tableOf(view.name, generation);
      const writer = new VersionWriter(view, table, new CopiedRows(view, table));
      const folder = new Folder(view, this.log.historyOf);
      buildings.push({ view, generation, folder, writer, parked: new Set(), parkings: [] });
    }
    return buildings;
  }

  /** The generations that are to be replaced, which nobody moves until the end of the transaction. */
  private async lockFormers(
    client: pg.ClientBase,
    views: readonly AnyView[],
    { log, adopt }: Order,
  ): Promise<Pick<Generation, 'view' | 'generation' | 'checkpoint'>[]> {
    const { rows } = await client.query<{ log: string }>('SELECT log FROM projection.source FOR UPDATE');
    if (adopt)
      await client.query(
        'INSERT INTO projection.source (log) VALUES ($1) ON CONFLICT (single) DO UPDATE SET log = $1',
        [log],
      );
    else if (rows[0]?.log !== log) throw new WrongLog('other', { log, views: rows[0]?.log ?? 'none' });
    const live = await liveGenerations(client, views);
    return lockGenerations(
      client,
      live.map(({ generation }) => generation),
      true,
    );
  }

  /** A key that was ever known is known for good: where the log no longer tells of it, events are missing. */
  private async requireAllKeys(
    client: pg.ClientBase,
    view: AnyView,
    former: Pick<Generation, 'generation'>,
    generation: bigint,
    { log }: Order,
  ): Promise<void> {
    const lost = await keysLost(client, view, former.generation, generation, LOST_SHOWN);
    if (lost.length > 0) throw new WrongLog('poorer', { log, view: view.name, lost });
  }

  private async compare(
    client: pg.ClientBase,
    view: AnyView,
    former: Pick<Generation, 'generation'>,
    generation: bigint,
  ): Promise<{ digest: string; identical: boolean }> {
    const digest = await digestOfTable(client, view, generation);
    return { digest, identical: digest === (await digestOfTable(client, view, former.generation)) };
  }

  private async replay(run: Run, after: bigint, upTo: bigint): Promise<bigint> {
    let position = after;
    if (position >= upTo) return position;
    let next = this.ahead(position);
    // The next pages are folded while the database takes in what came out of the former ones.
    let flushing: Promise<unknown> = Promise.resolve();
    while (position < upTo) {
      const page = upToPosition(await next, upTo);
      if (page.newer && page.length === 0) throw page.newer;
      if (page.length === 0) break;
      position = page.position;
      if (position < upTo) next = this.ahead(position);
      await this.fold(run, page);
      run.events += page.length;
      if (run.buildings.reduce((sum, { writer }) => sum + writer.encodedLength, 0) > FLUSH_AT_CHARACTERS) {
        await flushing;
        flushing = this.flush(run);
        flushing.catch(() => undefined);
      }
      this.options.onProgress?.({ view: run.name, position, head: upTo });
    }
    await flushing;
    return position;
  }

  /** A read ahead may fail while nobody awaits it yet. */
  private ahead(position: bigint): Promise<Page> {
    const reading = this.log.pageAfter(position, PAGE);
    reading.catch(() => undefined);
    return reading;
  }

  private async flush({ client, buildings }: Run): Promise<void> {
    for (const { writer } of buildings) await writer.flushEncoded(client);
  }

  private async fold({ client, buildings, oneByOne, strays }: Run, page: Page): Promise<void> {
    strays.push(...page.strays);
    for (const one of buildings) {
      const { view, generation, folder, parked, writer } = one;
      const folded = await folder.fold(page.events, parked);
      const refuse = (stream: string, error: unknown) =>
        setAside(one, { event: page.events.find((event) => event.stream === stream)!, error });
      if (oneByOne) await writeOneByOne(client, { view, generation, folded }, refuse);
      else for (const changes of folded.changes.values()) for (const change of changes) writer.add(change);
      // After those: the first event of a stream that waits is the one that counts.
      for (const parking of folded.parked) setAside(one, parking);
    }
  }
}

interface Run {
  readonly client: pg.PoolClient;
  readonly buildings: readonly Building[];
  readonly oneByOne: boolean;
  readonly name: string;
  readonly strays: Stray[];
  events: number;
}

function setAside(building: Building, parking: Parking): void {
  building.folder.forget(parking.event.stream);
  building.parked.add(parking.event.stream);
  building.parkings.push(parking);
}

/** The part of a page that is not beyond a position. */
function upToPosition(page: Page, upTo: bigint): Page {
  if (page.position <= upTo) return page;
  const events = page.events.filter(({ position }) => position <= upTo);
  const strays = page.strays.filter(({ position }) => position <= upTo);
  const position = [...events, ...strays].reduce((max, one) => (one.position > max ? one.position : max), 0n);
  return { events, strays, position: position || upTo, length: events.length + strays.length };
}
