import type { z } from 'zod';
import type { InputIssue } from './refusal.js';

/** `['actions', 2, 'intitule']` → `actions[2].intitule` */
export const pathText = (path: readonly PropertyKey[]): string =>
  path.reduce<string>(
    (text, part) =>
      typeof part === 'number' ? `${text}[${part}]` : text ? `${text}.${String(part)}` : String(part),
    '',
  );

/** One line per fault; an unknown key is named at its own place. */
export function zodIssues(error: z.ZodError): (InputIssue & { parts: readonly PropertyKey[] })[] {
  return error.issues.flatMap((issue) =>
    issue.code === 'unrecognized_keys'
      ? issue.keys.map((key) => fault([...issue.path, key], 'champ inconnu'))
      : [fault(issue.path, issue.message)],
  );
}

const fault = (parts: readonly PropertyKey[], message: string) => ({ parts, path: pathText(parts), message });
