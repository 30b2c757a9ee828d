import type { Command, Consequence, Entailed, Fact } from '../event-sourcing/index.js';
import type { NamedKind } from './kind.js';

interface Cause<T extends string> {
  readonly facts: readonly T[];
  /** Whether the cause is refused where its consequence is; else the consequence is skipped, and told. */
  readonly essential?: boolean;
  /** What is done, in the identity of commands that come from a file. Storage format. */
  readonly deed: string;
}

/** `when(kind, …).then(kind, …)`: what facts of one kind entail for things of another, or of the same. */
export const when = <F extends Fact>(
  of: NamedKind,
  { facts, essential = false, deed }: Cause<F['type']>,
) => ({
  then: <C extends Command>(
    to: NamedKind,
    entailed: (fact: F, reference: string) => readonly Entailed<C>[],
  ): Consequence => ({
    of,
    facts,
    to,
    essential,
    deed,
    entailed: (fact, reference) => entailed(fact as F, reference),
  }),
});
