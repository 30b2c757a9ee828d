import { pointInscrit, seanceNonClose } from '../copil/index.js';
import type { Command, Guard } from '../event-sourcing/index.js';
import { MOTIFS } from '../faits/index.js';
import { type NamedKind, namedKind } from '../room/index.js';
import {
  decisionDecider,
  type EtatDecision,
  exigerPrise,
  exigerSansEffet,
  exigerTouchable,
  relationsPerdues,
} from './decisions.decider.js';
import { type DecisionEvent, decisionFacts, type Relation } from './decisions.events.js';

export const decisionKind: NamedKind = namedKind({
  category: 'decision',
  pattern: MOTIFS.decision,
  decider: decisionDecider,
  facts: decisionFacts,
  correctionGuards: (par: string, target: DecisionEvent, replacement: DecisionEvent | null) => [
    ...relationsPerdues(target, replacement).map(({ decision }): Guard => ({
      kind: decisionKind,
      reference: decision,
      check: (state) => exigerSansEffet(state as EtatDecision, decision, par),
    })),
    ...(replacement && 'seance' in replacement.data ? cited(replacement.data) : []),
  ],
});

/** What a decision refers to exists. */
const cited = ({ seance, point }: Cited): readonly Guard[] => (point ? [pointInscrit(point, seance)] : []);

interface Cited {
  readonly seance: string;
  readonly point?: string | undefined;
}

interface Step {
  readonly reference: string;
  readonly command: Command;
  /** What tells this step from the others of the same decision. */
  readonly part?: string;
  readonly guards: readonly Guard[];
}

/** A decision that touches others is recorded in its own history and in theirs, in one append. */
export const steps = (
  reference: string,
  command: Command & { data: { relations?: readonly { relation: Relation; decision: string }[] } },
  said: Cited,
): Step[] => [
  { reference, command, guards: [seanceNonClose(said.seance), ...cited(said)] },
  ...(command.data.relations ?? []).map(({ relation, decision }) => ({
    reference: decision,
    command: { type: 'AffecterDecision', data: { relation, par: reference } },
    part: `${relation}:${decision}`,
    guards: [
      {
        kind: decisionKind,
        reference: decision,
        check: () => exigerTouchable(relation, decision, reference),
      },
    ],
  })),
];

/** What follows from a decision follows from one that was taken. */
export const decisionPrise = (decision: string): Guard => ({
  kind: decisionKind,
  reference: decision,
  check: (state) => exigerPrise(state as EtatDecision, decision),
});
