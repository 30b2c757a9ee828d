import type { Logged, NewEvent } from './event.js';

/** The state in which a stream must be for an entry to be taken; a number is the revision of its last event. */
export type Expected = 'any' | 'noStream' | 'exists' | number;

/**
 * What one append does to one stream. An entry without events is a check only. A stream may come
 * again later in the same append: its `expected` then counts what the earlier entries add.
 */
export interface Entry {
  readonly stream: string;
  readonly expected: Expected;
  readonly events: readonly NewEvent[];
}

export interface Appended {
  /** Position of the last event of this append: what a reader waits for in order to see it. */
  readonly position: bigint;
  /** The revision of each written stream after this append. */
  readonly revisions: ReadonlyMap<string, number>;
  /** The events were in the log already: this is the original result. */
  readonly alreadyThere: boolean;
}

/** What tells one log from another. Positions mean something in their own log only. */
export interface LogIdentity {
  readonly id: string;
  /** The identity of the log that this one is a copy of. */
  readonly copyOf?: string;
  /** False while a copy is under way, or was broken off. */
  readonly complete: boolean;
}

/** How far a log was searched, past what is none of ours, and the last of ours up to there. */
export interface Bookmark {
  readonly last: bigint;
  readonly scanned: bigint;
}

/** Where bookmarks are kept for the processes that come after, by the identity of the log. */
export interface Bookmarks {
  load(log: string): Promise<Bookmark | undefined>;
  save(log: string, bookmark: Bookmark): Promise<void>;
  drop(log: string): Promise<void>;
  close(): Promise<void>;
}

/** For how long a writer may rely on the identity of a log that it has looked at. */
export const IDENTITY_LASTS_MILLISECONDS = 1000;

/**
 * The log. Every implementation passes the one contract in `stores/event-store.contract.ts`.
 * Positions are ordered but not dense.
 */
export interface EventStore {
  /**
   * All entries or none, in order. The same append again (same streams, expectations, event ids and command
   * digest) answers the original result.
   * @throws ConcurrencyConflict a stream is not in the expected state
   * @throws CommandMismatch an event id is there already in one of these streams, from a command with another digest
   * @throws InvalidEvent the events cannot be stored (text with NUL or a lone surrogate)
   * @throws StoreUnavailable the outcome is unknown; appending the same again is safe
   */
  append(entries: readonly Entry[]): Promise<Appended>;
  /**
   * What is in a stream, in order, from a revision (inclusive); empty where there is no stream.
   * @throws StreamDamaged events are missing: it was deleted or truncated behind our back
   */
  readStream(stream: string, from?: number): Promise<Logged[]>;
  /**
   * `limit` events after a position (exclusive), in order, or fewer where the log ends; `0n` reads from the start.
   * What was told of a stream as a whole stands among them.
   * @throws LogChanged the log does not hold that position any more: it is another one, or an older state of it
   */
  readAll(after: bigint, limit: number): Promise<Logged[]>;
  /** Batches of events after a position, in order, none missed, none twice, until the signal aborts. */
  subscribe(after: bigint, signal: AbortSignal): AsyncIterable<Logged[]>;
  /** The event at a position; undefined where no event has that position. */
  eventAt(position: bigint): Promise<Logged | undefined>;
  /** The position of the last event; `0n` when the log is empty. */
  head(): Promise<bigint>;
  /**
   * The last position before the first event recorded after an instant; `0n` when there is none. Where several
   * clocks record, that is the last position before their running maximum passes the instant.
   */
  positionAt(instant: Date): Promise<bigint>;
  /** Given at the first use, and never changed. */
  identity(): Promise<LogIdentity>;
  /**
   * Makes an empty log the copy of another, or goes on with an unfinished copy of the same one. Writers that
   * look at the identity as often as they must append nothing to it from then on.
   * @throws CopyRefused it holds something else
   */
  beginCopy(of: string): Promise<LogIdentity>;
  /**
   * Raw, in an unfinished copy only: takes events as they are, all or none, after what is there.
   * @throws InvalidEvent they do not follow what is there
   */
  restore(events: readonly Logged[]): Promise<void>;
  endCopy(): Promise<void>;
  close(): Promise<void>;
}

export class LogChanged extends Error {
  override readonly name = 'LogChanged';
  constructor(readonly position: bigint) {
    super(`the log no longer holds position ${position}`);
  }
}

/** Events of a stream are missing: it was deleted or truncated behind our back, and nothing is decided on it. */
export class StreamDamaged extends Error {
  override readonly name = 'StreamDamaged';
  constructor(
    readonly stream: string,
    /** The first revision that is missing. */
    readonly revision: number,
  ) {
    super(`stream ${stream} lacks revision ${revision}`);
  }
}

export class CopyRefused extends Error {
  override readonly name = 'CopyRefused';
  constructor(
    readonly of: string,
    readonly target: LogIdentity,
  ) {
    super(`log ${target.id} is no empty log and no unfinished copy of ${of}`);
  }
}

export class ConcurrencyConflict extends Error {
  override readonly name = 'ConcurrencyConflict';
  constructor(
    readonly stream: string,
    readonly expected: Expected,
    readonly actual: number | 'noStream',
  ) {
    super(`stream ${stream} is at ${actual}, expected ${expected}`);
  }
}

export class CommandMismatch extends Error {
  override readonly name = 'CommandMismatch';
  constructor(readonly commandId: string) {
    super(`command ${commandId} is in the log already with another content`);
  }
}

export class InvalidEvent extends Error {
  override readonly name = 'InvalidEvent';
}

/** The log cannot be reached, or the connection broke: an append under way may or may not have happened. */
export class StoreUnavailable extends Error {
  override readonly name: string = 'StoreUnavailable';
}

/** A server of many others' events is there, and still searches for ours: who asks again waits for the same search. */
export class StillSearching extends StoreUnavailable {
  override readonly name = 'StillSearching';
}

/** There is no room to record anything; what is there can be read. */
export class DiskFull extends StoreUnavailable {
  override readonly name = 'DiskFull';
}
