import { LATE, late, notAfter } from '../../event-sourcing/index.js';
import { json, published } from '../../room/index.js';
import { comiteDe, dateFloue, glissement, glissementEnClair, jourEnClair, motDe } from '../../words/index.js';
import { jalon } from '../dossiers.events.js';
import { dossierKind } from '../kinds.js';

const STATUTS = ['attendu', 'atteint', 'abandonne'] as const;
const retard = late(
  { while: ['statut', 'attendu'], due: 'prevu', first: 'prevuAuPlusTot', last: 'prevuAuPlusTard' },
  { description: `${LATE.join(', ')}, au jour de référence`, words: motDe, from: ['prevu', 'statut'] },
);

/** All milestones of all dossiers, in the order of time. */
export const jalons = published(dossierKind, {
  view: 'jalons',
  version: 1,
  title: 'Jalons des dossiers',
  name: jalon,
  rows: (dossier, reference) =>
    (dossier?.jalons ?? []).map(({ jalon: un, ...one }) => {
      const row = {
        comite: comiteDe(reference),
        dossier: reference,
        titre: dossier!.titre,
        ...one,
        prevuAuPlusTot: one.prevu?.auPlusTot ?? null,
        prevuAuPlusTard: one.prevu?.auPlusTard ?? null,
        jour: (one.atteint ?? one.prevu)?.auPlusTard ?? null,
      };
      return [`${reference}/jalon/${un}`, row] as const;
    }),
  columns: {
    comite: { type: 'text', description: 'Comité' },
    dossier: { type: 'text', description: 'Dossier' },
    titre: { type: 'text', description: 'Titre du dossier' },
    seance: { type: 'text', description: 'Séance où il a été fixé' },
    intitule: { type: 'text', description: 'Intitulé, à la lettre' },
    statut: { type: 'text', description: `Statut : ${STATUTS.join(', ')}`, words: motDe },
    prevu: json('Quand il est prévu ; null : non communiqué', dateFloue, jourEnClair),
    prevuInitial: json('Quand il a d’abord été prévu', dateFloue, jourEnClair),
    prevuAuPlusTot: { type: 'date', description: 'Premier jour possible', from: ['prevu'] },
    prevuAuPlusTard: { type: 'date', description: 'Dernier jour possible', from: ['prevu'] },
    atteint: json('Quand il a été atteint', dateFloue, jourEnClair),
    jour: {
      type: 'date',
      ranks: true,
      description: 'Le jour qui le range : atteint, ou prévu',
      from: ['prevu', 'atteint'],
    },
    glissement: {
      ...json(
        'Glissement cumulé depuis la première prévision, en jours [min, max]',
        glissement,
        glissementEnClair,
      ),
      from: ['prevu', 'atteint'],
    },
    motif: { type: 'text', description: 'Motif de l’abandon' },
  },
  computed: { retard: retard.column },
  filteredBy: { dossier: null, statut: STATUTS },
  filters: { retard: retard.filter, avant: notAfter('jour', 'Au plus tard ce jour, AAAA-MM-JJ') },
  screen: [
    { heading: 'Dossier', grow: 1, of: 'titre' },
    { heading: 'Intitulé', grow: 2, of: 'intitule' },
    { heading: 'Prévu', grow: 1, of: 'prevu' },
    { heading: 'Statut', of: 'statut' },
    { heading: 'Atteint', grow: 1, of: 'atteint' },
    { heading: 'Glissement', of: 'glissement' },
    { heading: 'Retard', of: 'retard' },
  ],
});
