import { seanceNonClose } from '../copil/index.js';
import type { Command } from '../event-sourcing/index.js';
import { MOTIFS } from '../faits/index.js';
import type { NamedKind } from '../room/index.js';
import { decisionDecider } from './decisions.decider.js';
import { decisionFacts, type Relation } from './decisions.events.js';

export const decisionKind = {
  category: 'decision',
  pattern: MOTIFS.decision,
  decider: decisionDecider,
  facts: decisionFacts,
} as unknown as NamedKind;

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

export const guards = (seance: string) => [seanceNonClose(seance)];
