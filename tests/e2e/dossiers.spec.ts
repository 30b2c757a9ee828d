import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { vue } from '../../apps/cli/views.command.js';
import { readView } from '../../libs/registre/index.js';
import { importFile, modele } from '../../libs/seance-file/index.js';
import { seanceTenue } from '../support/seance-files.js';
import { served, type Served } from '../support/served.js';

const FILES = [
  seanceTenue(
    1,
    '2018-01-30',
    `
comiteInstitue: { nom: CALLIOPE (fictif), depuis: 2017-01-01 }
personnes: [{ personne: p01, nom: "[personne 01]" }]
decisions:
  - { decision: D1, sujet: archivage, intitule: Prioriser l’archivage }
dossiers:
  - { dossier: travaux, titre: Travaux priorisés }
  - { dossier: archivage, titre: Archivage, parent: travaux, origine: D1 }
  - { dossier: ines, titre: Chantier réglementaire INES, depuis: 2017-10-01 }
versions:
  - { version: apogee/5.00.30, numero: 5.00.30, prevue: avril 2018 }
contenus:
  - { contenu: apogee/contenu/archivage, version: 5.00.30, element: Guide, dossier: archivage }
partenaires:
  - { dossier: ines, nom: DGESIP, role: pilote le projet }
jalons:
  - { jalon: archivage/jalon/guide, intitule: Guide livré, prevu: avril 2018 }
  - { jalon: ines/jalon/format, intitule: Nouveau format, prevu: mars 2018 }
  - { jalon: ines/jalon/bilan, intitule: Bilan }
situations:
  - { dossier: ines, texte: Phase pilote en cours, code: en-cours }
elements:
  - { element: archivage/element/guide, texte: Réalisation d’un guide, contexte: Documentation, version: apogee/5.00.30 }
sitesPilotes:
  - { dossier: ines, site: La Réunion }
`,
  ),
  seanceTenue(
    2,
    '2018-06-20',
    `
jalonsRevus:
  - { jalon: archivage/jalon/guide, prevu: septembre 2018, motif: Charge }
jalonsAtteints:
  - { jalon: ines/jalon/format, le: 15/05/2018 }
situations:
  - { dossier: archivage, texte: Pas d’avancement de ce dossier à ce jour, code: sans-avancement }
questions:
  - { decision: D1, sujet: ines, dossier: ines, intitule: Faut-il un bilan ? }
`,
  ),
  seanceTenue(3, '2018-12-10', ''),
];
const ARCHIVAGE = 'calliope/dossier/archivage';
const INES = 'calliope/dossier/ines';

