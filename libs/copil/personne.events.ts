import { z } from 'zod';
import type { FactCatalogue } from '../event-sourcing/index.js';
import { texte } from '../words/index.js';

const adresse = z.strictObject({
  adresse: texte,
  usage: texte.optional().describe('Où elle a été lue : affichée, lien, …'),
});

export const personneEnregistree = z.strictObject({
  nom: texte.nullable().describe('null : une adresse dont la personne n’est pas nommée'),
  courriels: z.array(adresse).optional(),
});

/** The only event that holds a name or an address; all else refers to the person's reference. */
export type PersonneEvent = {
  readonly type: 'PersonneEnregistree';
  readonly data: z.infer<typeof personneEnregistree>;
};

export const personneFacts: FactCatalogue<PersonneEvent> = {
  PersonneEnregistree: {
    version: 1,
    schema: personneEnregistree,
    sentence: () => 'La personne est enregistrée.',
  },
};
