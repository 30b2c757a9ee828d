import { z } from 'zod';
import type { FactCatalogue } from '../event-sourcing/index.js';
import { dateFloue, texte } from '../words/index.js';
import { mandat, personne } from './names.js';

export const comiteInstitue = z.strictObject({ nom: texte, intitule: texte.optional() });

export const mandatConfie = z.strictObject({
  mandat: mandat.schema,
  personne: personne.schema,
  institution: texte,
  fonction: texte.nullable().describe('null : non communiquée'),
  du: dateFloue.optional(),
  remplace: personne.schema.optional().describe('La personne dont le siège est repris'),
});

export const mandatTermine = z.strictObject({
  mandat: mandat.schema,
  le: dateFloue.optional(),
  motif: texte,
});

/** Event names are the storage format. */
export type ComiteEvent =
  | { readonly type: 'ComiteInstitue'; readonly data: z.infer<typeof comiteInstitue> }
  | { readonly type: 'MandatConfie'; readonly data: z.infer<typeof mandatConfie> }
  | { readonly type: 'MandatTermine'; readonly data: z.infer<typeof mandatTermine> };

export const comiteFacts: FactCatalogue<ComiteEvent> = {
  ComiteInstitue: {
    version: 1,
    schema: comiteInstitue,
    sentence: ({ nom }) => `Le comité « ${nom} » est institué.`,
  },
  MandatConfie: {
    version: 1,
    schema: mandatConfie,
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
    version: 1,
    schema: mandatTermine,
    identity: ['mandat'],
    effectiveOn: ({ le }) => le?.auPlusTard,
    sentence: ({ mandat: fini, motif }) => `Le mandat ${fini} prend fin : ${motif}.`,
  },
};
