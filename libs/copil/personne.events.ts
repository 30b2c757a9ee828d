import { z } from 'zod';
import { catalogueOf, type FactsOf } from '../event-sourcing/index.js';
import { texte } from '../words/index.js';

const adresse = z.strictObject({
  adresse: texte,
  usage: texte.optional().describe('Où elle a été lue : affichée, lien, …'),
});

/** The only event that holds a name or an address; all else refers to the person's reference. Storage format. */
export const facts = {
  PersonneEnregistree: z.strictObject({
    nom: texte.nullable().describe('null : une adresse dont la personne n’est pas nommée'),
    courriels: z.array(adresse).optional(),
  }),
};
export type PersonneEvent = FactsOf<typeof facts>;

export const personneFacts = catalogueOf(facts, {
  PersonneEnregistree: { sentence: (_, personne) => `La personne ${personne} est enregistrée.` },
});
