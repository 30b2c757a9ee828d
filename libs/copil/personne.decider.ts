import type { CommandsOf, Decider } from '../event-sourcing/decider.js';
import { Refusal } from '../event-sourcing/refusal.js';
import type { PersonneEvent } from './personne.events.js';

export type PersonneCommand = CommandsOf<PersonneEvent, { EnregistrerPersonne: 'PersonneEnregistree' }>;

export type Personne = PersonneEvent['data'] | undefined;

export function exigerConnue(personne: Personne, reference: string): void {
  if (!personne)
    throw new Refusal('personne-inconnue', `La personne ${reference} n’est pas enregistrée.`, {
      personne: reference,
    });
}

export const personneDecider: Decider<PersonneCommand, Personne, PersonneEvent> = {
  initial: undefined,

  decide({ data }, personne) {
    if (personne) throw new Refusal('personne-deja-enregistree', 'Cette personne est déjà enregistrée.');
    return [{ type: 'PersonneEnregistree', data }];
  },

  evolve(_, { type, data }) {
    switch (type) {
      case 'PersonneEnregistree':
        return data;
    }
  },
};
