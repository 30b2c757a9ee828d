import { MOTIFS } from '../faits/index.js';
import type { NamedKind } from '../room/index.js';
import { actionDecider } from './actions.decider.js';
import { actionFacts } from './actions.events.js';

export const actionKind = {
  category: 'action',
  pattern: MOTIFS.action,
  decider: actionDecider,
  facts: actionFacts,
} as unknown as NamedKind;
