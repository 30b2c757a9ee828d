import { createHash } from 'node:crypto';
import { v5 } from 'uuid';
import type { NewEvent } from './event.js';

const NAMESPACE = '6d5f0f5c-4a3e-5d0e-9a55-0c6f1d1b7a10';

/** A command id from whatever names the command; a UUID is taken as it is. */
export const commandIdFrom = (...parts: readonly (string | number)[]): string =>
  v5(JSON.stringify(parts), NAMESPACE);

/** Event id = uuidv5(command id, index): a command told twice leads to the same events. */
export const eventId = (commandId: string, index: number): string => v5(String(index), commandId);

/** SHA-256 (hex) of a value, whatever the order of its keys; undefined fields count as absent. */
export const digest = (value: unknown): string => createHash('sha256').update(canonical(value)).digest('hex');

/** SHA-256 (hex) over all that an event says, its stream included: storage format, never changed. */
export function contentDigest(stream: string, { id, type, version, data, metadata }: NewEvent): string {
  const { author, commandId, commandDigest, statedOn, effectiveOn, corrects, source } = metadata;
  const said = [id, stream, type, version, author, commandId, commandDigest, statedOn, effectiveOn];
  return createHash('sha256')
    .update(JSON.stringify([...said, corrects ?? null, source ?? null, data]))
    .digest('hex');
}

function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  if (typeof value === 'bigint') return value.toString();
  if (value === null || typeof value !== 'object') return JSON.stringify(value) ?? 'null';
  const fields = Object.entries(value)
    .filter(([, field]) => field !== undefined)
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, field]) => `${JSON.stringify(key)}:${canonical(field)}`);
  return `{${fields.join(',')}}`;
}
