import type pg from 'pg';
import { type TestDatabase, testDatabase } from './test-database.js';
import { openReadSide } from '../../libs/config/index.js';
import { openPool, privateTypes } from '../../libs/event-sourcing/postgres.js';
import { PostgresEventStore } from '../../libs/event-sourcing/stores/postgres/postgres-event-store.js';
import { notebook } from '../../libs/event-sourcing/views/notes.fixtures.js';
import { liveGenerations, tableOf } from '../../libs/event-sourcing/views/generations.js';
import { Projector } from '../../libs/event-sourcing/views/projector.js';
import type { AnyView } from '../../libs/event-sourcing/views/view.js';
import { entityOf, servedBy, ViewReader, type ViewRow } from '../../libs/event-sourcing/views/view-reader.js';

/** A log of notes, one view of it, and who keeps and reads that, on a database of their own. */
export async function openViews(view: AnyView) {
  const database: TestDatabase = await testDatabase();
  const store = new PostgresEventStore(database.application);
  const pool: pg.Pool = openPool(database.application);
  const readSide = await openReadSide(database, [entityOf(view)], privateTypes);
  const reader = new ViewReader(readSide, pool);
  const projector = new Projector(store, database.application, [view], [notebook]);
  await projector.prepare();
  return {
    database,
    store,
    pool,
    readSide,
    reader,
    projector,
    /** The table that its rows are read from. */
    liveTable: async () => tableOf(view.name, (await liveGenerations(pool, [view]))[0]!.generation),
    /** The rows of a scope at (P, D). */
    rowsAt: async (scope: string, position: bigint, effectiveOn?: string): Promise<ViewRow[]> =>
      reader.rows(view, {
        basis: {
          position,
          ...(effectiveOn && { effectiveOn }),
          served: servedBy(await liveGenerations(pool, [view])),
        },
        referenceDay: { first: '2018-06-30', last: '2018-06-30' },
        scope,
      }),
    close: async () => {
      await projector.close();
      await readSide.destroy();
      await pool.end();
      await store.close();
      await database.drop();
    },
  };
}
