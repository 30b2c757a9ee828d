import type pg from 'pg';
import type { DataSource } from 'typeorm';
import { openPool } from '../postgres.js';
import { Requests } from '../requests.js';
import { Books } from './books.js';
import type { AnyView } from './view.js';
import { ViewReader } from './view-reader.js';

/** What answers requests has of the database: connections that only the machine speaks SQL on. */
export interface Desk {
  readonly reader: ViewReader;
  readonly books: Books;
  readonly requests: Requests;
  close(): Promise<void>;
}

export function openDesk(connection: pg.PoolConfig, readSide: DataSource, views: readonly AnyView[]): Desk {
  const pool = openPool({ max: 6, ...connection });
  return {
    reader: new ViewReader(readSide, pool),
    books: new Books(pool, views),
    requests: new Requests(pool),
    close: async () => {
      await readSide.destroy();
      await pool.end();
    },
  };
}
