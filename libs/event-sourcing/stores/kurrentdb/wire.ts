import { randomUUID } from 'node:crypto';
import { jsonEvent } from '@kurrent/kurrentdb-client';
import type { Metadata, NewEvent, Recorded } from '../../event.js';

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
}

type Outgoing = NewEvent & Pick<Recorded, 'recordedAt'>;

export const toWire = ({ id, type, version, data, metadata, recordedAt }: Outgoing) => {
  const { corrects, source, ...texts } = metadata;
  const stored: Stored = {
    ...texts,
    id,
    version: String(version),
    recordedAt: recordedAt.toISOString(),
    ...(corrects && { corrects: JSON.stringify(corrects) }),
    ...(source && { source: JSON.stringify(source) }),
  };
  return jsonEvent({
    id: randomUUID(),
    type,
    data: data as Record<string, unknown>,
    metadata: stored as unknown as Record<string, unknown>,
  });
};

/** An event as the client gives it. */
export interface Incoming {
  readonly streamId: string;
  readonly revision: bigint;
  readonly type: string;
  readonly data: unknown;
  readonly metadata: unknown;
  /** Given in reads of all streams, and of one. */
  readonly position?: { readonly commit: bigint };
}

export function fromWire(event: Omit<Incoming, 'position'>, position: bigint, prefix: string): Recorded {
  const stored = event.metadata as Stored;
  const { id, version, recordedAt, corrects, source } = stored;
  const plain = {
    author: stored.author,
    commandId: stored.commandId,
    commandDigest: stored.commandDigest,
    statedOn: stored.statedOn,
    effectiveOn: stored.effectiveOn,
  };
  const metadata: Metadata =
    corrects || source
      ? {
          ...plain,
          ...(corrects && { corrects: JSON.parse(corrects) as NonNullable<Metadata['corrects']> }),
          ...(source && { source: JSON.parse(source) as object }),
        }
      : plain;
  return {
    id,
    type: event.type,
    version: Number(version),
    data: event.data as object,
    metadata,
    stream: event.streamId.slice(prefix.length),
    revision: Number(event.revision),
    position,
    recordedAt: new Date(recordedAt),
  };
}
