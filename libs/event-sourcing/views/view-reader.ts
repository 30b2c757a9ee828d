import { createHash } from 'node:crypto';
import type pg from 'pg';
import { type DataSource, EntitySchema, type SelectQueryBuilder } from 'typeorm';
import type { Day } from '../event.js';
import { StoreUnavailable } from '../event-store.js';
import { InvalidInput } from '../refusal.js';
import { unavailableOr } from '../postgres.js';
import { type Generation, tableOf } from './generations.js';
import type { AnyView, ColumnType, ComputedColumn, Filter, QueryContext } from './view.js';
import { paddedReference } from './view.js';

/** The generations that answer, by view: those that were seen to have reached the position asked for. */
export type Served = ReadonlyMap<string, bigint>;

export const servedBy = (live: readonly Generation[]): Served =>
  new Map(live.map(({ view, generation }) => [view, generation]));

/** What an answer is given on: P always, D where it was asked. */
export interface Basis {
  readonly position: bigint;
  readonly effectiveOn?: Day;
  readonly served: Served;
}

/** The first and the last day that the day of a question may be: the same, unless it is that of a vague séance. */
export interface ReferenceDay {
  readonly first: Day;
  readonly last: Day;
}

/** Where a page ended. */
export interface PageEnd {
  /** Of an answer in the order of time; absent or null: no day. */
  readonly day?: Day | null | undefined;
  readonly sortKey: string;
  readonly key: string;
}

export interface ViewQuery {
  readonly basis: Basis;
  /** The day on which "overdue" is asked. */
  readonly referenceDay: ReferenceDay;
  readonly scope?: string;
  readonly keys?: readonly string[];
  readonly filters?: Readonly<Record<string, string>>;
  readonly limit?: number;
  /** The last row that was seen. */
  readonly after?: PageEnd;
  /** In the order of time, where the view has one; else by name. */
  readonly inTime?: boolean;
}

/** A row as readers see it: `reference` and the view's columns. */
export type ViewRow = Record<string, unknown> & { readonly reference: string };

export interface RowVersion {
  readonly key: string;
  readonly knownFrom: bigint;
  /** The position that ended it. */
  readonly knownTo: bigint;
  readonly row: ViewRow;
}

const TYPES: Record<
  ColumnType,
  { type: 'text' | 'int' | 'bigint' | 'numeric' | 'boolean' | 'date' | 'json'; array?: true }
> = {
  text: { type: 'text' },
  integer: { type: 'int' },
  bigint: { type: 'bigint' },
  numeric: { type: 'numeric' },
  boolean: { type: 'boolean' },
  date: { type: 'date' },
  'text[]': { type: 'text', array: true },
  json: { type: 'json' },
};

/** Stands in statements for the table of the generation that answers. */
const liveTable = (view: string): string => `${view}@live`;
const relationOf = (view: string): string => `"views"."${liveTable(view)}"`;

/** The read side's entity of a view. */
export function entityOf(view: AnyView): EntitySchema<Record<string, unknown>> {
  const columns = Object.entries(view.columns).map(([name, column]) => [
    name,
    { ...TYPES[(column as { type: ColumnType }).type], nullable: true },
  ]);
  return new EntitySchema<Record<string, unknown>>({
    name: view.name,
    schema: 'views',
    tableName: liveTable(view.name),
    synchronize: false,
    columns: {
      key: { type: 'text', primary: true },
      known_from: { type: 'bigint', primary: true },
      effective_from: { type: 'date', primary: true },
      known_to: { type: 'bigint' },
      effective_to: { type: 'date' },
      scope: { type: 'text' },
      sort_key: { type: 'text' },
      ...(Object.fromEntries(columns) as Record<string, { type: 'text' }>),
    },
  });
}

export interface Totalled {
  /** A decimal as text; null where there is no term, or terms do not add up. */
  readonly sum: string | null;
  readonly terms: number;
  /** How many more are not communicated. */
  readonly missing: number;
}

interface Statement {
  readonly sql: string;
  /** The parameters, in the order of their placeholders. */
  readonly names: readonly string[];
}

/** Asks views on a basis (P, D): one range query, no replay. */
export class ViewReader {
  private readonly statements = new Map<string, Statement>();

  /** Statements are written by TypeORM and prepared once on each connection of the pool. */
  constructor(
    private readonly dataSource: DataSource,
    private readonly pool: pg.Pool,
  ) {}

  async rows(view: AnyView, query: ViewQuery): Promise<ViewRow[]> {
    for (const [name, value] of Object.entries(query.filters ?? {})) filterOf(view, name, value);
    const statement = this.statementFor(view, query);
    const rows = await this.ask<ViewRow>(
      statement.sql,
      valuesFor(statement, query),
      query.basis.served,
      query.limit === undefined,
    );
    return positionsAsText(view, rows);
  }

