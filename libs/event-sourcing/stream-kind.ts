import type { Command, Decider } from './decider.js';
import type { Fact } from './event.js';
import type { AnyCatalogue } from './fact-catalogue.js';

/** One kind of stream: its category, its rules, its stored facts. */
export interface StreamKind<C extends Command = Command, S = unknown, F extends Fact = Fact> {
  readonly category: string;
  readonly decider: Decider<C, S, F>;
  readonly facts: AnyCatalogue;
  /** Whether its facts fold in the order in which they are recorded, whatever the day on which they were said. */
  readonly ordered?: boolean;
  /** What must hold elsewhere for a fact to be corrected; `replacement` is null for an annulment. */
  correctionGuards?(reference: string, target: F, replacement: F | null): readonly Guard[];
}

// The handler works on any kind: each kind's own types are checked where the kind is declared.
// eslint-disable-next-line @typescript-eslint/no-explicit-any
export type AnyStreamKind = StreamKind<any, any, any>;

/** A condition on another stream that must still hold when the events are appended. */
export interface Guard {
  readonly kind: AnyStreamKind;
  readonly reference: string;
  /** Throws a Refusal when the state does not allow the command. */
  check(state: unknown): void;
}

export const streamOf = (kind: Pick<AnyStreamKind, 'category'>, reference: string): string =>
  `${kind.category}-${reference}`;

/** A kind's rules, as those who only pass facts through see them. */
export const rulesOf = (kind: AnyStreamKind): Decider<Command, unknown, Fact> =>
  kind.decider as Decider<Command, unknown, Fact>;