describe('dossiers', () => {
  let api: Served;
  beforeAll(async () => {
    api = await served();
    for (const [index, text] of FILES.entries())
      await importFile(api.registre, `s${index + 1}.yaml`, text, { sources: [] });
  });
  afterAll(() => api.end());
  const at = async (basis: object, filters: Record<string, string> = {}, view = 'dossiers') =>
    (await readView(api.registre, vue(view).view, { ...basis, filters })).items as any[];
  const own = (rows: { reference: string }[]) => rows.map(({ reference }) => reference.split('/').at(-1));
  const one = async (reference: string, basis: object = {}) =>
    (await at(basis)).find((row) => row.reference === reference);

  it('are a tree, each with its situation, its next milestone and how far that has slipped', async () => {
    const [archivage, before] = [await one(ARCHIVAGE), await one(ARCHIVAGE, { asOf: 'calliope/1' })];
    expect(archivage).toMatchObject({
      parent: 'calliope/dossier/travaux',
      situation: 'Pas d’avancement de ce dossier à ce jour',
      situationSeance: 'calliope/2',
      prochainJalon: { intitule: 'Guide livré', glissement: { min: 124, max: 182 } },
      versions: ['calliope/plan/apogee/5.00.30'],
    });
    expect(before).toMatchObject({ situation: null, prochainJalon: { glissement: null } });
    expect((await one(INES)).prochainJalon).toMatchObject({ intitule: 'Bilan', prevu: null });
  });

  it('show the questions that wait for an arbitration, and how long nothing was heard', async () => {
    expect((await one(INES)).questions).toEqual(['calliope/2/D1']);
    expect((await one(INES, { asOf: 'calliope/1' })).questions).toEqual([]);
    expect([(await one(INES)).silence, (await one(ARCHIVAGE)).silence]).toEqual([2, 1]);
    expect((await one(INES, { asOf: 'calliope/2' })).silence).toBe(1);
  });

  it.each([
    [{ partenaire: 'dgesip' }, ['ines']],
    [{ site: 'la reunion' }, ['ines']],
    [{ version: 'calliope/plan/apogee/5.00.30' }, ['archivage']],
    [{ code: 'sans-avancement' }, ['archivage']],
    [{ jalonAvant: '2018-09-30' }, ['archivage']],
    [{ jalonAvant: '2018-09-29' }, []],
    [{ sansAvancementDepuis: '2' }, ['ines', 'travaux']],
    [{ sujet: 'ines' }, ['ines']],
    [{ parent: 'calliope/dossier/travaux' }, ['archivage']],
    [{ clos: 'non' }, ['archivage', 'ines', 'travaux']],
  ] as [Record<string, string>, string[]][])('are asked by %j', async (filters, expected) => {
    expect(own(await at({}, filters))).toEqual(expected);
  });

  it.each([
    ['jalonAvant=2018-02-30', 'un jour AAAA-MM-JJ'],
    ['sansAvancementDepuis=deux', 'un nombre entier'],
  ])('are not asked by %s', async (filter, message) => {
    const answer = await fetch(`${api.url}/api/v1/dossiers?${filter}`);
    expect([answer.status, await answer.text()]).toEqual([422, expect.stringContaining(message)]);
  });

  it('have all their milestones in the order of time, page by page too', async () => {
    expect(own(await at({}, {}, 'jalons'))).toEqual(['format', 'guide', 'bilan']);
    expect(own(await at({ asOf: 'calliope/1' }, {}, 'jalons'))).toEqual(['format', 'guide', 'bilan']);
    const pages = [];
    for (let cursor: string | undefined = undefined, more = true; more;) {
      const page: any = await readView(api.registre, vue('jalons').view, {
        limit: 1,
        ...(cursor && { cursor }),
      });
      pages.push(...own(page.items));
      cursor = page.next ?? undefined;
      more = cursor !== undefined;
    }
    expect(pages).toEqual(['format', 'guide', 'bilan']);
    expect(own(await at({ effectiveAt: '2018-10-05' }, { retard: 'oui' }, 'jalons'))).toEqual(['guide']);
  });

  it('come from what was decided, and lead to what a version brings', async () => {
    const told = async (path: string) => (await fetch(`${api.url}/api/v1/pourquoi/${path}`)).text();
    expect(await told(ARCHIVAGE)).toContain('"calliope/1/D1"');
    const impact = await told('calliope/1/D1?impact=oui');
    for (const its of [ARCHIVAGE, 'calliope/plan/apogee/contenu/archivage'])
      expect(impact).toContain(`"${its}"`);
  });

  it('come back in the next séance’s file with their last words', async () => {
    const { situations, jalonsAtteints } = (await modele(api.registre, 'calliope')) as any;
    expect(situations.map(({ dossier, derniere }: any) => [dossier.split('/').at(-1), derniere])).toEqual([
      ['archivage', 'Pas d’avancement de ce dossier à ce jour'],
      ['ines', 'Phase pilote en cours'],
      ['travaux', null],
    ]);
    expect(jalonsAtteints.map(({ intitule }: any) => intitule)).toEqual(['Guide livré', 'Bilan']);
  });

  it('are no part of themselves, of what is closed, or of another committee', async () => {
    const sous = (dossier: string, parent: string) =>
      api.say(`dossiers/${dossier}/parent`, { parent, motif: 'Essai' });
    expect(await sous('calliope/dossier/travaux', ARCHIVAGE)).toEqual([409, 'parent-cyclique']);
    expect(await sous(ARCHIVAGE, ARCHIVAGE)).toEqual([409, 'parent-cyclique']);
    expect(await sous(ARCHIVAGE, 'autre/dossier/x')).toEqual([409, 'autre-comite']);
    expect(await sous(ARCHIVAGE, 'calliope/dossier/aucun')).toEqual([409, 'dossier-inconnu']);
    const both = await Promise.all([
      sous('calliope/dossier/travaux', INES),
      sous(INES, 'calliope/dossier/travaux'),
    ]);
    expect(both.map(([status]) => status).sort()).toEqual([201, 409]);
  });

  it('refuse what has not happened yet, and the name of a person', async () => {
    expect(await api.say(`jalons/${INES}/jalon/bilan/atteinte`, { le: '31/12/2199' })).toEqual([
      409,
      'atteint-dans-le-futur',
    ]);
    const [status] = await api.say(`dossiers/${INES}/partenaires`, { nom: '[personne 01]', role: 'pilote' });
    expect(status).toBe(422);
    expect(
      await api.say('questions', {
        seance: 'calliope/3',
        sujet: 'x',
        dossier: 'calliope/dossier/aucun',
        intitule: 'x',
        rectificatif: { motif: 'x' },
      }),
    ).toEqual([409, 'reference-inconnue']);
  });
});
