import { z } from 'zod';
import { contains, LATE, late } from '../../event-sourcing/index.js';
import { json, published, sourceOf } from '../../room/index.js';
import {
  comiteDe,
  dateFloue,
  glissement,
  glissementEnClair,
  jourEnClair,
  seance,
  sourceEnClair,
  sourceLue,
  motDe,
} from '../../words/index.js';
import type { Avancement, Occurrence } from '../actions.decider.js';
import { CODES, facts } from '../actions.events.js';
import { actionKind } from '../kinds.js';

const STATUTS = ['ouverte', 'faite', 'abandonnee'] as const;
const retard = late(
  { while: ['statut', 'ouverte'], due: 'echeance', first: 'echeanceAuPlusTot', last: 'echeanceAuPlusTard' },
  {
    description: `${LATE.join(', ')}, au jour de référence`,
    words: motDe,
    from: ['echeance', 'statut'],
  },
);

const enMots = ({ acteur, texte }: Avancement): string => (acteur ? `${acteur} : ${texte}` : texte);

const enUneFois = ({ seance: a, avancements }: Occurrence): string =>
  `${a ? `à ${a}` : 'entre deux séances'} : ${avancements
    .map((one) => `${enMots(one)}${one.le ? ` (${jourEnClair(one.le)})` : ''}`)
    .join(' ; ')}`;

export const actions = published(actionKind, {
  view: 'actions',
  version: 5,
  title: 'Suivi des actions',
  kept: { source: sourceOf('ActionDecidee') },
  rows(state, reference, kept) {
    if (!state) return [];
    const { entreDeux: _, ...action } = state;
    const row = {
      ...action,
      comite: comiteDe(reference),
      avancement: action.avancements.map(enMots).join(' ; ') || null,
      codes: action.avancements.map(({ code }) => code),
      echeanceAuPlusTot: action.echeance?.auPlusTot ?? null,
      echeanceAuPlusTard: action.echeance?.auPlusTard ?? null,
      ...kept,
    };
    return [[reference, row]];
  },
  columns: {
    comite: { type: 'text', description: 'Comité' },
    seance: { type: 'text', description: 'Séance qui l’a décidée' },
    projet: { type: 'text', description: 'Projet' },
    intitule: { type: 'text', description: 'Intitulé, à la lettre' },
    acteurs: { type: 'text[]', description: 'Acteurs' },
    point: { type: 'text', description: 'Point de l’ordre du jour' },
    origine: { type: 'text', description: 'Décision dont elle découle' },
    statut: { type: 'text', description: `Statut : ${STATUTS.join(', ')}`, words: motDe },
    avancement: { type: 'text', description: 'Dernier avancement, à la lettre', from: ['avancements'] },
    codes: {
      type: 'text[]',
      description: 'Codes canoniques des derniers avancements',
      words: (codes: readonly string[]) => codes.map(motDe),
      from: ['avancements'],
    },
    avancements: json(
      'Dernier avancement de chaque acteur ; acteur null : de tous',
      z.array(facts.AvancementConstate),
      (avancements) =>
        avancements.map((one) => `${enMots(one)}${one.code === 'autre' ? '' : ` (${motDe(one.code)})`}`),
    ),
    recurrence: { type: 'text', description: 'Quand elle revient, si elle est récurrente' },
    occurrences: {
      ...json(
        'Les fois où une action récurrente a été faite',
        z.array(
          z.strictObject({
            seance: seance.schema.optional(),
            avancements: z.array(facts.AvancementConstate),
          }),
        ),
        (occurrences: readonly Occurrence[]) => occurrences.map(enUneFois),
      ),
      from: ['avancements'],
    },
    echeance: json('Échéance, dans les mots du comité et en bornes', dateFloue, jourEnClair),
    echeanceInitiale: { ...json('Première échéance', dateFloue, jourEnClair), from: ['echeance'] },
    echeanceAuPlusTot: {
      type: 'date',
      description: 'Premier jour possible de l’échéance',
      from: ['echeance'],
    },
    echeanceAuPlusTard: {
      type: 'date',
      description: 'Dernier jour possible de l’échéance',
      from: ['echeance'],
    },
    glissement: {
      ...json(
        'Glissement cumulé depuis la première échéance, en jours [min, max]',
        glissement,
        glissementEnClair,
      ),
      from: ['echeance'],
    },
    motifAbandon: { type: 'text', description: 'Motif de l’abandon' },
    source: json('Où la décision a été lue', sourceLue, sourceEnClair),
  },
  computed: { retard: retard.column },
  filteredBy: { statut: STATUTS, projet: null, seance: null },
  filters: {
    acteur: contains('acteurs', 'Un des acteurs'),
    code: contains('codes', 'Code canonique d’un avancement', CODES),
    retard: retard.filter,
  },
  screen: [
    { heading: 'Projet', of: 'projet' },
    { heading: 'Action / décision', grow: 4, of: 'intitule' },
    { heading: 'Acteurs', of: 'acteurs' },
    { heading: 'Avancement', grow: 2, text: ({ avancement }) => avancement ?? '—' },
    { heading: 'Code', of: 'codes' },
    { heading: 'Statut', of: 'statut' },
    {
      heading: 'Échéance',
      grow: 1,
      text: ({ echeance, glissement, recurrence }) =>
        [
          recurrence &&
            (echeance ? `récurrente, cette fois ${jourEnClair(echeance)}` : `récurrente : ${recurrence}`),
          !recurrence && jourEnClair(echeance),
          glissement && ` (glissement ${glissementEnClair(glissement)})`,
        ]
          .filter(Boolean)
          .join(''),
    },
    { heading: 'Retard', of: 'retard' },
  ],
});
