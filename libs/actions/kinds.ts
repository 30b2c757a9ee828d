import { MOTIFS } from '../faits/index.js';
import { type NamedKind, namedKind } from '../room/index.js';
import { actionDecider } from './actions.decider.js';
import { actionFacts } from './actions.events.js';

export const actionKind: NamedKind = namedKind({
  category: 'action',
  pattern: MOTIFS.action,
  decider: actionDecider,
  facts: actionFacts,
});
