import type { Day, Envelope, Fact } from './event.js';
import { ANNULMENT } from './event.js';

/**
 * The law: state(K, P, D) is the fold of K's standing events whose position is at most P and whose
 * effective date is at most D, in order of place (the day on which it was stated, its position).
 */

export type Timed<F extends Fact = Fact> = F & Pick<Envelope, 'id' | 'revision' | 'position' | 'metadata'>;

/** What a question is asked within; a missing bound is no bound. */
export interface Bounds {
  /** P: what was known. */
  readonly position?: bigint;
  /** D: when it was true. */
  readonly effectiveOn?: Day;
}

/** What one more event did to the others of its stream. */
export interface Shift<E> {
  readonly event: E;
  /** Those that stood and stand no more. */
  readonly fallen: readonly E[];
  /** Those that stand now and did not: the event itself first. */
  readonly risen: readonly E[];
  readonly wasRegular: boolean;
}

const NONE: readonly never[] = [];

/** All events that are about one place: what was recorded there first, and its corrections. */
interface Family {
  /** By revision, upwards. */
  readonly members: number[];
  /** Whether each correction named an event that stood. Only commands hold to that; logs are read as they are. */
  regular: boolean;
}

/**
 * Which events of one stream stand, kept up as they come in order of revision. Standing is resolved newest
 * first: a standing annulment removes its target as if it had never been recorded; a standing replacement
 * stands for its target and for all that its target replaced; a correction whose target is gone already
 * changes nothing.
 */
export class Standing<E extends Timed = Timed> {
  private readonly events = new Map<number, E>();
  /** By the revision of a correction, that of the event whose place it takes. */
  private readonly roots = new Map<number, number>();
  private readonly families = new Map<number, Family>();
  private readonly down = new Set<number>();

  get size(): number {
    return this.events.size;
  }

  at(revision: number): E | undefined {
    return this.events.get(revision);
  }

  stands(revision: number): boolean {
    return this.events.has(revision) && !this.down.has(revision);
  }

  /** The event whose place an event takes: itself, or what it replaces. */
  originOf(event: { readonly revision: number }): E {
    return this.events.get(this.roots.get(event.revision) ?? event.revision)!;
  }

  /** The standing event with which the stream's thing began to exist: the one in the place that was taken first. */
  opening(): E | undefined {
    for (const revision of this.events.keys()) {
      if (this.roots.has(revision)) continue;
      const members = this.families.get(revision)?.members ?? [revision];
      const standing = members
        .map((member) => this.events.get(member)!)
        .find((one) => one.type !== ANNULMENT && this.stands(one.revision));
      if (standing) return standing;
    }
    return undefined;
  }

  /** In order of place; annulments fold to nothing and are left out unless asked for. */
  list({ annulments = false }: { annulments?: boolean } = {}): E[] {
    const standing = [...this.events.values()].filter(
      (event) => !this.down.has(event.revision) && (annulments || event.type !== ANNULMENT),
    );
    return standing.sort((a, b) => this.compare(a, b));
  }

  /** By place: the day on which it was stated, then position; a replacement takes the place of what it replaces. */
  compare(a: E, b: E): number {
    const [x, y] = [this.originOf(a), this.originOf(b)];
    return (
      compare(x.metadata.statedOn, y.metadata.statedOn) ||
      compare(x.position, y.position) ||
      a.revision - b.revision
    );
  }

  add(event: E): Shift<E> {
    this.events.set(event.revision, event);
    const target = this.targetOf(event);
    if (!target) return { event, fallen: NONE, risen: [event], wasRegular: true };
    const root = this.roots.get(target.revision) ?? target.revision;
    this.roots.set(event.revision, root);
    const family = this.families.get(root) ?? { members: [root], regular: true };
    this.families.set(root, family);
    const wasRegular = family.regular;
    const stood = !this.down.has(target.revision);
    family.members.push(event.revision);
    // The usual correction: one fact in the place of another.
    if (wasRegular && stood && event.type !== ANNULMENT && target.type !== ANNULMENT) {
      this.down.add(target.revision);
      return { event, fallen: [target], risen: [event], wasRegular };
    }
    family.regular = wasRegular && stood;
    return { event, wasRegular, ...this.resolve(family, event) };
  }

  /** The same event, as the log has it: its place stays after all that were added before it. */
  confirm(event: E): void {
    this.events.set(event.revision, event);
  }

  /** Takes the last event that was added away again. */
  undo({ event, fallen, risen, wasRegular }: Shift<E>): void {
    for (const one of risen) this.down.add(one.revision);
    for (const one of fallen) this.down.delete(one.revision);
    this.down.delete(event.revision);
    this.events.delete(event.revision);
    const root = this.roots.get(event.revision);
    if (root === undefined) return;
    this.roots.delete(event.revision);
    const family = this.families.get(root)!;
    family.members.pop();
    family.regular = wasRegular;
  }

  /** What it corrects, where that came before and is there. */
  private targetOf({ revision, metadata: { corrects } }: E): E | undefined {
    return corrects && corrects.revision < revision ? this.events.get(corrects.revision) : undefined;
  }

  private resolve({ members }: Family, added: E): Pick<Shift<E>, 'fallen' | 'risen'> {
    const removed = new Set<number>();
    const down = new Set<number>();
    for (let index = members.length - 1; index >= 0; index -= 1) {
      const event = this.events.get(members[index]!)!;
      const target = this.targetOf(event);
      if (removed.has(event.revision) || (target && removed.has(target.revision))) {
        down.add(event.revision);
        continue;
      }
      for (let one = event, its = target; its; its = this.targetOf(one)) {
        removed.add(its.revision);
        if (one.type === ANNULMENT) break;
        one = its;
      }
    }
    const others = members.filter((revision) => revision !== added.revision);
    const fallen = others.filter((revision) => down.has(revision) && !this.down.has(revision));
    const risen = others.filter((revision) => !down.has(revision) && this.down.has(revision));
    for (const revision of fallen) this.down.add(revision);
    for (const revision of risen) this.down.delete(revision);
    const named = (revision: number) => this.events.get(revision)!;
    return { fallen: fallen.map(named), risen: [added, ...risen.map(named)] };
  }
}

const compare = <T extends string | bigint>(a: T, b: T): number => (a < b ? -1 : a > b ? 1 : 0);

/** Who stands among the events of one stream, of those known at a position. */
export function standingAmong<E extends Timed>(events: readonly E[], position?: bigint): Standing<E> {
  const standing = new Standing<E>();
  for (const event of events.toSorted((a, b) => a.revision - b.revision))
    if (position === undefined || event.position <= position) standing.add(event);
  return standing;
}

/** The events of one stream that stand, in order of place. */
export const standing = <F extends Fact>(
  events: readonly Timed<F>[],
  { position, annulments = false }: { position?: bigint | undefined; annulments?: boolean } = {},
): Timed<F>[] => standingAmong(events, position).list({ annulments });

/** The law itself, for one key: what the views must equal. */
export const stateAt = <F extends Fact, S>(
  events: readonly Timed<F>[],
  initial: S,
  evolve: (state: S, event: Timed<F>) => S,
  { position, effectiveOn }: Bounds,
): S =>
  standing(events, { position }).reduce(
    (state, event) =>
      effectiveOn !== undefined && event.metadata.effectiveOn > effectiveOn ? state : evolve(state, event),
    initial,
  );
