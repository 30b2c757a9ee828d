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

/** The type of the event that annuls another one. Storage format: never renamed. */
export const ANNULMENT = 'EvenementAnnule';

export interface Annulment extends Fact {
  readonly type: typeof ANNULMENT;
  readonly data: { readonly motif: string };
}

/** The category of a stream: what stands before its first hyphen. */
export const categoryOf = (stream: string): string => stream.slice(0, stream.indexOf('-'));

/** What stands after the category: the reference of the thing whose history the stream is. */
export const referenceOf = (stream: string): string => stream.slice(stream.indexOf('-') + 1);
