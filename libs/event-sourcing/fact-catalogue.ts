import type { z } from 'zod';
import type { Day, Fact, Recorded, Stray } from './event.js';
import { contentDigest } from './command-identity.js';
import { ANNULMENT } from './event.js';
import { parseInput, requireInput } from './parse-input.js';

/** A link from the thing of a stream to another thing, by reference: what `pourquoi` follows. */
export interface Link {
  /** What the link starts from, where it is a part of the stream's thing. */
  readonly from?: string;
  readonly role: string;
  readonly to: string;
}

export interface FactDescription<F extends Fact> {
  /** The version of the stored format; a change of `schema` is a new version with an upcaster. */
  readonly version: number;
  readonly schema: z.ZodType<F['data']>;
  /** From version n (the index + 1) to n + 1. */
  readonly upcasters?: readonly ((data: object) => object)[];
  /** Fields that say what the fact is about: a correction keeps them. */
  readonly identity?: readonly (keyof F['data'] & string)[];
  /** Values that stand for what is not known: whoever learns it says more, not otherwise. */
  readonly unknown?: readonly string[];
  /** The latest day of the fact itself, where its data say one: it is then effective from that day. */
  effectiveOn?(data: F['data']): Day | null | undefined;
  /** The event as a sentence in French, without any person's name. `reference` is that of the stream. */
  sentence(data: F['data'], reference: string): string;
  /** `reference` is that of the stream. */
  links?(data: F['data'], reference: string): readonly Link[];
}

/** Every fact type of a room, by name: a type that is missing here does not compile. */
export type FactCatalogue<F extends Fact> = {
  readonly [T in F['type']]: FactDescription<Extract<F, { type: T }>>;
};

type Schemas = Readonly<Record<string, z.ZodType<object>>>;

/** The facts of a kind, by the schemas of their data under their types. */
export type FactsOf<S extends Schemas> = {
  readonly [T in keyof S & string]: { readonly type: T; readonly data: z.output<S[T]> };
}[keyof S & string];

/** What is told of each of them; the version of a stored format is 1 as long as nothing else is said. */
export const catalogueOf = <S extends Schemas>(
  schemas: S,
  told: {
    readonly [T in keyof S & string]: Omit<
      FactDescription<{ readonly type: T; readonly data: z.output<S[T]> }>,
      'schema' | 'version'
    > & { readonly version?: number };
  },
): FactCatalogue<FactsOf<S>> =>
  Object.fromEntries(
    Object.entries(schemas).map(([type, schema]) => [type, { version: 1, ...told[type], schema }]),
  ) as unknown as FactCatalogue<FactsOf<S>>;

export type AnyCatalogue = Readonly<Record<string, FactDescription<Fact>>>;

export class UnknownFact extends Error {
  override readonly name = 'UnknownFact';
}

/** Checks a fact against its schema; returns it with the version under which it is stored. */
export function checkFact(catalogue: AnyCatalogue, fact: Fact): { fact: Fact; version: number } {
  if (fact.type === ANNULMENT) return { fact, version: 1 };
  const description = describe(catalogue, fact.type);
  const data = requireInput(description.schema, fact.data);
  return { fact: { type: fact.type, data }, version: description.version };
}

/** An event that a newer release of ours has recorded: this one cannot tell what it says. */
export class NewerFact extends Error {
  override readonly name = 'NewerFact';
  constructor(readonly event: Pick<Recorded, 'stream' | 'revision' | 'position' | 'type' | 'version'>) {
    super(`${event.type} (version ${event.version}) was recorded by a newer release`);
  }
}

/**
 * Reads a stored event in today's format; undefined where it is no fact of ours: of another type, or, where no
 * digest says that we wrote it, with data that we would not have written.
 * @throws NewerFact it bears our digest, and this release does not know it
 */
export function readFact(catalogue: AnyCatalogue, event: Recorded): Recorded | undefined {
  if (event.metadata.digest !== undefined) return inTodaysFormat(catalogue, event);
  if (event.type === ANNULMENT) return isAnnulment(event) ? event : undefined;
  try {
    const read = inTodaysFormat(catalogue, event);
    return read && parseInput(catalogue[read.type]!.schema, read.data).success ? read : undefined;
  } catch (error) {
    if (error instanceof NewerFact) throw error;
    // Upcasters need not bear with what we never wrote.
    return undefined;
  }
}

/** The same by its type and version alone. @throws NewerFact */
export function inTodaysFormat(catalogue: AnyCatalogue, event: Recorded): Recorded | undefined {
  if (event.type === ANNULMENT) return event;
  const description = descriptionOf(catalogue, event);
  if (!description) {
    const { digest } = event.metadata;
    if (digest !== undefined && digest === contentDigest(event.stream, event)) throw new NewerFact(event);
    return undefined;
  }
  if (event.version === description.version) return event;
  const { upcasters = [] } = description;
  const data = upcasters.slice(event.version - 1).reduce((old, step) => step(old), event.data);
  return { ...event, data };
}

/** What an event that is no fact of ours is told as. */
export function strayFrom(catalogue: AnyCatalogue, event: Recorded): Stray {
  const { stream, revision, position, id, type, recordedAt } = event;
  const known = type === ANNULMENT || descriptionOf(catalogue, event);
  return { stray: known ? 'data' : 'unknown-type', stream, revision, position, id, type, recordedAt };
}

const isAnnulment = ({ data, metadata }: Recorded): boolean =>
  metadata.corrects !== undefined && typeof (data as { motif?: unknown }).motif === 'string';

/** Of the fact type of a stored event, where this release reads its version. */
function descriptionOf(
  catalogue: AnyCatalogue,
  { type, version }: Pick<Recorded, 'type' | 'version'>,
): FactDescription<Fact> | undefined {
  const description = Object.hasOwn(catalogue, type) ? catalogue[type] : undefined;
  return description && version <= description.version ? description : undefined;
}

export function describe(catalogue: AnyCatalogue, type: string): FactDescription<Fact> {
  const description = Object.hasOwn(catalogue, type) ? catalogue[type] : undefined;
  if (!description) throw new UnknownFact(`unknown fact type ${type}`);
  return description;
}
