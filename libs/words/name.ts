import { z } from 'zod';
import { registerSpoken } from './spoken.js';

/** How the things of a kind, or parts of them, are called: what stands in front, and what is their own. */
export interface Name {
  /** The field that names such a thing in files and requests: `action`. */
  readonly word: string;
  /** Of whole references: `apogee-rof/2/A3`. */
  readonly pattern: RegExp;
  /** Whose they are; the name of a committee has none. */
  readonly under: Name | undefined;
  /** Above a column of them: « Action ». */
  readonly title: string;
  /** A whole reference. */
  readonly example: string;
  /** A whole reference, as facts hold it. */
  readonly schema: z.ZodType<string>;
  /** The same in the file of a séance, where what is its own is enough; for a thing that the file brings, only that. */
  local(seance: string): z.ZodType<string>;
  /** The reference of what it is under: of `apogee-rof/2/A3`, `apogee-rof/2`. */
  holderOf(reference: string): string;
  /** What is its own of a reference: `A3`. */
  ownOf(reference: string): string;
  /** What stands before what is its own, for what is of a séance or of its committee: `apogee-rof/2/`. */
  prefixIn(seance: string): string;
  /** What the register numbers itself: a letter and the next number after that prefix. */
  readonly letter: string | undefined;
  /** How many parts a whole reference has. */
  readonly depth: number;
  /** What it is called in the file of a séance where its whole reference is not needed: `A3`, `apogee/5.10`. */
  readonly inFile: InFile;
}

interface InFile {
  /** The source of a pattern. */
  readonly form: string;
  readonly example: string;
  whole(seance: string, said: string): string;
}

interface NameGiven {
  readonly word: string;
  readonly under?: Name;
  /** A word between what it is under and what is its own: `indicateur`. */
  readonly after?: string;
  /** What is its own is a letter and a number… */
  readonly letter?: string;
  /** … or of another form, as the source of a pattern. */
  readonly own?: string;
  /** An example of what is its own. */
  readonly example: string;
  /** « une action » */
  readonly one: string;
  /** What whoever names one should know. */
  readonly note?: string;
}

const MAX_CHARACTERS = 120;
/** Of a séance; a committee has one. */
const SEANCE_DEPTH = 2;

export function nameOf({
  word,
  under,
  after,
  letter,
  own = `${letter}[1-9]\\d*`,
  example,
  one,
  note,
}: NameGiven): Name {
  const written = (text: string) =>
    [...(under ? [writtenOf(under)] : []), ...(after ? [after] : []), text].join('/');
  const pattern = new RegExp(`^${written(own)}$`);
  const before = after ? 2 : 1;
  const whole = [...(under ? [under.example] : []), ...(after ? [after] : []), example].join('/');
  const text = (like: string, form: RegExp) =>
    z
      .string({ error: `${one} comme ${like}` })
      .max(MAX_CHARACTERS)
      .regex(form, `${one} comme ${like}`);
  const noted = <S extends z.ZodType>(said: S): S => (note === undefined ? said : said.describe(note));
  const schema = text(whole, pattern);
  const parts = (reference: string) => reference.split('/');
  const behind = after ? `${after}/` : '';
  // Under something else than a committee or its séance, it is called after that thing.
  const inFile: InFile =
    under && under.depth > SEANCE_DEPTH
      ? {
          form: `${under.inFile.form}/${behind}${own}`,
          example: `${under.inFile.example}/${behind}${example}`,
          whole: (seance, said) => {
            const all = parts(said);
            const rest = all.slice(-before);
            return [under.inFile.whole(seance, all.slice(0, -before).join('/')), ...rest].join('/');
          },
        }
      : { form: own, example, whole: (seance, said) => `${name.prefixIn(seance)}${said}` };
  const name: Name = {
    word,
    pattern,
    under,
    title: capital(one.replace(/^une? /, '')),
    example: whole,
    schema,
    letter,
    depth: (under?.depth ?? 0) + before,
    holderOf: (reference) => parts(reference).slice(0, -before).join('/'),
    ownOf: (reference) => parts(reference).at(-1)!,
    prefixIn: (seance) =>
      under ? `${[...parts(seance).slice(0, under.depth), ...(after ? [after] : [])].join('/')}/` : '',
    inFile,
    local: (seance) =>
      noted(
        text(inFile.example, new RegExp(`^${inFile.form}$`)).transform((said) => inFile.whole(seance, said)),
      ),
  };
  registerSpoken(schema, {
    request: () => schema,
    file: (seance) =>
      under
        ? text(`${inFile.example} ou ${whole}`, new RegExp(`^(?:${written(own)}|${inFile.form})$`))
            .transform((said) => (pattern.test(said) ? said : inFile.whole(seance, said)))
            .describe(note ?? `${inFile.example} : à sa place dans ce fichier ; ${whole} : où que ce soit`)
        : schema,
  });
  return name;
}

const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);
const writtenOf = ({ pattern }: Name): string => pattern.source.slice(1, -1);
