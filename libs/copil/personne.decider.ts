import type { Decider } from '../event-sourcing/index.js';
import { Refusal } from '../event-sourcing/refusal.js';
import type { PersonneEvent } from './personne.events.js';

export type PersonneCommand = { readonly type: 'EnregistrerPersonne'; readonly data: PersonneEvent['data'] };

export interface Personne {
  readonly connue: boolean;
}

export function exigerConnue({ connue }: Personne, personne: string): void {
  if (!connue)
    throw new Refusal('personne-inconnue', `La personne ${personne} n’est pas enregistrée.`, { personne });
}

export const personneDecider: Decider<PersonneCommand, Personne, PersonneEvent> = {
  initial: { connue: false },

  decide({ data }, { connue }) {
    if (connue) throw new Refusal('personne-deja-enregistree', 'Cette personne est déjà enregistrée.');
    return [{ type: 'PersonneEnregistree', data }];
  },

  evolve(_personne, { type }) {
    switch (type) {
      case 'PersonneEnregistree':
        return { connue: true };
    }
  },
};
