import { z } from 'zod';
import type { FactCatalogue } from '../event-sourcing/index.js';
import { dateFloue, references, texte } from '../faits/index.js';

export const comiteInstitue = z.strictObject({ nom: texte, intitule: texte.optional() });

const mandatConfie = z.strictObject({
  mandat: references.mandat,
  personne: references.personne,
  institution: texte,
  fonction: texte.nullable().describe('null : non communiquée'),
  du: dateFloue.optional(),
  remplace: references.personne.optional().describe('La personne dont le siège est repris'),
});

const mandatTermine = z.strictObject({
  mandat: references.mandat,
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
    sentence: ({ mandat, personne, institution, fonction, remplace }) =>
      `Le mandat ${mandat} (${institution}${fonction ? `, ${fonction}` : ''}) est confié à ${personne}${
        remplace ? `, qui remplace ${remplace}` : ''
      }.`,
    links: ({ mandat, personne, remplace }) => [
      { from: mandat, role: 'confie-a', to: personne },
      ...(remplace ? [{ from: mandat, role: 'remplace', to: remplace }] : []),
    ],
  },
  MandatTermine: {
    version: 1,
    schema: mandatTermine,
    identity: ['mandat'],
    effectiveOn: ({ le }) => le?.auPlusTard,
    sentence: ({ mandat, motif }) => `Le mandat ${mandat} prend fin : ${motif}.`,
  },
};