  /** The totals of a view over all rows that an answer has, page or not. */
  async totals(view: AnyView, asked: ViewQuery): Promise<Readonly<Record<string, Totalled>>> {
    const { limit: _, after: __, ...query } = asked;
    const totals = Object.entries(view.totals ?? {});
    if (totals.length === 0) return {};
    const select = totals.map(
      ([, { of, sum }], n) =>
        `count("${of}")::int AS "terms${n}", (count(*) - count("${of}"))::int AS "missing${n}",
         ${sum ? `sum("${of}")::text` : 'NULL'} AS "sum${n}"`,
    );
    const statement = this.statementFor(view, query, false);
    const [row] = await this.ask<Record<string, unknown>>(
      `SELECT ${select.join(', ')} FROM (${statement.sql}) total`,
      valuesFor(statement, query),
      query.basis.served,
    );
    return Object.fromEntries(
      totals.map(([name], n) => [
        name,
        {
          sum: row![`sum${n}`] as string | null,
          terms: row![`terms${n}`] as number,
          missing: row![`missing${n}`] as number,
        },
      ]),
    );
  }

  /**
   * For the tables of the generations that answer.
   * @param prepared once on each connection, for whatever values; a page is planned for its own: what a committee
   *   on the average holds would have it sort all that this one does
   */
  private async ask<R extends object>(
    template: string,
    values: unknown[],
    served: Served,
    prepared = true,
  ): Promise<R[]> {
    const text = template
      .replace(/"([^"]+)@live"\./g, '')
      .replace(/"views"\."([^"]+)@live"/g, (_, view: string) => {
        const generation = served.get(view);
        if (generation === undefined) throw new StoreUnavailable(`view ${view} is not built yet`);
        return tableOf(view, generation);
      });
    const name = prepared ? createHash('sha256').update(text).digest('hex').slice(0, 32) : undefined;
    try {
      return (await this.pool.query<R>({ ...(name && { name }), text, values })).rows;
    } catch (error) {
      // Between the look at the generations and this, its table has been replaced twice.
      if ((error as { code?: string }).code === NO_SUCH_TABLE)
        throw new StoreUnavailable('the view was replaced meanwhile', { cause: error });
      throw unavailableOr(error);
    }
  }

  /** Questions of one shape have one statement: building it costs more than answering it. */
  private statementFor(view: AnyView, query: ViewQuery, ordered = true): Statement {
    const { scope, keys, after, limit, filters = {}, basis, inTime = false } = query;
    const given = [scope, keys, after, limit, basis.effectiveOn].map((part) => part !== undefined);
    const shape = JSON.stringify([view.name, given, Object.keys(filters), ordered, inTime]);
    const known = this.statements.get(shape);
    if (known) return known;
    const select = this.select(view, query).andWhere(atBasis('v', basis));
    if (scope !== undefined) select.andWhere('v.scope = :scope');
    if (keys) select.andWhere('v.key = ANY(:keys)');
    // Two keys may sort alike.
    const day = inTime && rankOf(view);
    const latest = (date: string) => `coalesce(${date}, 'infinity'::date)`;
    if (after !== undefined)
      select.andWhere(
        day
          ? `(${latest(`v."${day}"`)}, v.sort_key, v.key) > (${latest(':afterDay::date')}, :afterSortKey, :afterKey)`
          : '(v.sort_key, v.key) > (:afterSortKey, :afterKey)',
      );
    for (const name of Object.keys(filters))
      select.andWhere(filterOf(view, name, filters[name]!).sql(this.context(query), `:filter_${name}`));
    if (ordered && day) select.orderBy(`v.${day}`, 'ASC', 'NULLS LAST');
    if (ordered) select.addOrderBy('v.sort_key').addOrderBy('v.key');
    const named = [...Object.keys(parametersOf(query)), ...RANGE];
    const marks = [...named, ...Object.keys(filters).map((name) => `filter_${name}`)].map((name) => [
      name,
      name,
    ]);
    const [unlimited, used] = select
      .setParameters(Object.fromEntries(marks) as object)
      .getQueryAndParameters();
    const names = used as string[];
    const sql = limit === undefined ? unlimited : `${unlimited} LIMIT $${names.push('limit')}`;
    const statement = { sql, names };
    this.statements.set(shape, statement);
    return statement;
  }

  async row(view: AnyView, key: string, query: Omit<ViewQuery, 'keys'>): Promise<ViewRow | undefined> {
    return (await this.rows(view, { ...query, keys: [key] }))[0];
  }

  /** The versions of some keys that were known after one position and up to another, oldest first. */
  async versions(
    view: AnyView,
    keys: readonly string[],
    after: bigint,
    query: ViewQuery,
  ): Promise<RowVersion[]> {
    const [sql, values] = this.select(view, query)
      .addSelect('v.known_from', 'known_from')
      .addSelect('v.known_to', 'known_to')
      .andWhere('v.key = ANY(:keys) AND v.known_to > :after AND v.known_from <= :position', {
        keys,
        after: after.toString(),
        position: query.basis.position.toString(),
      })
      .andWhere(effectiveAt('v', query.basis), parametersOf(query))
      .orderBy('v.known_from')
      .getQueryAndParameters();
    const raw = await this.ask<ViewRow & { known_from: bigint; known_to: bigint }>(
      sql,
      values,
      query.basis.served,
    );
    return raw.map(({ known_from: knownFrom, known_to: knownTo, ...row }) => ({
      key: row.reference,
      knownFrom: BigInt(knownFrom),
      knownTo: BigInt(knownTo),
      row: positionsAsText(view, [row as ViewRow])[0]!,
    }));
  }

  /** Where a page ends whose last row this is, for the next page's `after`. */
  endOf(view: AnyView, row: Pick<ViewRow, 'reference'> & Readonly<Record<string, unknown>>): PageEnd {
    const { reference: key } = row;
    const rank = rankOf(view);
    const day = rank && (row[rank] as Day | null);
    return { ...(day && { day }), sortKey: (view.sortKey ?? paddedReference)(key), key };
  }

  private select(view: AnyView, query: ViewQuery): SelectQueryBuilder<Record<string, unknown>> {
    const select = this.dataSource
      .getRepository<Record<string, unknown>>(view.name)
      .createQueryBuilder('v')
      .select('v.key', 'reference');
    for (const name of Object.keys(view.columns)) select.addSelect(`v.${name}`, name);
    for (const [name, column] of computedOf(view)) select.addSelect(column.sql(this.context(query)), name);
    return select.setParameters(parametersOf(query));
  }

  private context(query: ViewQuery): QueryContext {
    return {
      alias: 'v',
      relation: relationOf,
      at: (alias) => atBasis(alias, query.basis),
      known: (alias) => atBasis(alias, { effectiveOn: undefined }),
      referenceDay: { first: ':referenceFirst::date', last: ':referenceLast::date' },
    };
  }
}

