import type { Room } from '../room/index.js';
import { decisionsSayings } from './decisions.sayings.js';
import { decisionKind } from './kinds.js';
import { quandUneDecisionEnToucheDAutres } from './quand-une-decision-en-touche-d-autres-alors-elles-sont-affectees.js';
import { decisions as screen } from './views/decisions.js';

export { decision } from './decisions.events.js';
export { decisionPrise } from './kinds.js';

export const decisions: Room = {
  name: 'decisions',
  kinds: [decisionKind],
  published: [screen],
  sayings: decisionsSayings,
  consequences: [quandUneDecisionEnToucheDAutres],
};
