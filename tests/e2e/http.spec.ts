import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Server, startServer } from '../../apps/api/server.js';
import { projectRoot } from '../../libs/config/index.js';
import { Registre } from '../../libs/registre/index.js';
import { importFile } from '../../libs/seance-file/index.js';
import { type TestDatabase, testDatabase } from '../support/test-database.js';

const cursor = (parts: object): string => Buffer.from(JSON.stringify(parts)).toString('base64url');

describe('the HTTP API', () => {
  let database: TestDatabase;
  let registre: Registre;
  let server: Server;
  const reported: unknown[] = [];

  beforeAll(async () => {
    database = await testDatabase();
    registre = await Registre.over(database);
    for (const n of [1, 2])
      await importFile(
        registre,
        `${n}`,
        readFileSync(join(projectRoot(), 'apps/cli/demo', `apogee-rof-${n}.yaml`), 'utf8'),
        {
          sources: [],
        },
      );
    server = await startServer(registre, {
      port: 0,
      host: '127.0.0.1',
      report: (error) => reported.push(error),
    });
  });
  afterAll(async () => {
    await server.close();
    await registre.close();
    await database.drop();
    expect(reported).toEqual([]);
  });

  const call = async (method: string, path: string, body?: unknown, headers: Record<string, string> = {}) => {
    const response = await fetch(`${server.url}${path}`, {
      method,
      headers: {
        'Minutier-Auteur': 'secretaire',
        ...(body !== undefined && { 'Content-Type': 'application/json' }),
        ...headers,
      },
      ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    return {
      status: response.status,
      type: response.headers.get('content-type'),
      link: response.headers.get('link'),
      body: (await response.json()) as any,
    };
  };
  const get = (path: string) => call('GET', `/api/v1${path}`);
  const post = (path: string, body: unknown, headers?: Record<string, string>) =>
    call('POST', `/api/v1${path}`, body, headers);

  it('says the basis that it answers on, and takes no empty one for now', async () => {
    for (const path of [
      '/actions?asOf=',
      '/pourquoi/apogee-rof/1/A1?asOf=',
      '/empreinte?asOf=',
      '/actions/diff?from=',
    ])
      expect(await get(path)).toMatchObject({ status: 422, body: { code: 'entree-invalide' } });
    const { body } = await get('/journal?limit=1');
    expect(BigInt(body.asOf.position)).toBeGreaterThanOrEqual(BigInt(body.items[0].position));
    const { body: first } = await get(`/actions?limit=1`);
    expect(first.asOf.position).toBe(body.asOf.position);
  });

  it('answers on the basis that was asked, and says which', async () => {
    const { body } = await get('/actions?asOf=apogee-rof/1');
    expect(body).toMatchObject({
      asOf: { position: '19', seance: 'apogee-rof/1' },
      effectiveAt: null,
      next: null,
    });
    expect(body.items.length).toBe(11);
    const { body: one } = await get('/actions/apogee-rof/1/A3?asOf=apogee-rof/2&effectiveAt=2018-06-30');
    expect(one).toMatchObject({
      effectiveAt: '2018-06-30',
      item: { reference: 'apogee-rof/1/A3', avancement: 'Prochaine migration' },
    });
  });

  const instituer = (comite: string) => post('/comites', { comite, nom: comite });

  it('pages through an answer that does not move, in the order in which people count', async () => {
    const seen: string[] = [];
    for (let path: string | null = '/api/v1/actions?limit=4'; path;) {
      const page = await call('GET', path);
      seen.push(...page.body.items.map(({ reference }: any) => reference));
      path = /^<(.*)>; rel="next"$/.exec(page.link ?? '')?.[1] ?? null;
      expect(page.body.next === null).toBe(path === null);
      if (seen.length === 4)
        await post('/seances', { comite: 'apogee-rof', numero: 20, jour: '2020-01-01' }).then(() =>
          post('/actions', { seance: 'apogee-rof/20', intitule: 'Entre deux pages', acteurs: ['Amue'] }),
        );
    }
    expect(seen).toEqual(Array.from({ length: 11 }, (_, n) => `apogee-rof/1/A${n + 1}`));
  });

  it('filters', async () => {
    expect((await get('/actions?statut=faite')).body.items.length).toBe(4);
    expect((await get('/actions?acteur=Etablissements')).body.items.length).toBe(2);
    expect((await get('/membres?institution=lille')).body.items.length).toBe(1);
  });

  it.each([
    ['/actions?statut=bof', 422, 'entree-invalide'],
    ['/actions?inconnu=1', 422, 'entree-invalide'],
    ['/actions?limit=201', 422, 'entree-invalide'],
    ['/actions?limit=2&limit=3', 422, 'entree-invalide'],
    ['/actions?cursor=zzz', 422, 'entree-invalide'],
    [
      `/actions?cursor=${cursor({ asOf: 'position:10', referenceDay: 'x', after: 'x' })}`,
      422,
      'entree-invalide',
    ],
    [
      `/actions?cursor=${cursor({ asOf: 'position:10', referenceDay: '2018-01-01', after: '\0' })}`,
      422,
      'entree-invalide',
    ],
    ['/actions?asOf=position:99999999999999999999999999', 422, 'entree-invalide'],
    ['/actions/diff', 422, 'entree-invalide'],
    ['/actions?asOf=apogee-rof/9', 404, 'seance-inconnue'],
    ['/actions?asOf=apogee-rof/3', 409, 'seance-non-close'],
    ['/actions?effectiveAt=demain', 422, 'entree-invalide'],
    ['/actions/apogee-rof/1/A99', 404, 'reference-inconnue'],
    ['/rien', 404, 'chemin-inconnu'],
    ['/actions?acteur=%00', 422, 'entree-invalide'],
    ['/actions/%00', 404, 'reference-inconnue'],
    ['/actions?effectiveAt=0000-01-01', 422, 'entree-invalide'],
    ['/actions/diff?from=apogee-rof/2&to=apogee-rof/1', 422, 'entree-invalide'],
  ])('answers %s with %i %s, as a problem', async (path, status, code) => {
    const answer = await get(path);
    expect(answer).toMatchObject({ status, body: { status, code, type: `urn:minutier:probleme:${code}` } });
    expect(answer.type).toMatch('application/problem+json');
  });

  it('records a whole séance, and lets a reader see each thing at once', async () => {
    expect((await post('/comites', { comite: 'sifac', nom: 'SIFAC' })).status).toBe(201);
    expect((await post('/personnes', { personne: 'sifac/p01', nom: '[personne]' })).status).toBe(201);
    expect(
      (await post('/membres', { mandat: 'sifac/M1', personne: 'sifac/p01', institution: 'AMU' })).status,
    ).toBe(201);
    await post('/seances', { comite: 'sifac', numero: 1, jour: '2021-03-04' });
    await post('/seances/sifac/1/points', { point: 'P1', titre: 'Arbitrage' });
    await post('/seances/sifac/1/ouverture', { presences: [{ personne: 'sifac/p01', presence: 'present' }] });
    const refused = await post('/seances/sifac/1/cloture', {});
    expect(refused).toMatchObject({ status: 409, body: { code: 'issue-manquante', points: ['P1'] } });
    const action = await post('/actions', {
      seance: 'sifac/1',
      intitule: 'Livrer',
      acteurs: ['Amue'],
      point: 'sifac/1/P1',
      echeance: '2021-03-31',
    });
    expect(action).toMatchObject({ status: 201, body: { reference: 'sifac/1/A1', revision: 0 } });
    expect((await get('/actions/sifac/1/A1')).body.item).toMatchObject({
      statut: 'ouverte',
      echeanceAuPlusTard: '2021-03-31',
    });
    await post('/actions/sifac/1/A1/echeance', {
      seance: 'sifac/1',
      echeance: 'fin avril 2021',
      motif: 'retard',
    });
    expect((await get('/actions/sifac/1/A1')).body.item.glissement).toEqual({ min: 21, max: 30 });
    const question = await post('/questions', {
      seance: 'sifac/1',
      sujet: 'hebergement',
      intitule: 'Où ?',
      options: [{ option: 'ici', texte: 'Ici' }],
    });
    expect(question.body.reference).toBe('sifac/1/D1');
    expect(
      (await post('/decisions/sifac/1/D1/arbitrage', { seance: 'sifac/1', choix: 'ailleurs', motifs: 'x' }))
        .body.code,
    ).toBe('option-inconnue');
    expect(
      (
        await post('/decisions/sifac/1/D1/arbitrage', {
          seance: 'sifac/1',
          choix: 'ici',
          motifs: 'moins loin',
        })
      ).status,
    ).toBe(201);
    const over = await post('/decisions', {
      seance: 'sifac/1',
      sujet: 'hebergement',
      intitule: 'Plus rien',
      relations: [{ relation: 'revoque', decision: 'sifac/1/D1' }],
    });
    expect(over.body.reference).toBe('sifac/1/D2');
    expect((await get('/decisions/sifac/1/D1')).body.item).toMatchObject({
      statut: 'revoquee',
      choix: 'ici',
      effets: [{ par: 'sifac/1/D2' }],
    });
    await post('/seances/sifac/1/issues', { point: 'P1', issue: 'decision', texte: 'Livrer en avril.' });
    const closed = await post('/seances/sifac/1/cloture', {});
    expect(closed).toMatchObject({ status: 201, body: { empreinte: { position: closed.body.position } } });
    const { body: asOf } = await get('/empreinte?asOf=sifac/1');
    expect(asOf.empreinte).toEqual(closed.body.empreinte);
    const { body: page } = await get('/journal?limit=200');
    expect(page.empreinte).toEqual(asOf.empreinte);
    expect(
      (await post('/actions', { seance: 'sifac/1', intitule: 'Trop tard', acteurs: ['Amue'] })).body.code,
    ).toBe('seance-close');
    expect(
      (await post('/actions/sifac/1/A1/avancement', { texte: 'Fait le 2 mai', le: '2021-05-02' })).status,
    ).toBe(201);
    expect((await get('/actions/sifac/1/A1')).body.item).toMatchObject({ statut: 'faite', codes: ['fait'] });
    expect((await get('/actions/sifac/1/A1?asOf=sifac/1')).body.item.statut).toBe('ouverte');
    expect((await get('/actions/sifac/1/A1?effectiveAt=2021-05-01')).body.item.statut).toBe('ouverte');
  });

  it('refuses what speaks of a person, a point or a decision that nobody recorded', async () => {
    await post('/comites', { comite: 'siham', nom: 'SIHAM' });
    await post('/seances', { comite: 'siham', numero: 1, jour: '2021-03-04' });
    const action = { seance: 'siham/1', intitule: 'Livrer', acteurs: ['Amue'] };
    const decision = { seance: 'siham/1', sujet: 'paie', intitule: 'Livrer' };
    const mandat = { mandat: 'siham/M1', personne: 'siham/p01', institution: 'AMU' };
    const presences = [{ personne: 'siham/p01', presence: 'present' }];
    for (const [path, body, code] of [
      ['/membres', mandat, 'personne-inconnue'],
      ['/seances/siham/1/ouverture', { presences }, 'personne-inconnue'],
      ['/seances/siham/1/ouverture', { invites: [{ personne: 'siham/p01' }] }, 'personne-inconnue'],
      ['/actions', { ...action, point: 'siham/1/P1' }, 'point-inconnu'],
      ['/actions', { ...action, origine: 'siham/1/D1' }, 'decision-inconnue'],
      ['/decisions', { ...decision, point: 'siham/1/P1' }, 'point-inconnu'],
    ] as const)
      expect(await post(path, body)).toMatchObject({ status: 409, body: { code } });
  });

  it('answers the same request with the same answer, and another under its key with 422', async () => {
    await instituer('cle');
    await post('/seances', { comite: 'cle', numero: 1, jour: '2022-01-10' });
    const ask = (intitule: string) =>
      post('/actions', { seance: 'cle/1', intitule, acteurs: ['Amue'] }, { 'Idempotency-Key': 'k-1' });
    const [first, again, other] = [await ask('Une fois'), await ask('Une fois'), await ask('Autre chose')];
    expect([first.status, again.status, other.status]).toEqual([201, 200, 422]);
    expect(again.body).toEqual(first.body);
    expect(other.body).toMatchObject({
      code: 'commande-differente',
      differences: [{ field: 'intitule', recorded: 'Une fois', given: 'Autre chose' }],
    });
    const plan = (numero: number) =>
      post('/seances', { comite: 'cle', numero, jour: '2022-01-10' }, { 'Idempotency-Key': 'k-2' });
    expect([(await plan(2)).status, (await plan(2)).status, (await plan(3)).status]).toEqual([201, 200, 422]);
  });

  it('never gives a number twice, under ten at once nor after an annulment', async () => {
    await instituer('course');
    await post('/seances', { comite: 'course', numero: 1, jour: '2022-01-10' });
    const decide = () => post('/actions', { seance: 'course/1', intitule: 'Courir', acteurs: ['Amue'] });
    const answers = await Promise.all(Array.from({ length: 10 }, decide));
    expect(answers.map(({ status }) => status)).toEqual(Array(10).fill(201));
    expect(new Set(answers.map(({ body }) => body.reference)).size).toBe(10);
    await post('/annulations', { evenement: 'course/1/A10@0', motif: 'erreur' });
    expect((await get('/actions/course/1/A10')).status).toBe(404);
    expect((await decide()).body.reference).toBe('course/1/A11');
  });

  it('corrects, annuls, and lifts an annulment', async () => {
    const fix = (path: string, body: object) => post(path, { motif: 'erreur', ...body });
    await instituer('corr');
    await post('/seances', { comite: 'corr', numero: 1, jour: '2022-01-10' });
    await post('/actions', { seance: 'corr/1', intitule: 'Avnt', acteurs: ['Amue'] });
    expect(
      (await fix('/corrections', { evenement: 'corr/1/A1@0', champs: { intitule: 'Avant' } })).status,
    ).toBe(201);
    expect((await get('/actions/corr/1/A1')).body.item.intitule).toBe('Avant');
    expect((await fix('/annulations', { evenement: 'corr/1/A1@0' })).body.code).toBe(
      'evenement-deja-corrige',
    );
    await fix('/annulations', { evenement: 'corr/1/A1@1' });
    expect((await get('/actions/corr/1/A1')).body.item.intitule).toBe('Avnt');
    await fix('/annulations', { evenement: 'corr/1/A1@2' });
    expect((await get('/actions/corr/1/A1')).body.item.intitule).toBe('Avant');
    expect((await fix('/corrections', { evenement: 'corr/1/A1@1', champs: { intitule: '' } })).status).toBe(
      422,
    );
    expect((await fix('/corrections', { evenement: 'corr/1/A9@0', champs: {} })).status).toBe(404);
  });

  it.each([
    ['/seances', { comite: 'faute-de-frappe', numero: 7, jour: '2022-01-10' }, 409, 'comite-inconnu'],
    ['/corrections', { evenement: 'apogee-rof/1/A4@1', motif: 'x' }, 422, 'entree-invalide'],
    [
      '/corrections',
      { evenement: 'apogee-rof/1/A4@1', type: 'toString', motif: 'x' },
      422,
      'entree-invalide',
    ],
    ['/actions', { seance: 'apogee-rof/2', intitule: '', acteurs: [] }, 422, 'entree-invalide'],
    ['/actions', { seance: 'apogee-rof/77', intitule: 'x', acteurs: ['Amue'] }, 404, 'seance-inconnue'],
    ['/actions', '{', 400, 'requete-illisible'],
    ['/actions/Foo!/avancement', { texte: 'Fait' }, 404, 'reference-inconnue'],
    ['/annulations', { evenement: 'apogee-rof/1/A4@99999999999', motif: 'x' }, 422, 'entree-invalide'],
    ['/actions/apogee-rof/1/A77/avancement', { texte: 'Fait' }, 409, 'action-inconnue'],
    ['/actions/apogee-rof/1/A2/avancement', { texte: 'a\u0000b' }, 422, 'entree-invalide'],
  ])('refuses POST %s %j with %i %s, and records nothing', async (path, body, status, code) => {
    const head = await registre.store.head();
    expect(await post(path, body)).toMatchObject({ status, body: { code } });
    expect(await registre.store.head()).toBe(head);
  });

  it('lets a séance be moved to an earlier day and still be held and closed', async () => {
    await instituer('bouge');
    await post('/seances', { comite: 'bouge', numero: 1, jour: '2026-12-15' });
    await post('/seances/bouge/1/points', { point: 'P1', titre: 'x' });
    expect((await post('/seances/bouge/1/jour', { jour: '2020-12-01' })).status).toBe(201);
    expect((await get('/seances/bouge/1')).body.item.jourAuPlusTard).toBe('2020-12-01');
    await post('/seances/bouge/1/ouverture', {});
    const issue = { point: 'P1', issue: 'information', texte: 'Dit.' };
    expect((await post('/seances/bouge/1/issues', issue)).status).toBe(201);
    expect((await post('/seances/bouge/1/issues', issue)).body.code).toBe('issue-deja-donnee');
    expect((await post('/seances/bouge/1/cloture', {})).status).toBe(201);
    expect((await get('/seances/bouge/1?asOf=bouge/1')).body.item.statut).toBe('close');
  });

  it('asks who records', async () => {
    const answer = await post(
      '/seances',
      { comite: 'x', numero: 1, jour: '2022-01-10' },
      { 'Minutier-Auteur': '' },
    );
    expect(answer.body.errors).toEqual([expect.objectContaining({ path: 'Minutier-Auteur' })]);
  });

  it('describes itself: OpenAPI 3.1 with every path that it answers, and the file’s schema', async () => {
    const { body } = await call('GET', '/openapi.json');
    expect(body.openapi).toBe('3.1.0');
    for (const path of [
      '/actions',
      '/actions/{reference}',
      '/actions/diff',
      '/actions/{reference}/avancement',
      '/corrections',
      '/journal',
      '/pourquoi/{reference}',
    ])
      expect(body.paths).toHaveProperty([`/api/v1${path}`]);
    const refs = [...JSON.stringify(body).matchAll(/"\$ref":"#\/components\/(\w+)\/(\w+)"/g)];
    expect(refs.length).toBeGreaterThan(50);
    for (const [, group, name] of refs) expect(body.components[group!]).toHaveProperty([name!]);
    expect((await call('GET', '/schemas/seance/1')).body.properties).toHaveProperty('avancements');
    expect((await call('GET', '/schemas/seance/9')).status).toBe(404);
  });

  it('says how it is', async () => {
    expect((await call('GET', '/health/live')).body).toEqual({ status: 'ok' });
    expect(await call('GET', '/health/ready')).toMatchObject({
      status: 200,
      body: { status: 'ok', views: { parked: [] } },
    });
  });

  it('shows the log in French, and what led to a thing', async () => {
    const { body } = await get('/journal?stream=apogee-rof/1/A1&limit=1');
    expect(body.items[0].sentence).toMatch(/^Action décidée/);
    expect(body.next).toBe(body.items[0].position);
    expect((await get('/pourquoi/apogee-rof/1/A11')).body.racine.liens.length).toBeGreaterThan(1);
  });
});
