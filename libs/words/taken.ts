import { SourceNumber } from './exact.js';
import { type InputIssue, InvalidInput, pathText } from '../event-sourcing/index.js';

/** A terminal obeys them, a person does not see them. */
const CONTROLS = /[\p{Cc}\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu;
const TEXT = ['\n', '\t'];

/**
 * What came from outside, as it is taken: its texts composed (NFC), so that two spellings of « É » are one, and
 * lines ended as one does here.
 * @throws InvalidInput texts with control characters, each at its place
 */
export function taken<T>(input: T): T {
  const issues: InputIssue[] = [];
  const taken = walk(input, [], issues);
  if (issues.length > 0) throw new InvalidInput(issues);
  return taken as T;
}

/** What is nested deeper is refused where it is parsed. */
const MAX_DEPTH = 40;

function walk(value: unknown, path: readonly PropertyKey[], issues: InputIssue[]): unknown {
  if (typeof value === 'string') {
    const text = value.replaceAll('\r\n', '\n').normalize('NFC');
    const found = text.match(CONTROLS)?.find((char) => !TEXT.includes(char));
    if (found !== undefined) {
      const code = found.codePointAt(0)!.toString(16).toUpperCase().padStart(4, '0');
      issues.push({ path: pathText(path), message: `contient un caractère de commande (U+${code})` });
    }
    return text;
  }
  if (typeof value !== 'object' || value === null || path.length > MAX_DEPTH) return value;
  if (value instanceof SourceNumber) return value;
  if (Array.isArray(value)) return value.map((one, index) => walk(one, [...path, index], issues));
  const fields = Object.entries(value).map(
    ([name, one]) => [name, walk(one, [...path, name], issues)] as const,
  );
  return Object.fromEntries(fields);
}
