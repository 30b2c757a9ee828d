import {
  type AnyView,
  type Column,
  type Columns,
  equals,
  type Filter,
  type Recorded,
  type Total,
  type ViewDefinition,
} from '../event-sourcing/index.js';
import { comiteDe, type Name } from '../words/index.js';
import type { NamedKind } from './kind.js';
import type { Published, Screen } from './screen.js';

/** Something that a view shows of the events themselves, beside what they come to. */
interface Kept<T> {
  /** The fact types of which the last one tells it. */
  readonly of: readonly string[];
  /** `origin` is the event whose place this one takes: itself, or what it replaces. */
  take(event: Recorded, origin: Recorded): T;
}

/** Where the thing was read: the source of the facts that begin it. */
export const sourceOf = (...of: string[]): Kept<object | null> => ({
  of,
  take: ({ metadata }) => metadata.source ?? null,
});

type KeptBy<K> = { readonly [N in keyof K]: K[N] extends Kept<infer T> ? T | null : never };

type AnyKept = Readonly<Record<string, Kept<unknown>>>;

interface ViewParts<S, Row extends object, K extends AnyKept> {
  /** To be raised whenever what it shows of the same facts changes. */
  readonly version: number;
  readonly columns: Columns<NoInfer<Row>>;
  readonly computed?: AnyView['computed'];
  /** What the values of a column come to, over a whole answer. */
  readonly totals?: { readonly [N in keyof NoInfer<Row> & string]?: Omit<Total, 'of'> };
  readonly filters?: Readonly<Record<string, Filter>>;
  /** Filters by the value of a column, with the values that make sense where only some do. */
  readonly filteredBy?: { readonly [N in keyof NoInfer<Row> & string]?: readonly string[] | null };
  readonly kept?: K;
  /** The rows that the state of a thing comes to, by key. */
  rows(state: S, reference: string, kept: KeptBy<K>): Iterable<readonly [key: string, row: Row]>;
}

interface RoomView<S, Row extends object, K extends AnyKept> extends ViewParts<S, Row, K> {
  readonly name: string;
}

interface PublishedView<S, Row extends object, K extends AnyKept> extends ViewParts<S, Row, K> {
  readonly view: string;
  readonly title: string;
  /** What its rows are called, where they are parts of the kind's things. */
  readonly name?: Name;
  /** What it means that it has no row, where that is not that there is nothing. */
  readonly vide?: string;
  readonly screen: Screen<NoInfer<Row>>['columns'];
}

interface Known<S> {
  readonly state: S;
  readonly kept: Readonly<Record<string, unknown>>;
}

/** A view of the things of a kind: its rows follow from the state on which their decider decides. */
export function viewOf<S, Row extends object, K extends AnyKept>(
  kind: NamedKind<S>,
  { kept = {} as K, rows, filteredBy = {}, filters, totals, ...rest }: RoomView<S, Row, K>,
): ViewDefinition<Known<S>, Row> {
  const all = Object.entries(kept);
  const none = Object.fromEntries(all.map(([name]) => [name, null]));
  const byColumn = Object.entries<readonly string[] | null | undefined>(filteredBy).map(([name, values]) => [
    name,
    equals(name, (rest.columns as Record<string, Column>)[name]!.description, values ?? undefined),
  ]);
  const totalOf = Object.entries<Omit<Total, 'of'> | undefined>(totals ?? {}).map(([name, total]) => [
    name,
    { ...total, of: name },
  ]);
  const columns = rest.columns as Record<string, Column>;
  return {
    ...rest,
    indexed: Object.keys(columns).filter((name) => columns[name]!.indexed) as (keyof Row & string)[],
    ...(totals && { totals: Object.fromEntries(totalOf) as Record<string, Total> }),
    filters: { ...(Object.fromEntries(byColumn) as Record<string, Filter>), ...filters },
    categories: [kind.category],
    initial: { state: kind.decider.initial, kept: none },
    evolve(known, event, origin) {
      const state = kind.decider.evolve(known.state, event);
      const told = all.filter(([, { of }]) => of.includes(event.type));
      if (told.length === 0) return state === known.state ? known : { ...known, state };
      const taken = told.map(([name, { take }]) => [name, take(event, origin)] as const);
      return { state, kept: { ...known.kept, ...Object.fromEntries(taken) } };
    },
    rows: ({ state, kept: its }, reference) => rows(state, reference, its as KeptBy<K>),
    scope: comiteDe,
  };
}

/** A view that people and programs read by its name, with its screen. */
export const published = <S, Row extends object, K extends AnyKept>(
  kind: NamedKind<S>,
  { title, screen, vide, name = kind.name, ...view }: PublishedView<S, Row, K>,
): Published => ({
  view: viewOf(kind, { ...view, name: view.view }),
  name,
  screen: { title, columns: screen, ...(vide !== undefined && { vide }) },
});
