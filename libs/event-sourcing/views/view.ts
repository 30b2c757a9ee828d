import type { z } from 'zod';
import type { Annulment, Fact, Recorded } from '../event.js';
import type { Day } from '../event.js';

export type ColumnType = 'text' | 'integer' | 'bigint' | 'numeric' | 'boolean' | 'date' | 'text[]' | 'json';

export interface Column {
  readonly type: ColumnType;
  readonly description: string;
  /** Of what a `json` column holds. */
  readonly schema?: z.ZodType;
  /** How a value is told to people: as a text, or as one for each of the things that it lists. */
  // Which values it tells, `ColumnOf` knows.
  // eslint-disable-next-line @typescript-eslint/no-explicit-any
  words?(value: any): string | readonly string[];
  /** The columns that it follows from: a change of theirs tells its own. */
  readonly from?: readonly string[];
  /** Rows are looked up by it. A new one needs a new version of the view. */
  readonly indexed?: true;
  /** Of a day: rows are told in its order rather than in that of their names; those without come last. */
  readonly ranks?: true;
}

interface Holding<Type extends ColumnType, T = never> extends Omit<Column, 'words' | 'schema'> {
  readonly type: Type;
  readonly schema?: z.ZodType;
  words?(value: T): string | readonly string[];
}

type Optional = 'from' | 'indexed' | 'ranks';

/** The column that holds values of a type: another one does not compile. A `numeric` is a decimal as text. */
export type ColumnOf<T> = [T] extends [string]
  ? Holding<'text' | 'date' | 'bigint' | 'numeric', T>
  : [T] extends [number]
    ? Holding<'integer', T>
    : [T] extends [boolean]
      ? Holding<'boolean', T>
      : [T] extends [readonly string[]]
        ? Holding<'text[]', T>
        : Required<Omit<Holding<'json', T>, Optional>> & Pick<Column, Optional>;

export type Columns<Row> = { readonly [K in keyof Row & string]-?: ColumnOf<NonNullable<Row[K]>> };

/** What a computed column or a filter may use in its SQL. */
export interface QueryContext {
  /** The alias of the view's own table. */
  readonly alias: string;
  /** Another view's relation, by name. */
  relation(view: string): string;
  /** The condition under which a row of the relation under an alias stands on the basis asked for. */
  at(alias: string): string;
  /** The condition under which it is the last that was known at P, whatever the day. */
  known(alias: string): string;
  /** The days on one of which a question such as "is it overdue?" is asked: the first and the last, as SQL. */
  readonly referenceDay: { readonly first: string; readonly last: string };
}

export interface ComputedColumn extends Column {
  sql(context: QueryContext): string;
}

export interface Filter {
  readonly description: string;
  /** Where only some values make sense. */
  readonly values?: readonly string[];
  /** What is wrong with a value, in French; undefined: nothing. */
  refuses?(value: string): string | undefined;
  /** A condition; `parameter` is the placeholder of the value, as text. */
  sql(context: QueryContext, parameter: string): string;
}

/** What all rows of an answer come to, whatever page of it is shown. */
export interface Total {
  readonly description: string;
  /** The column of its terms; null is a term that is not communicated. */
  readonly of: string;
  /** Whether they add up: absent, they are only counted. */
  readonly sum?: boolean;
}

/**
 * One screen: its table, how each event changes what is known of a thing, and how that can be asked. The engine
 * keeps every version of every row on two clocks, so that any basis (P, D) is one range query.
 */
export interface ViewDefinition<State, Row extends object = object, F extends Fact = Fact> {
  readonly name: string;
  /** To be raised whenever `evolve` or `rows` change what they give: the view is then built beside the live one. */
  readonly version: number;
  /** The stream categories it folds. */
  readonly categories: readonly string[];
  readonly columns: Columns<Row>;
  readonly computed?: Readonly<Record<string, ComputedColumn>>;
  readonly filters?: Readonly<Record<string, Filter>>;
  readonly totals?: Readonly<Record<string, Total>>;
  /** Columns that rows are looked up by. A new one needs a new `version`. */
  readonly indexed?: readonly (keyof Row & string)[];
  /** What is known of a stream's thing before its first event. */
  readonly initial: State;
  /**
   * Total: an event that means nothing leaves the state as it is, the very same. `origin` is the event whose
   * place this one takes: itself, or what it replaces.
   */
  evolve(state: State, event: Recorded<F>, origin: Recorded): State;
  /** The rows that a state comes to, by key; a key belongs to one stream. `reference` is the stream's. */
  rows(state: State, reference: string): Iterable<readonly [key: string, row: Row]>;
  /** What all rows of a stream belong to (a committee): answers can be limited to it. */
  scope(reference: string): string;
  /** A key as text that sorts as people count; by default references with their numbers padded. */
  sortKey?(key: string): string;
}

// The engine handles rows of any view alike; each view's own types are checked where it is declared.
// eslint-disable-next-line @typescript-eslint/no-explicit-any
export type AnyView = Omit<ViewDefinition<any, any, any>, 'columns' | 'indexed'> & {
  readonly columns: Readonly<Record<string, Column>>;
  readonly indexed?: readonly string[];
};

/** `apogee-rof/2/A10` → `apogee-rof/00002/A00010` */
export const paddedReference = (key: string): string =>
  key.replace(/\d+/g, (digits) => digits.padStart(5, '0'));

export type ViewEvent = Recorded | Recorded<Annulment>;

/** A row's state over a half-open range of effective days; null bounds are open. */
export interface Segment<Row> {
  readonly knownFrom: bigint;
  readonly from: Day | null;
  readonly to: Day | null;
  readonly row: Row | undefined;
}
