import { insecable } from '../libs/words/index.js';

/**
 * What a terminal would obey instead of showing: control characters but newline and tab, and those that turn the
 * direction of text. Facts that were recorded before such were refused are there for good.
 */
const OBEYED = /[\p{Cc}\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/gu;

/** Text as it is shown, each such character as its number; in a string of JSON it stays what it was. */
export const shown = (text: string): string =>
  text.replace(OBEYED, (char) =>
    char === '\n' || char === '\t' ? char : `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );

/** What is to be typed: from the program's name to the end of the line, in the very characters that it needs. */
const TYPED = /(minutier corriger .*)/;

/** Sentences with their no-break spaces. */
export const enPhrases = (text: string): string =>
  shown(text)
    .split(TYPED)
    .map((part) => (TYPED.test(part) ? part : insecable(part)))
    .join('');

export const print = (text: string): void => void process.stdout.write(`${enPhrases(text)}\n`);
export const note = (text: string): void => void process.stderr.write(`${enPhrases(text)}\n`);
/** For programs: nothing of it is changed. */
export const printRaw = (text: string): void => void process.stdout.write(`${shown(text)}\n`);
export const printJson = (value: unknown): void => printRaw(JSON.stringify(value, bigints, 2));

const bigints = (_key: string, value: unknown): unknown =>
  typeof value === 'bigint' ? value.toString() : value;
