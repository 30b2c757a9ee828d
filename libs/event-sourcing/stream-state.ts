import type { Day, Fact } from './event.js';
import { ANNULMENT } from './event.js';
import { type Days, StatesByDay } from './states-by-day.js';
import { type Shift, Standing, type Timed } from './timeline.js';

/** Decisions know no limit on when a fact was true. */
const ANY_DAY = '';

/** What commands on one stream are decided on, kept up as its events come; the last ones can be taken back. */
export class StreamState<S, F extends Fact> {
  private readonly resolved = new Standing<Timed<F>>();
  private readonly states: StatesByDay<S, Timed<F>>;
  private readonly shifts: Shift<Timed<F>>[] = [];
  private readonly commands = new Map<string, Timed<F>[]>();
  /** Up to each event, the latest day on which one that is no correction was stated. */
  private readonly stated: Day[] = [];

  /** By the days on which they are true; kept up from when a rule first asks for it. */
  private byDay: StatesByDay<S, Timed<F>> | undefined;

  constructor(
    private readonly rules: {
      readonly initial: S;
      evolve(state: S, fact: F): S;
      partOf?(fact: F): string | undefined;
    },
  ) {
    this.states = new StatesByDay<S, Timed<F>>(
      rules.initial,
      (state, event) => rules.evolve(state, event),
      () => ANY_DAY,
      (a, b) => this.resolved.compare(a, b),
    );
  }

  /** The states by day, for a command that is said on one. */
  days(statedOn: Day, amends = false): Days<S> {
    return { statedOn, amends, from: (day) => this.knownByDay().from(day) };
  }

  private knownByDay(): StatesByDay<S, Timed<F>> {
    if (this.byDay) return this.byDay;
    this.byDay = new StatesByDay<S, Timed<F>>(
      this.rules.initial,
      (state, event) => this.rules.evolve(state, event),
      ({ metadata }) => metadata.effectiveOn,
      (a, b) => this.resolved.compare(a, b),
    );
    this.byDay.change([], this.standing());
    return this.byDay;
  }

  /** The fold of all that stands. */
  get current(): S {
    return this.states.last;
  }

  get size(): number {
    return this.shifts.length;
  }

  get last(): Timed<F> | undefined {
    return this.shifts.at(-1)?.event;
  }

  /** What the last event did to the others: which stand no more, and which do now. */
  get lastShift(): Pick<Shift<Timed<F>>, 'fallen' | 'risen'> {
    return this.shifts.at(-1) ?? { fallen: [], risen: [] };
  }

  /** The latest day on which one of its facts was stated; corrections have no place of their own. */
  get lastStated(): Day {
    return this.stated.at(-1) ?? '';
  }

  at(revision: number): Timed<F> | undefined {
    return this.resolved.at(revision);
  }

  stands(revision: number): boolean {
    return this.resolved.stands(revision);
  }

  originOf(event: { readonly revision: number }): Timed<F> {
    return this.resolved.originOf(event);
  }

  /** What stands, in order of place. */
  standing(): Timed<F>[] {
    return this.resolved.list();
  }

  /** What annuls something, and stands. */
  annulments(): Timed<F>[] {
    return this.resolved.list({ annulments: true }).filter(({ type }) => type === ANNULMENT);
  }

  /** The annulment that took away what stood in the place of an event. */
  annulmentOf(event: Timed<F>): Timed<F> | undefined {
    const { revision } = this.originOf(event);
    return this.annulments().findLast((one) => this.originOf(one).revision === revision);
  }

  /** What stands in the place of an event today. */
  standingFor(event: Timed<F>): Timed<F> | undefined {
    const { revision } = this.originOf(event);
    return this.standing().find((one) => this.originOf(one).revision === revision);
  }

  opening(): Timed<F> | undefined {
    return this.resolved.opening();
  }

  /** The first that stands of what a fact is of: of the whole, or of a part. */
  openingOf(fact: F): Timed<F> | undefined {
    const { partOf } = this.rules;
    if (!partOf) return this.opening();
    const part = partOf(fact);
    return this.standing().find((one) => partOf(one) === part);
  }

  events(): Timed<F>[] {
    return this.shifts.map(({ event }) => event);
  }

  /** The events that a command led to. */
  ofCommand(id: string): readonly Timed<F>[] {
    return this.commands.get(id) ?? [];
  }

  add(event: Timed<F>): void {
    const shift = this.resolved.add(event);
    this.shifts.push(shift);
    if (
      shift.fallen.length === 0 &&
      shift.risen.length === 1 &&
      event.type !== ANNULMENT &&
      this.states.isNext(event)
    )
      this.states.append(event);
    else this.states.change(facts(shift.fallen), facts(shift.risen));
    this.byDay?.change(facts(shift.fallen), facts(shift.risen));
    const { commandId, corrects, statedOn } = event.metadata;
    this.stated.push(corrects || statedOn < this.lastStated ? this.lastStated : statedOn);
    const its = this.commands.get(commandId);
    if (its) its.push(event);
    else this.commands.set(commandId, [event]);
  }

  /** Whether the event at an index, which was decided here, is the one that the log has; it then stands for it. */
  confirm(index: number, event: Timed<F>): boolean {
    const shift = this.shifts[index];
    const { id, revision, metadata } = shift?.event ?? {};
    if (!shift || id !== event.id || revision !== event.revision) return false;
    this.resolved.confirm(event);
    this.shifts[index] = { ...shift, event };
    const its = this.commands.get(metadata!.commandId)!;
    its[its.findIndex((one) => one.id === id)] = event;
    return true;
  }

  /** Takes back all but the first `size` events. */
  rewind(size: number): void {
    while (this.shifts.length > size) {
      const shift = this.shifts.pop()!;
      this.stated.pop();
      for (const states of [this.states, this.byDay]) states?.change(facts(shift.risen), []);
      this.resolved.undo(shift);
      for (const states of [this.states, this.byDay]) states?.change([], facts(shift.fallen));
      const { commandId } = shift.event.metadata;
      const its = this.commands.get(commandId)!;
      its.pop();
      if (its.length === 0) this.commands.delete(commandId);
    }
  }
}

const facts = <F extends Fact>(events: readonly Timed<F>[]): readonly Timed<F>[] =>
  events.filter(({ type }) => type !== ANNULMENT);
