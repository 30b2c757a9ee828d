import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { diff, pourquoi, viewNamed } from '../../libs/registre/index.js';
import { importFile } from '../../libs/seance-file/index.js';
import { type Served, served } from '../support/served.js';

const ACTIONS = 1200;

const seance = (numero: number, rest: string): string => `
version: 1
comite: grand
numero: ${numero}
auteur: moi
${numero === 1 ? 'comiteInstitue: { nom: Grand }' : ''}
seance: { jour: 2018-0${numero}-20 }
ouverture: {}
${rest}
cloture: {}
`;

/** What a register answers that has grown. */
describe('answers about much', () => {
  let api: Served;
  beforeAll(async () => {
    api = await served();
    const numbers = Array.from({ length: ACTIONS }, (_, n) => n + 1);
    const actions = numbers.map((n) => `  - { action: A${n}, intitule: "Relancer ${n}", acteurs: [Amue] }`);
    const suivi = numbers.filter((n) => n % 2 === 0).map((n) => `  - { action: grand/1/A${n}, texte: Fait }`);
    await importFile(api.registre, '1.yaml', seance(1, `actions:\n${actions.join('\n')}`), { sources: [] });
    await importFile(api.registre, '2.yaml', seance(2, `avancements:\n${suivi.join('\n')}`), { sources: [] });
  });
  afterAll(async () => {
    await api.end();
  });

  const get = async (path: string) => {
    const response = await fetch(`${api.url}${path}`);
    return {
      status: response.status,
      retry: response.headers.get('retry-after'),
      body: (await response.json()) as any,
    };
  };
  const pagesOf = async (path: string): Promise<any[]> => {
    const pages = [];
    for (let cursor: string | null = ''; cursor !== null;) {
      const { status, body } = await get(`/api/v1/${path}${cursor && `&cursor=${cursor}`}`);
      expect(status).toBe(200);
      pages.push(body);
      cursor = body.next;
    }
    return pages;
  };

  it('come in pages: all that a séance caused, each once', async () => {
    const pages = await pagesOf('pourquoi/grand/1?impact=oui&limit=200');
    expect(pages.length).toBeGreaterThan(5);
    const liens = pages.flatMap(({ racine }) => racine.liens.map((lien: any) => lien.reference));
    const actions = liens.filter((one: string) => /\/A\d+$/.test(one));
    expect([actions.length, new Set(actions).size]).toEqual([ACTIONS, ACTIONS]);
  });

  it('hold no more than one answer can, and say where there is more', async () => {
    const { racine, next } = await pourquoi(api.registre, 'grand/1', { impact: true, limit: 10_000 });
    expect(racine.liens.length).toBeLessThan(600);
    expect(next).not.toBeNull();
    const { racine: behind } = await pourquoi(api.registre, 'grand/1/A2', {});
    const annoncee = behind.liens.find(({ reference }) => reference === 'grand/1');
    expect(annoncee?.liens.length).toBeLessThanOrEqual(50);
  });

  it('tell a difference page by page, the same as all at once', async () => {
    const whole = await diff(api.registre, viewNamed('actions'), { from: 'grand/1', to: 'grand/2' });
    expect([whole.changes.length, whole.ajoutes.length, whole.next]).toEqual([ACTIONS / 2, 0, null]);
    const pages = await pagesOf('actions/diff?from=grand/1&to=grand/2&limit=50');
    const text = JSON.stringify(whole.changes);
    expect(JSON.stringify(pages.flatMap(({ changes }) => changes))).toBe(text);
    const [first] = pages;
    expect(first.changes.length).toBe(50);
    // From before there was anything: all were added.
    const added = await pagesOf('actions/diff?from=position:1&to=grand/2&limit=200');
    expect(added.flatMap(({ ajoutes }) => ajoutes.map((one: any) => one.reference))).toEqual(
      Array.from({ length: ACTIONS }, (_, n) => `grand/1/A${n + 1}`),
    );
  });

  it('keep for what was asked first, whatever comes meanwhile', async () => {
    const path = '/api/v1/actions/diff?from=grand/1&limit=50';
    const first = await get(path);
    await importFile(
      api.registre,
      '3.yaml',
      seance(3, `actions:\n  - { action: A1, intitule: Neuve, acteurs: [Amue] }`),
      {
        sources: [],
      },
    );
    const { body } = await get(`${path}&cursor=${first.body.next}`);
    expect(body.to).toEqual(first.body.to);
  });

  it('that are expensive wait for one another, so many; health waits for none of them', async () => {
    const asking = Array.from({ length: 60 }, () =>
      get('/api/v1/actions/diff?from=grand/1&to=grand/2&limit=200'),
    );
    expect((await get('/health/live')).status).toBe(200);
    expect((await get('/health/ready')).status).toBe(200);
    const answers = await Promise.all(asking);
    const turnedAway = answers.filter(({ status }) => status === 503);
    expect(turnedAway.length).toBeGreaterThan(20);
    for (const { body, retry } of turnedAway) expect([body.code, retry]).toEqual(['trop-de-demandes', '1']);
    expect(answers.filter(({ status }) => status === 200).length).toBeGreaterThan(10);
  });

  it('take no cursor of another question', async () => {
    const { body } = await get('/api/v1/actions?limit=1');
    const taken = await get(`/api/v1/actions/diff?from=grand/1&cursor=${body.next}`);
    expect([taken.status, taken.body.errors[0].path]).toEqual([422, 'cursor']);
  });
});
