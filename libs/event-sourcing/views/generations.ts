import { createHash } from 'node:crypto';
import type pg from 'pg';
import { ENGINE_COLUMNS } from './bulk-rows.js';
import type { AnyView } from './view.js';

/** To be raised whenever the engine writes other versions of the same history. */
const ENGINE = 3;
/** For how many definitions of a view, the newest ones, a generation is kept: this one's, and the way back. */
const KEPT_DEFINITIONS = 2;
const DROP_TIMEOUT_MILLISECONDS = 500;

export interface Generation {
  readonly view: string;
  readonly generation: bigint;
  /** The identity of the log that it came from. */
  readonly log: string;
  readonly checkpoint: bigint;
  /** Streams that it cannot fold. */
  readonly parked: readonly string[];
}

export const tableOf = (view: string, generation: bigint): string => `views."${view}_${generation}"`;

/** Changes when the stored form of a view, its `version` or the engine does: each has generations of its own. */
export const fingerprintOf = (view: AnyView): string =>
  createHash('sha256')
    .update(JSON.stringify([ENGINE, view.version, view.categories, columnTypes(view)]))
    .digest('hex')
    .slice(0, 16);

const columnTypes = (view: AnyView): [string, string][] =>
  Object.entries(view.columns).map(([name, column]) => [name, (column as { type: string }).type]);

const ENGINE_TYPES = [
  'text COLLATE "C" NOT NULL',
  'text COLLATE "C" NOT NULL',
  'text COLLATE "C" NOT NULL',
  'bigint NOT NULL',
  'bigint NOT NULL',
  'date NOT NULL',
  'date NOT NULL',
];

export async function createTable(client: pg.ClientBase, view: AnyView): Promise<bigint> {
  const { rows } = await client.query<{ generation: bigint }>(
    `SELECT nextval('projection.generation_number') AS generation`,
  );
  const { generation } = rows[0]!;
  const columns = [
    ...ENGINE_COLUMNS.map((name, index) => `${name} ${ENGINE_TYPES[index]}`),
    ...columnTypes(view).map(([name, type]) => `"${name}" ${type}`),
  ];
  await client.query(`CREATE TABLE ${tableOf(view.name, generation)} (${columns.join(', ')})`);
  return generation;
}

/** Made after the bulk load. Sentinels instead of NULL let one btree serve each kind of question. */
export async function createIndexes(client: pg.ClientBase, view: AnyView, generation: bigint): Promise<void> {
  const table = tableOf(view.name, generation);
  const name = `${view.name}_${generation}`;
  for (const [kind, columns] of [
    ['UNIQUE INDEX', 'key, known_from, effective_from'],
    ['INDEX', 'scope, known_to, effective_to, known_from, effective_from'],
  ] as const)
    await client.query(
      `CREATE ${kind} IF NOT EXISTS "${name}_${kind === 'INDEX' ? 'scope' : 'key'}" ON ${table} (${columns})`,
    );
  // A page of a long list begins where the former one ended.
  await client.query(`CREATE INDEX IF NOT EXISTS "${name}_order" ON ${table} (scope, sort_key, key)`);
  for (const column of view.indexed ?? [])
    await client.query(`CREATE INDEX IF NOT EXISTS "${name}_${column}" ON ${table} ("${column}", known_to)`);
  await client.query(`ANALYZE ${table}`);
}

/** The generations that these definitions are served from; a view may have none yet. */
export async function liveGenerations(
  client: pg.ClientBase | pg.Pool,
  views: readonly AnyView[],
): Promise<Generation[]> {
  const { rows } = await client.query<Generation>({
    name: 'live generations',
    text: `SELECT g.view, g.generation, g.log, g.checkpoint,
                  ARRAY(SELECT p.stream FROM projection.parked_stream p WHERE p.generation = g.generation) AS parked
             FROM projection.generation g JOIN unnest($1::text[], $2::text[]) own (view, fingerprint)
               ON g.view = own.view AND g.fingerprint = own.fingerprint
             JOIN projection.source s ON s.log = g.log
            WHERE g.status = 'live' ORDER BY g.view`,
    values: [views.map(({ name }) => name), views.map(fingerprintOf)],
  });
  return rows;
}

/**
 * Locks generations for the end of the transaction; those that are gone, or no longer live, do not come back.
 * @param wait whether to wait for another one's lock, as long as `lock_timeout` says
 */
