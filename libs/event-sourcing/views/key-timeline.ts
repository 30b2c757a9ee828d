import type { Day } from '../event.js';
import type { Timed } from '../timeline.js';
import { fold, standing } from '../timeline.js';
import type { Address, AnyView, Segment, ViewEvent } from './view.js';

type Row = object;

export interface Change {
  readonly address: Address;
  readonly position: bigint;
  readonly closed: readonly Segment<Row>[];
  readonly opened: readonly Segment<Row>[];
}

/** What is known of one key: its events, and its states by effective day as of the last event. */
class KeyTimeline {
  private readonly events: Timed[] = [];
  private segments: readonly Segment<Row>[] = [{ knownFrom: 0n, from: null, to: null, row: undefined }];
  private lastStated: Day = '';
  private lastEffective: Day = '';

  constructor(private readonly evolve: (row: Row | undefined, event: Timed) => Row | undefined) {}

  apply(event: ViewEvent): { closed: readonly Segment<Row>[]; opened: readonly Segment<Row>[] } {
    this.events.push(event);
    const { corrects, statedOn, effectiveOn } = event.metadata;
    const comesLast = !corrects && statedOn >= this.lastStated && effectiveOn >= this.lastEffective;
    const next = comesLast ? this.extended(event) : this.refolded(event.position);
    if (statedOn > this.lastStated) this.lastStated = statedOn;
    if (effectiveOn > this.lastEffective) this.lastEffective = effectiveOn;
    const before = this.segments;
    this.segments = next;
    const exists = ({ row }: Segment<Row>) => row !== undefined;
    return {
      closed: before.filter((segment) => exists(segment) && !next.includes(segment)),
      opened: next.filter((segment) => exists(segment) && !before.includes(segment)),
    };
  }

  /** The usual event, last in place and in effect: only the last segment changes. */
  private extended(event: ViewEvent): readonly Segment<Row>[] {
    const last = this.segments.at(-1)!;
    const row = this.evolve(last.row, event);
    if (same(row, last.row)) return this.segments;
    const { effectiveOn } = event.metadata;
    const kept =
      last.from !== null && last.from >= effectiveOn
        ? []
        : [{ ...last, to: effectiveOn, knownFrom: event.position }];
    return [
      ...this.segments.slice(0, -1),
      ...kept,
      { knownFrom: event.position, from: effectiveOn, to: null, row },
    ];
  }

  /** A retroactive fact or a correction: the key is folded again; segments that come out the same stay. */
  private refolded(position: bigint): readonly Segment<Row>[] {
    const placed = standing(this.events);
    const days = [...new Set(placed.map((event) => event.metadata.effectiveOn))].sort();
    const fresh: Segment<Row>[] = [{ knownFrom: position, from: null, to: null, row: undefined }];
    for (const day of days) {
      const row = fold<Timed, Row | undefined>(placed, undefined, this.evolve, day);
      const last = fresh.at(-1)!;
      if (same(row, last.row)) continue;
      fresh[fresh.length - 1] = { ...last, to: day };
      fresh.push({ knownFrom: position, from: day, to: null, row });
    }
    return fresh.map(
      (segment) =>
        this.segments.find(
          (old) => old.from === segment.from && old.to === segment.to && same(old.row, segment.row),
        ) ?? segment,
    );
  }
}

const same = (a: Row | undefined, b: Row | undefined): boolean =>
  a === b || (a !== undefined && b !== undefined && JSON.stringify(a) === JSON.stringify(b));

/** The keys of one view that live in one stream. */
export class StreamTimelines {
  private readonly byKey = new Map<string, { address: Address; timeline: KeyTimeline }>();
  private readonly touched: (readonly Address[])[] = [];
  private readonly events: ViewEvent[] = [];

  constructor(private readonly view: AnyView) {}

  get size(): number {
    return this.touched.length;
  }

  /** Events come in order of revision, from the first; a correction concerns the keys of its target too. */
  apply(event: ViewEvent, isFact: boolean): Change[] {
    const own = isFact ? this.view.address(event) : [];
    const { corrects } = event.metadata;
    const inherited = corrects ? (this.touched[corrects.revision] ?? []) : [];
    const addresses = [...own, ...inherited.filter((address) => !own.some(({ key }) => key === address.key))];
    this.touched[event.revision] = addresses;
    this.events[event.revision] = event;
    return addresses.map((address) => ({
      address,
      position: event.position,
      ...this.timeline(address).apply(event),
    }));
  }

  private timeline(address: Address): KeyTimeline {
    const known = this.byKey.get(address.key);
    if (known) return known.timeline;
    const timeline = new KeyTimeline((row, event) =>
      this.touches(event, address.key)
        ? (this.view.evolve(row, event, address.key, this.origin(event)) as Row | undefined)
        : row,
    );
    this.byKey.set(address.key, { address, timeline });
    return timeline;
  }

  /** A replacement may concern another key than what it replaces: there it only removes. */
  private touches(event: Timed, key: string): boolean {
    return this.view.address(event).some((address) => address.key === key);
  }

  private origin(event: Timed): ViewEvent {
    const { corrects } = event.metadata;
    return corrects ? this.origin(this.events[corrects.revision]!) : (event as ViewEvent);
  }
}
