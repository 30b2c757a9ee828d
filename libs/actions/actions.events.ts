import { z } from 'zod';
import { catalogueOf, type FactsOf } from '../event-sourcing/index.js';
import { point } from '../copil/index.js';
import { decision } from '../decisions/index.js';
import { citer, dateFloue, motDe, nameOf, sansPoint, seance, texte } from '../words/index.js';

export const action = nameOf({
  word: 'action',
  under: seance,
  letter: 'A',
  example: 'A3',
  one: 'une action',
});

/** What a progress means, beside its words; an unknown wording is kept with `autre`. */
export const CODES = [
  'non-communique',
  'non-fait',
  'a-faire',
  'planifie',
  'en-cours',
  'en-attente',
  'point-dedie',
  'fait',
  'livre',
  'autre',
] as const;
export type Code = (typeof CODES)[number];

const ici = { seance: seance.schema.optional() };
/** Their names are the storage format. */
export const facts = {
  ActionDecidee: z.strictObject({
    seance: seance.schema,
    projet: texte.optional(),
    intitule: texte,
    acteurs: z.array(texte).min(1, 'au moins un acteur'),
    point: point.schema.optional(),
    origine: decision.schema.optional().describe('La décision dont elle découle'),
    echeance: dateFloue.optional(),
    recurrence: texte.optional().describe('Quand elle revient, dans les mots du comité : « à chaque COPIL »'),
  }),
  AvancementConstate: z.strictObject({
    ...ici,
    acteur: texte.nullable().describe('null : un avancement pour tous les acteurs'),
    texte: texte.describe('À la lettre'),
    code: z.enum(CODES),
    le: dateFloue.optional().describe('Le jour du fait, s’il est dit'),
  }),
  EcheanceRevisee: z.strictObject({ ...ici, echeance: dateFloue, motif: texte.optional() }),
  ActionAbandonnee: z.strictObject({ ...ici, motif: texte }),
};
export type ActionEvent = FactsOf<typeof facts>;

const constateeA = ({ seance }: { seance?: string | undefined }) =>
  seance ? [{ role: 'constate-a', to: seance }] : [];

/** What the former version said is said in this one, which can say more. */
const asItWas = (data: object): object => data;

export const actionFacts = catalogueOf(facts, {
  ActionDecidee: {
    version: 2,
    upcasters: [asItWas],
    identity: ['seance'],
    sentence: ({ intitule, acteurs, recurrence }) =>
      `Action décidée : ${citer(intitule)} (${acteurs.join(', ')})${recurrence ? `, récurrente : ${recurrence}` : ''}.`,
    links: ({ seance, point, origine }) => [
      { role: 'decidee-a', to: seance },
      ...(point ? [{ role: 'au-point', to: point }] : []),
      ...(origine ? [{ role: 'decoule-de', to: origine }] : []),
    ],
  },
  AvancementConstate: {
    version: 2,
    upcasters: [asItWas],
    identity: ['seance'],
    effectiveOn: ({ le }) => le?.auPlusTard,
    sentence: ({ acteur, texte: mots, code }) =>
      `Avancement${acteur ? ` (${acteur})` : ''} : ${citer(mots)} (${motDe(code)}).`,
    links: constateeA,
  },
  EcheanceRevisee: {
    identity: ['seance'],
    sentence: ({ echeance, motif }) =>
      `Échéance : ${sansPoint(echeance.texte)}${motif ? ` (${sansPoint(motif)})` : ''}.`,
    links: constateeA,
  },
  ActionAbandonnee: {
    identity: ['seance'],
    sentence: ({ motif }) => `Action abandonnée : ${sansPoint(motif)}.`,
    links: constateeA,
  },
});