export async function lockGenerations(
  client: pg.ClientBase,
  generations: readonly bigint[],
  wait: boolean,
): Promise<Pick<Generation, 'view' | 'generation' | 'checkpoint'>[]> {
  // The origin first, always: who changes it locks generations too.
  await client.query(`SELECT FROM projection.source FOR SHARE ${wait ? '' : 'NOWAIT'}`);
  const { rows } = await client.query<Pick<Generation, 'view' | 'generation' | 'checkpoint'>>(
    `SELECT g.view, g.generation, g.checkpoint
       FROM projection.generation g JOIN projection.source s ON s.log = g.log
      WHERE g.generation = ANY ($1) AND g.status = 'live' ORDER BY g.view, g.generation
        FOR UPDATE OF g ${wait ? '' : 'NOWAIT'}`,
    [generations],
  );
  return rows;
}

/** Over all rows of a generation, whatever their order: equal tables have equal digests. */
export async function digestOfTable(
  client: pg.ClientBase,
  view: AnyView,
  generation: bigint,
): Promise<string> {
  const names = [...ENGINE_COLUMNS, ...columnTypes(view).map(([name]) => `"${name}"`)].join(', ');
  const { rows } = await client.query<{ digest: string }>(
    `SELECT concat_ws('-', count(*), sum(hashtextextended(r, 1)), sum(hashtextextended(r, 2))) AS digest
       FROM (SELECT ROW(${names})::text AS r FROM ${tableOf(view.name, generation)}) rows`,
  );
  return rows[0]!.digest;
}

/** Keys that a generation has and another one has not, at most so many. */
export async function keysLost(
  client: pg.ClientBase,
  view: AnyView,
  from: bigint,
  to: bigint,
  limit: number,
): Promise<string[]> {
  const { rows } = await client.query<{ key: string }>(
    `SELECT key FROM ${tableOf(view.name, from)} EXCEPT SELECT key FROM ${tableOf(view.name, to)}
      ORDER BY key LIMIT ${limit}`,
  );
  return rows.map(({ key }) => key);
}

/** From the commit on, whoever asks for this definition is served from the new generation. */
export async function switchTo(
  client: pg.ClientBase,
  view: AnyView,
  made: Omit<Generation, 'view' | 'parked'>,
): Promise<void> {
  const fingerprint = fingerprintOf(view);
  await client.query(
    `UPDATE projection.generation SET status = CASE status WHEN 'live' THEN 'old' ELSE 'doomed' END
      WHERE view = $1 AND fingerprint = $2`,
    [view.name, fingerprint],
  );
  await client.query(
    `INSERT INTO projection.generation (view, generation, fingerprint, log, checkpoint, status)
     VALUES ($1, $2, $3, $4, $5, 'live')`,
    [view.name, made.generation, fingerprint, made.log, made.checkpoint],
  );
  await client.query(
    `UPDATE projection.generation SET status = 'doomed'
      WHERE view = $1 AND fingerprint NOT IN (
        SELECT fingerprint FROM projection.generation WHERE view = $1
         GROUP BY fingerprint ORDER BY max(generation) DESC LIMIT ${KEPT_DEFINITIONS})`,
    [view.name],
  );
}

/** After a log was adopted, what came of another one, or of another state of it, serves no release. */
export const doomAllBut = (client: pg.ClientBase, generations: readonly bigint[]): Promise<unknown> =>
  client.query(`UPDATE projection.generation SET status = 'doomed' WHERE generation <> ALL ($1)`, [
    generations,
  ]);

/**
 * Drops what no release is served from any more, table by table. A table that somebody reads (a backup, say)
 * is left for the next time: nobody waits for it.
 */
export async function dropDoomed(pool: pg.Pool): Promise<void> {
  const { rows } = await pool.query<{ view: string; generation: bigint }>(
    `SELECT view, generation FROM projection.generation WHERE status = 'doomed'`,
  );
  for (const { view, generation } of rows) {
    const client = await pool.connect();
    try {
      await client.query('BEGIN');
      await client.query(`SET LOCAL lock_timeout = ${DROP_TIMEOUT_MILLISECONDS}`);
      await client.query(`DROP TABLE IF EXISTS ${tableOf(view, generation)}`);
      await client.query('DELETE FROM projection.generation WHERE generation = $1', [generation]);
      await client.query('COMMIT');
    } catch {
      await client.query('ROLLBACK').catch(() => undefined);
    } finally {
      client.release();
    }
  }
}
