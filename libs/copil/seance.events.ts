import { z } from 'zod';
import { catalogueOf, type FactsOf } from '../event-sourcing/index.js';
import {
  citer,
  comite,
  compte,
  dateFloue,
  jour,
  jourEnFrancais,
  motDe,
  numeroDeSeance,
  sansPoint,
  source,
  texte,
} from '../words/index.js';
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

/** Their names are the storage format. */
export const facts = {
  SeancePlanifiee: z.strictObject({
    comite: comite.schema,
    numero: numeroDeSeance,
    jour: dateFloue,
  }),
  SeanceDatee: z.strictObject({ jour: dateFloue }),
  PointInscrit: z.strictObject({
    point: numeroDePoint,
    titre: texte,
    reporteDe: point.schema.optional().describe('Le point d’une séance antérieure qu’il reprend'),
  }),
  SeanceOuverte: z.strictObject({
    presences: z.array(
      z.strictObject({
        personne: personne.schema,
        presence: z.enum(PRESENCES),
        suppleant: personne.schema
          .optional()
          .describe('Qui est venu à la place du membre, pour cette séance'),
      }),
    ),
    invites: z.array(
      z.strictObject({
        personne: personne.schema,
        fonction: texte.nullable(),
        presence: z.enum(PRESENCES),
      }),
    ),
  }),
  IssueDonnee: z.strictObject({
    point: numeroDePoint,
    issue: z.enum(ISSUES),
    texte: texte.optional(),
    motif: texte.optional(),
  }),
  ContradictionRelevee: z.strictObject({
    contradiction: z.string().regex(/^C[1-9]\d*$/, 'un numéro comme C1'),
    objet: texte,
    concerne: texte.max(120).optional().describe('La référence de ce qui est en cause'),
    lectures: z.array(z.strictObject({ texte, source: source.optional() })).min(1),
    retenu: texte.nullable().describe('La lecture retenue ; null : aucune'),
  }),
  SeanceCloturee: z.strictObject({ remarque: texte.optional() }),
  SeanceRectifiee: z.strictObject({
    le: jour.describe('Le jour où le rectificatif a été enregistré'),
    motif: texte,
  }),
};
export type SeanceEvent = FactsOf<typeof facts>;

/** What says the day of a séance, wherever it was said: its own file, that of the one before, a request. */
export const isDating = ({ type }: { readonly type: string }): boolean =>
  type === 'SeancePlanifiee' || type === 'SeanceDatee';

/** What no file of the séance itself need say. */
export const isSaidElsewhere = (fact: { readonly type: string }): boolean =>
  isDating(fact) || fact.type === 'SeanceRectifiee';

type Ouverte = Extract<SeanceEvent, { readonly type: 'SeanceOuverte' }>['data'];

/** Unknown is not zero: who came is told as far as it is known. */
function presencesEnMots({ presences, invites }: Ouverte): string {
  const venus = presences.filter(({ presence, suppleant }) => presence === 'present' || suppleant).length;
  const inconnus = presences.filter(
    ({ presence, suppleant }) => presence === 'inconnue' && !suppleant,
  ).length;
  const membres =
    presences.length === 0
      ? 'présence des membres non communiquée'
      : inconnus === presences.length
        ? `${compte(presences.length, 'membre')}, présence non communiquée`
        : `${venus} présent${s(venus)} ou suppléé${s(venus)} sur ${compte(presences.length, 'membre')}${
            inconnus > 0 ? `, ${inconnus} non communiqué${s(inconnus)}` : ''
          }`;
  return `${membres}${invites.length > 0 ? ` ; ${compte(invites.length, 'invité')}` : ''}`;
}

const s = (count: number): string => (count > 1 ? 's' : '');

export const seanceFacts = catalogueOf(facts, {
  SeancePlanifiee: {
    identity: ['comite', 'numero'],
    sentence: ({ numero, jour }) =>
      `La séance ${numero} est planifiée ; son jour : ${sansPoint(jour.texte)}.`,
  },
  SeanceDatee: {
    sentence: ({ jour }) => `La séance est datée ; son jour : ${sansPoint(jour.texte)}.`,
  },
  PointInscrit: {
    identity: ['point'],
    sentence: ({ point: numero, titre, reporteDe }) =>
      `Le point ${numero} ${citer(titre)} est inscrit${reporteDe ? `, repris de ${reporteDe}` : ''}.`,
    links: ({ point: numero, reporteDe }, seance) =>
      reporteDe ? [{ from: `${seance}/${numero}`, role: 'reprend', to: reporteDe }] : [],
  },
  SeanceOuverte: {
    version: 2,
    upcasters: [(data) => data],
    unknown: ['inconnue'],
    sentence: (ouverte) => `La séance s’ouvre : ${presencesEnMots(ouverte)}.`,
  },
  IssueDonnee: {
    identity: ['point'],
    unknown: ['non-communique'],
    sentence: ({ point: numero, issue, texte: mots, motif }) =>
      `Le point ${numero} a pour issue « ${motDe(issue)} »${mots ? ` : ${sansPoint(mots)}` : ''}${
        motif ? ` (${sansPoint(motif)})` : ''
      }.`,
  },
  ContradictionRelevee: {
    identity: ['contradiction'],
    sentence: ({ contradiction, objet }) => `Contradiction ${contradiction} relevée : ${sansPoint(objet)}.`,
    links: ({ concerne }) => (concerne ? [{ role: 'concerne', to: concerne }] : []),
  },
  SeanceCloturee: {
    sentence: () => 'La séance est close.',
  },
  SeanceRectifiee: {
    sentence: ({ le, motif }) => `La séance est rectifiée le ${jourEnFrancais(le)} : ${sansPoint(motif)}.`,
  },
});
