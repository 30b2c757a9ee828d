import type { ComputedColumn, Filter } from './view.js';

/** How views are asked, as SQL: rooms name columns, and write none. */

const filter = (description: string, values: readonly string[] | undefined, sql: Filter['sql']): Filter => ({
  description,
  ...(values && { values }),
  sql,
});

const YES_OR_NO = ['oui', 'non'] as const;

/** By the value of a column. */
export const equals = (column: string, description: string, values?: readonly string[]): Filter =>
  filter(description, values, ({ alias }, value) => `${alias}."${column}" = ${value}`);

/** Without case and accents. */
const simple = (text: string): string =>
  `regexp_replace(lower(normalize(${text}, NFD)), '[\\u0300-\\u036f]', '', 'g')`;

/** By one of the values of a column, in whatever case and with whatever accents. */
export const contains = (column: string, description: string, values?: readonly string[]): Filter =>
  filter(
    description,
    values,
    ({ alias }, value) =>
      `EXISTS (SELECT FROM unnest(${alias}."${column}") AS one (it) WHERE ${simple('one.it')} = ${simple(value)})`,
  );

/** By a part of a text, in whatever case and with whatever accents. */
export const includes = (column: string, description: string): Filter =>
  filter(
    description,
    undefined,
    ({ alias }, value) => `strpos(${simple(`${alias}."${column}"`)}, ${simple(value)}) > 0`,
  );

/** By a day that a column does not pass. */
export const notAfter = (column: string, description: string): Filter => ({
  ...filter(description, undefined, ({ alias }, value) => `${alias}."${column}" <= ${value}::date`),
  refuses: (value) => (isDay(value) ? undefined : `« ${value} » : un jour AAAA-MM-JJ`),
});

const isDay = (text: string): boolean => {
  const date = /^(19|20|21)\d{2}-\d{2}-\d{2}$/.test(text) ? new Date(`${text}T00:00:00Z`) : undefined;
  return date !== undefined && !Number.isNaN(date.getTime()) && date.toISOString().startsWith(text);
};

/** By a number that a computed column reaches. */
export const atLeast = (column: ComputedColumn, description: string): Filter => ({
  ...filter(description, undefined, (context, value) => `(${column.sql(context)}) >= ${value}::int`),
  refuses: (value) => (/^\d{1,6}$/.test(value) ? undefined : `« ${value} » : un nombre entier`),
});

interface Naming {
  /** A view, and its column that names rows of this one. */
  readonly view: string;
  readonly by: string;
}

/** By the value of a column of another view, in a row that names this one: of those that were known, whatever the day. */
export const namedWhere = ({ view, by }: Naming, column: string, description: string): Filter =>
  filter(
    description,
    undefined,
    ({ alias, relation, known }, value) =>
      `EXISTS (SELECT FROM ${relation(view)} other
        WHERE other."${by}" = ${alias}.key AND other."${column}" = ${value} AND ${known('other')})`,
  );

/** The rows of another view that name this one and have a value in a column: those that were known, whatever the day. */
export const namedBy = (
  { view, by, where: [column, value] }: Naming & { readonly where: readonly [column: string, value: string] },
  told: Omit<ComputedColumn, 'sql' | 'type'>,
): ComputedColumn => ({
  ...told,
  type: 'text[]',
  sql: ({ alias, relation, known }) =>
    `ARRAY(SELECT other.key FROM ${relation(view)} other
       WHERE other."${by}" = ${alias}.key AND other."${column}" = '${value}' AND ${known('other')}
       ORDER BY other.sort_key)`,
});

interface Series {
  /** A view of numbered things of the same scope, and the value of a column in those that count. */
  readonly view: string;
  readonly number: string;
  readonly where: readonly [column: string, value: string];
  /** The column of the last number here. */
  readonly since: string;
}

/** How many of a series came after the one whose number stands here. */
export const passedSince = (
  { view, number, where: [column, value], since }: Series,
  told: Omit<ComputedColumn, 'sql' | 'type'>,
): ComputedColumn => ({
  ...told,
  type: 'integer',
  sql: ({ alias, relation, known }) =>
    `(SELECT count(*)::int FROM ${relation(view)} other
       WHERE other.scope = ${alias}.scope AND other."${column}" = '${value}' AND ${known('other')}
         AND other."${number}" > ${alias}."${since}")`,
});

/** `oui`: those where a column is true; `non`: the others. */
export const holds = (column: string, description: string): Filter =>
  filter(description, YES_OR_NO, ({ alias }, value) => `${alias}."${column}" = (${value} = 'oui')`);

/** `oui`: those with one of some values in a column; `non`: the others. */
export const isOneOf = (column: string, values: readonly string[], description: string): Filter => {
  const list = values.map((value) => `'${value.replaceAll("'", "''")}'`).join(', ');
  return filter(
    description,
    YES_OR_NO,
    ({ alias }, value) => `(${alias}."${column}" IN (${list})) = (${value} = 'oui')`,
  );
};

