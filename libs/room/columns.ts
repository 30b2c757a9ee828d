import { z } from 'zod';
import type { Column, ColumnOf } from '../event-sourcing/index.js';
import { ae, dateFloue, ej, etpt, jour, jourEnClair, nombre, nombreEnClair } from '../words/index.js';

type Shown = Pick<Column, 'type' | 'schema' | 'words'>;

/** How what facts hold is shown, where that does not follow from its form. */
const SHOWN = new Map<z.core.$ZodType, Shown>([
  [dateFloue, { type: 'json', schema: dateFloue, words: jourEnClair }],
  [jour, { type: 'date' }],
  ...[nombre, ae, ej, etpt].map((exact) => [exact, { type: 'numeric', words: nombreEnClair }] as const),
]);

/** The columns of fields of facts: their types, what they are, and how they are told, as their schemas say. */
export const columnsFrom = <F extends Readonly<Record<string, z.ZodType>>>(
  fields: F,
): { readonly [K in keyof F & string]: ColumnOf<NonNullable<z.output<F[K]>>> } =>
  Object.fromEntries(
    Object.entries(fields).map(([name, field]) => [name, columnOf(name, field)]),
  ) as unknown as { readonly [K in keyof F & string]: ColumnOf<NonNullable<z.output<F[K]>>> };

/** A column that holds what a schema says. */
export const json = <T>(
  description: string,
  schema: z.ZodType<T>,
  words: (value: T) => string | readonly string[],
) => ({ type: 'json', description, schema, words }) as const;

function columnOf(name: string, field: z.ZodType): Column {
  let description: string | undefined;
  for (let one = field; ; one = one.def.innerType as z.ZodType) {
    description ??= one.description;
    if (!('innerType' in one.def)) return { description: description ?? name, ...shown(name, one) };
  }
}

function shown(name: string, field: z.ZodType): Shown {
  for (let one: z.core.$ZodType | undefined = field; one; one = one._zod.parent) {
    const known = SHOWN.get(one);
    if (known) return known;
  }
  if (field instanceof z.ZodString || field instanceof z.ZodEnum) return { type: 'text' };
  if (field instanceof z.ZodNumber) return { type: 'integer' };
  if (field instanceof z.ZodBoolean) return { type: 'boolean' };
  if (field instanceof z.ZodArray && field.element instanceof z.ZodString) return { type: 'text[]' };
  throw new TypeError(`how ${name} is shown is not said`);
}
