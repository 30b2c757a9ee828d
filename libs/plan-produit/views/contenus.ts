import { contains } from '../../event-sourcing/index.js';
import { columnsFrom, json, published } from '../../room/index.js';
import { comiteDe, dateFloue, jourEnClair, motDe } from '../../words/index.js';
import { planKind } from '../kinds.js';
import { contenu, facts } from '../plan-produit.events.js';

const STATUTS = ['prevu', 'livre', 'retire'] as const;

/** What is to be delivered, with the version that it is to come with. */
export const contenus = published(planKind, {
  view: 'contenus',
  version: 1,
  title: 'Contenus du plan produit',
  name: contenu,
  rows: (plan, reference) =>
    plan.contenus.map(({ contenu: un, version, avant, ...one }) => {
      const row = {
        comite: comiteDe(reference),
        plan: reference,
        ...one,
        version: `${reference}/${version}`,
        avant: avant.map((autre) => `${reference}/${autre}`),
      };
      return [`${reference}/contenu/${un}`, row] as const;
    }),
  columns: {
    comite: { type: 'text', description: 'Comité' },
    plan: { type: 'text', description: 'Plan produit' },
    ...columnsFrom(
      facts.ContenuInscrit.omit({ seance: true, contenu: true, decision: true, version: true }).shape,
    ),
    seance: { type: 'text', description: 'Séance où il a été inscrit' },
    statut: { type: 'text', description: `Statut : ${STATUTS.join(', ')}`, words: motDe },
    version: { type: 'text', description: 'Version' },
    avant: { type: 'text[]', description: 'Versions où il a été inscrit avant' },
    livre: json('Quand il a été livré', dateFloue, jourEnClair),
    motif: { type: 'text', description: 'Motif du retrait' },
    decisions: { type: 'text[]', description: 'Décisions qui l’ont voulu ainsi' },
  },
  filteredBy: { plan: null, version: null, dossier: null, statut: STATUTS },
  filters: { decision: contains('decisions', 'Une des décisions qui l’ont voulu ainsi') },
  screen: [
    { heading: 'Élément', grow: 2, of: 'element' },
    { heading: 'Version', of: 'version' },
    { heading: 'Avant', grow: 1, of: 'avant' },
    { heading: 'Statut', of: 'statut' },
    { heading: 'Dossier', of: 'dossier' },
    { heading: 'Décisions', grow: 1, of: 'decisions' },
  ],
});
