import { isDeepStrictEqual } from 'node:util';
import type { Day } from './event.js';

/** What is true when, of all that is known. */
export interface Days<S> {
  /** The day on which the command is said: what it decides is true from then on, or from an earlier day of its own. */
  readonly statedOn: Day;
  /** Whether it is said of the thing as an amendment, of what was over. */
  readonly amends: boolean;
  /** The state on a day, and each that follows it. */
  from(day: Day): readonly S[];
}

/** What one fact of the fold did: enough to take it back, and to do it again without folding. */
interface Step<S, E> {
  readonly event: E;
  /** The first of the states that it touched. */
  at: number;
  /** Whether its day began a state of its own. */
  inserted: boolean;
  before: S[];
  after: S[];
}

/**
 * The states of one thing by effective day: `states[i]` holds from `days[i]` until `days[i + 1]`. Facts are
 * folded in order of place, each into the states from its own day on. When a fact comes in, goes out or is
 * replaced, what follows it in place is taken back and done again; where a state comes out as it was, what
 * was made of it is taken over without a fold.
 */
export class StatesByDay<S, E> {
  readonly days: Day[] = [];
  readonly states: S[] = [];
  private readonly steps: Step<S, E>[] = [];

  constructor(
    private readonly initial: S,
    private readonly evolve: (state: S, event: E) => S,
    private readonly dayOf: (event: E) => Day,
    private readonly compare: (a: E, b: E) => number,
  ) {}

  /** The state with no limit on when it was true. */
  get last(): S {
    return this.states.length > 0 ? this.states.at(-1)! : this.initial;
  }

  /** The state on a day, and each that follows it. */
  from(day: Day): readonly S[] {
    const first = this.days.findLastIndex((one) => one <= day);
    return first < 0 ? [this.initial, ...this.states] : this.states.slice(first);
  }

  get size(): number {
    return this.steps.length;
  }

  /** Whether a fact comes last in place and in effect: it then changes the last state only, or begins another. */
  isNext(event: E): boolean {
    const last = this.steps.at(-1);
    if (!last) return true;
    return this.days.at(-1)! <= this.dayOf(event) && this.compare(last.event, event) < 0;
  }

  /** The same as `change([], [event])` for one that is next. */
  append(event: E): void {
    const day = this.dayOf(event);
    const former = this.last;
    const result = this.evolve(former, event);
    const inserted = this.days.at(-1) !== day;
    if (inserted) this.days.push(day);
    const at = this.days.length - 1;
    this.states[at] = result;
    this.steps.push({ event, at, inserted, before: [former], after: [result] });
  }

  /** Takes facts out and others in, each at its place. */
  change(out: readonly E[], into: readonly E[]): void {
    const places = [...out, ...into].map((event) => this.placeOf(event));
    const first = Math.min(this.steps.length, ...places);
    const redone = this.rewind(first).filter(
      ({ event }) => !out.some((one) => this.compare(one, event) === 0),
    );
    const fresh = into.map((event): Step<S, E> => ({ event, at: 0, inserted: false, before: [], after: [] }));
    const steps =
      fresh.length === 0 || redone.length === 0
        ? [...redone, ...fresh]
        : [...redone, ...fresh].sort((a, b) => this.compare(a.event, b.event));
    for (const step of steps) this.apply(step);
  }

  /** The index at which an event is, or would come. */
  private placeOf(event: E): number {
    let [low, high] = [0, this.steps.length];
    if (high > 0 && this.compare(this.steps[high - 1]!.event, event) < 0) return high;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.compare(this.steps[middle]!.event, event) < 0) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  private rewind(length: number): Step<S, E>[] {
    for (let index = this.steps.length - 1; index >= length; index -= 1) {
      const { at, inserted, before } = this.steps[index]!;
      if (inserted) {
        this.days.splice(at, 1);
        this.states.splice(at, 1);
      }
      const touched = inserted ? before.slice(1) : before;
      for (let n = 0; n < touched.length; n += 1) this.states[at + n] = touched[n]!;
    }
    return this.steps.splice(length);
  }

  private apply(step: Step<S, E>): void {
    const day = this.dayOf(step.event);
    let at = this.days.length;
    while (at > 0 && this.days[at - 1]! > day) at -= 1;
    const inserted = at === 0 || this.days[at - 1] !== day;
    if (inserted) {
      this.states.splice(at, 0, at > 0 ? this.states[at - 1]! : this.initial);
      this.days.splice(at, 0, day);
    } else at -= 1;
    const before = this.states.slice(at);
    const after = this.results(step, before);
    for (let n = 0; n < after.length; n += 1) this.states[at + n] = after[n]!;
    Object.assign(step, { at, inserted, before, after });
    this.steps.push(step);
  }

  private results({ event, before: known, after: results }: Step<S, E>, before: readonly S[]): S[] {
    if (known.length <= 1)
      return before.map((state) => {
        if (known.length === 1 && known[0] === state) return results[0]!;
        const result = this.evolve(state, event);
        return known.length === 1 && isDeepStrictEqual(result, results[0]) ? results[0]! : result;
      });
    const made = new Map(known.map((state, index) => [state, results[index]!]));
    return before.map((state) => (made.has(state) ? made.get(state)! : this.evolve(state, event)));
  }
}
