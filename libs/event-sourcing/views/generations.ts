import { createHash } from 'node:crypto';
import type pg from 'pg';
import type { AnyView } from './view.js';
import { ENGINE_COLUMNS } from './version-writer.js';

export interface Generation {
  readonly view: string;
  readonly generation: number;
  readonly fingerprint: string;
  readonly checkpoint: bigint;
  readonly status: 'building' | 'live' | 'old';
}

export const tableOf = (view: string, generation: number): string => `views."${view}_${generation}"`;
export const relationOf = (view: string): string => `views."${view}"`;

/** Changes when the stored form of a view or its `version` does; a view with another fingerprint is rebuilt. */
export const fingerprintOf = (view: AnyView): string =>
  createHash('sha256')
    .update(JSON.stringify([view.version, view.categories, columnTypes(view)]))
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

export async function createTable(client: pg.ClientBase, view: AnyView, generation: number): Promise<void> {
  const columns = [
    ...ENGINE_COLUMNS.map((name, index) => `${name} ${ENGINE_TYPES[index]}`),
    ...columnTypes(view).map(([name, type]) => `"${name}" ${type}`),
  ];
  await client.query(`CREATE TABLE ${tableOf(view.name, generation)} (${columns.join(', ')})`);
}

/** Made after the bulk load. Sentinels instead of NULL let one btree serve each kind of question. */
export async function createIndexes(client: pg.ClientBase, view: AnyView, generation: number): Promise<void> {
  const table = tableOf(view.name, generation);
  for (const [kind, columns] of [
    ['UNIQUE INDEX', 'key, known_from, effective_from'],
    ['INDEX', 'scope, known_to, effective_to, known_from, effective_from'],
  ])
    await client.query(`CREATE ${kind} ON ${table} (${columns})`);
  await client.query(`ANALYZE ${table}`);
}

export async function liveGenerations(client: pg.ClientBase, lock: boolean): Promise<Generation[]> {
  const { rows } = await client.query<Generation>(
    `SELECT view, generation, fingerprint, checkpoint, status FROM views.generation
      WHERE status = 'live' ORDER BY view ${lock ? 'FOR UPDATE' : ''}`,
  );
  return rows;
}

/** Over all rows of a generation, whatever their order: equal tables have equal digests. */
export async function digestOfTable(
  client: pg.ClientBase,
  view: AnyView,
  generation: number,
): Promise<string> {
  const names = [...ENGINE_COLUMNS, ...columnTypes(view).map(([name]) => `"${name}"`)].join(', ');
  const { rows } = await client.query<{ digest: string }>(
    `SELECT concat_ws('-', count(*), sum(hashtextextended(r, 1)), sum(hashtextextended(r, 2))) AS digest
       FROM (SELECT ROW(${names})::text AS r FROM ${tableOf(view.name, generation)}) rows`,
  );
  return rows[0]!.digest;
}

/** Readers see the new generation from the commit on; the former one stays as the way back. */
export async function switchTo(client: pg.ClientBase, view: AnyView, generation: number): Promise<void> {
  const { rows: dropped } = await client.query<{ generation: number }>(
    `DELETE FROM views.generation WHERE view = $1 AND status = 'old' RETURNING generation`,
    [view.name],
  );
  await client.query(`DROP VIEW IF EXISTS ${relationOf(view.name)}`);
  for (const old of dropped) await client.query(`DROP TABLE IF EXISTS ${tableOf(view.name, old.generation)}`);
  await client.query(`UPDATE views.generation SET status = 'old' WHERE view = $1 AND status = 'live'`, [
    view.name,
  ]);
  await client.query(`UPDATE views.generation SET status = 'live' WHERE view = $1 AND generation = $2`, [
    view.name,
    generation,
  ]);
  await client.query(
    `CREATE VIEW ${relationOf(view.name)} AS SELECT * FROM ${tableOf(view.name, generation)}`,
  );
}
