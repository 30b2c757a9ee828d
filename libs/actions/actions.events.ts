import { z } from 'zod';
import type { FactCatalogue } from '../event-sourcing/index.js';
import { point } from '../copil/index.js';
import { decision } from '../decisions/index.js';
import { dateFloue, nameOf, seance, texte } from '../words/index.js';

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

const actionDecidee = z.strictObject({
  seance: seance.schema,
  projet: texte.optional(),
  intitule: texte,
  acteurs: z.array(texte).min(1, 'au moins un acteur'),
  point: point.schema.optional(),
  origine: decision.schema.optional().describe('La décision dont elle découle'),
  echeance: dateFloue.optional(),
});
const avancementConstate = z.strictObject({
  seance: seance.schema.optional(),
  acteur: texte.nullable().describe('null : un avancement pour tous les acteurs'),
  texte: texte.describe('À la lettre'),
  code: z.enum(CODES),
  le: dateFloue.optional().describe('Le jour du fait, s’il est dit'),
});
const echeanceRevisee = z.strictObject({
  seance: seance.schema.optional(),
  echeance: dateFloue,
  motif: texte.optional(),
});
const actionAbandonnee = z.strictObject({ seance: seance.schema.optional(), motif: texte });
export const facts = { actionDecidee, avancementConstate, echeanceRevisee, actionAbandonnee };

/** Event names are the storage format. */
export type ActionEvent =
  | { readonly type: 'ActionDecidee'; readonly data: z.infer<typeof actionDecidee> }
  | { readonly type: 'AvancementConstate'; readonly data: z.infer<typeof avancementConstate> }
  | { readonly type: 'EcheanceRevisee'; readonly data: z.infer<typeof echeanceRevisee> }
  | { readonly type: 'ActionAbandonnee'; readonly data: z.infer<typeof actionAbandonnee> };

const constateeA = ({ seance }: { seance?: string | undefined }) =>
  seance ? [{ role: 'constate-a', to: seance }] : [];

export const actionFacts: FactCatalogue<ActionEvent> = {
  ActionDecidee: {
    version: 1,
    schema: actionDecidee,
    identity: ['seance'],
    sentence: ({ intitule, acteurs }) => `Action décidée : « ${intitule} » (${acteurs.join(', ')}).`,
    links: ({ seance, point, origine }) => [
      { role: 'decidee-a', to: seance },
      ...(point ? [{ role: 'au-point', to: point }] : []),
      ...(origine ? [{ role: 'decoule-de', to: origine }] : []),
    ],
  },
  AvancementConstate: {
    version: 1,
    schema: avancementConstate,
    identity: ['seance'],
    effectiveOn: ({ le }) => le?.auPlusTard,
    sentence: ({ acteur, texte: mots, code }) =>
      `Avancement${acteur ? ` de ${acteur}` : ''} : « ${mots} » (${code}).`,
    links: constateeA,
  },
  EcheanceRevisee: {
    version: 1,
    schema: echeanceRevisee,
    identity: ['seance'],
    sentence: ({ echeance, motif }) => `Échéance revue : ${echeance.texte}${motif ? ` (${motif})` : ''}.`,
    links: constateeA,
  },
  ActionAbandonnee: {
    version: 1,
    schema: actionAbandonnee,
    identity: ['seance'],
    sentence: ({ motif }) => `Action abandonnée : ${motif}.`,
    links: constateeA,
  },
};
