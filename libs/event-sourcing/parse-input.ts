import type { z } from 'zod';
import { pathText } from './path-text.js';
import { type InputIssue, InvalidInput } from './refusal.js';

/** Nothing that people say is nested as deeply. */
const MAX_DEPTH = 32;

export type PlacedIssue = InputIssue & { readonly parts: readonly PropertyKey[] };

export type ParsedInput<T> =
  | { readonly success: true; readonly data: T }
  | { readonly success: false; readonly issues: readonly PlacedIssue[] };

/**
 * Parses what came from outside. Whatever it is, the answer is what is wrong with it and where: also where the
 * schema itself stumbles over it.
 */
export function parseInput<S extends z.ZodType>(schema: S, input: unknown): ParsedInput<z.output<S>> {
  const deep = tooDeep(input);
  if (deep) return failure(deep, `plus de ${MAX_DEPTH} niveaux d’imbrication`);
  try {
    const parsed = schema.safeParse(input);
    return parsed.success ? parsed : { success: false, issues: zodIssues(parsed.error) };
  } catch {
    return failure(stumbledAt(schema, input), 'ne se lit pas');
  }
}

/** The same for who goes on only with what is right. @throws InvalidInput */
export function requireInput<S extends z.ZodType>(schema: S, input: unknown): z.output<S> {
  const parsed = parseInput(schema, input);
  if (!parsed.success) throw new InvalidInput(parsed.issues);
  return parsed.data;
}

/** Of several forms that a value may have, the faults of the one that it is nearest to: of its own type. */
function meantBy(issue: z.core.$ZodIssue): readonly z.core.$ZodIssue[] {
  if (issue.code !== 'invalid_union') return [issue];
  const near = issue.errors.filter((faults) =>
    faults.every(({ code, path }) => code !== 'invalid_type' || path.length > 0),
  );
  const [only] = near;
  return near.length === 1 && only!.length > 0
    ? only!.flatMap((fault) => meantBy({ ...fault, path: [...issue.path, ...fault.path] }))
    : [issue];
}

/** One issue per fault; an unknown key is named at its own place. */
function zodIssues(error: z.ZodError): PlacedIssue[] {
  return error.issues
    .flatMap((issue) => meantBy(issue))
    .flatMap((issue) =>
      issue.code === 'unrecognized_keys'
        ? issue.keys.map((key) => fault([...issue.path, key], 'champ inconnu'))
        : [fault(issue.path, issue.message)],
    );
}

const fault = (parts: readonly PropertyKey[], message: string): PlacedIssue => ({
  parts,
  path: pathText(parts),
  message,
});

const failure = (parts: readonly PropertyKey[], message: string) =>
  ({ success: false, issues: [fault(parts, message)] }) as const;

/** The field without which the schema does not stumble. */
function stumbledAt(schema: z.ZodType, input: unknown): string[] {
  if (typeof input !== 'object' || input === null) return [];
  const culprit = Object.keys(input).find((key) => {
    try {
      schema.safeParse({ [key]: (input as Record<string, unknown>)[key] });
      return false;
    } catch {
      return true;
    }
  });
  return culprit === undefined ? [] : [culprit];
}

/** The field at which an input is nested too deeply; without recursion, which that would exhaust. */
function tooDeep(input: unknown): PropertyKey[] | undefined {
  const open: { value: unknown; depth: number; field: PropertyKey[] }[] = [
    { value: input, depth: 0, field: [] },
  ];
  for (let one = open.pop(); one; one = open.pop()) {
    const { value, depth, field } = one;
    if (typeof value !== 'object' || value === null) continue;
    if (depth === MAX_DEPTH) return field;
    for (const [key, inner] of Object.entries(value))
      if (typeof inner === 'object' && inner !== null)
        open.push({ value: inner, depth: depth + 1, field: depth === 0 ? [key] : field });
  }
  return undefined;
}
