import type { Day, Envelope, Fact } from './event.js';
import { ANNULMENT } from './event.js';

/**
 * The law: state(K, P, D) is the fold of K's standing events whose position is at most P and whose
 * effective date is at most D, in order of place (the day on which it was stated, its position).
 */

export type Timed<F extends Fact = Fact> = F & Pick<Envelope, 'id' | 'revision' | 'position' | 'metadata'>;

/** The point from which a question is asked; a missing bound is no bound. */
export interface Point {
  /** P: what was known. */
  readonly position?: bigint;
  /** D: when it was true. */
  readonly effectiveOn?: Day;
}

interface Place {
  readonly statedOn: Day;
  readonly position: bigint;
}

/** The event whose place an event takes: itself, or what it replaces. `events` are its stream's, by revision. */
export const originOf = <E extends Timed>(event: E, events: readonly E[]): E =>
  event.metadata.corrects ? originOf(events[event.metadata.corrects.revision]!, events) : event;

/** Where an event stands in the order of the fold; a replacement takes the place of what it replaces. */
function placeOf(event: Timed, byRevision: ReadonlyMap<number, Timed>): Place {
  let origin = event;
  while (origin.metadata.corrects) {
    const target = byRevision.get(origin.metadata.corrects.revision);
    if (!target || target.revision >= origin.revision) break;
    origin = target;
  }
  return { statedOn: origin.metadata.statedOn, position: origin.position };
}

const compare = <T extends string | bigint>(a: T, b: T): number => (a < b ? -1 : a > b ? 1 : 0);

/** An annulment undoes its target alone; a replacement stands for its target and for all that its target replaced. */
function removedBy(event: Timed, byRevision: ReadonlyMap<number, Timed>): number[] {
  const { corrects } = event.metadata;
  if (!corrects || corrects.revision >= event.revision) return [];
  const target = byRevision.get(corrects.revision);
  if (event.type === ANNULMENT || !target) return [corrects.revision];
  return [corrects.revision, ...removedBy(target, byRevision)];
}

/** A correction whose target a newer standing one has taken already changes nothing. */
const cameTooLate = ({ metadata: { corrects } }: Timed, removed: ReadonlySet<number>): boolean =>
  corrects !== undefined && removed.has(corrects.revision);

interface Standing<F extends Fact> {
  readonly event: Timed<F>;
  readonly place: Place;
}

function resolve<F extends Fact>(
  events: readonly Timed<F>[],
  options: { position?: bigint; annulments?: boolean },
): Standing<F>[] {
  const { position } = options;
  const known = position === undefined ? events : events.filter((event) => event.position <= position);
  const byRevision = new Map(known.map((event) => [event.revision, event as Timed]));
  const removed = new Set<number>();
  const kept: Standing<F>[] = [];
  for (const event of known.toSorted((a, b) => b.revision - a.revision)) {
    if (removed.has(event.revision) || cameTooLate(event, removed)) continue;
    for (const revision of removedBy(event, byRevision)) removed.add(revision);
    if (event.type === ANNULMENT && !options.annulments) continue;
    kept.push({ event, place: placeOf(event, byRevision) });
  }
  return kept.sort(
    (a, b) =>
      compare(a.place.statedOn, b.place.statedOn) ||
      compare(a.place.position, b.place.position) ||
      a.event.revision - b.event.revision,
  );
}

/**
 * The events of one stream that stand, in order of place. Resolved newest first: a standing annulment
 * removes its target as if it had never been recorded, a standing replacement takes its target's place
 * (and so replaces what its target had replaced).
 * Annulments themselves fold to nothing and are left out unless asked for.
 */
export function standing<F extends Fact>(
  events: readonly Timed<F>[],
  options: { position?: bigint; annulments?: boolean } = {},
): Timed<F>[] {
  return resolve(events, options).map(({ event }) => event);
}

/** Folds standing events that were true on a day at the latest. */
export function fold<F extends Fact, S>(
  placed: readonly Timed<F>[],
  initial: S,
  evolve: (state: S, event: Timed<F>) => S,
  effectiveOn?: Day,
): S {
  return placed.reduce(
    (state, event) =>
      effectiveOn !== undefined && event.metadata.effectiveOn > effectiveOn ? state : evolve(state, event),
    initial,
  );
}

/** The law itself, for one key: what the views must equal. */
export function stateAt<F extends Fact, S>(
  events: readonly Timed<F>[],
  initial: S,
  evolve: (state: S, event: Timed<F>) => S,
  point: Point,
): S {
  return fold(standing(events, { position: point.position }), initial, evolve, point.effectiveOn);
}

/** The standing event with which a stream's thing began to exist: the one that was recorded first. */
export function opening<F extends Fact>(events: readonly Timed<F>[]): Timed<F> | undefined {
  const first = resolve(events, {}).reduce<Standing<F> | undefined>(
    (earliest, one) => (!earliest || one.place.position < earliest.place.position ? one : earliest),
    undefined,
  );
  return first?.event;
}
