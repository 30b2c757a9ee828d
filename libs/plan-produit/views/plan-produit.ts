import { z } from 'zod';
import { contains, LATE, late } from '../../event-sourcing/index.js';
import { columnsFrom, json, published } from '../../room/index.js';
import { comiteDe, dateFloue, glissement, glissementEnClair, jourEnClair, motDe } from '../../words/index.js';
import { planKind } from '../kinds.js';
import { facts, version } from '../plan-produit.events.js';

const STATUTS = ['annoncee', 'livree', 'retiree'] as const;
const retard = late(
  { while: ['statut', 'annoncee'], due: 'prevue', first: 'prevueAuPlusTot', last: 'prevueAuPlusTard' },
  { description: `${LATE.join(', ')}, au jour de référence`, words: motDe, from: ['prevue', 'statut'] },
);
const STATUTS_DE_CONTENU = ['prevu', 'livre', 'retire'] as const;

/** The versions of products, with what is to come with each. */
export const planProduit = published(planKind, {
  view: 'plan-produit',
  version: 1,
  title: 'Plan produit',
  name: version,
  rows: ({ versions, contenus }, reference) =>
    versions.map(({ decisions, ...one }) => {
      const dedans = contenus.filter((contenu) => contenu.version === one.version);
      const compris = dedans.filter(({ statut }) => statut !== 'retire');
      const row = {
        comite: comiteDe(reference),
        plan: reference,
        ...one,
        prevueAuPlusTot: one.prevue?.auPlusTot ?? null,
        prevueAuPlusTard: one.prevue?.auPlusTard ?? null,
        contenus: dedans.map(({ contenu, element, statut, dossier }) => ({
          contenu: `${reference}/contenu/${contenu}`,
          element,
          statut,
          dossier: dossier ?? null,
        })),
        inscrits: compris.length,
        livres: compris.filter(({ statut }) => statut === 'livre').length,
        dossiers: [...new Set(dedans.flatMap(({ dossier }) => dossier ?? []))],
        decisions: [...new Set([...decisions, ...dedans.flatMap((contenu) => contenu.decisions)])],
      };
      return [`${reference}/${one.version}`, row] as const;
    }),
  columns: {
    comite: { type: 'text', description: 'Comité' },
    plan: { type: 'text', description: 'Plan produit' },
    ...columnsFrom(facts.VersionAnnoncee.omit({ seance: true, prevue: true }).shape),
    seance: { type: 'text', description: 'Séance qui l’a annoncée' },
    statut: { type: 'text', description: `Statut : ${STATUTS.join(', ')}`, words: motDe },
    prevue: json('Quand elle est prévue ; null : non communiqué', dateFloue, jourEnClair),
    prevueInitiale: json('Quand elle a d’abord été prévue', dateFloue, jourEnClair),
    prevueAuPlusTot: { type: 'date', description: 'Premier jour possible', from: ['prevue'] },
    prevueAuPlusTard: { type: 'date', description: 'Dernier jour possible', from: ['prevue'] },
    livree: json('Quand elle a été livrée', dateFloue, jourEnClair),
    glissement: {
      ...json(
        'Glissement cumulé depuis la première prévision, en jours [min, max]',
        glissement,
        glissementEnClair,
      ),
      from: ['prevue', 'livree'],
    },
    contenus: json(
      'Contenus',
      z.array(
        z.strictObject({
          contenu: z.string(),
          element: z.string(),
          statut: z.enum(STATUTS_DE_CONTENU),
          dossier: z.string().nullable(),
        }),
      ),
      (all) => all.map(({ element, statut }) => `${element} (${motDe(statut)})`),
    ),
    inscrits: { type: 'integer', description: 'Contenus inscrits', from: ['contenus'] },
    livres: { type: 'integer', description: 'Contenus livrés', from: ['contenus'] },
    dossiers: { type: 'text[]', description: 'Dossiers de ses contenus', from: ['contenus'] },
    decisions: { type: 'text[]', description: 'Décisions qui l’ont voulue ainsi' },
    motif: { type: 'text', description: 'Motif du retrait' },
  },
  computed: { retard: retard.column },
  totals: {
    inscrits: { description: 'Contenus inscrits', sum: true },
    livres: { description: 'Contenus livrés', sum: true },
  },
  filteredBy: { plan: null, statut: STATUTS },
  filters: {
    retard: retard.filter,
    dossier: contains('dossiers', 'Le dossier d’un de ses contenus'),
    decision: contains('decisions', 'Une des décisions qui l’ont voulue ainsi'),
  },
  screen: [
    { heading: 'Prévue', grow: 1, of: 'prevue' },
    { heading: 'Statut', of: 'statut' },
    { heading: 'Livrée', grow: 1, of: 'livree' },
    { heading: 'Glissement', of: 'glissement' },
    { heading: 'Retard', of: 'retard' },
    { heading: 'Avec', of: 'conjointe' },
    {
      heading: 'Livrés',
      text: ({ inscrits, livres }) => (inscrits === 0 ? '' : `${livres} sur ${inscrits}`),
    },
    { heading: 'Contenus', grow: 2, of: 'contenus' },
  ],
});
