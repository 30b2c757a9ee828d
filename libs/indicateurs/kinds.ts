import { seanceNonCloseSiDite } from '../copil/index.js';
import { Refusal } from '../event-sourcing/index.js';
import { type NamedKind, namedKind } from '../room/index.js';
import { type EtatIndicateur, indicateurDecider } from './indicateurs.decider.js';
import { indicateur, indicateurFacts, valeur } from './indicateurs.events.js';
import { joursDe } from '../words/index.js';

export const indicateurKind: NamedKind<EtatIndicateur> = namedKind({
  category: 'indicateur',
  name: indicateur,
  parts: [valeur],
  decider: indicateurDecider,
  facts: indicateurFacts,
  roles: {
    'defini-a': ['défini à', 'a défini'],
    'revu-a': ['revu à', 'a revu'],
    'constate-a': ['constatée à', 'a constaté'],
    'retraite-a': ['retraitée à', 'a retraité'],
    'retire-a': ['retiré à', 'a retiré'],
  },
  maySay: ({ data }) => seanceNonCloseSiDite(data.seance),
  holds({ type, data }, _reference, on) {
    if (type === 'ValeurConstatee' && joursDe(data.periode).au > on)
      throw new Refusal('periode-non-echue', `${data.periode} n’est pas échue le ${on}.`);
    return [];
  },
});
