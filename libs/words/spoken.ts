import { z } from 'zod';
import { codeDit } from './simple.js';

/** Where something is said: in a request, or in the file of a séance. */
export type Where = 'request' | { readonly seance: string };

/** How what a fact holds is said: parsed, it is what the fact holds. */
interface Spoken {
  request(): z.ZodType;
  file(seance: string): z.ZodType;
}

const SPOKEN = new WeakMap<z.core.$ZodType, Spoken>();

export const registerSpoken = (held: z.ZodType, spoken: Spoken): void => void SPOKEN.set(held, spoken);

/** Of a schema, or of the one that it only describes otherwise. */
function spokenOf(held: z.ZodType): Spoken | undefined {
  for (let one: z.core.$ZodType | undefined = held; one; one = one._zod.parent) {
    const own = SPOKEN.get(one);
    if (own) return own;
  }
  return undefined;
}

type Def = z.core.$ZodTypeDef & {
  readonly shape?: Readonly<Record<string, z.ZodType>>;
  readonly element?: z.ZodType;
  readonly innerType?: z.ZodType;
};

/**
 * The schema by which what a fact holds is said: a reference may be a local name, a date is its words. What it
 * parses to is what the fact holds.
 */
export function spoken<S extends z.ZodType>(held: S, where: Where): z.ZodType<z.output<S>> {
  return walk(held, where) as z.ZodType<z.output<S>>;
}

/** How the field at a path of what a fact holds is said, where it is said otherwise than it is held. */
export function spokenAt(
  held: z.ZodType,
  [field, ...fields]: readonly string[],
  where: Where,
): z.ZodType | undefined {
  if (spokenOf(held) ?? held instanceof z.ZodEnum) return field === undefined ? walk(held, where) : undefined;
  const { shape, element, innerType } = held.def as Def;
  if (innerType) return spokenAt(innerType, field === undefined ? [] : [field, ...fields], where);
  if (field === undefined) return undefined;
  const inner = element ?? (shape && Object.hasOwn(shape, field) ? shape[field] : undefined);
  return inner && spokenAt(inner, fields, where);
}

function walk(held: z.ZodType, where: Where): z.ZodType {
  const own = spokenOf(held);
  if (own) return described(where === 'request' ? own.request() : own.file(where.seance), held);
  if (held instanceof z.ZodEnum) return described(asCode(held), held);
  const def = held.def as Def;
  const inner = (schema: z.ZodType) => walk(schema, where);
  if (def.shape) {
    const shape = Object.fromEntries(Object.entries(def.shape).map(([name, one]) => [name, inner(one)]));
    return cloned(held, { shape });
  }
  if (def.element) return cloned(held, { element: inner(def.element) });
  return def.innerType ? cloned(held, { innerType: inner(def.innerType) }) : held;
}

/** A code as people write it: `excusé`. */
const asCode = (held: z.ZodEnum): z.ZodType =>
  z
    .preprocess(
      (dit) => (typeof dit === 'string' ? (codeDit(held.options as string[], dit) ?? dit) : dit),
      held,
    )
    .meta({ type: 'string', enum: held.options });

/** With the same checks and description. */
const cloned = (held: z.ZodType, changed: object): z.ZodType =>
  described(held.clone({ ...held.def, ...changed }), held);

/** What is said of the use goes before what is said of all. */
function described(said: z.ZodType, { description }: z.ZodType): z.ZodType {
  return description === undefined ? said : said.describe(description);
}
