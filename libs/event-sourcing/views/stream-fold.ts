import { isDeepStrictEqual } from 'node:util';
import { ANNULMENT, type Day, referenceOf } from '../event.js';
import { StatesByDay } from '../states-by-day.js';
import { Standing } from '../timeline.js';
import type { AnyView, Segment, ViewEvent } from './view.js';

type Row = object;
type Rows = ReadonlyMap<string, Row>;

/** What an event did to one row: the versions that it ended, and those that it began. */
export interface Change {
  readonly key: string;
  readonly scope: string;
  readonly position: bigint;
  readonly closed: readonly Segment<Row>[];
  readonly opened: readonly Segment<Row>[];
}

const NO_ROWS: Rows = new Map();
const NOTHING: Segment<Row> = { knownFrom: 0n, from: null, to: null, row: undefined };

/**
 * One stream under fold by one view. As long as each event is the last in place and in effect, its last state
 * and the last version of each of its rows are all that is kept. From the first event that is not (a
 * retroactive fact, a correction) on, the whole is kept, and what changes is folded again from there only.
 */
export class StreamFold {
  revision = -1;
  private state: unknown;
  private rows: Rows = NO_ROWS;
  private lastStated: Day = '';
  private lastEffective: Day = '';
  private readonly last = new Map<string, Segment<Row>>();
  private whole: WholeFold | undefined;

  constructor(
    private readonly view: AnyView,
    readonly stream: string,
    private readonly scope: string,
  ) {
    this.state = view.initial;
  }

  /** What it takes of memory, in rows and facts. */
  get size(): number {
    return this.whole ? this.whole.size : this.last.size + 1;
  }

  /** Applies the next event; undefined, and nothing done, where that needs the whole: `unfold` it first. */
  apply(event: ViewEvent): readonly Change[] | undefined {
    const { corrects, statedOn, effectiveOn } = event.metadata;
    if (this.whole) {
      const changes = this.whole.apply(event);
      this.revision = event.revision;
      return changes;
    }
    if (corrects || statedOn < this.lastStated || effectiveOn < this.lastEffective) return undefined;
    const state: unknown = event.type === ANNULMENT ? this.state : this.view.evolve(this.state, event, event);
    const changes = state === this.state ? [] : this.extend(event, rowsOf(this.view, state, this.stream));
    this.state = state;
    this.lastStated = statedOn;
    this.lastEffective = effectiveOn;
    this.revision = event.revision;
    return changes;
  }

  /** Takes in the whole history so far, which is then kept. */
  unfold(history: readonly ViewEvent[]): void {
    const whole = new WholeFold(this.view, this.stream, this.scope);
    for (const event of history) whole.apply(event);
    this.whole = whole;
    this.revision = history.at(-1)?.revision ?? -1;
    this.state = undefined;
    this.rows = NO_ROWS;
    this.last.clear();
  }

  private extend({ position, metadata: { effectiveOn } }: ViewEvent, rows: Rows): Change[] {
    const changes: Change[] = [];
    const reach = (key: string, row: Row | undefined): void => {
      const former = this.last.get(key);
      const begun: Segment<Row> = { knownFrom: position, from: effectiveOn, to: null, row };
      const cut =
        former?.row && (former.from === null || former.from < effectiveOn)
          ? { knownFrom: position, from: former.from, to: effectiveOn, row: former.row }
          : undefined;
      if (row) this.last.set(key, begun);
      else this.last.delete(key);
      const closed = former?.row ? [former] : [];
      const opened = [...(cut ? [cut] : []), ...(row ? [begun] : [])];
      changes.push({ key, scope: this.scope, position, closed, opened });
    };
    for (const [key, row] of rows) if (!sameRow(row, this.rows.get(key))) reach(key, row);
    for (const key of this.rows.keys()) if (!rows.has(key)) reach(key, undefined);
    this.rows = rows;
    return changes;
  }
}

/** Whether each of some events is the last in place and in effect, as it comes. */
export function isUsualSequence(events: readonly ViewEvent[]): boolean {
  let [stated, effective] = ['', ''];
  return events.every(({ metadata: { corrects, statedOn, effectiveOn } }) => {
    const usual = !corrects && statedOn >= stated && effectiveOn >= effective;
    [stated, effective] = [statedOn, effectiveOn];
    return usual;
  });
}

