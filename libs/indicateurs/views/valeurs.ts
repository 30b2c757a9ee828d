import { columnsFrom, published } from '../../room/index.js';
import { comiteDe, joursDe, nombreEnClair, motDe } from '../../words/index.js';
import { definitionPour, FRANCHI, franchi } from '../indicateurs.decider.js';
import { definition, facts, valeur } from '../indicateurs.events.js';
import { indicateurKind } from '../kinds.js';

export const valeurs = published(indicateurKind, {
  view: 'valeurs',
  version: 1,
  title: 'Valeurs des indicateurs',
  name: valeur,
  rows: (indicateur, reference) =>
    (indicateur?.valeurs ?? []).map((one) => {
      const its = definitionPour(indicateur!, one.periode);
      const row = {
        comite: comiteDe(reference),
        indicateur: reference,
        ...its,
        ...joursDe(one.periode),
        ...one,
        franchi: franchi(its, one.valeur),
      };
      return [`${reference}/${one.periode}`, row] as const;
    }),
  columns: {
    comite: { type: 'text', description: 'Comité' },
    indicateur: { type: 'text', description: 'Indicateur' },
    ...columnsFrom({ ...definition, ...facts.ValeurConstatee.omit({ seance: true }).shape }),
    du: { type: 'date', description: 'Premier jour de la période' },
    au: { type: 'date', description: 'Dernier jour de la période' },
    retraitements: { type: 'text[]', description: 'Pourquoi elle a été retraitée, chaque fois' },
    franchi: {
      type: 'text',
      description: 'Si le seuil est franchi',
      words: motDe,
      from: ['valeur', 'seuil'],
    },
  },
  totals: { valeur: { description: 'Valeurs' } },
  filteredBy: { indicateur: null, axe: null, periode: null, franchi: FRANCHI },
  screen: [
    { heading: 'Intitulé', grow: 2, of: 'intitule' },
    { heading: 'Chiffre', text: (row) => nombreEnClair(row.valeur) },
    { heading: 'Unité', of: 'unite' },
    { heading: 'Seuil', of: 'seuil' },
    { heading: 'Franchi', of: 'franchi' },
    { heading: 'Retraitée', grow: 1, of: 'retraitements' },
  ],
});
