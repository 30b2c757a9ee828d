import { z } from 'zod';
import type { FactCatalogue } from '../event-sourcing/index.js';
import { comite, dateFloue, numeroDeSeance, source, texte } from '../words/index.js';
import { personne, point } from './names.js';

export const ISSUES = [
  'decision',
  'information',
  'avis',
  'reporte',
  'sans-decision',
  'non-communique',
] as const;
export const PRESENCES = ['present', 'excuse', 'absent', 'inconnue'] as const;

/** A seat in the agenda of its own séance: `P4`, `P4.2`. */
export const numeroDePoint = z
  .string({ error: 'un numéro comme P4 ou P4.2' })
  .regex(/^P[1-9]\d*(\.[1-9]\d*)*$/, 'un numéro comme P4 ou P4.2');

const seancePlanifiee = z.strictObject({
  comite: comite.schema,
  numero: numeroDeSeance,
  jour: dateFloue,
});
const seanceDatee = z.strictObject({ jour: dateFloue });
const pointInscrit = z.strictObject({
  point: numeroDePoint,
  titre: texte,
  reporteDe: point.schema.optional().describe('Le point d’une séance antérieure qu’il reprend'),
});
const seanceOuverte = z.strictObject({
  presences: z.array(z.strictObject({ personne: personne.schema, presence: z.enum(PRESENCES) })),
  invites: z.array(
    z.strictObject({
      personne: personne.schema,
      fonction: texte.nullable(),
      presence: z.enum(PRESENCES),
    }),
  ),
});
const issueDonnee = z.strictObject({
  point: numeroDePoint,
  issue: z.enum(ISSUES),
  texte: texte.optional(),
  motif: texte.optional(),
});
const contradictionRelevee = z.strictObject({
  contradiction: z.string().regex(/^C[1-9]\d*$/, 'un numéro comme C1'),
  objet: texte,
  concerne: texte.max(120).optional().describe('La référence de ce qui est en cause'),
  lectures: z.array(z.strictObject({ texte, source: source.optional() })).min(1),
  retenu: texte.nullable().describe('La lecture retenue ; null : aucune'),
});
const seanceCloturee = z.strictObject({ remarque: texte.optional() });
export const facts = {
  seancePlanifiee,
  seanceDatee,
  pointInscrit,
  seanceOuverte,
  issueDonnee,
  contradictionRelevee,
  seanceCloturee,
};

/** Event names are the storage format. */
export type SeanceEvent =
  | { readonly type: 'SeancePlanifiee'; readonly data: z.infer<typeof seancePlanifiee> }
  | { readonly type: 'SeanceDatee'; readonly data: z.infer<typeof seanceDatee> }
  | { readonly type: 'PointInscrit'; readonly data: z.infer<typeof pointInscrit> }
  | { readonly type: 'SeanceOuverte'; readonly data: z.infer<typeof seanceOuverte> }
  | { readonly type: 'IssueDonnee'; readonly data: z.infer<typeof issueDonnee> }
  | { readonly type: 'ContradictionRelevee'; readonly data: z.infer<typeof contradictionRelevee> }
  | { readonly type: 'SeanceCloturee'; readonly data: z.infer<typeof seanceCloturee> };

const jourEnMots = ({ texte: mots }: z.infer<typeof dateFloue>): string => mots;

export const seanceFacts: FactCatalogue<SeanceEvent> = {
  SeancePlanifiee: {
    version: 1,
    schema: seancePlanifiee,
    identity: ['comite', 'numero'],
    sentence: ({ numero, jour }) => `La séance ${numero} est planifiée (${jourEnMots(jour)}).`,
  },
  SeanceDatee: {
    version: 1,
    schema: seanceDatee,
    sentence: ({ jour }) => `La séance est datée : ${jourEnMots(jour)}.`,
  },
  PointInscrit: {
    version: 1,
    schema: pointInscrit,
    identity: ['point'],
    sentence: ({ point: numero, titre, reporteDe }) =>
      `Le point ${numero} « ${titre} » est inscrit${reporteDe ? `, repris de ${reporteDe}` : ''}.`,
    links: ({ point: numero, reporteDe }, seance) =>
      reporteDe ? [{ from: `${seance}/${numero}`, role: 'reprend', to: reporteDe }] : [],
  },
  SeanceOuverte: {
    version: 1,
    schema: seanceOuverte,
    sentence: ({ presences, invites }) =>
      `La séance s’ouvre : ${presences.length} membre(s) convoqué(s), ${invites.length} invité(s).`,
  },
  IssueDonnee: {
    version: 1,
    schema: issueDonnee,
    identity: ['point'],
    sentence: ({ point: numero, issue, texte: mots, motif }) =>
      `Le point ${numero} a pour issue « ${issue} »${mots ? ` : ${mots}` : ''}${motif ? ` (${motif})` : ''}.`,
  },
  ContradictionRelevee: {
    version: 1,
    schema: contradictionRelevee,
    identity: ['contradiction'],
    sentence: ({ contradiction, objet }) => `Contradiction ${contradiction} relevée : ${objet}.`,
    links: ({ concerne }) => (concerne ? [{ role: 'concerne', to: concerne }] : []),
  },
  SeanceCloturee: {
    version: 1,
    schema: seanceCloturee,
    sentence: () => 'La séance est close.',
  },
};