class WholeFold {
  private readonly standing = new Standing<ViewEvent>();
  private readonly states: StatesByDay<unknown, ViewEvent>;
  /** By key, its versions as known now, in order of days, without a gap. */
  private readonly segments = new Map<string, Segment<Row>[]>();
  /** Of the state that was asked for last: each event begins where the former one ended. */
  private derived: { readonly state: unknown; readonly rows: Rows } | undefined;

  constructor(
    private readonly view: AnyView,
    readonly stream: string,
    private readonly scope: string,
  ) {
    this.states = new StatesByDay<unknown, ViewEvent>(
      view.initial,
      (state, event) => view.evolve(state, event, this.standing.originOf(event)) as unknown,
      ({ metadata }) => metadata.effectiveOn,
      (a, b) => this.standing.compare(a, b),
    );
  }

  get size(): number {
    return this.states.size + this.segments.size;
  }

  apply(event: ViewEvent): Change[] {
    const { fallen, risen } = this.standing.add(event);
    if (fallen.length === 0 && risen.length === 1 && isFact(event) && this.states.isNext(event))
      return this.extend(event);
    const [out, into] = [fallen.filter(isFact), risen.filter(isFact)];
    if (out.length + into.length === 0) return [];
    const alone = out.length === 0 && into.length === 1 && into[0] === event;
    const usual = alone && event.metadata.effectiveOn >= this.lastDay;
    const before = usual
      ? { from: Math.max(0, this.states.days.length - 1), ...this.end() }
      : { from: 0, days: [...this.states.days], states: [...this.states.states] };
    this.states.change(out, into);
    const after = {
      days: this.states.days.slice(before.from),
      states: this.states.states.slice(before.from),
    };
    return this.reshape(event.position, before, after, usual);
  }

  /** The last in place and in effect: what it changes is the end of some rows' versions. */
  private extend(event: ViewEvent): Change[] {
    const before = this.states.last;
    this.states.append(event);
    const after = this.states.last;
    if (before === after) return [];
    const [former, rows] = [this.rowsOf(before), this.rowsOf(after)];
    const changes: Change[] = [];
    for (const [key, row] of rows)
      if (!sameRow(row, former.get(key))) changes.push(this.reach(key, event, row));
    for (const key of former.keys()) if (!rows.has(key)) changes.push(this.reach(key, event, undefined));
    return changes;
  }

  private reach(key: string, { position, metadata }: ViewEvent, row: Row | undefined): Change {
    const from = metadata.effectiveOn;
    const all = this.segments.get(key) ?? [NOTHING];
    const last = all.pop()!;
    const cut =
      last.from === from ? undefined : { knownFrom: position, from: last.from, to: from, row: last.row };
    const begun = { knownFrom: position, from, to: null, row };
    if (cut) all.push(cut);
    all.push(begun);
    this.segments.set(key, all);
    return {
      key,
      scope: this.scope,
      position,
      closed: last.row ? [last] : [],
      opened: [...(cut?.row ? [cut] : []), ...(row ? [begun] : [])],
    };
  }

  private get lastDay(): Day {
    return this.states.days.at(-1) ?? '';
  }

  private end(): Timeline {
    return { days: this.states.days.slice(-1), states: this.states.states.slice(-1) };
  }

  /** Compares the states by day before and after, and brings the rows in line where they differ. */
  private reshape(position: bigint, before: Timeline, after: Timeline, usual: boolean): Change[] {
    let start = 0;
    const same = (a: number, b: number): boolean =>
      before.days[a] === after.days[b] && before.states[a] === after.states[b];
    while (start < before.days.length && start < after.days.length && same(start, start)) start += 1;
    let [endBefore, endAfter] = [before.days.length, after.days.length];
    while (endBefore > start && endAfter > start && same(endBefore - 1, endAfter - 1)) {
      endBefore -= 1;
      endAfter -= 1;
    }
    if (endBefore === start && endAfter === start) return [];
    const days = [before.days[start], after.days[start]].filter((day) => day !== undefined);
    const from = days.length === 2 && days[1]! < days[0]! ? days[1]! : days[0]!;
    const to = after.days[endAfter] ?? null;
    const runs = this.runsOf(after, start, endAfter, from, to);
    const keys = new Set<string>();
    for (const { rows } of runs) for (const key of rows.keys()) keys.add(key);
    for (const state of before.states.slice(Math.max(0, start - 1), endBefore))
      for (const key of this.rowsOf(state).keys()) keys.add(key);
    return [...keys].flatMap((key) => {
      const { closed, opened } = this.reshapeKey(key, position, runs, usual);
      return closed.length + opened.length === 0
        ? []
        : [{ key, scope: this.scope, position, closed, opened }];
    });
  }

