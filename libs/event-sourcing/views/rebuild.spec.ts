import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { openViews } from '../../../tests/support/views.js';
import { digestOfTable, fingerprintOf, liveGenerations } from './generations.js';
import { noted, notebook, notesView } from './notes.fixtures.js';
import { Projector } from './projector.js';

const notes = notesView(1);

describe('rebuilt views', () => {
  let views: Awaited<ReturnType<typeof openViews>>;
  beforeAll(async () => {
    views = await openViews(notes);
    const stream = `carnet-${randomUUID()}`;
    const events = [noted(stream, { n: 0, keys: ['a', 'b'] }), noted(stream, { n: 1, keys: ['a'] })];
    await views.store.append([{ stream, expected: 'noStream', events }]);
    await views.projector.catchUp();
  });
  afterAll(() => views.close());

  it('come out the same when rebuilt from nothing, and readers keep their relation', async () => {
    const { store, pool, projector, rowsAt } = views;
    const digestNow = async () => {
      const client = await pool.connect();
      try {
        const [live] = await liveGenerations(client, [notes]);
        return await digestOfTable(client, notes, live!.generation);
      } finally {
        client.release();
      }
    };
    const before = await digestNow();
    const [rebuilt] = await projector.rebuild([notes]);
    expect(rebuilt).toMatchObject({ identical: true, digest: before, position: await store.head() });
    expect(await digestNow()).toBe(before);
    const stream = `carnet-${randomUUID()}`;
    await store.append([{ stream, expected: 'noStream', events: [noted(stream, { n: 0, keys: ['a'] })] }]);
    await projector.catchUp();
    expect((await rowsAt(stream, await store.head())).length).toBe(1);
  });

  it('tell when a rebuilt view differs from what readers saw', async () => {
    const { pool, projector, liveTable } = views;
    const table = await liveTable();
    await pool.query(`UPDATE ${table} SET notes = '[666]' WHERE key = (SELECT min(key) FROM ${table})`);
    expect(await projector.rebuild([notes])).toMatchObject([{ identical: false }]);
    expect(await projector.rebuild([notes])).toMatchObject([{ identical: true }]);
  });

  it('are rebuilt beside the live ones when their definition has changed', async () => {
    const { database, store, pool } = views;
    const changed = { ...notes, version: 2 };
    expect(fingerprintOf(changed)).not.toBe(fingerprintOf(notes));
    const newer = new Projector(store, database.application, [changed], [notebook]);
    await newer.prepare();
    await newer.close();
    const { rows } = await pool.query(
      `SELECT fingerprint FROM projection.generation WHERE view = 'notes' AND status = 'live' ORDER BY generation`,
    );
    expect(rows).toEqual([{ fingerprint: fingerprintOf(notes) }, { fingerprint: fingerprintOf(changed) }]);
  });
});
