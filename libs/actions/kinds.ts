import { pointInscrit, seanceNonClose } from '../copil/index.js';
import { decisionPrise } from '../decisions/index.js';
import type { Guard } from '../event-sourcing/index.js';
import { MOTIFS } from '../faits/index.js';
import { type NamedKind, namedKind } from '../room/index.js';
import { actionDecider } from './actions.decider.js';
import { actionFacts } from './actions.events.js';

export const actionKind: NamedKind = namedKind({
  category: 'action',
  pattern: MOTIFS.action,
  decider: actionDecider,
  facts: actionFacts,
  correctionGuards: (_reference, _target, replacement) =>
    replacement?.type === 'ActionDecidee' ? cited(replacement.data.seance, replacement.data) : [],
});

interface Cited {
  readonly point?: string | undefined;
  readonly origine?: string | undefined;
}

/** What an action refers to exists. */
const cited = (seance: string, { point, origine }: Cited): readonly Guard[] => [
  ...(point ? [pointInscrit(point, seance)] : []),
  ...(origine ? [decisionPrise(origine)] : []),
];

/** What must hold elsewhere for something to be said of an action at a séance. */
export const guards = (seance: string, said: Cited = {}): readonly Guard[] => [
  seanceNonClose(seance),
  ...cited(seance, said),
];
