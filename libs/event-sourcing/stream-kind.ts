import type { Command, Decider } from './decider.js';
import type { Day, Fact } from './event.js';
import type { AnyCatalogue } from './fact-catalogue.js';

/** One kind of stream: its category, its rules, its stored facts. */
export interface StreamKind<C extends Command = Command, S = unknown, F extends Fact = Fact> {
  readonly category: string;
  readonly decider: Decider<C, S, F>;
  readonly facts: AnyCatalogue;
  /** Whether its facts fold in the order in which they are recorded, whatever the day on which they were said. */
  readonly ordered?: boolean;
  /** What must allow that a fact be said at all: of new facts, never of replacements. `reference` is the stream's. */
  maySay?(fact: F, reference: string): readonly Check[];
  /** What must hold elsewhere for a fact to stand: of new facts and of replacements. `on` is the day on which it is said. */
  holds?(fact: F, reference: string, on: Day): readonly Check[];
  /** What must hold elsewhere for a fact to stand no more; `replacement` is null for an annulment. */
  mayGo?(fact: F, replacement: F | null, reference: string): readonly Check[];
}

// The handler works on any kind: each kind's own types are checked where the kind is declared.
// eslint-disable-next-line @typescript-eslint/no-explicit-any
export type AnyStreamKind = StreamKind<any, any, any>;

/** A thing at which others are said, until it is over: from then on by amendments alone. */
export interface Occasion {
  // Whose state it is, `checked` knows.
  // eslint-disable-next-line @typescript-eslint/no-explicit-any
  isOver(state: any): boolean;
  /** What is recorded of it, once for all that an amendment adds or changes. */
  amended(why: { readonly le: Day; readonly motif: string }): Command;
}

/** A condition on a stream that must still hold when the events are appended. */
export interface Check {
  readonly kind: AnyStreamKind;
  readonly reference: string;
  /** Throws a Refusal when the state does not allow what is recorded; may name what else must then hold. */
  // Whose state it is, `checked` knows.
  // eslint-disable-next-line @typescript-eslint/no-explicit-any
  rule(state: any): readonly Check[] | void;
  /** Where the condition is that it is not over. */
  readonly occasion?: Occasion;
}

/** A condition on the state of a thing of a kind. */
export const checked = <S>(
  kind: AnyStreamKind & { readonly decider: { readonly initial: S } },
  reference: string,
  rule: (state: S) => readonly Check[] | void,
  occasion?: Occasion,
): Check => ({ kind, reference, rule, ...(occasion && { occasion }) });

export const streamOf = (kind: Pick<AnyStreamKind, 'category'>, reference: string): string =>
  `${kind.category}-${reference}`;

/** A kind's rules, as those who only pass facts through see them. */
export const rulesOf = (kind: AnyStreamKind): Decider<Command, unknown, Fact> =>
  kind.decider as Decider<Command, unknown, Fact>;
