import type pg from 'pg';
import { StoreUnavailable } from '../event-store.js';
import { unavailableOr } from '../postgres.js';
import { Folder, type HistoryOf } from './folder.js';
import { type Generation, lockGenerations } from './generations.js';
import { transaction } from './transaction.js';
import type { AnyView } from './view.js';
import { writeAtOnce } from './writing.js';

const LOCKED = '55P03';

/**
 * Folds a parked stream anew from its beginning, and writes what came of the events that waited.
 * @returns whether the stream is parked no more: the states that were kept of its view are then old
 */
export async function unpark(
  pool: pg.Pool,
  view: AnyView,
  { generation, checkpoint }: Generation,
  stream: string,
  historyOf: HistoryOf,
): Promise<boolean> {
  try {
    const { rows } = await pool.query<{ position: bigint }>(
      'SELECT position FROM projection.parked_stream WHERE generation = $1 AND stream = $2',
      [generation, stream],
    );
    const [parked] = rows;
    if (!parked) return false;
    const history = (await historyOf(stream, Number.MAX_SAFE_INTEGER)).filter(
      ({ position }) => position <= checkpoint,
    );
    const folder = new Folder(view, historyOf);
    const before = await folder.fold(
      history.filter(({ position }) => position < parked.position),
      new Set(),
    );
    const folded = await folder.fold(
      history.filter(({ position }) => position >= parked.position),
      new Set(),
    );
    if (before.parked.length + folded.parked.length > 0) return false;
    return await transaction(pool, async (client) => {
      const [locked] = await lockGenerations(client, [generation], false);
      if (locked?.checkpoint !== checkpoint) return false;
      await writeAtOnce(client, { view, generation, folded });
      await client.query('DELETE FROM projection.parked_stream WHERE generation = $1 AND stream = $2', [
        generation,
        stream,
      ]);
      return true;
    });
  } catch (error) {
    // Whatever is wrong with the stream, it stays parked, and nothing else waits for it.
    const failure = unavailableOr(error);
    if (failure instanceof StoreUnavailable && (error as { code?: string }).code !== LOCKED) throw failure;
    return false;
  }
}
