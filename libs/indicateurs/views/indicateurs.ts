import { z } from 'zod';
import { columnsFrom, json, published, sourceOf } from '../../room/index.js';
import { comiteDe, nombreEnClair, sourceEnClair, sourceLue, motDe } from '../../words/index.js';
import { definitionPour, FRANCHI, franchi } from '../indicateurs.decider.js';
import { definition, facts } from '../indicateurs.events.js';
import { indicateurKind } from '../kinds.js';

const { periode, valeur } = facts.ValeurConstatee.shape;

export const indicateurs = published(indicateurKind, {
  view: 'indicateurs',
  version: 1,
  title: 'Indicateurs',
  kept: { source: sourceOf('IndicateurDefini') },
  rows(indicateur, reference, kept) {
    if (!indicateur) return [];
    const { seance, valeurs, retire } = indicateur;
    const derniere = valeurs.at(-1);
    const row = {
      ...definitionPour(indicateur),
      comite: comiteDe(reference),
      seance,
      statut: retire ? 'retire' : 'suivi',
      derniere: derniere?.periode ?? null,
      dernieres: valeurs.slice(-4).map((one) => ({ periode: one.periode, valeur: one.valeur })),
      franchi: franchi(definitionPour(indicateur, derniere?.periode), derniere?.valeur ?? null),
      nonCommuniquees: valeurs.filter((one) => one.valeur === null).length,
      ...kept,
    };
    return [[reference, row]];
  },
  columns: {
    comite: { type: 'text', description: 'Comité' },
    ...columnsFrom(definition),
    seance: { type: 'text', description: 'Séance qui l’a défini' },
    statut: { type: 'text', description: 'suivi, ou retire', words: motDe },
    derniere: { type: 'text', description: 'Dernière période connue', from: ['dernieres'] },
    dernieres: json(
      'Valeurs des quatre dernières périodes connues ; null : non communiquée',
      z.array(z.strictObject({ periode, valeur })),
      (all) => all.map((one) => `${one.periode} : ${nombreEnClair(one.valeur)}`),
    ),
    franchi: {
      type: 'text',
      description: 'Si le seuil est franchi',
      words: motDe,
      from: ['dernieres', 'seuil', 'sens'],
    },
    nonCommuniquees: { type: 'integer', description: 'Combien de ses valeurs ne sont pas communiquées' },
    source: json('Où la définition a été lue', sourceLue, sourceEnClair),
  },
  totals: { nonCommuniquees: { description: 'Valeurs non communiquées', sum: true } },
  filteredBy: { axe: null, statut: ['suivi', 'retire'], franchi: FRANCHI },
  screen: [
    { heading: 'Axe', grow: 1, of: 'axe' },
    { heading: 'Intitulé', grow: 2, of: 'intitule' },
    { heading: 'Vu par', of: 'pointDeVue' },
    { heading: 'Dernières valeurs', grow: 1, of: 'dernieres' },
    { heading: 'Unité', of: 'unite' },
    { heading: 'Seuil', of: 'seuil' },
    { heading: 'Franchi', of: 'franchi' },
  ],
});
