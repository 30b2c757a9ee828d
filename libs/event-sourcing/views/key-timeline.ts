import { ANNULMENT, type Day } from '../event.js';
import type { Timed } from '../timeline.js';
import { fold, standing } from '../timeline.js';
import type { Address, AnyView, Segment, ViewEvent } from './view.js';

type Row = object;
type Segments = readonly Segment<Row>[];

export interface Change {
  readonly address: Address;
  readonly position: bigint;
  readonly closed: Segments;
  readonly opened: Segments;
}

/** What is known of one key as of its last event: its states by effective day. */
class KeyTimeline {
  private segments: Segments = [{ knownFrom: 0n, from: null, to: null, row: undefined }];
  private lastStated: Day = '';
  private lastEffective: Day = '';

  /** The usual event is the last in place and in effect: it changes the last segment only. */
  isUsual({ metadata: { corrects, statedOn, effectiveOn } }: ViewEvent): boolean {
    return !corrects && statedOn >= this.lastStated && effectiveOn >= this.lastEffective;
  }

  extend(
    event: ViewEvent,
    evolve: (row: Row | undefined) => Row | undefined,
  ): Omit<Change, 'address' | 'position'> {
    const last = this.segments.at(-1)!;
    const row = evolve(last.row);
    const { effectiveOn } = event.metadata;
    const { position: knownFrom } = event;
    if (row === last.row) return this.replace(event, this.segments);
    const cut =
      last.from !== null && last.from >= effectiveOn ? [] : [{ ...last, to: effectiveOn, knownFrom }];
    return this.replace(event, [
      ...this.segments.slice(0, -1),
      ...cut,
      { knownFrom, from: effectiveOn, to: null, row },
    ]);
  }

  /** A retroactive fact or a correction: the key is folded again; segments that come out the same stay. */
  refold(
    event: ViewEvent,
    history: readonly Timed[],
    evolve: (row: Row | undefined, event: Timed) => Row | undefined,
  ): Omit<Change, 'address' | 'position'> {
    const { position: knownFrom } = event;
    // A replacement stands in the place of what it replaces, which this key may never have seen.
    for (const one of history) this.reach(one);
    const placed = standing(history);
    const days = [...new Set(placed.map(({ metadata }) => metadata.effectiveOn))].sort();
    const fresh: Segment<Row>[] = [{ knownFrom, from: null, to: null, row: undefined }];
    for (const day of days) {
      const row = fold<Timed, Row | undefined>(placed, undefined, evolve, day);
      const last = fresh.at(-1)!;
      if (same(row, last.row)) continue;
      fresh[fresh.length - 1] = { ...last, to: day };
      fresh.push({ knownFrom, from: day, to: null, row });
    }
    const kept = (segment: Segment<Row>) =>
      this.segments.find(
        (old) => old.from === segment.from && old.to === segment.to && same(old.row, segment.row),
      );
    return this.replace(
      event,
      fresh.map((segment) => kept(segment) ?? segment),
    );
  }

  private reach({ metadata: { statedOn, effectiveOn } }: Timed): void {
    if (statedOn > this.lastStated) this.lastStated = statedOn;
    if (effectiveOn > this.lastEffective) this.lastEffective = effectiveOn;
  }

  private replace(event: ViewEvent, next: Segments): Omit<Change, 'address' | 'position'> {
    this.reach(event);
    const before = this.segments;
    this.segments = next;
    const exists = ({ row }: Segment<Row>) => row !== undefined;
    return {
      closed: before.filter((segment) => exists(segment) && !next.includes(segment)),
      opened: next.filter((segment) => exists(segment) && !before.includes(segment)),
    };
  }
}

const same = (a: Row | undefined, b: Row | undefined): boolean =>
  a === b || (a !== undefined && b !== undefined && JSON.stringify(a) === JSON.stringify(b));

/** The keys of one view that live in one stream. It keeps their states, not their events. */
export class StreamTimelines {
  private readonly byKey = new Map<string, KeyTimeline>();

  constructor(private readonly view: AnyView) {}

  get size(): number {
    return this.byKey.size;
  }

  /** Whether an event can be applied without the events before it. */
  isUsual(event: ViewEvent): boolean {
    return (
      !event.metadata.corrects &&
      this.addressesOf(event).every(({ key }) => this.timeline(key).isUsual(event))
    );
  }

  /**
   * Events come in order of revision, from the first. An unusual one comes with the whole history of the
   * stream up to itself; it concerns the keys of what it corrects too.
   */
  apply(event: ViewEvent, history?: readonly ViewEvent[]): Change[] {
    const { position } = event;
    if (!history)
      return this.addressesOf(event).map((address) => ({
        address,
        position,
        ...this.timeline(address.key).extend(event, (row) => this.evolve(row, event, address.key, event)),
      }));
    const touched = this.touchedBy(history);
    return touched[event.revision]!.map((address) => ({
      address,
      position,
      ...this.timeline(address.key).refold(event, history, (row, one) =>
        this.addressesOf(one as ViewEvent).some(({ key }) => key === address.key)
          ? this.evolve(row, one as ViewEvent, address.key, originOf(one as ViewEvent, history))
          : row,
      ),
    }));
  }

  private evolve(row: Row | undefined, event: ViewEvent, key: string, origin: ViewEvent): Row | undefined {
    return this.view.evolve(row, event, key, origin) as Row | undefined;
  }

  private addressesOf(event: ViewEvent): readonly Address[] {
    return event.type === ANNULMENT ? [] : this.view.address(event);
  }

  /** By revision, the keys that an event names and those of all that shares its place: whichever stands may change. */
  private touchedBy(history: readonly ViewEvent[]): (readonly Address[])[] {
    const families = new Map<number, readonly Address[]>();
    return history.map((event) => {
      const { revision } = originOf(event, history);
      const own = this.addressesOf(event);
      const family = families.get(revision) ?? [];
      const all = [...own, ...family.filter(({ key }) => !own.some((one) => one.key === key))];
      families.set(revision, all);
      return all;
    });
  }

  private timeline(key: string): KeyTimeline {
    const known = this.byKey.get(key);
    if (known) return known;
    const timeline = new KeyTimeline();
    this.byKey.set(key, timeline);
    return timeline;
  }
}

/** The event whose place an event takes: itself, or what it replaces. */
function originOf(event: ViewEvent, history: readonly ViewEvent[]): ViewEvent {
  const { corrects } = event.metadata;
  return corrects ? originOf(history[corrects.revision]!, history) : event;
}
