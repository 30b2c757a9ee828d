import { randomUUID } from 'node:crypto';
import { jsonEvent } from '@kurrent/kurrentdb-client';
import { contentDigest } from '../../command-identity.js';
import {
  type Fault,
  type Logged,
  type Metadata,
  type NewEvent,
  type Recorded,
  type Stray,
} from '../../event.js';

/**
 * Metadata as the server takes it: a flat map of strings. Storage format: names are never changed.
 * `id` is our event id. The server's own id is new at each attempt: where it sees an id again it answers
 * that all is well, without comparing the content and without saying that nothing was written.
 */
interface Stored {
  readonly id: string;
  readonly version: string;
  readonly recordedAt: string;
  readonly author: string;
  readonly commandId: string;
  readonly commandDigest: string;
  readonly statedOn: string;
  readonly effectiveOn: string;
  /** JSON. */
  readonly corrects?: string;
  /** JSON. */
  readonly source?: string;
  /** SHA-256 over the content, in hexadecimal. */
  readonly digest?: string;
}

type Outgoing = (NewEvent & Pick<Recorded, 'recordedAt'>) | Stray;

export function toWire(logged: Outgoing) {
  const { id, type, recordedAt } = logged;
  // What a copy found to be none of our events keeps its place, and what was wrong with it.
  if ('stray' in logged)
    return record(type, {}, { id, recordedAt: recordedAt.toISOString(), stray: logged.stray });
  const { corrects, source, ...texts } = logged.metadata;
  const stored: Stored = {
    ...texts,
    id,
    version: String(logged.version),
    recordedAt: recordedAt.toISOString(),
    ...(corrects && { corrects: JSON.stringify(corrects) }),
    ...(source && { source: JSON.stringify(source) }),
  };
  return record(type, logged.data, stored);
}

const record = (type: string, data: object, metadata: object) =>
  jsonEvent({
    id: randomUUID(),
    type,
    data: data as Record<string, unknown>,
    metadata: metadata as Record<string, unknown>,
  });

/** An event as the client gives it. */
export interface Incoming {
  readonly streamId: string;
  readonly revision: bigint;
  readonly id: string;
  readonly type: string;
  readonly data: unknown;
  readonly metadata: unknown;
  readonly created: Date;
  /** Given in reads of all streams, and of one. */
  readonly position?: { readonly commit: bigint };
}

/** What the server notes of a stream stands in one of its own, whose name begins with that. */
const NOTES = '$$';
const METADATA_CHANGED = '$metadata';
const TOMBSTONE = '$streamDeleted';
/** A soft delete truncates before the last revision that there can be, rounded on its way here. */
const TRUNCATED_WHOLE = 2 ** 53;

/** Whether an event is in one of our streams, or tells of one as a whole. */
export const isOf = ({ streamId }: Pick<Incoming, 'streamId'>, prefix: string): boolean =>
  streamId.startsWith(prefix) || streamId.startsWith(NOTES + prefix);

/** @param event one of ours, or about one of our streams */
export function fromWire(event: Incoming, prefix: string): Logged {
  const position = event.position!.commit;
  const isNote = event.streamId.startsWith(NOTES);
  const stream = event.streamId.slice(prefix.length + (isNote ? NOTES.length : 0));
  const { type, data } = event;
  const stray = (fault: Fault, revision = Number(event.revision), known: Partial<Stray> = {}): Stray => ({
    stray: fault,
    stream,
    revision,
    position,
    id: event.id,
    type,
    recordedAt: new Date(event.created),
    ...known,
  });
  if (isNote) return stray(type === METADATA_CHANGED ? faultOf(data) : 'whole-again', -1);
  if (type === TOMBSTONE) return stray('deleted', -1);
  if (!isPlain(event.metadata)) return stray('no-metadata');
  const copied = copiedStray(event.metadata);
  if (copied) return stray(copied.stray, Number(event.revision), copied);
  const read = readMetadata(event.metadata);
  if (!read) return stray('metadata');
  if (!isPlain(data)) return stray('data');
  const { id, version, recordedAt, metadata } = read;
  const revision = Number(event.revision);
  // Not spread: that takes three times as long as all else here.
  const recorded = { id, stream, revision, position, type, version, data, metadata, recordedAt };
  if (metadata.digest !== undefined && metadata.digest !== contentDigest(stream, recorded))
    return stray('content');
  return recorded;
}

