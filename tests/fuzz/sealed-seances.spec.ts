import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { z } from 'zod';
import { projectRoot } from '../../libs/config/index.js';
import { InvalidInput } from '../../libs/event-sourcing/index.js';
import { Registre, rooms } from '../../libs/registre/index.js';
import { FichierModifie, importFile, seanceFileJsonSchema } from '../../libs/seance-file/index.js';
import { type Act, fieldsOf } from '../../libs/room/index.js';
import { served, type Served } from '../support/served.js';
import { type TestDatabase, testDatabase } from '../support/test-database.js';
import { type Schema, valuesOf, type Vocabulary } from './requests.js';

const HEAD = { version: 1, comite: 'sifac', numero: 1, auteur: 'moi', seance: { jour: '2018-03-05' } };
const CLOSED = {
  ...HEAD,
  comiteInstitue: { nom: 'SIFAC', depuis: '2017-01-01' },
  personnes: [{ personne: 'p01', nom: 'X' }],
  ordreDuJour: [{ point: 'P1', titre: 'Bilan', issue: { issue: 'information', texte: 'Dit' } }],
  actions: [{ action: 'A1', intitule: 'Relancer', acteurs: ['Amue'] }],
  questions: [
    {
      decision: 'D1',
      sujet: 'civilite',
      intitule: 'Laquelle ?',
      options: [
        { option: 'oui', texte: 'Oui' },
        { option: 'non', texte: 'Non' },
      ],
    },
  ],
  decisions: [{ decision: 'D2', sujet: 'civilite', intitule: 'Tenir la civilité' }],
  indicateurs: [{ indicateur: 'delai', axe: 'Maintenance', intitule: 'Délai', depuis: '2017-01-01' }],
  valeurs: [{ indicateur: 'delai', periode: '2017-T1', valeur: 12 }],
  dossiers: ['bilan', 'attente'].map((dossier) => ({ dossier, titre: dossier, depuis: '2017-01-01' })),
  dossiersSuspendus: [{ dossier: 'attente', motif: 'En attente' }],
  jalons: [{ jalon: 'bilan/jalon/fin', intitule: 'Fin' }],
  elements: [{ element: 'bilan/element/guide', texte: 'Guide' }],
  versions: ['1.0', '2.0'].map((numero) => ({ version: `sifac/${numero}`, numero, depuis: '2017-01-01' })),
  contenus: [{ contenu: 'sifac/contenu/bilan', version: '1.0', element: 'Bilan' }],
  ouverture: {},
  cloture: {},
};
const VOCABULARY: Vocabulary = {
  '': ['Amue', 'Relancer', 'fin mars 2018'],
  jour: ['2018-03-05'],
  periode: ['2017-T1', '2017-T2'],
  des: ['2017'],
  du: ['2018-03-01'],
  le: ['2018-03-05'],
  echeance: ['fin mars 2018'],
  texte: ['fin mars 2018'],
  annee: [],
  // What is said at a séance is said on its day.
  ditLe: [],
  depuis: ['2018-01-01'],
  personne: ['p01', 'p07'],
  mandat: ['M1', 'M7'],
  point: ['P1', 'P7'],
  action: ['A1', 'A7'],
  decision: ['D1', 'D2', 'D7'],
  indicateur: ['delai', 'cout'],
  dossier: ['bilan', 'attente', 'autre'],
  parent: ['attente'],
  origine: ['D2'],
  jalon: ['bilan/jalon/fin', 'bilan/jalon/autre'],
  element: ['bilan/element/guide', 'bilan/element/autre'],
  plan: ['sifac'],
  version: ['sifac/1.0', 'sifac/3.0', '1.0', '2.0'],
  numero: ['3.0'],
  contenu: ['sifac/contenu/bilan', 'sifac/contenu/autre'],
  de: ['1.0'],
  vers: ['2.0'],
  prevu: ['fin mars 2018'],
  prevue: ['fin mars 2018'],
  sujet: ['civilite'],
  option: ['oui', 'non'],
  choix: ['oui'],
  evenement: ['sifac/1/A1@0'],
  // Of files that rest on a document.
  source: [],
};
const SAMPLES = 60;

