import type pg from 'pg';
import type { Stray } from '../event.js';
import { InsertedRows } from './bulk-rows.js';
import type { Folded } from './folder.js';
import { tableOf } from './generations.js';
import type { AnyView } from './view.js';
import { VersionWriter } from './version-writer.js';

/** What one page of events did to one generation. */
export interface Batch {
  readonly view: AnyView;
  readonly generation: bigint;
  readonly folded: Folded;
}

/** The values of a row, not the server or its size, are what is wrong. */
export const isDataError = (error: unknown): boolean =>
  /^(21|22|23|42804|54)/.test((error as { code?: string }).code ?? '');

/** For a table that others read and write. */
export function writerInto(view: AnyView, generation: bigint): VersionWriter {
  const table = tableOf(view.name, generation);
  return new VersionWriter(view, table, new InsertedRows(view, table));
}

/** Writes what was folded, all streams at once. */
export async function writeAtOnce(client: pg.ClientBase, { view, generation, folded }: Batch): Promise<void> {
  const writer = writerInto(view, generation);
  for (const changes of folded.changes.values()) for (const change of changes) writer.add(change);
  await writer.flush(client);
}

/** The same stream by stream: one that the table refuses is left out, and told. */
export async function writeOneByOne(
  client: pg.ClientBase,
  { view, generation, folded }: Batch,
  onRefused: (stream: string, error: unknown) => void,
): Promise<void> {
  for (const [stream, changes] of folded.changes) {
    await client.query('SAVEPOINT one_stream');
    const writer = writerInto(view, generation);
    try {
      for (const change of changes) writer.add(change);
      await writer.flush(client);
      await client.query('RELEASE one_stream');
    } catch (error) {
      if (!isDataError(error)) throw error;
      await client.query('ROLLBACK TO one_stream; RELEASE one_stream');
      onRefused(stream, error);
    }
  }
}

/** Sets a stream aside from an event on: later events of it wait there. */
export async function park(
  client: pg.ClientBase,
  generation: bigint,
  event: { readonly stream: string; readonly position: bigint; readonly type: string },
  error: unknown,
): Promise<void> {
  await client.query(
    `INSERT INTO projection.parked_stream (generation, stream, position, event_type, error)
     VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING`,
    [generation, event.stream, event.position, event.type, String(error).slice(0, 1000).replaceAll('\0', '')],
  );
}

/** What is none of ours is kept in mind where it stands. */
export async function keepStrays(
  client: pg.ClientBase,
  log: string,
  strays: readonly Stray[],
): Promise<void> {
  if (strays.length === 0) return;
  await client.query(
    `INSERT INTO projection.stray (log, position, stream, revision, type, fault)
     SELECT $1, * FROM unnest($2::bigint[], $3::text[], $4::bigint[], $5::text[], $6::text[])
         ON CONFLICT DO NOTHING`,
    [
      log,
      strays.map(({ position }) => position),
      strays.map(({ stream }) => stream.replaceAll('\0', '')),
      strays.map(({ revision }) => revision),
      strays.map(({ type }) => type.replaceAll('\0', '')),
      strays.map(({ stray }) => stray),
    ],
  );
}
