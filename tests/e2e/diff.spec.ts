import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { differencesEnClair, vue } from '../../apps/cli/views.command.js';
import { projectRoot } from '../../libs/config/index.js';
import { diff, readView, published, Registre } from '../../libs/registre/index.js';
import { importFile } from '../../libs/seance-file/index.js';
import { columnsOf, inWords } from '../../libs/room/index.js';
import { type TestDatabase, testDatabase } from '../support/test-database.js';

const NEXT = `
version: 1
comite: apogee-rof
numero: 3
auteur: moi
seance: { jour: 2018-09-27 }
ouverture: {}
avancements:
  - { action: apogee-rof/1/A11, acteur: null, texte: En cours }
abandons:
  - { action: apogee-rof/1/A2, motif: Sans objet }
indicateurs:
  - { indicateur: anomalies, axe: Fiabilité de la solution, intitule: Nb d’anomalies, seuil: 12.5, depuis: 2018-01-30 }
valeurs:
  - { indicateur: anomalies, periode: 2018-T2, valeur: "14,5", preuve: Tableau de bord }
retraitements:
  - { indicateur: anomalies, periode: 2018-T2, valeur: 14, motif: Recompté }
decisions:
  - { decision: D1, sujet: bilan, intitule: Reporter le bilan, relations: [{ relation: amende, decision: apogee-rof/1/D2 }] }
dossiers:
  - { dossier: bilan, titre: Bilan, nouveau: true, origine: D1 }
versions:
  - { version: apogee/5.10, numero: "5.10", prevue: octobre 2018, conjointe: Harpège }
contenus:
  - { contenu: apogee/contenu/bilan, version: "5.10", element: Bilan, dossier: bilan }
partenaires: [{ dossier: bilan, nom: Amue, role: développe }]
conventions: [{ dossier: bilan, avec: UL, duree: 4 ans, texte: En cours }]
sitesPilotes: [{ dossier: bilan, site: Artois, etape: Phase pilote }]
situations: [{ dossier: bilan, texte: En cours, code: en-cours }]
jalons: [{ jalon: bilan/jalon/fin, intitule: Fin, prevu: octobre 2018 }]
jalonsRevus: [{ jalon: bilan/jalon/fin, prevu: décembre 2018, motif: Charge }]
elements: [{ element: bilan/element/guide, texte: Un guide, contexte: Documents, version: apogee/5.10 }]
ciblesTechniques: [{ dossier: bilan, composant: Oracle Database, cible: 12cR2 }]
chiffres: [{ dossier: bilan, objet: établissements, valeur: 16, periode: "2017" }]
etudes: [{ dossier: bilan, conclusion: Trop impactant, motifs: Volumétrie }]
`;

describe('what changed between two bases', () => {
  let database: TestDatabase;
  let registre: Registre;
  beforeAll(async () => {
    database = await testDatabase();
    registre = await Registre.over(database);
    const demo = (n: number) =>
      readFileSync(join(projectRoot(), 'apps/cli/demo', `apogee-rof-${n}.yaml`), 'utf8');
    for (const [name, text] of [
      ['1', demo(1)],
      ['2', demo(2)],
      ['3', NEXT],
    ] as const)
      await importFile(registre, name, text, { sources: [] });
  });
  afterAll(async () => {
    await registre.close();
    await database.drop();
  });
  const told = async (name: string, from: string, to?: string) => {
    const { changes } = await diff(registre, vue(name).view, { from, to });
    return Object.fromEntries(
      changes.map(({ reference, champs }) => [reference, champs.map(({ champ }) => champ)]),
    );
  };

  it('tells each change of the demo’s actions once: what is said of them, and what state that brings', async () => {
    const of = (n: number) => `apogee-rof/1/A${n}`;
    expect(await told('actions', 'apogee-rof/1', 'apogee-rof/2')).toEqual({
      ...Object.fromEntries([6, 8, 9, 10].map((n) => [of(n), ['statut', 'avancements']])),
      ...Object.fromEntries([1, 2, 4, 7, 11].map((n) => [of(n), ['avancements']])),
      [of(3)]: ['avancements', 'echeance'],
      [of(5)]: ['avancements', 'echeance'],
    });
  });

  it('tells what holds a structure in words: a progress, a dropping, what a decision did to another', async () => {
    expect(await told('actions', 'apogee-rof/2')).toEqual({
      'apogee-rof/1/A2': ['statut', 'motifAbandon'],
      'apogee-rof/1/A11': ['avancements'],
    });
    expect(await told('decisions', 'apogee-rof/2')).toEqual({ 'apogee-rof/1/D2': ['statut', 'effets'] });
    const texts = await Promise.all(
      ['actions', 'decisions'].map(async (name) =>
        differencesEnClair(vue(name), await diff(registre, vue(name).view, { from: 'apogee-rof/2' })),
      ),
    );
    expect(texts.join('\n').replaceAll(/[│\s]+/g, ' ')).toMatch(
      /Sans objet.*Point dédié \(point dédié\) En cours \(en cours\).*amende par apogee-rof\/3\/D1/,
    );
  });

  it.each(published.map((one) => [one.view.name, one] as const))(
    'has words for every value in every column of %s',
    async (_, one) => {
      const { items } = await readView(registre, one.view, {});
      expect(items.length).toBeGreaterThan(0);
      for (const item of items)
        for (const [column, how] of Object.entries(columnsOf(one.view))) {
          const value = item[column];
          if (value === null || (Array.isArray(value) && value.length === 0)) continue;
          for (const word of inWords(how, value)) expect(word).toMatch(/^(?!.*(undefined|\[object))./s);
        }
    },
  );

  it('leaves a column out only for one that there is', async () => {
    for (const { view } of published) {
      const columns = columnsOf(view);
      for (const column of Object.keys(columns))
        for (const source of columns[column]!.from ?? []) expect(Object.keys(columns)).toContain(source);
    }
  });
});