/** Every part of a file, of whatever room: none adds anything to a séance that is closed. */
describe('a closed séance', () => {
  let database: TestDatabase;
  let registre: Registre;
  beforeAll(async () => {
    database = await testDatabase();
    registre = await Registre.over(database);
    await importFile(registre, 'close.yaml', JSON.stringify(CLOSED), { sources: [] });
  });
  afterAll(async () => {
    await registre.close();
    await database.drop();
  });

  const { properties, $defs = {} } = seanceFileJsonSchema() as {
    properties: Record<string, Schema>;
    $defs?: Record<string, Schema>;
  };
  const fields = rooms.flatMap((room) => fieldsOf(room, 'sifac/1').map(([field]) => field));
  /** Who came is told by the opening, and that alone says nothing new. */
  const saysNothingAlone = ['presences', 'ouverture'];

  it.each(fields)('takes nothing more in its file under %s', async (field) => {
    const writing = { vocabulary: VOCABULARY, schemas: $defs, strays: false };
    const parts = [
      ...(WELL_SAID[field] ?? []),
      ...fc.sample(valuesOf(properties[field]!, field, writing), { numRuns: SAMPLES, seed: 7 }),
    ];
    const head = await registre.store.head();
    const outcomes = new Set<string>();
    for (const part of parts) {
      const file = JSON.stringify({ ...HEAD, [field]: part });
      const error: unknown = await importFile(registre, 'encore.yaml', file, { sources: [] }).then(
        () => undefined,
        (caught: unknown) => caught,
      );
      if (error instanceof InvalidInput)
        for (const { message } of error.issues)
          outcomes.add(/\[([\w-]+)\]$/.exec(message)?.[1] ?? 'invalide');
      else if (error instanceof FichierModifie) outcomes.add('modifie');
      else if (error instanceof Error) throw error;
    }
    expect(await registre.store.head()).toBe(head);
    if (!saysNothingAlone.includes(field))
      expect([...outcomes]).toContainEqual(expect.stringMatching(/^(seance-close|modifie)$/));
  });

  it('takes all of it in a rectificatif, which is then told of the séance', async () => {
    const writing = { vocabulary: VOCABULARY, schemas: $defs, strays: false };
    const taken = new Set<string>();
    for (const field of fields)
      for (const part of [
        ...(WELL_SAID[field] ?? []),
        ...fc.sample(valuesOf(properties[field]!, field, writing), { numRuns: SAMPLES, seed: 7 }),
      ]) {
        const { seance: _, ...head } = HEAD;
        const file = JSON.stringify({ ...head, rectificatif: { motif: 'Oubli' }, [field]: part });
        const dry = { sources: [], dryRun: true };
        const done = await importFile(registre, 'encore.yaml', file, dry).catch((error: unknown) => {
          if (error instanceof InvalidInput || error instanceof FichierModifie) return undefined;
          throw error;
        });
        const types = (done?.handled.recorded ?? []).map(({ type }) => type);
        if (types.length > 0) expect(types.at(-1)).toBe('SeanceRectifiee');
        for (const type of types) taken.add(type);
      }
    expect(saidAtASeance().filter((type) => !taken.has(type))).toEqual([]);
  });
});

/** What is hardly ever said well by chance. */
const WELL_SAID: Readonly<Record<string, readonly unknown[]>> = {
  decisions: [
    [
      {
        decision: 'D3',
        sujet: 'civilite',
        intitule: 'Ne plus tenir la civilité',
        relations: [{ relation: 'remplace', decision: 'D2' }],
      },
    ],
  ],
  plans: [[{ plan: 'sifac', annee: 2018 }]],
  definitions: [[{ indicateur: 'delai', des: '2018', formule: 'Médiane' }]],
};

/** The types of facts that only a séance that is not closed takes, by their examples; it is planned but once. */
const saidAtASeance = (): string[] =>
  rooms.flatMap(({ name, kinds }) =>
    kinds.flatMap((kind) =>
      Object.entries(kind.facts).flatMap(([type, { version }]) => {
        const file = join(projectRoot(), 'libs', name, 'stored', `${type}.${version}.json`);
        const { data } = JSON.parse(readFileSync(file, 'utf8')) as { data: object };
        const asked = kind.maySay?.({ type, data }, 'apogee-rof/1') ?? [];
        return type !== 'SeancePlanifiee' && asked.some(({ occasion }) => occasion) ? [type] : [];
      }),
    ),
  );

const OPEN = {
  ...HEAD,
  numero: 2,
  seance: { jour: '2018-01-10' },
  ordreDuJour: [{ point: 'P1', titre: 'Bilan' }],
  dossiers: [{ dossier: 'ouvert', titre: 'Ouvert', depuis: '2017-01-01' }],
  versions: ['1.0', '2.0'].map((numero) => ({ version: `neuf/${numero}`, numero, depuis: '2017-01-01' })),
  ouverture: {},
};
// Indicators are called by what they are, not by numbers.
const { indicateur: _, ...WORDS } = VOCABULARY;
/** The words of requests, at a séance: whole references of what is there. */
const wordsAt = (seance: string, on: string): Vocabulary => ({
  ...WORDS,
  seance: [seance],
  // A séance calls its own items by their numbers.
  point: on === 'seances' ? ['P1', 'P7'] : [`${seance}/P1`],
  personne: ['sifac/p01'],
  decision: [],
  relations: [],
  origine: [],
  parent: ['sifac/dossier/attente'],
  annee: on === 'plans' ? ['2018'] : [],
  reporteDe: [],
  dossier: on === 'dossiers' ? names('sifac/dossier/') : ['sifac/dossier/ouvert'],
  jalon: names('sifac/dossier/ouvert/jalon/'),
  element: names('sifac/dossier/ouvert/element/'),
  plan: ['sifac/plan/neuf'],
  contenu: names('sifac/plan/neuf/contenu/'),
  // A content names its version by what is its own; elsewhere it is whole.
  version: on === 'contenus' ? ['1.0'] : [...names('sifac/plan/neuf/v'), 'sifac/plan/neuf/1.0'],
  numero: names('3.').map((one) => one.replace('n', '')),
});

