import {
  type Check,
  checked,
  type Command,
  type Fact,
  type FactCatalogue,
  Refusal,
  type StreamKind,
} from '../event-sourcing/index.js';
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
  /** Whether a thing has a part of some name. */
  hasPart?(state: S, part: string): boolean;
  /** The fact types that tell enough of such a thing where a chain only passes through it; absent: all. */
  readonly milestones?: readonly string[];
}

const KINDS = new Set<NamedKind>();

/** A kind whose rules and stored facts are of one type: the only place where that type is given up. */
export function namedKind<C extends Command, S, F extends Fact>(
  kind: Omit<StreamKind<C, S, F>, 'facts'> & {
    readonly facts: FactCatalogue<F>;
    readonly name: Name;
  } & Pick<NamedKind<S>, 'hasPart' | 'milestones' | 'parts' | 'roles'>,
): NamedKind<S> {
  const named = kind as unknown as NamedKind<S>;
  KINDS.add(named);
  return named;
}

/** What is referred to exists, whichever room it is of: rooms that refer to each other need not know each other. */
export function existing(reference: string): Check {
  for (const kind of KINDS) {
    const unknown = () => new Refusal('reference-inconnue', `${reference} n’existe pas.`, { reference });
    if (kind.name.pattern.test(reference))
      return checked(kind, reference, (state) => {
        if (state === kind.decider.initial) throw unknown();
      });
    const part = kind.parts?.find(({ pattern }) => pattern.test(reference));
    if (part && kind.hasPart)
      return checked(kind, part.holderOf(reference), (state) => {
        if (!kind.hasPart!(state, reference)) throw unknown();
      });
  }
  throw new TypeError(`${reference} is of no kind`);
}

/** How the things of a kind and their parts are called. */
export const namesOf = ({ name, parts = [] }: NamedKind): readonly Name[] => [name, ...parts];
