import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { vue } from '../../apps/cli/views.command.js';
import { diff, readView } from '../../libs/registre/index.js';
import { importFile, modele } from '../../libs/seance-file/index.js';
import { seanceTenue } from '../support/seance-files.js';
import { served, type Served } from '../support/served.js';

/** What the deck says of versions (lines 103, 213, 256, 273, 283, 345), of a fictitious committee. */
const FIRST = seanceTenue(
  1,
  '2018-06-20',
  `
comiteInstitue: { nom: CALLIOPE (fictif), depuis: 2017-01-01 }
plans:
  - { plan: apogee, annee: 2018 }
versions:
  - { version: apogee/5.00, numero: "5.00", depuis: 2017-11-30 }
  - { version: apogee/5.00.30, numero: 5.00.30, prevue: avril 2018, depuis: 2018-01-01 }
  - { version: apogee/5.10, numero: "5.10", prevue: octobre 2018, conjointe: Harpège }
  - { version: apogee/5.20, numero: "5.20", prevue: décembre 2018 }
  - { version: apogee/septembre-2018, numero: null, prevue: septembre 2018 }
livraisons:
  - { version: apogee/5.00, le: 30 novembre 2017 }
contenus:
  - { contenu: apogee/contenu/archivage, version: 5.00.30, element: Archivage }
  - { contenu: apogee/contenu/ines, version: "5.10", element: Travaux INES }
  - { contenu: apogee/contenu/aglae, version: "5.10", element: Flux Aglaé }
decisions:
  - { decision: D1, sujet: ines, intitule: Attendre la réforme, texte: Adopté. }
`,
);
const SECOND = seanceTenue(
  2,
  '2018-12-20',
  `
livraisons:
  - { version: apogee/5.00.30, le: mai 2018 }
contenusLivres:
  - { contenu: apogee/contenu/archivage }
replanifications:
  - { version: apogee/5.10, prevue: 1er trimestre 2019, motif: Charge, decision: calliope/1/D1 }
deplacements:
  - { contenu: apogee/contenu/ines, de: "5.10", vers: "5.20", decision: calliope/1/D1 }
numerotations:
  - { version: apogee/septembre-2018, numero: "5.05" }
`,
);
const PLAN = 'calliope/plan/apogee';

describe('a plan produit', () => {
  let api: Served;
  beforeAll(async () => {
    api = await served();
    for (const [name, text] of Object.entries({ FIRST, SECOND }))
      await importFile(api.registre, name, text, { sources: [] });
  });
  afterAll(() => api.end());
  const at = async (basis: object, filters: Record<string, string> = {}, view = 'plan-produit') =>
    (await readView(api.registre, vue(view).view, { ...basis, filters })).items as any[];
  const own = (rows: { reference: string }[]) => rows.map(({ reference }) => reference.split('/').at(-1));

  it('has its versions in the order of their numbers, as each COPIL knew them', async () => {
    const first = await at({ asOf: 'calliope/1' });
    expect(own(first)).toEqual(['5.00', '5.00.30', '5.10', '5.20', 'septembre-2018']);
    expect(first.map(({ statut }) => statut)).toEqual(['livree', ...Array(4).fill('annoncee')]);
    const now = Object.fromEntries((await at({})).map((row) => [row.reference.split('/').at(-1), row]));
    expect(now['5.00.30']).toMatchObject({ statut: 'livree', inscrits: 1, livres: 1 });
    expect(now['5.00.30'].glissement).toEqual({ min: 1, max: 60 });
    expect(now['5.10']).toMatchObject({ inscrits: 1, livres: 0, decisions: ['calliope/1/D1'] });
    expect(now['5.10'].glissement).toEqual({ min: 62, max: 181 });
    expect(now['septembre-2018'].numero).toBe('5.05');
  });

  it('says what is late at a P and a D: for certain, for certain not, or neither', async () => {
    const late = async (basis: object) =>
      Object.fromEntries((await at(basis)).map((row) => [row.reference.split('/').at(-1), row.retard]));
    expect(await late({ asOf: 'calliope/1', effectiveAt: '2018-04-15' })).toEqual({
      '5.00': 'non',
      '5.00.30': 'indetermine',
    });
    expect(await late({ asOf: 'calliope/1', effectiveAt: '2018-06-20' })).toMatchObject({
      '5.00.30': 'oui',
      '5.10': 'non',
    });
    expect(await late({ asOf: 'calliope/1', effectiveAt: '2018-10-10' })).toMatchObject({
      '5.10': 'indetermine',
    });
    expect(
      own(await at({ asOf: 'calliope/1', effectiveAt: '2018-10-10' }, { retard: 'indetermine' })),
    ).toEqual(['5.10']);
  });

  it('is asked by decision and status, and its contents by themselves', async () => {
    expect(own(await at({}, { decision: 'calliope/1/D1' }))).toEqual(['5.10', '5.20']);
    expect(own(await at({}, { statut: 'livree' }))).toEqual(['5.00', '5.00.30']);
    const [ines] = await at({}, { decision: 'calliope/1/D1' }, 'contenus');
    expect(ines).toMatchObject({
      reference: `${PLAN}/contenu/ines`,
      version: `${PLAN}/5.20`,
      avant: [`${PLAN}/5.10`],
    });
  });

  it('tells what moved between two COPILs, by which event', async () => {
    const { changes } = await diff(api.registre, vue('contenus').view, {
      from: 'calliope/1',
      to: 'calliope/2',
    });
    const moved = changes.find(({ reference }) => reference === `${PLAN}/contenu/ines`)!;
    const version = moved.champs.find(({ champ }) => champ === 'version')!;
    expect(version).toMatchObject({ avant: `${PLAN}/5.10`, apres: `${PLAN}/5.20` });
    expect(version.evenement!.evenement).toMatch(/^calliope\/plan\/apogee@/);
  });

  it('prefills the deliveries that are awaited', async () => {
    const { livraisons } = (await modele(api.registre, 'calliope')) as any;
    expect(livraisons.map(({ version }: any) => version.split('/').at(-1))).toEqual([
      '5.10',
      '5.20',
      'septembre-2018',
    ]);
  });

  it('takes nothing into a delivered version, and no delivery to come', async () => {
    const versions = `versions/${PLAN}`;
    expect(
      await api.say(`contenus/${PLAN}/contenu/aglae/version`, {
        de: '5.10',
        vers: '5.00.30',
        ditLe: '2019-01-10',
      }),
    ).toEqual([409, 'version-livree']);
    expect(await api.say(`${versions}/5.10/livraison`, { le: '31/12/2199' })).toEqual([
      409,
      'livree-dans-le-futur',
    ]);
    expect(
      await api.say('contenus', {
        contenu: `${PLAN}/contenu/x`,
        version: '5.10',
        element: 'x',
        dossier: 'calliope/dossier/x',
      }),
    ).toEqual([409, 'reference-inconnue']);
    expect(await api.say(`${versions}/5.30/livraison`, { le: 'avril 2018' })).toEqual([
      409,
      'version-inconnue',
    ]);
  });
});
