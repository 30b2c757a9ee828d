import { z } from 'zod';
import { catalogueOf, type FactsOf } from '../event-sourcing/index.js';
import { compte, citer, dateFloue, sansPoint, texte } from '../words/index.js';
import { mandat, personne } from './names.js';

/** Their names are the storage format. */
export const facts = {
  ComiteInstitue: z.strictObject({ nom: texte, intitule: texte.optional() }),
  MandatConfie: z.strictObject({
    mandat: mandat.schema,
    personne: personne.schema,
    institution: texte,
    fonction: texte.nullable().describe('null : non communiquée'),
    du: dateFloue.optional(),
    remplace: personne.schema.optional().describe('La personne dont le siège est repris'),
  }),
  MandatTermine: z.strictObject({
    mandat: mandat.schema,
    le: dateFloue.optional(),
    motif: texte,
  }),
  QuorumFixe: z.strictObject({
    minimum: z
      .int()
      .min(0)
      .max(10_000)
      .optional()
      .describe('Combien de membres au moins ; 0 : il n’y a pas de quorum'),
    part: z
      .string()
      .regex(/^[1-9]\d{0,2}\/[1-9]\d{0,2}$/, 'une part comme 1/2')
      .optional()
      .describe('Quelle part des membres au moins : 1/2, 2/3'),
    depuis: dateFloue.optional().describe('Absente : depuis toujours'),
  }),
};
export type ComiteEvent = FactsOf<typeof facts>;

export const comiteFacts = catalogueOf(facts, {
  ComiteInstitue: {
    sentence: ({ nom }) => `Le comité ${citer(nom)} est institué.`,
  },
  MandatConfie: {
    identity: ['mandat'],
    effectiveOn: ({ du }) => du?.auPlusTard,
    sentence: ({ mandat: confie, personne: titulaire, institution, fonction, remplace }) =>
      `Le mandat ${confie} (${institution}${fonction ? `, ${fonction}` : ''}) est confié à ${titulaire}${
        remplace ? `, qui remplace ${remplace}` : ''
      }.`,
    links: ({ mandat: from, personne: to, remplace }) => [
      { from, role: 'confie-a', to },
      ...(remplace ? [{ from, role: 'remplace', to: remplace }] : []),
    ],
  },
  MandatTermine: {
    identity: ['mandat'],
    effectiveOn: ({ le }) => le?.auPlusTard,
    sentence: ({ mandat: fini, motif }) => `Le mandat ${fini} prend fin : ${sansPoint(motif)}.`,
  },
  QuorumFixe: {
    effectiveOn: ({ depuis }) => depuis?.auPlusTard,
    sentence: ({ minimum, part, depuis }) =>
      `${minimum === 0 ? 'Il n’y a pas de quorum' : `Le quorum est fixé : ${part ? `${part} des membres` : compte(minimum!, 'membre')}`}${
        depuis ? `, depuis ${depuis.texte}` : ''
      }.`,
  },
});
