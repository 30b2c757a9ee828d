import type { Command } from './decider.js';
import type { Fact } from './event.js';
import type { AnyStreamKind } from './stream-kind.js';

/** What a fact entails for another thing. */
export interface Entailed<C extends Command = Command> {
  readonly reference: string;
  readonly command: C;
  /** Tells it apart from all else that the same command entails. Storage format: it feeds the command's id. */
  readonly part: string;
}

/**
 * What follows from facts of a kind, told by the room that receives it: decided with its cause, in the same
 * append. It is effective when its cause is, or when the receiver began if that is later.
 */
export interface Consequence {
  readonly of: AnyStreamKind;
  readonly facts: readonly string[];
  readonly to: AnyStreamKind;
  /** Whether its cause is refused where it is; else it is skipped, and told. */
  readonly essential: boolean;
  /** What is done, in the identity of commands that come from a file. Storage format. */
  readonly deed: string;
  entailed(fact: Fact, reference: string): readonly Entailed[];
}