  /** The rows over the days that changed: from the first of them on what held before, then state by state. */
  private runsOf({ days, states }: Timeline, start: number, end: number, from: Day, to: Day | null): Run[] {
    const runs: Run[] = [];
    if (start === end || days[start] !== from) {
      const held = this.states.days.findLastIndex((day) => day <= from);
      const state: unknown = held < 0 ? this.view.initial : this.states.states[held];
      runs.push({ from, to: start === end ? to : days[start]!, rows: this.rowsOf(state) });
    }
    for (let n = start; n < end; n += 1)
      runs.push({ from: days[n]!, to: n + 1 < end ? days[n + 1]! : to, rows: this.rowsOf(states[n]) });
    return runs;
  }

  /** A usual event looks at no neighbour: it must write what a fold that keeps only the end would. */
  private reshapeKey(
    key: string,
    position: bigint,
    runs: readonly Run[],
    usual: boolean,
  ): Pick<Change, 'closed' | 'opened'> {
    const [{ from }, { to }] = [runs[0]!, runs.at(-1)!];
    const all = this.segments.get(key) ?? [NOTHING];
    const first = all.findLastIndex((one) => one.from === null || one.from <= from);
    const beyond = to === null ? -1 : all.findIndex((one) => one.from !== null && one.from >= to);
    const last = beyond < 0 ? all.length - 1 : beyond - 1;
    const [low, high] = usual ? [first, last] : [Math.max(0, first - 1), Math.min(all.length - 1, last + 1)];
    const window = all.slice(low, high + 1);
    const pieces: Piece[] = [
      ...all.slice(low, first),
      ...(all[first]!.from === from ? [] : [{ ...all[first]!, to: from }]),
      ...runs.map((run) => ({ from: run.from, to: run.to, row: run.rows.get(key) })),
      ...(to === null || all[last]!.to === to ? [] : [{ ...all[last]!, from: to }]),
      ...all.slice(last + 1, high + 1),
    ];
    const merged: Piece[] = [];
    for (const { from: start, to: end, row } of pieces) {
      const former = merged.at(-1);
      if (former && sameRow(former.row, row)) merged[merged.length - 1] = { ...former, to: end };
      else merged.push({ from: start, to: end, row });
    }
    const next = merged.map(
      (piece): Segment<Row> =>
        window.find(
          (old) => old.from === piece.from && old.to === piece.to && sameRow(old.row, piece.row),
        ) ?? {
          ...piece,
          knownFrom: position,
        },
    );
    all.splice(low, high - low + 1, ...next);
    this.segments.set(key, all);
    return {
      closed: window.filter((one) => one.row && !next.includes(one)),
      opened: next.filter((one) => one.row && !window.includes(one)),
    };
  }

  private rowsOf(state: unknown): Rows {
    if (this.derived && this.derived.state === state) return this.derived.rows;
    const rows = rowsOf(this.view, state, this.stream);
    this.derived = { state, rows };
    return rows;
  }
}

interface Timeline {
  readonly days: readonly Day[];
  readonly states: readonly unknown[];
}

interface Run {
  readonly from: Day;
  readonly to: Day | null;
  readonly rows: Rows;
}

type Piece = Omit<Segment<Row>, 'knownFrom'>;

/** An event would name a row twice: its view is wrong, and which of both holds nobody can tell. */
export class RowNamedTwice extends Error {
  override readonly name = 'RowNamedTwice';
}

function rowsOf(view: AnyView, state: unknown, stream: string): Rows {
  const rows = new Map<string, Row>();
  for (const [key, row] of view.rows(state, referenceOf(stream)) as Iterable<readonly [string, Row]>) {
    if (rows.has(key)) throw new RowNamedTwice(`${view.name}: ${key}`);
    rows.set(key, row);
  }
  return rows;
}

const isFact = ({ type }: ViewEvent): boolean => type !== ANNULMENT;

/** Rows of one view have the same fields in the same order. */
function sameRow(a: Row | undefined, b: Row | undefined): boolean {
  if (a === b) return true;
  if (!a || !b) return false;
  for (const [name, value] of Object.entries(a)) {
    const other = (b as Record<string, unknown>)[name];
    if (value === other) continue;
    if (typeof value !== 'object' || typeof other !== 'object' || !isDeepStrictEqual(value, other))
      return false;
  }
  return true;
}
