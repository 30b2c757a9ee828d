import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type pg from 'pg';
import type { DataSource } from 'typeorm';
import { migrations } from '../../infra/migrations/index.js';
import {
  type Database,
  type Environment,
  migrate,
  openDatabase,
  openReadSide,
  projectRoot,
} from '../config/index.js';
import {
  type AnyView,
  digest,
  entityOf,
  type EventStore,
  type Handled,
  handleCommands,
  type HandleOptions,
  type Instruction,
  liveGenerations,
  openPool,
  PostgresEventStore,
  privateTypes,
  Projector,
  type ProjectorOptions,
  StoreUnavailable,
  ViewReader,
} from '../event-sourcing/index.js';
import type { ActContext } from '../room/index.js';
import { openLog } from './log.js';
import { dayOfSeance } from './seances.js';
import { kinds, views } from './rooms.js';
import { LogWatch } from './log-watch.js';

const WAIT_MILLISECONDS = 10_000;

/** The views have not reached the position that was asked for within the time that a reader waits. */
export class ViewsBehind extends Error {
  override readonly name = 'ViewsBehind';
  constructor(
    readonly wanted: bigint,
    readonly reached: bigint,
  ) {
    super(`Les vues en sont à la position ${reached}, la lecture demande ${wanted} : réessayez.`);
  }
}

export interface RegistreOptions extends ProjectorOptions {
  /** Whether reads bring the views up to date themselves, or wait for a projector elsewhere. */
  readonly projects?: boolean;
  /** Folds the views anew from a log that is not the one they came from: after a restoration. */
  readonly adopt?: boolean;
}

/** The register, open: its log, its views, and what can be done with them. */
export class Registre {
  readonly logWatch = new LogWatch(() =>
    this.projector.verifyLog().catch((error: unknown) => {
      throw unavailable(error);
    }),
  );

  private constructor(
    readonly database: Database,
    readonly store: EventStore,
    readonly pool: pg.Pool,
    private readonly readSide: DataSource,
    readonly reader: ViewReader,
    readonly projector: Projector,
    private readonly projects: boolean,
  ) {}

  /** Opens the configured database (creating the embedded one), applies migrations, prepares the views. */
  static async open(environment: Environment, options: RegistreOptions = {}): Promise<Registre> {
    const database = await openDatabase(environment);
    return Registre.over(database, options, await openLog(environment, database));
  }

  /** @param log defaults to the one in the database */
  static async over(database: Database, options: RegistreOptions = {}, log?: EventStore): Promise<Registre> {
    await migrate(database, migrations(join(projectRoot(), 'infra', 'migrations')));
    const store = log ?? new PostgresEventStore(database.application);
    const pool = openPool({ max: 6, ...database.application });
    const readSide = await openReadSide(database, views.map(entityOf), privateTypes);
    const projector = new Projector(store, pool, views, kinds, options);
    const projects = options.projects ?? true;
    try {
      if (options.adopt) await projector.adopt();
      if (projects) await projector.prepare();
      else await projector.verifyLog();
    } catch (error) {
      await Promise.all([store.close(), readSide.destroy(), pool.end()]);
      database.close();
      throw error;
    }
    return new Registre(database, store, pool, readSide, new ViewReader(readSide, pool), projector, projects);
  }

  async execute(instructions: readonly Instruction[], options?: HandleOptions): Promise<Handled> {
    await this.logWatch.requireLog();
    return handleCommands(this.store, instructions, options);
  }

  /** Whether a key stands for this request: it is the first under it, or the same again. */
  async isRequestOf(commandId: string, request: unknown): Promise<boolean> {
    try {
      const { rows } = await this.pool.query<{ digest: string }>(
        `WITH asked AS (INSERT INTO views.request (command, digest) VALUES ($1, $2)
                        ON CONFLICT (command) DO NOTHING RETURNING digest)
         SELECT digest FROM asked UNION ALL SELECT digest FROM views.request WHERE command = $1`,
        [commandId, digest(request)],
      );
      return rows[0]?.digest === digest(request);
    } catch (error) {
      throw unavailable(error);
    }
  }

  /** Returns once the views hold everything up to a position. @throws ViewsBehind */
  async upTo(position: bigint): Promise<void> {
    const deadline = Date.now() + WAIT_MILLISECONDS;
    for (;;) {
      const reached = await this.checkpoint();
      if (reached >= position) return;
      if (Date.now() > deadline) throw new ViewsBehind(position, reached);
      if (this.projects) await this.projector.catchUp();
      else await sleep(25);
    }
  }

  /** The position that every live view has reached. */
  async checkpoint(): Promise<bigint> {
    try {
      const client = await this.pool.connect();
      try {
        const live = await liveGenerations(client, false);
        const served = live.filter((one) => views.some((view) => view.name === one.view));
        if (served.length < views.length) return -1n;
        return served.reduce(
          (min, { checkpoint }) => (checkpoint < min ? checkpoint : min),
          served[0]!.checkpoint,
        );
      } finally {
        client.release();
      }
    } catch (error) {
      throw unavailable(error);
    }
  }

  /** What accompanies a command from outside. `today` is the day in Paris, where the committees sit. */
  context(commandId: string, author: string): ActContext {
    return {
      commandId,
      author,
      today: aujourdhui(),
      store: this.store,
      dayOf: (seance) => dayOfSeance(this.store, seance, aujourdhui()),
    };
  }

  async close(): Promise<void> {
    await this.store.close();
    await this.readSide.destroy();
    await this.pool.end();
    this.database.close();
  }
}

/** Today, `YYYY-MM-DD`, where the committees sit. */
export const aujourdhui = (instant = new Date()): string =>
  new Intl.DateTimeFormat('sv-SE', { timeZone: 'Europe/Paris' }).format(instant);

export function unavailable(error: unknown): unknown {
  const code = (error as { code?: string }).code ?? '';
  // pg tells of a broken connection by an error without a code.
  const broken = code === '' && error instanceof Error && /^Connection terminated/.test(error.message);
  return broken || /^(08|57P|53|ECONN|ENOENT|EPIPE)/.test(code)
    ? new StoreUnavailable(String(error), { cause: error })
    : error;
}

export const viewNamed = (name: string): AnyView => views.find((view) => view.name === name)!;
