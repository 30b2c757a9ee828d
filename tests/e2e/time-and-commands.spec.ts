import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import pg from 'pg';
import { PostgresEventStore, StillSearching, StoreUnavailable } from '../../libs/event-sourcing/index.js';
import { problemOf } from '../../libs/http/problem.js';
import { aujourdhui, readView, Registre, viewNamed } from '../../libs/registre/index.js';
import { FichierModifie, importFile } from '../../libs/seance-file/index.js';
import { type Served, served } from '../support/served.js';

/** What the register says of days, and what becomes of a command that comes again. */
describe('time and commands', () => {
  let api: Served;
  beforeAll(async () => {
    api = await served();
  });
  afterAll(async () => {
    await api.end();
  });

  const call = async (method: string, path: string, body?: object, key?: string) => {
    const response = await fetch(`${api.url}/api/v1${path}`, {
      method,
      headers: {
        'Minutier-Auteur': 'moi',
        'Content-Type': 'application/json',
        ...(key !== undefined && { 'Idempotency-Key': key }),
      },
      ...(body && { body: JSON.stringify(body) }),
    });
    const answer = (await response.json()) as any;
    return { status: response.status, body: answer, retry: response.headers.get('retry-after') };
  };
  const get = async (path: string) => (await call('GET', path)).body;
  const post = async (path: string, body: object) => {
    const { status, body: answer } = await call('POST', path, body);
    expect([status, answer.code]).toEqual([201, undefined]);
    return answer;
  };
  const record = (text: string) => importFile(api.registre, 'essai.yaml', text, { sources: [] });

  it('lets a correction move nothing but what it corrects', async () => {
    await record(`
version: 1
comite: titre
numero: 1
auteur: moi
comiteInstitue: { nom: Titre }
seance: { jour: 2018-01-30 }
ordreDuJour: [{ point: P1, titre: Avnt }]
`);
    await post('/corrections', {
      evenement: 'titre/1@1',
      champs: { titre: 'Avant' },
      motif: 'coquille',
    });
    await record(`
version: 1
comite: titre
numero: 1
auteur: moi
seance: { jour: 2018-01-30 }
ordreDuJour: [{ point: P1, titre: Avant, issue: { issue: information, texte: Dit. } }]
ouverture: {}
cloture: {}
`);
    const { item } = await get('/seances/titre/1?effectiveAt=2018-01-30');
    expect(item).toMatchObject({ statut: 'close', points: [{ titre: 'Avant', issue: { texte: 'Dit.' } }] });
    const { items } = await get('/journal?stream=titre/1');
    expect(items.at(-1)).toMatchObject({ type: 'SeanceCloturee', effectiveOn: '2018-01-30' });
  });

  it('shows a séance that was held earlier than announced as held from its day on, with its agenda', async () => {
    await post('/comites', { comite: 'avance', nom: 'Avancé', depuis: '2020-01-01' });
    await post('/seances', { comite: 'avance', numero: 1, jour: '2021-03-30' });
    await post('/seances/avance/1/points', { point: 'P1', titre: 'Budget' });
    await post('/seances/avance/1/jour', { jour: '2021-03-15' });
    await post('/seances/avance/1/ouverture', {});
    await post('/seances/avance/1/issues', { point: 'P1', issue: 'information', texte: 'Dit.' });
    await post('/seances/avance/1/cloture', {});
    for (const day of ['2021-03-15', '2021-03-20', '2021-04-01'])
      expect((await get(`/seances/avance/1?effectiveAt=${day}`)).item).toMatchObject({
        statut: 'close',
        jourAuPlusTard: '2021-03-15',
        points: [{ titre: 'Budget', issue: { texte: 'Dit.' } }],
      });
    expect((await call('GET', '/seances/avance/1?effectiveAt=2021-03-14')).status).toBe(404);
  });

  it('states what precedes a séance when it is recorded, if that is earlier', async () => {
    const year = Number(aujourdhui().slice(0, 4)) + 1;
    await record(`
version: 1
comite: avenir
numero: 1
auteur: moi
comiteInstitue: { nom: Avenir, depuis: 2018-01-01 }
seance: { jour: ${year}-12-15 }
ordreDuJour: [{ point: P1, titre: Budget }]
`);
    await post('/seances/avenir/1/points', { point: 'P2', titre: 'Divers' });
    const { items } = await get('/journal?stream=avenir/1');
    expect(items.map(({ statedOn }: { statedOn: string }) => statedOn)).toEqual(Array(3).fill(aujourdhui()));
    expect((await get(`/seances/avenir/1?effectiveAt=${aujourdhui()}`)).item.points.length).toBe(2);
  });

  it.each([
    '2026-02-30T10:00:00Z',
    '2025-02-29T10:00:00Z',
    '2026-04-31T00:00:00+02:00',
    '2026-01-01T25:00:00Z',
  ])('takes %s for no instant', async (asOf) => {
    expect(await call('GET', `/actions?asOf=${encodeURIComponent(asOf)}`)).toMatchObject({
      status: 422,
      body: { code: 'entree-invalide', detail: expect.stringContaining('ni un instant') },
    });
  });

  it('is sure of a delay only where it is one on every day that a vague séance may have been', async () => {
    await record(`
version: 1
comite: vague
numero: 1
auteur: moi
comiteInstitue: { nom: Vague, depuis: 2018-01-01 }
seance: { jour: { texte: printemps 2018, auPlusTot: 2018-04-01, auPlusTard: 2018-06-30, motif: saison } }
ouverture: {}
actions:
  - { action: A1, intitule: Avant, acteurs: [Amue], echeance: 2018-03-31 }
  - { action: A2, intitule: Pendant, acteurs: [Amue], echeance: semaine 22 2018 }
  - { action: A3, intitule: Après, acteurs: [Amue], echeance: 2018-06-30 }
cloture: {}
`);
    const overdue = async (query: string) =>
      (await get(`/actions?comite=vague&${query}`)).items.map(({ retard }: { retard: string }) => retard);
    expect(await overdue('asOf=vague/1')).toEqual(['oui', 'indetermine', 'non']);
    expect(await overdue('asOf=vague/1&effectiveAt=2018-06-30')).toEqual(['oui', 'oui', 'non']);
    expect(
      (await get('/actions?asOf=vague/1&retard=oui')).items.map(
        ({ reference }: { reference: string }) => reference,
      ),
    ).toEqual(['vague/1/A1']);
  });

  it('answers the same request twice at once with one result, or says that the first is under way', async () => {
    await post('/comites', { comite: 'deux', nom: 'Deux', depuis: '2018-01-01' });
    for (let n = 1; n <= 40; n += 1) {
      const ask = () =>
        call('POST', '/seances', { comite: 'deux', numero: n, jour: '2022-01-10' }, `deux-${n}`);
      const pair = await Promise.all([ask(), ask()]);
      for (const { status, body, retry } of pair)
        if (status === 409) expect([body.code, retry]).toEqual(['requete-en-cours', '1']);
        else expect([200, 201]).toContain(status);
      expect(pair.filter(({ status }) => status === 201).length).toBe(1);
      expect((await ask()).status).toBe(200);
    }
    const { items } = await get('/seances?comite=deux&limit=200');
    expect(items.length).toBe(40);
  });

  it('takes over a request whose process was lost, within seconds', async () => {
    const key = randomUUID();
    const body = { comite: 'deux', numero: 90, jour: '2022-01-10' };
    const ask = (numero = 90) => call('POST', '/seances', { ...body, numero }, key);
    // As another process leaves it that was killed half-way: claimed for a moment, and nothing recorded.
    const lost = new pg.Client(api.database.owner);
    await lost.connect();
    await ask();
    await lost.query(
      `UPDATE views.request SET holder = 'perdu', running_until = clock_timestamp() + interval '2 s'
        WHERE command = (SELECT command FROM views.request ORDER BY asked_at DESC LIMIT 1)`,
    );
    await lost.end();
    expect(await ask()).toMatchObject({ status: 409, body: { code: 'requete-en-cours' } });
    expect((await ask(91)).body.code).toBe('commande-differente');
    let answer = await ask();
    while (answer.status === 409) answer = await ask();
    expect(answer.status).toBe(200);
  });

  it('promises nothing of a request without a key that found the log away', () => {
    const away = new StoreUnavailable('away');
    expect(problemOf(away, 'unknown').detail).not.toMatch(/réessayez|une fois/);
    expect(problemOf(away, 'unknown').detail).toMatch(/on ne sait pas/);
    expect(problemOf(away, 'keyed').detail).toMatch(/qu’une fois/);
  });

  const mandats = (numero: number, jour: string, more: string) => `
version: 1
comite: mandats
numero: ${numero}
auteur: moi
seance: { jour: ${jour} }
ouverture: {}
${more}`;

  it('opens once a server of many others’ events has been searched, however long that takes', async () => {
    class Searched extends PostgresEventStore {
      searches = 0;
      override async head(): Promise<bigint> {
        this.searches += 1;
        if (this.searches <= 3) throw new StillSearching('still searching');
        return super.head();
      }
    }
    const store = new Searched(api.database.application);
    let told = 0;
    const opened = await Registre.over(api.database, { onSearching: () => (told += 1) }, store);
    expect(told).toBe(3);
    await opened.close();
  });

  it('records a mandate’s end again that was annulled since it was said first', async () => {
    await record(
      mandats(
        1,
        '2018-01-30',
        'comiteInstitue: { nom: Mandats }\nmembres: [{ mandat: M1, personne: p01, nom: "[personne 1]", institution: Amue }]\n',
      ),
    );
    const end = 'finsDeMandat: [{ mandat: M1, motif: départ }]\n';
    const second = mandats(2, '2018-06-30', end);
    await record(second);
    const active = async () => (await get('/membres/mandats/M1')).item.actif;
    expect(await active()).toBe(false);
    const { items } = await get('/journal?stream=mandats');
    await post('/annulations', { evenement: items.at(-1).evenement, motif: 'à tort' });
    expect(await active()).toBe(true);
    // The file that said it first says nothing new, the one of a later séance does, once.
    expect((await record(second)).handled.recorded).toEqual([]);
    expect(await active()).toBe(true);
    const fifth = mandats(5, '2019-03-01', end);
    expect((await record(fifth)).handled.recorded.map(({ type }) => type)).toContain('MandatTermine');
    expect(await active()).toBe(false);
    expect((await record(fifth)).handled.recorded).toEqual([]);
    expect((await record(second)).handled.recorded).toEqual([]);
  });

  it('tells of a file that only a day of a fact was changed in it, and how to correct that', async () => {
    const file = (depuis: string) => `
version: 1
comite: depuis
numero: 1
auteur: moi
comiteInstitue: { nom: Depuis, depuis: ${depuis} }
seance: { jour: 2018-01-30 }
`;
    await record(file('2017-01-01'));
    const error = await record(file('2016-01-01')).catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(FichierModifie);
    expect((error as FichierModifie).ecarts).toMatchObject([
      {
        path: 'comiteInstitue',
        champ: 'effectif',
        enregistre: '2017-01-01',
        fichier: '2016-01-01',
        correction: "minutier corriger depuis@0 --effectif 2016-01-01 --motif '…'",
      },
    ]);
    await post('/corrections', { evenement: 'depuis@0', effectif: '2016-01-01', motif: 'date' });
    expect((await record(file('2016-01-01'))).handled.recorded).toEqual([]);
  });

  it('answers with 503, never with 500, while its connections are cut', async () => {
    const killer = new pg.Client(api.database.owner);
    await killer.connect();
    const seen = new Set<number>();
    for (let round = 0; round < 40; round += 1) {
      const asking = Array.from({ length: 6 }, (_, n) =>
        n % 2
          ? call('GET', '/actions?limit=5')
          : call(
              'POST',
              '/seances',
              { comite: 'deux', numero: 1000 + round, jour: '2022-01-10' },
              `coupe-${round}-${n}`,
            ),
      );
      await killer.query(
        `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
          WHERE datname = current_database() AND pid <> pg_backend_pid()`,
      );
      for (const { status } of await Promise.all(asking)) seen.add(status);
    }
    await killer.end();
    expect([...seen].filter((status) => ![200, 201, 409, 503].includes(status))).toEqual([]);
    expect(seen).toContain(503);
    const { items } = (await readView(api.registre, viewNamed('seances'), {
      comite: 'deux',
      limit: 200,
    })) as any;
    expect(new Set(items.map(({ reference }: { reference: string }) => reference)).size).toBe(items.length);
  });
});
