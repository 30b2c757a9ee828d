import { pointInscrit, seanceNonClose } from '../copil/index.js';
import { type Check, checked, type Command } from '../event-sourcing/index.js';
import { MOTIFS, seanceDe } from '../faits/index.js';
import { type NamedKind, namedKind } from '../room/index.js';
import {
  decisionDecider,
  type EtatDecision,
  exigerPrise,
  exigerSansEffet,
  exigerTouchable,
  relationsPerdues,
} from './decisions.decider.js';
import { decisionFacts, type Relation } from './decisions.events.js';

export const decisionKind: NamedKind<EtatDecision> = namedKind({
  category: 'decision',
  pattern: MOTIFS.decision,
  decider: decisionDecider,
  facts: decisionFacts,
  maySay: ({ data }) => [seanceNonClose('seance' in data ? data.seance : seanceDe(data.par))],
  holds({ type, data }, reference) {
    if (type === 'DecisionAffectee')
      return [checked(decisionKind, reference, () => exigerTouchable(data.relation, reference, data.par))];
    return data.point ? [pointInscrit(data.point, data.seance)] : [];
  },
  mayGo: (fact, replacement, par) =>
    relationsPerdues(fact, replacement).map(({ decision }) =>
      checked(decisionKind, decision, (state) => exigerSansEffet(state, decision, par)),
    ),
});

interface Step {
  readonly reference: string;
  readonly command: Command;
  /** What tells this step from the others of the same decision. */
  readonly part?: string;
}

/** A decision that touches others is recorded in its own history and in theirs, in one append. */
export const steps = (
  reference: string,
  command: Command & { data: { relations?: readonly { relation: Relation; decision: string }[] } },
): Step[] => [
  { reference, command },
  ...(command.data.relations ?? []).map(({ relation, decision }) => ({
    reference: decision,
    command: { type: 'AffecterDecision', data: { relation, par: reference } },
    part: `${relation}:${decision}`,
  })),
];

/** What follows from a decision follows from one that was taken. */
export const decisionPrise = (decision: string): Check =>
  checked(decisionKind, decision, (state) => exigerPrise(state, decision));
