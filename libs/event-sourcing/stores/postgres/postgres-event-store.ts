import { EventEmitter } from 'node:events';
import pg from 'pg';
import { isStray, type Fault, type Logged, type Recorded } from '../../event.js';
import type { Appended, Entry, EventStore, LogIdentity } from '../../event-store.js';
import {
  CommandMismatch,
  ConcurrencyConflict,
  CopyRefused,
  InvalidEvent,
  StoreUnavailable,
} from '../../event-store.js';
import { REQUEST_PATIENCE, openPool, privateTypes, sessionOptions, unavailableOr } from '../../postgres.js';
import { follow, HINT } from '../follow.js';
import { refuseUnstorable } from '../storable.js';
import type { AppendAnswer, AppendRequest } from './append-queue.js';
import { AppendQueue, appendParameters } from './append-queue.js';

const RECONNECT_MILLISECONDS = 100;
const CONNECT_MILLISECONDS = 10_000;

const COLUMNS = 'position, stream, revision, id, type, version, data, metadata, recorded_at';

type EventRow = [
  position: bigint,
  stream: string,
  revision: number,
  id: string,
  type: string,
  version: number,
  data: string,
  metadata: string,
  recordedAt: Date,
];

function fromRow(row: EventRow): Logged {
  const metadata = JSON.parse(row[7]) as Recorded['metadata'] | SetAside;
  const [position, stream, revision, id, type, version] = row;
  const data = JSON.parse(row[6]) as object;
  const recordedAt = row[8];
  if ('stray' in metadata) return { stray: metadata.stray, stream, revision, position, id, type, recordedAt };
  // Not spread: that takes longer than all else here.
  return { id, stream, revision, position, type, version, data, metadata, recordedAt };
}

/** Metadata of what a copy found to be none of our events: it keeps its place. Storage format. */
interface SetAside {
  readonly stray: Fault;
}

/** The log in PostgreSQL, written through `log.append` only (infra/migrations). */
export class PostgresEventStore implements EventStore {
  private readonly pool: pg.Pool;
  private readonly queue = new AppendQueue(
    (batch) => this.send(batch),
    (error) => error instanceof InvalidEvent,
  );
  private readonly hints = new EventEmitter().setMaxListeners(0);
  private readonly closing = new AbortController();
  private listening: Promise<void> | undefined;

  constructor(private readonly config: pg.PoolConfig) {
    this.pool = openPool({ max: 6, ...config });
  }

  async append(entries: readonly Entry[]): Promise<Appended> {
    const size = refuseUnstorable(entries);
    const answer = await this.queue.append({ entries, size });
    if (answer.status === 'conflict') throw conflict(entries, answer);
    if (answer.status === 'mismatch')
      throw new CommandMismatch(entries.flatMap((entry) => entry.events)[0]!.metadata.commandId);
    const written = entries.map((entry, index) => [entry, answer.revisions[index]!] as const);
    this.hints.emit(HINT);
    return {
      position: answer.lastPosition,
      revisions: new Map(
        written
          .filter(([entry]) => entry.events.length > 0)
          .map(([entry, revision]) => [entry.stream, revision]),
      ),
      alreadyThere: answer.status === 'duplicate',
    };
  }

  async readStream(stream: string, from = 0): Promise<Logged[]> {
    return this.events('WHERE stream = $1 AND revision >= $2 ORDER BY revision', [stream, from]);
  }

  async readAll(after: bigint, limit: number): Promise<Logged[]> {
    return this.events('WHERE position > $1 ORDER BY position LIMIT $2', [after, limit]);
  }

  async head(): Promise<bigint> {
    return this.onePosition('SELECT max(position) AS position FROM log.event', []);
  }

  async positionAt(instant: Date): Promise<bigint> {
    return this.onePosition('SELECT log.position_at($1) AS position', [instant]);
  }

  subscribe(after: bigint, signal: AbortSignal): AsyncGenerator<Logged[]> {
    this.listening ??= this.listen();
    return follow(
      {
        readAll: (position, limit) => this.readAll(position, limit),
        hints: this.hints,
      },
      after,
      AbortSignal.any([signal, this.closing.signal]),
    );
  }

  async eventAt(position: bigint): Promise<Logged | undefined> {
    return (await this.events('WHERE position = $1', [position]))[0];
  }

  async identity(): Promise<LogIdentity> {
    const [row] = await this.query<{ id: string; copyOf: string | null; complete: boolean }>(
      'SELECT id, copy_of AS "copyOf", complete FROM log.identity',
      [],
    );
    const { id, copyOf, complete } = row!;
    return { id, complete, ...(copyOf !== null && { copyOf }) };
  }

