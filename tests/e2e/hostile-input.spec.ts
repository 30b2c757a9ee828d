import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Server, startServer } from '../../apps/api/server.js';
import { importer, Registre } from '../../libs/registre/index.js';
import { type TestDatabase, testDatabase } from '../support/test-database.js';

const SEANCE = `
version: 1
comite: hostile
numero: 1
auteur: moi
comiteInstitue: { nom: Hostile }
seance: { jour: 2018-01-30 }
ouverture: {}
actions:
  - { action: A1, intitule: Relancer, acteurs: [Amue, Lille, Nantes], echeance: fin mars 2018 }
`;

/** Small requests that are not meant well. */
describe('what comes from outside', () => {
  let database: TestDatabase;
  let registre: Registre;
  let server: Server;
  const reported: unknown[] = [];
  beforeAll(async () => {
    database = await testDatabase();
    registre = await Registre.over(database);
    server = await startServer(registre, {
      port: 0,
      host: '127.0.0.1',
      report: (error) => reported.push(error),
    });
    await importer(registre, '1.yaml', SEANCE, { sources: [] });
  });
  afterAll(async () => {
    await server.close();
    await registre.close();
    await database.drop();
  });

  const post = async (path: string, body: unknown) => {
    const response = await fetch(`${server.url}/api/v1${path}`, {
      method: 'POST',
      headers: { 'Minutier-Auteur': 'moi', 'Content-Type': 'application/json' },
      body: typeof body === 'string' ? body : JSON.stringify(body),
    });
    const text = await response.text();
    return { status: response.status, size: text.length, body: JSON.parse(text) };
  };
  const corriger = (champs: unknown) =>
    post('/corrections', { evenement: 'hostile/1/A1@0', champs, motif: 'essai' });
  const refused = async (answering: ReturnType<typeof post>, at?: RegExp) => {
    const head = await registre.store.head();
    const { status, size, body } = await answering;
    expect([status, body.code]).toEqual([422, 'entree-invalide']);
    expect(size).toBeLessThan(30_000);
    if (at) expect(body.errors[0].path).toMatch(at);
    expect(await registre.store.head()).toBe(head);
    expect(reported).toEqual([]);
  };

  it.each(['acteurs.99999999', 'acteurs.1000000', 'acteurs.4', 'acteurs.-1', 'acteurs.x', 'acteurs.length'])(
    'corrects no element that a list has not: %s',
    (path) => refused(corriger({ [path]: 'z' }), /^champs\.acteurs/),
  );

  it('corrects an element of a list, adds one at its end, and takes one out', async () => {
    const { status, body } = await corriger({ 'acteurs.0': 'AMUE', 'acteurs.3': 'Lyon' });
    expect([status, body.code]).toEqual([201, undefined]);
    const again = await post('/corrections', {
      evenement: 'hostile/1/A1@1',
      champs: { 'acteurs.1': null, 'acteurs.2': null },
      motif: 'essai',
    });
    expect(again.status).toBe(201);
    const { item } = (await (await fetch(`${server.url}/api/v1/actions/hostile/1/A1`)).json()) as any;
    expect(item.acteurs).toEqual(['AMUE', 'Lyon']);
  });

  it('takes no path of thousands of fields', () =>
    refused(corriger({ [Array.from({ length: 10_000 }, () => 'a').join('.')]: 1 }), /^champs/));

  it.each(['constructor', 'prototype', '__proto__', 'echeance.constructor', 'inconnu', 'toString'])(
    'corrects no field that there is not: %s',
    (field) =>
      refused(post('/corrections', `{"evenement":"hostile/1/A1@0","motif":"x","champs":{"${field}":1}}`)),
  );

  it('takes no correction that would change nothing', () =>
    refused(corriger({ intitule: 'Relancer' }), /^champs$/));

  it('counts the faults of a request with thousands, and tells the first', async () => {
    const champs = Object.fromEntries(Array.from({ length: 5000 }, (_, n) => [`inconnu${n}`, 1]));
    const { body } = await corriger(champs);
    expect(body.errors.length).toBe(51);
    expect(body.errors.at(-1).message).toBe('… et 4950 autre(s)');
    await refused(corriger(champs));
  });

  const stumbling = { length: { toString: 1 } };
  it.each([
    ['/comites', { comite: stumbling, nom: 'X' }, /^comite/],
    ['/comites', { comite: 'x', nom: stumbling }, /^nom/],
    ['/seances', { comite: stumbling, numero: 1, jour: '2021-03-04' }, /^comite/],
    ['/actions', { seance: stumbling, intitule: 'x', acteurs: ['y'] }, /^seance/],
    ['/actions', { seance: 'hostile/1', intitule: 'x', acteurs: stumbling }, /^acteurs/],
    ['/actions/hostile/1/A1/avancement', { texte: stumbling }, /^texte/],
    ['/decisions', { seance: stumbling, texte: 'x' }, /^/],
    ['/corrections', { evenement: stumbling, champs: {}, motif: 'x' }, /^evenement/],
    ['/annulations', { evenement: 'hostile/1/A1@0', motif: stumbling }, /^motif/],
  ])('answers a value that a schema stumbles over at its field: %s', (path, body, at) =>
    refused(post(path, body), at),
  );

  it.each([40, 5000])('takes nothing that is nested %i times', async (depth) => {
    const nested = `${'{"a":'.repeat(depth)}1${'}'.repeat(depth)}`;
    await refused(
      post('/corrections', `{"evenement":"hostile/1/A1@0","motif":"x","champs":{"intitule":${nested}}}`),
      /^champs/,
    );
    await refused(post('/comites', `{"comite":${'['.repeat(depth)}${']'.repeat(depth)}}`), /^comite/);
  });

  it('refuses the same in a file, at its line', async () => {
    const file = (champs: string) => `
version: 1
comite: hostile
numero: 2
auteur: moi
seance: { jour: 2018-02-28 }
corrections:
  - { evenement: hostile/1/A1@0, motif: x, champs: ${champs} }
`;
    for (const champs of ['{ acteurs.99999999: z }', '{ constructor: 1 }', '{ intitule: Relancer }'])
      await expect(importer(registre, '2.yaml', file(champs), { sources: [] })).rejects.toMatchObject({
        issues: [{ line: 8, path: expect.stringMatching(/^corrections\[0\]/) }],
      });
    const stumbling = SEANCE.replace('nom: Hostile', 'nom: { length: { toString: 1 } }');
    await expect(importer(registre, '1.yaml', stumbling, { sources: [] })).rejects.toMatchObject({
      issues: [{ path: expect.stringMatching(/^comiteInstitue/) }],
    });
  });
});
