import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { openViews } from '../../../tests/support/views.js';
import { noted, notebook, notebookSwitches, notesView } from './notes.fixtures.js';
import { Projector } from './projector.js';

const notes = notesView(1);

describe('views of which a stream cannot be kept', () => {
  let views: Awaited<ReturnType<typeof openViews>>;
  beforeAll(async () => {
    views = await openViews(notes);
  });
  afterEach(() => {
    notebookSwitches.poisonKills = false;
  });
  afterAll(() => views.close());

  it('park a stream whose row the table could not take', async () => {
    const { database, store, pool } = views;
    const stream = `carnet-${'x'.repeat(1500)}`;
    const alerts: string[] = [];
    const watched = new Projector(store, database.application, [notes], [notebook], {
      onParked: (_view, parked) => alerts.push(parked),
    });
    await store.append([{ stream, expected: 'noStream', events: [noted(stream, { n: 0, keys: ['a'] })] }]);
    expect(await watched.catchUp()).toBe(await store.head());
    expect(alerts).toEqual([stream]);
    await watched.close();
    await pool.query('DELETE FROM projection.parked_stream');
  });

  it('park a stream that cannot be folded, go on with the others, and replay it once it can', async () => {
    const { database, store, projector, rowsAt } = views;
    const [bad, good] = [`carnet-${randomUUID()}`, `carnet-${randomUUID()}`];
    const poisoned = (stream: string, poison: boolean) =>
      [0, 1, 10].map((n) => noted(stream, { n, keys: ['a'], ...(n === 1 && { poison }) }));
    const alerts: string[] = [];
    const watched = new Projector(store, database.application, [notes], [notebook], {
      onParked: (_view, stream) => alerts.push(stream),
    });
    notebookSwitches.poisonKills = true;
    await store.append([{ stream: bad, expected: 'noStream', events: poisoned(bad, true) }]);
    await store.append([{ stream: good, expected: 'noStream', events: poisoned(good, false) }]);
    await watched.catchUp();
    const head = await store.head();
    expect(alerts).toEqual([bad]);
    expect((await rowsAt(bad, head)).map((row) => row.notes)).toEqual([[0]]);
    expect((await rowsAt(good, head)).map((row) => row.notes)).toEqual([[0, 1, 10]]);
    await watched.retryParked();
    expect((await rowsAt(bad, head)).map((row) => row.notes)).toEqual([[0]]);
    notebookSwitches.poisonKills = false;
    await watched.retryParked();
    await watched.close();
    expect((await rowsAt(bad, head)).map((row) => row.notes)).toEqual([[0, 1, 10]]);
    expect(await projector.rebuild([notes])).toMatchObject([{ identical: true }]);
  });
});