/** A column of another view, of the row that is named in a column here: the last that was known, whatever the day. */
export const joined = (
  { view, by, column }: { view: string; by: string; column: string },
  told: Omit<ComputedColumn, 'sql'>,
): ComputedColumn => ({
  ...told,
  sql: ({ alias, relation, known }) =>
    `(SELECT other."${column}" FROM ${relation(view)} other WHERE other.key = ${alias}."${by}" AND ${known('other')})`,
});

/** A computed column of another view, of the row that is named in one of some columns here: the first that names one. */
export const through = (
  { view, by }: { view: string; by: readonly string[] },
  column: ComputedColumn,
  told: Omit<ComputedColumn, 'sql' | 'type'>,
): ComputedColumn => ({
  ...column,
  ...told,
  sql: ({ alias, ...context }) =>
    `(SELECT ${column.sql({ ...context, alias: 'other' })} FROM ${context.relation(view)} other
      WHERE other.key = coalesce(${by.map((one) => `${alias}."${one}"`).join(', ')}) AND ${context.known('other')})`,
});

export const QUORUM = ['atteint', 'non-atteint', 'indetermine'] as const;

interface Sitting {
  /** The view of the rules: `depuis`, and `minimum` or `numerateur` and `denominateur`. */
  readonly rules: string;
  /** The columns of the last day that the sitting can have been, and of its members, those there, and those of whom that is not known. */
  readonly day: string;
  readonly members: string;
  readonly present: string;
  readonly unknown: string;
}

/** Whether enough members sat, by the rule of that day: for certain, for certain not, or neither; null where there is no rule, or nobody sat. */
export const quorate = (
  { rules, day, members, present, unknown }: Sitting,
  told: Omit<ComputedColumn, 'sql' | 'type'>,
): ComputedColumn => ({
  ...told,
  type: 'text',
  sql: ({ alias, relation, known }) => {
    const needed = `coalesce(rule.minimum, ceil(${alias}."${members}" * rule.numerateur::numeric / rule.denominateur))`;
    return `(SELECT CASE WHEN ${alias}."${members}" IS NULL OR rule.minimum = 0 THEN NULL
                         WHEN ${alias}."${members}" = 0 THEN 'indetermine'
                         WHEN ${alias}."${present}" >= ${needed} THEN 'atteint'
                         WHEN ${alias}."${present}" + ${alias}."${unknown}" < ${needed} THEN 'non-atteint'
                         ELSE 'indetermine' END
             FROM ${relation(rules)} rule
             WHERE rule.scope = ${alias}.scope AND ${known('rule')}
               AND coalesce(rule.depuis, '-infinity') <= coalesce(${alias}."${day}", 'infinity')
             ORDER BY rule.depuis DESC NULLS LAST LIMIT 1)`;
  },
});

/** By the value of a computed column. */
export const computes = (column: ComputedColumn, values: readonly string[]): Filter =>
  filter(column.description, values, (context, wanted) => `(${column.sql(context)}) = ${wanted}`);

export const LATE = ['oui', 'non', 'indetermine'] as const;

interface Due {
  /** The column and the value in which a thing is awaited at all. */
  readonly while: readonly [column: string, value: string];
  /** The columns of when it is due, in words, and of the first and the last day that these may mean. */
  readonly due: string;
  readonly first: string;
  readonly last: string;
}

/** Whether a thing is late, as a column and as a filter: for certain, for certain not, or neither can be told. */
export function late(
  { while: [column, value], due, first, last }: Due,
  told: Omit<ComputedColumn, 'sql' | 'type'>,
): { column: ComputedColumn; filter: Filter } {
  const sql: ComputedColumn['sql'] = ({ alias, referenceDay }) =>
    `CASE WHEN ${alias}."${column}" <> '${value}' OR ${alias}."${due}" IS NULL THEN 'non'
          WHEN ${alias}."${last}" < ${referenceDay.first} THEN 'oui'
          WHEN ${alias}."${first}" >= ${referenceDay.last} THEN 'non'
          ELSE 'indetermine' END`;
  return {
    column: { ...told, type: 'text', sql },
    filter: filter(LATE.join(', '), LATE, (context, wanted) => `(${sql(context)}) = ${wanted}`),
  };
}

/** Whether another row of the scope came before this one though it stands after it: by days where both are known, then by number. */
export const overtaken = (
  { view, at, day, number }: { view: string; at: string; day: string; number: string },
  told: Omit<ComputedColumn, 'sql' | 'type'>,
): ComputedColumn => ({
  ...told,
  type: 'boolean',
  sql: ({ alias, relation, at: standsAt }) =>
    `EXISTS (SELECT 1 FROM ${relation(view)} s WHERE s.scope = ${alias}.scope AND ${standsAt('s')}
       AND s."${at}" < ${alias}."${at}"
       AND (coalesce(s."${day}", ${alias}."${day}", '-infinity'), s."${number}")
         > (coalesce(${alias}."${day}", s."${day}", '-infinity'), ${alias}."${number}"))`,
});
