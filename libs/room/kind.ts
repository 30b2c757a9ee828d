import type { Command, Fact, FactCatalogue, StreamKind } from '../event-sourcing/index.js';
import type { Name } from '../words/index.js';

/** A stream kind with the name of its things. */
// A kind's own types are given up where it is named, all but its state's.
// eslint-disable-next-line @typescript-eslint/no-explicit-any
export interface NamedKind<S = any> extends StreamKind<any, S, any> {
  readonly name: Name;
  /** The names of parts of its things, whose facts stand in the streams of these. */
  readonly parts?: readonly Name[];
  /** How its things are linked to others, in words: from it to the other, and back. */
  readonly roles?: Readonly<Record<string, readonly [there: string, back: string]>>;
  /** The fact types that tell enough of such a thing where a chain only passes through it; absent: all. */
  readonly milestones?: readonly string[];
}

/** A kind whose rules and stored facts are of one type: the only place where that type is given up. */
export const namedKind = <C extends Command, S, F extends Fact>(
  kind: Omit<StreamKind<C, S, F>, 'facts'> & {
    readonly facts: FactCatalogue<F>;
    readonly name: Name;
  } & Pick<NamedKind, 'milestones' | 'parts' | 'roles'>,
): NamedKind<S> => kind as unknown as NamedKind<S>;

/** How the things of a kind and their parts are called. */
export const namesOf = ({ name, parts = [] }: NamedKind): readonly Name[] => [name, ...parts];
