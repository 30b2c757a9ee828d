import type { Entry } from '../event-store.js';
import { InvalidEvent } from '../event-store.js';

/**
 * What every store can keep: PostgreSQL text has no NUL, and UTF-8 has no lone surrogate. Returns the size, in
 * characters of JSON.
 * @throws InvalidEvent
 */
export function refuseUnstorable(entries: readonly Entry[]): number {
  if (entries.length === 0) throw new InvalidEvent('an append needs at least one entry');
  let size = 0;
  for (const { stream, events } of entries)
    for (const { type, data, metadata } of events)
      size += JSON.stringify([stream, type, data, metadata], (key, value: unknown) => {
        if (unstorable(key) || (typeof value === 'string' && unstorable(value)))
          throw new InvalidEvent(`${type} has text with a NUL or a lone surrogate`);
        return value;
      }).length;
  return size;
}

const unstorable = (text: string): boolean => text.includes('\0') || !text.isWellFormed();