  async beginCopy(of: string): Promise<LogIdentity> {
    const [row] = await this.query<{ begun: boolean }>('SELECT log.begin_copy($1) AS begun', [of]);
    if (!row!.begun) throw new CopyRefused(of, await this.identity());
    return this.identity();
  }

  async restore(events: readonly Logged[]): Promise<void> {
    const restoring = this.query('SELECT log.restore($1, $2, $3, $4, $5, $6, $7, $8)', [
      events.map(({ stream }) => stream),
      events.map(({ revision }) => revision),
      events.map(({ id }) => id),
      events.map(({ type }) => type),
      events.map((event) => (isStray(event) ? 0 : event.version)),
      events.map((event) => JSON.stringify(isStray(event) ? {} : event.data)),
      events.map((event) => JSON.stringify(isStray(event) ? { stray: event.stray } : event.metadata)),
      events.map(({ recordedAt }) => recordedAt),
    ]);
    await restoring.catch((error: unknown) => {
      const isThere = (error as { code?: string }).code === ALREADY_THERE;
      throw isThere ? new InvalidEvent((error as Error).message, { cause: error }) : error;
    });
  }

  async endCopy(): Promise<void> {
    await this.query('SELECT log.end_copy()', []);
  }

  async close(): Promise<void> {
    this.closing.abort();
    await this.listening;
    await this.pool.end();
  }

  /** NOTIFY is a hint only: when its connection is lost, the poll goes on until there is another. */
  private async listen(): Promise<void> {
    while (!this.closing.signal.aborted) {
      const client = new pg.Client({
        ...this.config,
        options: sessionOptions(this.config.options, REQUEST_PATIENCE),
        connectionTimeoutMillis: CONNECT_MILLISECONDS,
        keepAlive: true,
        types: privateTypes,
      });
      let leave: () => void = () => undefined;
      const lost = new Promise<void>((resolve) => {
        leave = resolve;
        client.on('error', () => resolve());
        client.once('end', () => resolve());
        this.closing.signal.addEventListener('abort', leave, { once: true });
      });
      try {
        await client.connect();
        client.on('notification', () => this.hints.emit(HINT));
        await client.query('LISTEN log_appended');
        await lost;
      } catch {
        await new Promise((resolve) => setTimeout(resolve, RECONNECT_MILLISECONDS));
      } finally {
        this.closing.signal.removeEventListener('abort', leave);
        await client.end().catch(() => undefined);
      }
    }
  }

  private async send(batch: readonly AppendRequest[]): Promise<readonly AppendAnswer[]> {
    return this.query<AppendAnswer>(
      `SELECT status, last_position AS "lastPosition", revisions, failed_entry AS "failedEntry", actual
         FROM log.append($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`,
      appendParameters(batch),
      'append',
    );
  }

  /** As arrays, which pg makes much faster than objects. */
  private async events(clauses: string, values: unknown[]): Promise<Logged[]> {
    const text = `SELECT ${COLUMNS} FROM log.event ${clauses}`;
    try {
      return (await this.pool.query<EventRow>({ text, values, rowMode: 'array' })).rows.map(fromRow);
    } catch (error) {
      throw translate(error);
    }
  }

  private async onePosition(text: string, values: unknown[]): Promise<bigint> {
    const [row] = await this.query<{ position: bigint | null }>(text, values);
    return row?.position ?? 0n;
  }

  private async query<R extends pg.QueryResultRow>(
    text: string,
    values: unknown[],
    name?: string,
  ): Promise<R[]> {
    try {
      return (await this.pool.query<R>({ text, values, ...(name && { name }) })).rows;
    } catch (error) {
      throw translate(error);
    }
  }
}

const ALREADY_THERE = '23505';
const DATA_EXCEPTION = /^22/;
const UNFINISHED_COPY = '55000';

function translate(error: unknown): Error {
  const code = (error as { code?: string }).code ?? '';
  const message = error instanceof Error ? error.message : String(error);
  if (code === UNFINISHED_COPY) return new StoreUnavailable(message, { cause: error });
  if (DATA_EXCEPTION.test(code)) return new InvalidEvent(message, { cause: error });
  return unavailableOr(error) as Error;
}

function conflict(entries: readonly Entry[], answer: AppendAnswer): ConcurrencyConflict {
  const entry = entries[answer.failedEntry! - 1]!;
  return new ConcurrencyConflict(
    entry.stream,
    entry.expected,
    answer.actual! < 0 ? 'noStream' : answer.actual!,
  );
}
