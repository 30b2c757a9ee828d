/** A calendar day, `YYYY-MM-DD`. Days compare as strings. */
export type Day = string;

/** What happened, as a decider sees it: a literal type and plain data. */
export interface Fact {
  readonly type: string;
  readonly data: object;
}

/** Names an earlier event of the same stream that this event replaces or annuls. */
export interface Correction {
  readonly id: string;
  readonly revision: number;
}

export interface Metadata {
  readonly author: string;
  readonly commandId: string;
  /** SHA-256 (hex) of the command that led here: the same id with another digest is another command. */
  readonly commandDigest: string;
  /** The day on which the fact was stated: with the position, its place in the fold. */
  readonly statedOn: Day;
  /** The day from which the fact is certainly true. */
  readonly effectiveOn: Day;
  readonly corrects?: Correction;
  readonly source?: object;
  /** SHA-256 (hex) over the event's own content: what has another one was not written by us. Absent in old events. */
  readonly digest?: string;
}

/** An event on its way to the log. `version` is the version of the stored format of `type`. */
export interface NewEvent {
  readonly id: string;
  readonly type: string;
  readonly version: number;
  readonly data: object;
  readonly metadata: Metadata;
}

/** Where the log has put an event. A position is ordered, not dense; a revision counts from 0 in its stream. */
export interface Envelope {
  readonly id: string;
  readonly stream: string;
  readonly revision: number;
  readonly position: bigint;
  readonly recordedAt: Date;
  readonly version: number;
  readonly metadata: Metadata;
}

export type Recorded<F extends Fact = Fact> = F & Envelope;

/**
 * What is wrong with something in the log that is no event of ours: it has no metadata, or other ones than
 * ours, no data, or a content that is not the one that its digest was made of; or, of a whole stream, that it
 * was deleted or truncated, or that it is whole again.
 */
export const FAULTS = [
  'no-metadata',
  'metadata',
  'data',
  'content',
  'unknown-type',
  'deleted',
  'truncated',
  'whole-again',
] as const;
export type Fault = (typeof FAULTS)[number];

/** Something that stands in the log among our events and is none: it is told and set aside, nothing folds it. */
export interface Stray {
  readonly stray: Fault;
  readonly stream: string;
  /** In its stream; -1 where it is about the whole stream. */
  readonly revision: number;
  readonly position: bigint;
  readonly id: string;
  readonly type: string;
  readonly recordedAt: Date;
}

export type Logged = Recorded | Stray;

export const isStray = (logged: Logged): logged is Stray => 'stray' in logged;

/** The events of ours among what a log holds. */
export const ours = (logged: readonly Logged[]): Recorded[] =>
  logged.filter((one): one is Recorded => !isStray(one));

/** The type of the event that annuls another one. Storage format: never renamed. */
export const ANNULMENT = 'EvenementAnnule';

export interface Annulment extends Fact {
  readonly type: typeof ANNULMENT;
  readonly data: { readonly motif: string };
}

/**
 * Under this key, the source of a fact tells which occasion it amends, that was over, and why. Storage format: never
 * renamed.
 */
export const AMENDMENT = 'rectificatif';

/**
 * Under this key, the source of an annulment tells that it went with all that was recorded at once, and of what: that
 * may be recorded again. Storage format: never renamed.
 */
export const WITHDRAWAL = 'importAnnule';

/** What an event amends, and why; undefined: nothing that was over. */
export const amendmentIn = (event: {
  readonly metadata: Pick<Metadata, 'source'>;
}): { readonly de: string; readonly motif: string } | undefined =>
  (event.metadata.source as Partial<Record<string, { de: string; motif: string }>> | undefined)?.[AMENDMENT];

/** With what an annulment went, where it is one of many; undefined: alone. */
export const withdrawalIn = (event: { readonly metadata: Pick<Metadata, 'source'> }): string | undefined =>
  (event.metadata.source as Partial<Record<string, string>> | undefined)?.[WITHDRAWAL];

/** The category of a stream: what stands before its first hyphen. */
export const categoryOf = (stream: string): string => stream.slice(0, stream.indexOf('-'));

/** What stands after the category: the reference of the thing whose history the stream is. */
export const referenceOf = (stream: string): string => stream.slice(stream.indexOf('-') + 1);
