import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import pg from 'pg';
import { type Server, startServer } from '../../apps/api/server.js';
import { type EventStore, PostgresEventStore } from '../../libs/event-sourcing/index.js';
import { KurrentDbEventStore } from '../../libs/event-sourcing/stores/kurrentdb/kurrentdb-event-store.js';
import { Registre } from '../../libs/registre/index.js';
import { importFile } from '../../libs/seance-file/index.js';
import { kurrentDbUrl, notRun } from '../support/kurrentdb.js';
import { call } from '../support/serving.js';
import { type TestDatabase, testDatabase } from '../support/test-database.js';

const prefix = `t-${randomUUID()}`;
const logs: [string, ((database: TestDatabase) => EventStore) | undefined][] = [
  ['PostgreSQL', (database) => new PostgresEventStore(database.application)],
  [
    'KurrentDB',
    kurrentDbUrl === undefined ? undefined : () => new KurrentDbEventStore({ url: kurrentDbUrl!, prefix }),
  ],
];

describe.each(logs)('numbers of new things, on %s', (_, open) => {
  if (!open) {
    it.todo(notRun!);
    return;
  }
  let database: TestDatabase;
  const registres: Registre[] = [];
  const servers: Server[] = [];
  const readings: string[] = [];
  beforeAll(async () => {
    database = await testDatabase();
    for (let n = 0; n < 2; n += 1) {
      const store = open(database);
      const read = store.readStream.bind(store);
      store.readStream = (stream, from) => {
        readings.push(stream);
        return read(stream, from);
      };
      const registre = await Registre.over(database, {}, store);
      registres.push(registre);
      servers.push(await startServer(registre, { port: 0, host: '127.0.0.1', report: () => undefined }));
    }
  });
  afterAll(async () => {
    for (const server of servers) await server.close();
    for (const registre of registres) await registre.close();
    await database.drop();
  });

  const action = { intitule: 'Relancer', acteurs: ['Amue'] };
  const decide = (seance: string, key?: string, server = 0) =>
    call(servers[server]!.url, 'POST', '/api/v1/actions', { seance, ...action }, key);
  const seance = async (numbers: readonly number[] = []): Promise<string> => {
    const comite = `n${randomUUID().slice(0, 8)}`;
    const actions = numbers
      .map((n) => `  - { action: A${n}, intitule: Relancer, acteurs: [Amue] }`)
      .join('\n');
    await importFile(
      registres[0]!,
      '1.yaml',
      `version: 1\ncomite: ${comite}\nnumero: 1\nauteur: moi\ncomiteInstitue: { nom: N }\n` +
        `seance: { jour: 2018-01-30 }\nouverture: {}\n${actions && `actions:\n${actions}\n`}`,
      { sources: [] },
    );
    return `${comite}/1`;
  };
  const upTo = (count: number): number[] => Array.from({ length: count }, (_, n) => n + 1);

  it('follow the last one, found by few readings however many there are', async () => {
    const own = await seance(upTo(1000));
    readings.length = 0;
    const { body } = await decide(own, undefined, 1);
    expect(body).toMatchObject({ reference: `${own}/A1001` });
    expect(readings.filter((stream) => stream.startsWith('action-')).length).toBeLessThan(30);
    readings.length = 0;
    expect((await decide(own, undefined, 1)).body).toMatchObject({ reference: `${own}/A1002` });
    expect(readings.filter((stream) => stream.startsWith('action-')).length).toBeLessThan(5);
  });

  it('are given once to each of 300 requests at once to two processes', async () => {
    const own = await seance();
    const answers = await Promise.all(upTo(300).map((n) => decide(own, undefined, n % 2)));
    expect(
      answers.map(({ status, body }) => [status, body.code]).filter(([status]) => status !== 201),
    ).toEqual([]);
    const given = answers.map(({ body }) => (body as { reference?: string }).reference);
    expect(new Set(given).size).toBe(300);
  });

  it('stay those of a request that comes again under its key, after ten others, in another process', async () => {
    const own = await seance();
    const key = randomUUID();
    const first = await decide(own, key);
    for (let n = 0; n < 10; n += 1) await decide(own);
    const again = await decide(own, key, 1);
    expect([first.status, again.status]).toEqual([201, 200]);
    expect(again.body).toEqual(first.body);
  });

  it('stay those of a request whose process was lost once it had recorded them', async () => {
    const own = await seance();
    const key = randomUUID();
    const first = await decide(own, key);
    await decide(own);
    const client = new pg.Client(database.owner);
    await client.connect();
    await client.query(
      `UPDATE views.request SET holder = 'perdu', running_until = clock_timestamp() + interval '1 s'
        WHERE command = (SELECT command FROM views.request ORDER BY asked_at DESC LIMIT 1)`,
    );
    await client.end();
    let again = await decide(own, key);
    while (again.status === 409) again = await decide(own, key);
    expect([again.status, again.body]).toEqual([200, first.body]);
  });

  it('are not lost where a request was refused', async () => {
    const own = await seance();
    await decide(own);
    const body = { seance: own, ...action, origine: `${own}/D9` };
    expect((await call(servers[0]!.url, 'POST', '/api/v1/actions', body)).status).toBe(409);
    expect((await decide(own)).body).toMatchObject({ reference: `${own}/A2` });
  });

  it('are never those of a thing that was annulled', async () => {
    const own = await seance();
    await decide(own);
    const annulation = { evenement: `${own}/A1@0`, motif: 'doublon' };
    expect((await call(servers[0]!.url, 'POST', '/api/v1/annulations', annulation)).status).toBe(201);
    expect((await decide(own, undefined, 1)).body).toMatchObject({ reference: `${own}/A2` });
  });
});
