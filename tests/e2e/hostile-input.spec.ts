import { spawnSync } from 'node:child_process';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Server, startServer } from '../../apps/api/server.js';
import { Registre } from '../../libs/registre/index.js';
import { importFile } from '../../libs/seance-file/index.js';
import { draw } from '../../apps/cli/table.js';
import { shown } from '../../apps/output.js';
import { plain } from '../support/command-line.js';
import { searchPath } from '../support/processes.js';
import { addressOf, type TestDatabase, testDatabase } from '../support/test-database.js';

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
    await importFile(registre, '1.yaml', SEANCE, { sources: [] });
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
    expect(body.errors.at(-1).message).toBe('… et 4950 autres');
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
      await expect(importFile(registre, '2.yaml', file(champs), { sources: [] })).rejects.toMatchObject({
        issues: [{ line: 8, path: expect.stringMatching(/^corrections\[0\]/) }],
      });
    const stumbling = SEANCE.replace('nom: Hostile', 'nom: { length: { toString: 1 } }');
    await expect(importFile(registre, '1.yaml', stumbling, { sources: [] })).rejects.toMatchObject({
      issues: [{ path: expect.stringMatching(/^comiteInstitue/) }],
    });
  });

  it.each(['\u001b[1A', '\u0007', '\r', '\u009b2J', '\u202e', '\u2066', '\u007f', '\u0000'])(
    'takes no text that a terminal would obey: %j',
    async (control) => {
      await refused(
        post('/actions', { seance: 'hostile/1', intitule: `a${control}b`, acteurs: ['Amue'] }),
        /^intitule/,
      );
      await refused(
        post('/actions', { seance: 'hostile/1', intitule: 'a', acteurs: [`A${control}`] }),
        /^acteurs/,
      );
      await refused(corriger({ intitule: `a${control}b` }), /^champs/);
      const file = SEANCE.replace('Relancer', `"a${JSON.stringify(control).slice(1, -1)}b"`);
      await expect(importFile(registre, '1.yaml', file, { sources: [] })).rejects.toMatchObject({
        issues: [{ path: 'actions[0].intitule', line: 10 }],
      });
    },
  );

  it('takes two spellings of one text for one', async () => {
    const ask = (nom: string) =>
      post('/actions', { seance: 'hostile/1', intitule: 'Écrire', acteurs: [nom] });
    const [first, second] = [await ask('E\u0301cole'), await ask('\u00c9cole')];
    const acteurs = await Promise.all(
      [first, second].map(async ({ body }) => {
        const item = await fetch(`${server.url}/api/v1/actions/${body.reference}`);
        return ((await item.json()) as any).item.acteurs;
      }),
    );
    expect(acteurs).toEqual([['\u00c9cole'], ['\u00c9cole']]);
    const lines = await post('/actions', { seance: 'hostile/1', intitule: 'a\r\n\tb', acteurs: ['x'] });
    expect(lines.status).toBe(201);
  });

  it('shows what was recorded before as it is, and lets no terminal obey it', () => {
    const told = draw([{ heading: 'Texte', grow: 1 }], [['a\u001b[1A\u001b[2Kb\u202ec\nd']]);
    expect(told).toContain('a\\u001b[1A\\u001b[2Kb\\u202ec');
    expect(shown(JSON.stringify({ a: '\u009b\u202e' }))).toBe('{"a":"\\u009b\\u202e"}');
    expect(JSON.parse(shown(JSON.stringify({ a: '\u009b\u202e' })))).toEqual({ a: '\u009b\u202e' });
  });

  it.each([
    ['> /dev/full', 1],
    ['| head -c 1 >/dev/null; exit ${PIPESTATUS[0]}', 0],
  ])('ends as it should where its output cannot be written: %s', (to, code) => {
    const { status, stderr } = spawnSync(
      'bash',
      ['--norc', '-c', `"${process.execPath}" dist/apps/cli/main.js actions --json ${to}`],
      {
        env: { PATH: searchPath, DATABASE_URL: addressOf(database) },
      },
    );
    expect([status, plain(stderr.toString())]).toEqual([
      code,
      code ? 'La sortie ne s’écrit pas : le disque est plein.\n' : '',
    ]);
  });
});