/** As many as are needed: each is opened once. */
const names = (prefix: string): string[] => Array.from({ length: 400 }, (_, n) => `${prefix}n${n}`);

interface Answer {
  readonly code?: string;
  readonly reference?: string;
  readonly evenements?: readonly { readonly type: string }[];
}

const shapeOf = ({ body }: Act): object => (body as z.ZodObject).shape;

/** Every request of whatever room that names a séance, or is about one: none is taken once that is closed. */
describe('over HTTP, a closed séance', () => {
  let api: Served;
  let seed = 100;
  const said = rooms.flatMap((room) => room.sayings.map(({ act, name }) => ({ act, name })));
  const at = said.filter(({ act, name }) => 'seance' in shapeOf(act) || (name.word === 'seance' && act.path));

  beforeAll(async () => {
    api = await served();
    for (const file of [CLOSED, OPEN])
      await importFile(api.registre, 'séance', JSON.stringify(file), { sources: [] });
  });
  afterAll(() => api.end());

  /** New things of a name, one for each way of opening one, of which has been said what comes before an act. */
  const thingsFor = async ({ act, name }: (typeof at)[number]): Promise<readonly (string | undefined)[]> => {
    if (act.path === undefined) return [undefined];
    if (name.word === 'seance') return ['sifac/1'];
    const its = at.filter((one) => one.name.word === name.word);
    const things: string[] = [];
    for (const opening of its.filter((one) => one.act.path === undefined && !ends.includes(one.act.on))) {
      const bodies = samplesOf(opening.act, 'sifac/2', (seed += 1));
      for (let made; !made;) {
        if (bodies.length === 0) throw new Error(`nothing was opened by ${opening.act.on}`);
        const { types, reference } = await post(opening.act.on, undefined, bodies.shift());
        made = types && reference;
        if (made) things.push(made);
      }
    }
    for (const before of its.slice(
      0,
      its.findIndex((one) => one.act === act),
    ))
      if (before.act.path !== undefined && !ends.includes(before.act.path))
        for (const body of samplesOf(before.act, 'sifac/2').slice(0, 10))
          for (const thing of things) await post(before.act.on, before.act.path, body, thing);
    return things;
  };

  const post = async (on: string, path: string | undefined, body: unknown, reference?: string) => {
    const answer = await fetch([`${api.url}/api/v1/${on}`, reference, path].filter(Boolean).join('/'), {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'Minutier-Auteur': 'moi' },
      body: JSON.stringify(body),
    });
    const { code, reference: made, evenements } = (await answer.json()) as Answer;
    const types = answer.status === 201 ? evenements?.map(({ type }) => type) : undefined;
    return { status: answer.status, code, reference: made, types };
  };

  it.each(at.map((one) => [`${one.act.on}/${one.act.path ?? ''}`, one] as const))(
    'takes nothing more by %s',
    async (_, one) => {
      const { act } = one;
      const things = await thingsFor(one);
      const head = await api.registre.store.head();
      const codes = new Set<string | undefined>();
      for (const [n, body] of samplesOf(act, 'sifac/1').entries())
        codes.add((await post(act.on, act.path, body, things[n % things.length])).code);
      expect(await api.registre.store.head()).toBe(head);
      expect([...codes]).toContain('seance-close');
      if (happensOnce.includes(act.path ?? '')) return;
      const amending = samplesOf(act, 'sifac/1').map((body) => ({
        ...body,
        rectificatif: { motif: 'Oubli' },
      }));
      const taken: string[][] = [];
      for (const [n, body] of amending.entries())
        taken.push((await post(act.on, act.path, body, things[n % things.length])).types ?? []);
      const recorded = taken.filter((types) => types.length > 0);
      expect(recorded.length).toBeGreaterThan(0);
      for (const types of recorded) expect(types.at(-1)).toBe('SeanceRectifiee');
    },
  );

  /** Of a thing that has ended, nothing else is said. */
  const ends = ['livraison', 'atteinte', 'abandon', 'retrait', 'cloture', 'exclusions'];
  /** A séance opens and closes once; an item comes with its outcome, which a file can say at once. */
  const happensOnce = ['ouverture', 'cloture', 'points', 'issues'];
});

function samplesOf(act: Act, seance: string, seed = 7): object[] {
  const { $defs = {}, ...schema } = z.toJSONSchema(act.body, { io: 'input', unrepresentable: 'any' }) as {
    $defs?: Record<string, Schema>;
  } & Schema;
  const writing = { vocabulary: wordsAt(seance, act.on), schemas: $defs, strays: false };
  const bodies = fc.sample(valuesOf(schema, '', writing), { numRuns: SAMPLES, seed });
  const always = { seance, depuis: '2017-01-01' };
  const its = Object.entries(always).filter(([field]) => field in shapeOf(act));
  return bodies.map((body) => {
    const { rectificatif: _, ...said } = body as Record<string, unknown>;
    return { ...said, ...Object.fromEntries(its) };
  });
}
