import { type ErrorCode, isNode, LineCounter, parseDocument, type Scalar, visit } from 'yaml';
import { z } from 'zod';
import { type InputIssue, InvalidInput, parseInput } from '../event-sourcing/index.js';
import {
  comite,
  jour,
  numeroDeSeance,
  seance as seances,
  SourceNumber,
  taken,
  texte,
} from '../words/index.js';
import { fieldsOf } from '../room/index.js';
import { rooms } from '../registre/index.js';

const correction = z.strictObject({
  evenement: z
    .string()
    .regex(/^\S+@\d+$/, 'un événement comme apogee-rof/1/A4@1 (référence@révision)')
    .describe('L’événement corrigé : référence@révision, comme le journal l’écrit'),
  champs: z.record(z.string(), z.unknown()).optional().describe('Les champs à remplacer'),
  effectif: jour.optional().describe('Le jour depuis lequel le fait est vrai, s’il change'),
  annule: z.literal(true).optional().describe('L’événement est annulé'),
  motif: texte,
});

const header = {
  version: z.literal(1).describe('La version de ce format'),
  comite: comite.schema,
  numero: numeroDeSeance.describe('Le numéro de la séance'),
  auteur: texte
    .nullable()
    .optional()
    .describe('Qui enregistre, par identifiant ; sinon --auteur ou MINUTIER_AUTEUR'),
  preuve: z
    .strictObject({
      fichier: texte.describe('Nom du fichier'),
      sha256: z.string().regex(/^[0-9a-f]{64}$/, 'un SHA-256 en hexadécimal'),
    })
    .optional()
    .describe('Le document d’où viennent les faits ; présent, chaque fait cite ses lignes'),
  rectificatif: z
    .strictObject({ motif: texte })
    .optional()
    .describe('La séance est close : pourquoi ce fichier y ajoute ou y change quelque chose'),
  corrections: z
    .array(
      correction.refine(
        ({ champs, effectif, annule }) => ((champs ?? effectif) === undefined) === (annule === true),
        'champs, effectif, ou annule',
      ),
    )
    .default([])
    .describe('Des corrections de faits déjà enregistrés'),
};

/** The file of a séance, in which names are local to it: the header, and the part of each room. */
const fileOf = (seance: string) =>
  z
    .strictObject({
      ...header,
      ...Object.fromEntries(rooms.flatMap((room) => fieldsOf(room, seance))),
    })
    .meta({
      title: 'Fichier de séance de Minutier',
      description: 'Une séance d’un comité de pilotage, à enregistrer en une fois',
    });

/** Whose local names stand in a file that does not say which séance it is of. */
const SOME_SEANCE = 'comite/1';

function seanceIn(file: unknown): string {
  const { comite: of, numero } = (file ?? {}) as { comite?: unknown; numero?: unknown };
  const seance = [of, numero].every((one) => ['string', 'number'].includes(typeof one))
    ? `${of as string}/${numero as number}`
    : '';
  return seances.pattern.test(seance) ? seance : SOME_SEANCE;
}

export type SeanceFile = z.infer<z.ZodObject<typeof header>> & Record<string, unknown>;

/** The published JSON Schema of the séance file. */
export const seanceFileJsonSchema = (): object =>
  z.toJSONSchema(fileOf(SOME_SEANCE), { io: 'input', unrepresentable: 'any' });

const YAML_FAULTS: Partial<Record<ErrorCode, string>> = {
  RESOURCE_EXHAUSTION: 'trop de niveaux d’imbrication',
  DUPLICATE_KEY: 'cette clé est en double',
  MULTIPLE_DOCS: 'un seul document par fichier : « --- » en commence un autre',
  TAB_AS_INDENT: 'une tabulation ne vaut pas un retrait : des espaces',
  BAD_INDENT: 'le retrait ne correspond à rien',
  BAD_ALIAS: 'cet alias ne désigne rien',
  MISSING_CHAR: 'il manque un caractère : deux-points, guillemet ou crochet',
  UNEXPECTED_TOKEN: 'ceci n’est pas attendu ici',
  BLOCK_AS_IMPLICIT_KEY: 'une clé et sa valeur ne s’imbriquent pas sur une ligne : guillemets ?',
  BAD_SCALAR_START: 'un texte ne commence pas ainsi : guillemets ?',
};

