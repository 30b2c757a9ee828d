import { pointInscrit, seanceNonCloseSiDite } from '../copil/index.js';
import { decisionPrise } from '../decisions/index.js';
import { type NamedKind, namedKind } from '../room/index.js';
import { actionDecider, type EtatAction } from './actions.decider.js';
import { action, actionFacts } from './actions.events.js';

export const actionKind: NamedKind<EtatAction> = namedKind({
  category: 'action',
  name: action,
  decider: actionDecider,
  facts: actionFacts,
  roles: {
    'decidee-a': ['décidée à', 'a décidé'],
    'constate-a': ['constatée à', 'a constaté'],
    'au-point': ['au point', 'a porté sur'],
    'decoule-de': ['découle de', 'a donné lieu à'],
  },
  maySay: ({ data }) => seanceNonCloseSiDite(data.seance),
  holds({ type, data }) {
    if (type !== 'ActionDecidee') return [];
    const { seance, point, origine } = data;
    return [...(point ? [pointInscrit(point, seance)] : []), ...(origine ? [decisionPrise(origine)] : [])];
  },
});
