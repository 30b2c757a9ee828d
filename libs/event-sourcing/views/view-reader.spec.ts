import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { openViews } from '../../../tests/support/views.js';
import { ANNULMENT } from '../event.js';
import { openPool } from '../postgres.js';
import { liveGenerations } from './generations.js';
import { noted, notesView } from './notes.fixtures.js';
import { servedBy, ViewReader } from './view-reader.js';

const notes = notesView(1);

describe('rows of a view', () => {
  let views: Awaited<ReturnType<typeof openViews>>;
  beforeAll(async () => {
    views = await openViews(notes);
  });
  afterAll(() => views.close());

  it('are read through the same predicate: one range query', async () => {
    const { store, projector, rowsAt } = views;
    const stream = `carnet-${randomUUID()}`;
    const facts = [
      noted(stream, { n: 0, keys: ['a'] }),
      noted(stream, { n: 1, keys: ['a'] }, { on: '2018-03-05', trueOn: '2018-03-04' }),
    ];
    const corrects = { id: facts[1]!.id, revision: 1 };
    const annulled = noted(stream, { motif: 'faux' }, { on: '2018-03-06', corrects, type: ANNULMENT });
    await store.append([{ stream, expected: 'noStream', events: [...facts, annulled] }]);
    await projector.catchUp();
    const [first, second, third] = (await store.readStream(stream)).map(({ position }) => position);
    expect((await rowsAt(stream, second!)).map((row) => row.notes)).toEqual([[0, 1]]);
    expect((await rowsAt(stream, second!, '2018-03-03')).map((row) => row.notes)).toEqual([[0]]);
    expect(await rowsAt(stream, second!, '2018-02-03')).toEqual([]);
    expect((await rowsAt(stream, third!)).map((row) => row.notes)).toEqual([[0]]);
    expect(await rowsAt(stream, first! - 1n)).toEqual([]);
  });

  it('are read page by page, each page at the cost of its own rows however long the list', async () => {
    const { database, store, pool, readSide, projector, liveTable } = views;
    const stream = `carnet-${randomUUID()}`;
    const keys = Array.from({ length: 10_000 }, (_, n) => String(n).padStart(5, '0'));
    await store.append([{ stream, expected: 'noStream', events: [noted(stream, { n: 5, keys })] }]);
    await projector.catchUp();
    const alone = openPool({ ...database.application, max: 1 });
    const table = await liveTable();
    // As the server does by itself, within a minute of so many new rows.
    await pool.query(`ANALYZE ${table}`);
    const touched = async (): Promise<number> => {
      await alone.query('SELECT pg_stat_force_next_flush()');
      const { rows } = await alone.query<{ touched: string }>(
        `SELECT coalesce(seq_tup_read, 0) + coalesce(idx_tup_fetch, 0) AS touched
           FROM pg_stat_user_tables WHERE relid = $1::regclass`,
        [table],
      );
      return Number(rows[0]!.touched);
    };
    const paged = new ViewReader(readSide, alone);
    const query = {
      basis: { position: await store.head(), served: servedBy(await liveGenerations(pool, [notes])) },
      referenceDay: { first: '2018-06-30', last: '2018-06-30' },
      scope: stream,
      limit: 200,
    };
    const before = await touched();
    const seen: string[] = [];
    while (seen.length < keys.length) {
      const after = seen.length === 0 ? undefined : paged.endOf(notes, { reference: seen.at(-1)! });
      const rows = await paged.rows(notes, { ...query, ...(after && { after }) });
      expect(rows.length).toBeGreaterThan(0);
      seen.push(...rows.map(({ reference }) => reference));
    }
    expect(seen).toEqual(keys.map((key) => `${stream}/${key}`));
    expect((await touched()) - before).toBeLessThanOrEqual(3 * keys.length);
    await alone.end();
  });
});
