import { ANNULMENT, type Day } from '../event.js';
import type { Timed } from '../timeline.js';
import { fold, originOf, standing } from '../timeline.js';
import type { Address, AnyView, Segment, ViewEvent } from './view.js';

type Row = object;
type Segments = readonly Segment<Row>[];

interface Delta {
  readonly closed: Segments;
  readonly opened: Segments;
}

export interface Change extends Delta {
  readonly address: Address;
  readonly position: bigint;
}

const NO_CHANGE: Delta = { closed: [], opened: [] };

/**
 * What is known of one key as of its last event: its states by effective day. Until a fact of its stream
 * comes out of order, only the last of them can change, and only that one is kept.
 */
class KeyTimeline {
  private last: Segment<Row> = { knownFrom: 0n, from: null, to: null, row: undefined };
  private readonly past: Segment<Row>[] | undefined;
  private lastStated: Day = '';
  private lastEffective: Day = '';

  constructor(keepPast: boolean) {
    if (keepPast) this.past = [];
  }

  /** The usual event is the last in place and in effect: it changes the last segment only. */
  isUsual({ metadata: { corrects, statedOn, effectiveOn } }: ViewEvent): boolean {
    return !corrects && statedOn >= this.lastStated && effectiveOn >= this.lastEffective;
  }

  extend(event: ViewEvent, row: Row | undefined): Delta {
    this.reach(event);
    const { last } = this;
    if (row === last.row) return NO_CHANGE;
    const { effectiveOn } = event.metadata;
    const { position: knownFrom } = event;
    const cut =
      last.from !== null && last.from >= effectiveOn
        ? undefined
        : { knownFrom, from: last.from, to: effectiveOn, row: last.row };
    if (cut) this.past?.push(cut);
    this.last = { knownFrom, from: effectiveOn, to: null, row };
    return {
      closed: last.row ? [last] : [],
      opened: [...(cut?.row ? [cut] : []), ...(row ? [this.last] : [])],
    };
  }

  get row(): Row | undefined {
    return this.last.row;
  }

  /** A retroactive fact or a correction: the key is folded again; segments that come out the same stay. */
  refold(
    event: ViewEvent,
    history: readonly Timed[],
    evolve: (row: Row | undefined, event: Timed) => Row | undefined,
  ): Delta {
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
    const before = [...this.past!, this.last];
    const kept = (segment: Segment<Row>) =>
      before.find((old) => old.from === segment.from && old.to === segment.to && same(old.row, segment.row));
    const next = fresh.map((segment) => kept(segment) ?? segment);
    this.last = next.at(-1)!;
    this.past!.splice(0, Infinity, ...next.slice(0, -1));
    const exists = ({ row }: Segment<Row>) => row !== undefined;
    return {
      closed: before.filter((segment) => exists(segment) && !next.includes(segment)),
      opened: next.filter((segment) => exists(segment) && !before.includes(segment)),
    };
  }

  private reach({ metadata: { statedOn, effectiveOn } }: Timed): void {
    if (statedOn > this.lastStated) this.lastStated = statedOn;
    if (effectiveOn > this.lastEffective) this.lastEffective = effectiveOn;
  }
}

const same = (a: Row | undefined, b: Row | undefined): boolean =>
  a === b || (a !== undefined && b !== undefined && JSON.stringify(a) === JSON.stringify(b));

/** The keys of one view that live in one stream. It keeps their states, not their events. */
export class StreamTimelines {
  private byKey = new Map<string, KeyTimeline>();
  private keepsPast = false;

  constructor(private readonly view: AnyView) {}

  get size(): number {
    return this.byKey.size;
  }

  /**
   * Applies an event that needs no other; undefined, and nothing done, for an unusual one: `refold` it.
   * Events come in order of revision, from the first.
   */
  extend(event: ViewEvent): Change[] | undefined {
    if (event.metadata.corrects) return undefined;
    const addresses = this.addressesOf(event);
    const timelines = addresses.map(({ key }) => this.timeline(key));
    if (!timelines.every((timeline) => timeline.isUsual(event))) return undefined;
    return addresses.map((address, index) => {
      const timeline = timelines[index]!;
      const row = this.evolve(timeline.row, event, address.key, event);
      const { closed, opened } = timeline.extend(event, row);
      return { address, position: event.position, closed, opened };
    });
  }

  /** Applies any event, with the whole history of the stream up to itself; it concerns the keys of what it corrects too. */
  refold(event: ViewEvent, history: readonly ViewEvent[]): Change[] {
    this.rememberPast(history.slice(0, -1));
    const { position } = event;
    const touched = this.touchedBy(history);
    return touched[event.revision]!.map((address) => ({
      address,
      position,
      ...this.timeline(address.key).refold(event, history, (row, one) =>
        this.addressesOf(one as ViewEvent).some(({ key }) => key === address.key)
          ? this.evolve(row, one as ViewEvent, address.key, originOf<ViewEvent>(one as ViewEvent, history))
          : row,
      ),
    }));
  }

  /** Before the first unusual event: what came so far, all of it usual, once more and kept. */
  private rememberPast(history: readonly ViewEvent[]): void {
    if (this.keepsPast) return;
    this.keepsPast = true;
    this.byKey = new Map();
    for (const event of history) this.extend(event);
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
      const { revision } = originOf<ViewEvent>(event, history);
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
    const timeline = new KeyTimeline(this.keepsPast);
    this.byKey.set(key, timeline);
    return timeline;
  }
}