/** The column of the day by which rows are told in the order of time. */
const rankOf = ({ columns }: AnyView): string | undefined =>
  Object.keys(columns).find((name) => columns[name]!.ranks);

const RANGE = ['scope', 'keys', 'afterDay', 'afterSortKey', 'afterKey'];
const NO_SUCH_TABLE = '42P01';

/** JSON has no bigint. */
const positionsAsText = (view: AnyView, rows: ViewRow[]): ViewRow[] => {
  const columns = Object.entries({ ...view.columns, ...view.computed }) as [string, { type: ColumnType }][];
  const positions = columns.filter(([, { type }]) => type === 'bigint').map(([name]) => name);
  for (const row of rows as Record<string, unknown>[])
    for (const name of positions) row[name] = (row[name] as bigint | null)?.toString() ?? null;
  return rows;
};

const computedOf = (view: AnyView): [string, ComputedColumn][] => Object.entries(view.computed ?? {});

function filterOf(view: AnyView, name: string, value: string): Filter {
  const filter: Filter | undefined = view.filters?.[name];
  if (!filter) throw new InvalidInput([{ path: name, message: 'filtre inconnu' }]);
  if (filter.values && !filter.values.includes(value))
    throw new InvalidInput([
      { path: name, message: `« ${value} » inconnu ; valeurs : ${filter.values.join(', ')}` },
    ]);
  const message = filter.refuses?.(value);
  if (message !== undefined) throw new InvalidInput([{ path: name, message }]);
  return filter;
}

/** The values of a statement's parameters, in their order. */
function valuesFor({ names }: Statement, query: ViewQuery): unknown[] {
  const values: Record<string, unknown> = {
    ...parametersOf(query),
    scope: query.scope,
    keys: query.keys,
    afterDay: query.after?.day ?? null,
    afterSortKey: query.after?.sortKey,
    afterKey: query.after?.key,
    limit: query.limit,
    ...Object.fromEntries(
      Object.entries(query.filters ?? {}).map(([name, value]) => [`filter_${name}`, value]),
    ),
  };
  return names.map((parameter) => values[parameter]);
}

const parametersOf = ({ basis, referenceDay }: ViewQuery): Record<string, unknown> => ({
  position: basis.position.toString(),
  effectiveOn: basis.effectiveOn ?? null,
  referenceFirst: referenceDay.first,
  referenceLast: referenceDay.last,
});

type Dated = Pick<Basis, 'effectiveOn'> | { readonly effectiveOn: undefined };

const effectiveAt = (alias: string, { effectiveOn }: Dated): string =>
  effectiveOn === undefined
    ? `${alias}.effective_to = 'infinity'`
    : `${alias}.effective_from <= :effectiveOn AND ${alias}.effective_to > :effectiveOn`;

const atBasis = (alias: string, basis: Dated): string =>
  `${alias}.known_from <= :position AND ${alias}.known_to > :position AND ${effectiveAt(alias, basis)}`;
