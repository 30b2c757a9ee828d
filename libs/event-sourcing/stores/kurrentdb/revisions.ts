import { isStray, type Logged, type NewEvent } from '../../event.js';
import { type Appended, CommandMismatch, ConcurrencyConflict, type Entry } from '../../event-store.js';

/** The last revision of each stream; -1 where there is none. */
export type Revisions = ReadonlyMap<string, number>;
type Histories = ReadonlyMap<string, readonly Logged[]>;

/** Where the streams are before an append, if its entries say so and agree; else they have to be looked at. */
export function statedRevisions(entries: readonly Entry[]): Revisions | undefined {
  const before = new Map<string, number>();
  const running = new Map<string, number>();
  for (const { stream, expected, events } of entries) {
    if (expected === 'any' || expected === 'exists') return undefined;
    const stated = expected === 'noStream' ? -1 : expected;
    if (!before.has(stream)) before.set(stream, stated);
    else if (running.get(stream) !== stated) return undefined;
    running.set(stream, stated + events.length);
  }
  return before;
}

/** Where the streams are before an append that they allow. @throws ConcurrencyConflict */
export function allowedRevisions(entries: readonly Entry[], histories: Histories): Revisions {
  const revisions = new Map(
    [...histories].map(([stream, events]) => [stream, events.at(-1)?.revision ?? -1]),
  );
  const running = new Map(revisions);
  for (const { stream, expected, events } of entries) {
    const actual = running.get(stream)!;
    if (!isAsExpected(expected, actual))
      throw new ConcurrencyConflict(stream, expected, actual < 0 ? 'noStream' : actual);
    running.set(stream, actual + events.length);
  }
  return revisions;
}

function isAsExpected(expected: Entry['expected'], actual: number): boolean {
  if (expected === 'any') return true;
  if (expected === 'exists') return actual >= 0;
  return actual === (expected === 'noStream' ? -1 : expected);
}

/** The original result of an append whose events are in the streams. @throws CommandMismatch */
export function alreadyThere(entries: readonly Entry[], histories: Histories): Appended | undefined {
  const revisions = new Map<string, number>();
  let position = 0n;
  let found = 0;
  let expected = 0;
  for (const { stream, events } of entries)
    for (const event of events) {
      expected += 1;
      const recorded = histories.get(stream)!.find(({ id }) => id === event.id);
      if (!recorded || isStray(recorded)) continue;
      if (!sameCommand(recorded, event)) throw new CommandMismatch(event.metadata.commandId);
      found += 1;
      revisions.set(stream, Math.max(recorded.revision, revisions.get(stream) ?? -1));
      if (recorded.position > position) position = recorded.position;
    }
  if (found === 0) return undefined;
  if (found < expected)
    throw new CommandMismatch(entries.flatMap(({ events }) => events)[0]!.metadata.commandId);
  return { position, revisions, alreadyThere: true };
}

const sameCommand = (recorded: Pick<NewEvent, 'metadata'>, event: NewEvent): boolean =>
  recorded.metadata.commandDigest === event.metadata.commandDigest;