/** What a change of a stream's own metadata does to it. */
function faultOf(data: unknown): Fault {
  if (!isPlain(data)) return 'whole-again';
  const { $tb, $maxCount, $maxAge } = data as Record<string, unknown>;
  if (typeof $tb === 'number' && $tb >= TRUNCATED_WHOLE) return 'deleted';
  const truncates = (typeof $tb === 'number' && $tb > 0) || $maxCount !== undefined || $maxAge !== undefined;
  return truncates ? 'truncated' : 'whole-again';
}

const FAULTS: readonly string[] = ['no-metadata', 'metadata', 'data', 'content', 'unknown-type'];

function copiedStray(metadata: object): Pick<Stray, 'stray' | 'id' | 'recordedAt'> | undefined {
  const { stray, id, recordedAt } = metadata as Record<string, unknown>;
  if (typeof stray !== 'string' || !FAULTS.includes(stray)) return undefined;
  if (typeof id !== 'string' || !UUID.test(id)) return undefined;
  const instant = new Date(String(recordedAt));
  return Number.isNaN(instant.getTime()) ? undefined : { stray: stray as Fault, id, recordedAt: instant };
}

const DAY = /^\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])$/;
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[1-8][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/i;

const daysSeen = new Set<string>();
const DAYS_KEPT = 10_000;

/** Events of a log share few days: each is looked up in the calendar once. */
function isDay(text: unknown): boolean {
  if (typeof text !== 'string') return false;
  if (daysSeen.has(text)) return true;
  if (!DAY.test(text) || !new Date(text).toISOString().startsWith(text)) return false;
  if (daysSeen.size === DAYS_KEPT) daysSeen.clear();
  daysSeen.add(text);
  return true;
}

/** Undefined where it is not as we write it. */
function readMetadata(
  stored: Partial<Stored>,
): (Pick<Recorded, 'id' | 'version' | 'recordedAt'> & { metadata: Metadata }) | undefined {
  const { id, author, commandId, commandDigest, statedOn, effectiveOn, digest } = stored;
  const version = Number(stored.version);
  const recordedAt = new Date(stored.recordedAt ?? NaN);
  const texts = [author, commandId, commandDigest].every((text) => typeof text === 'string');
  const days = [statedOn, effectiveOn].every(isDay);
  const placed = typeof id === 'string' && UUID.test(id) && Number.isInteger(version) && version > 0;
  if (!texts || !days || !placed || Number.isNaN(recordedAt.getTime())) return undefined;
  if (digest !== undefined && typeof digest !== 'string') return undefined;
  const corrects = parsed(stored.corrects);
  const source = parsed(stored.source);
  if (corrects === false || source === false || (corrects && !isCorrection(corrects))) return undefined;
  const metadata: Metadata = {
    author: author!,
    commandId: commandId!,
    commandDigest: commandDigest!,
    statedOn: statedOn!,
    effectiveOn: effectiveOn!,
    ...(corrects && { corrects }),
    ...(source && { source }),
    ...(digest !== undefined && { digest }),
  };
  return { id, version, recordedAt, metadata };
}

/** False where a text is no JSON of an object. */
function parsed(text: unknown): object | undefined | false {
  if (text === undefined) return undefined;
  if (typeof text !== 'string') return false;
  try {
    const value: unknown = JSON.parse(text);
    return isPlain(value) ? value : false;
  } catch {
    return false;
  }
}

function isCorrection(value: object): value is NonNullable<Metadata['corrects']> {
  const { id, revision } = value as Record<string, unknown>;
  return typeof id === 'string' && Number.isInteger(revision) && (revision as number) >= 0;
}

const isPlain = (value: unknown): value is object =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && !ArrayBuffer.isView(value);
