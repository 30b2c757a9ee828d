import type { Entry } from '../event-store.js';
import { InvalidEvent } from '../event-store.js';

/** What every store can keep: PostgreSQL text has no NUL, and UTF-8 has no lone surrogate. @throws InvalidEvent */
export function refuseUnstorable(entries: readonly Entry[]): void {
  if (entries.length === 0) throw new InvalidEvent('an append needs at least one entry');
  for (const { stream, events } of entries)
    for (const { type, data, metadata } of events)
      JSON.stringify([stream, type, data, metadata], (key, value: unknown) => {
        if (unstorable(key) || (typeof value === 'string' && unstorable(value)))
          throw new InvalidEvent(`${type} has text with a NUL or a lone surrogate`);
        return value;
      });
}

const unstorable = (text: string): boolean => text.includes('\0') || !text.isWellFormed();
