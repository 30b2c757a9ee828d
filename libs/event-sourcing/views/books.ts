import type pg from 'pg';
import type { Fault } from '../event.js';
import type { Bookmark, Bookmarks } from '../event-store.js';
import { openPool, unavailableOr } from '../postgres.js';
import { type Generation, liveGenerations } from './generations.js';
import { type Verified, type VerifyOptions, verifyViews } from './verify.js';
import type { AnyView } from './view.js';
import type { AnyStreamKind } from '../stream-kind.js';
import type { EventStore } from '../event-store.js';

/** Something in the log that is none of our events, or a stream of which some are missing, as a projector saw it. */
export interface SeenFault {
  readonly stream: string;
  readonly revision: string;
  readonly position: string;
  readonly fault: Fault;
}

export interface ParkedStream {
  readonly view: string;
  readonly stream: string;
  readonly error: string;
}

/** A digest of the log up to a position, as far as it was made before. */
export interface KeptDigest {
  readonly position: bigint;
  readonly sha256: string;
}

export interface ServerSeen {
  readonly version: string;
  readonly role: string;
  /** Whether that role may change what is recorded. */
  readonly changes: boolean;
}

const OF_STREAMS = `('deleted', 'truncated', 'whole-again')`;

/** What is kept beside the views: how far each is, what was set aside, what need not be made twice. */
export class Books {
  constructor(
    private readonly pool: pg.Pool,
    private readonly views: readonly AnyView[],
  ) {}

  /** The generations that answer, of the views that are built. */
  async live(): Promise<Generation[]> {
    try {
      return await liveGenerations(this.pool, this.views);
    } catch (error) {
      throw unavailableOr(error);
    }
  }

  async parked(generations: readonly Generation[]): Promise<readonly ParkedStream[]> {
    return this.query(
      `SELECT g.view, p.stream, p.error FROM projection.parked_stream p JOIN projection.generation g USING (generation)
        WHERE g.generation = ANY ($1) ORDER BY g.view, p.stream`,
      [generations.map(({ generation }) => generation)],
    );
  }

  /** What was written by others, or changed; the last of it. */
  async strays(log: string, limit: number): Promise<readonly SeenFault[]> {
    return this.query(
      `SELECT stream, revision::text, position::text, fault FROM projection.stray
        WHERE log = $1 AND fault NOT IN ${OF_STREAMS} ORDER BY stray.position DESC LIMIT $2`,
      [log, limit],
    );
  }

  /** Streams of which events are missing: what was told last of each as a whole. */
  async damaged(log: string, limit: number): Promise<readonly SeenFault[]> {
    return this.query(
      `SELECT stream, revision, position, fault
         FROM (SELECT DISTINCT ON (stream) stream, revision::text, position::text, fault FROM projection.stray
                WHERE log = $1 AND fault IN ${OF_STREAMS} ORDER BY stream, stray.position DESC) told
        WHERE fault <> 'whole-again' LIMIT $2`,
      [log, limit],
    );
  }

  /** The last one that was kept, up to a position. */
  async digestUpTo(log: string, position: bigint): Promise<KeptDigest | undefined> {
    const [kept] = await this.query<KeptDigest>(
      `SELECT position, sha256 FROM projection.empreinte WHERE log = $1 AND position <= $2
        ORDER BY position DESC LIMIT 1`,
      [log, position],
    );
    return kept;
  }

  async keepDigest(log: string, { position, sha256 }: KeptDigest): Promise<void> {
    await this.query(
      'INSERT INTO projection.empreinte (log, position, sha256) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING',
      [log, position, sha256],
    );
  }

  async server(): Promise<ServerSeen> {
    const [server] = await this.query<ServerSeen>(
      `SELECT current_setting('server_version') AS version, current_user AS role,
              has_table_privilege('log.event', 'UPDATE, DELETE, TRUNCATE') AS changes`,
      [],
    );
    return server!;
  }

  /** The rows of the views against what the log tells. */
  verify(store: EventStore, kinds: readonly AnyStreamKind[], options: VerifyOptions): Promise<Verified> {
    return verifyViews(store, this.pool, this.views, kinds, options);
  }

  private async query<R extends object>(text: string, values: unknown[]): Promise<R[]> {
    return (await this.pool.query<R>(text, values)).rows;
  }
}

/** Bookmarks beside the views: these were folded by who searched the server. */
export function bookmarksIn(connection: pg.PoolConfig): Bookmarks {
  const pool = openPool({ ...connection, max: 1, application_name: 'minutier bookmarks' });
  return {
    async load(log) {
      const { rows } = await pool.query<Bookmark>(
        'SELECT last, scanned FROM projection.bookmark WHERE log = $1',
        [log],
      );
      return rows[0];
    },
    async save(log, { last, scanned }) {
      await pool.query(
        `INSERT INTO projection.bookmark (log, last, scanned) VALUES ($1, $2, $3)
         ON CONFLICT (log) DO UPDATE SET last = $2, scanned = $3 WHERE bookmark.scanned < $3`,
        [log, last, scanned],
      );
    },
    async drop(log) {
      await pool.query('DELETE FROM projection.bookmark WHERE log = $1', [log]);
    },
    close: () => pool.end(),
  };
}