export interface ParsedFile {
  readonly name: string;
  readonly file: SeanceFile;
  /** One-based line of a path such as `['actions', 2, 'intitule']`: of the thing itself, or of what holds it. */
  lineOf(path: readonly PropertyKey[]): number | undefined;
}

/** Each thing in a parsed file takes hundreds of bytes of memory, however few it takes in the text. */
const MAX_PLACES = 400_000;

/** How many things a text can hold at most, told without parsing it. */
function placesIn(text: string): number {
  let count = 0;
  for (let at = 0; at < text.length; at += 1) if (BEGINNINGS.has(text.charCodeAt(at))) count += 1;
  return count;
}

const BEGINNINGS: ReadonlySet<number> = new Set([...'\n\r,[{:'].map((char) => char.charCodeAt(0)));

/** Parses YAML or JSON. @throws InvalidInput naming every fault with its path and line */
export function parseSeanceFile(name: string, text: string): ParsedFile {
  if (placesIn(text) > MAX_PLACES)
    throw new InvalidInput([
      { path: '', message: `plus de ${MAX_PLACES} éléments : ce n’est pas une séance` },
    ]);
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  if (document.errors.length > 0)
    throw new InvalidInput(
      document.errors.map(({ pos, code }) => ({
        path: '',
        message: YAML_FAULTS[code] ?? `ce YAML est illisible (${code})`,
        line: lines.linePos(pos[0]).line,
      })),
    );
  if (document.contents === null)
    throw new InvalidInput([{ path: '', message: 'le fichier est vide', line: 1 }]);
  const lineOf = (path: readonly PropertyKey[]): number | undefined => {
    for (let length = path.length; length >= 0; length -= 1) {
      const node = length === 0 ? document.contents : document.getIn(path.slice(0, length), true);
      if (isNode(node) && node.range) return lines.linePos(node.range[0]).line;
    }
    return undefined;
  };
  const content = contentOf(document, lineOf);
  const parsed = parseInput(fileOf(seanceIn(content)), content);
  if (!parsed.success)
    throw new InvalidInput(
      parsed.issues.map(({ parts, path, message }): InputIssue => {
        const line = lineOf(parts);
        return { path, message, ...(line !== undefined && { line }) };
      }),
    );
  return { name, file: parsed.data, lineOf };
}

function contentOf(
  document: ReturnType<typeof parseDocument>,
  lineOf: (path: readonly PropertyKey[]) => number | undefined,
): unknown {
  visit(document, { Scalar: (_, scalar) => void (scalar.value = exactly(scalar)) });
  const value = plain(document);
  try {
    return taken(value);
  } catch (error) {
    if (!(error instanceof InvalidInput)) throw error;
    throw new InvalidInput(
      error.issues.map((issue) => {
        const line = lineOf(partsOf(issue.path));
        return { ...issue, ...(line !== undefined && { line }) };
      }),
    );
  }
}

/** What a JavaScript number would round stays as it is written. */
const exactly = ({ value, source }: Scalar): unknown =>
  typeof value === 'number' && !Number.isSafeInteger(value)
    ? new SourceNumber(source ?? String(value))
    : value;

/** @throws InvalidInput where aliases multiply beyond what a file of people needs */
function plain(document: ReturnType<typeof parseDocument>): unknown {
  try {
    return document.toJS();
  } catch (error) {
    // What is repeated by aliases, over and over, is refused by the library; nothing else is.
    if (!(error instanceof ReferenceError)) throw error;
    throw new InvalidInput([
      { path: '', message: 'les alias (&, *) y répètent trop de choses : écrivez-les' },
    ]);
  }
}

/** `actions[2].intitule` → `['actions', 2, 'intitule']` */
export const partsOf = (path: string): (string | number)[] =>
  [...path.matchAll(/([^.[\]]+)|\[(\d+)\]/g)].map(([, name, index]) =>
    index === undefined ? name! : Number(index),
  );
