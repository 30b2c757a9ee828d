import { compte } from '../libs/words/index.js';
import { inspect } from 'node:util';
import {
  DatabaseNotReady,
  DatabaseRoleMissing,
  EmbeddedDatabaseError,
  EmbeddedDiskFull,
  InvalidEnvironment,
} from '../libs/config/index.js';
import { isServerAway, type InputIssue, unavailableOr } from '../libs/event-sourcing/index.js';
import { type Fault, told } from '../libs/registre/index.js';
import { FichierModifie } from '../libs/seance-file/index.js';

import { note } from './output.js';

export const EXIT = { done: 0, refused: 1, usage: 2, unreachable: 3 } as const;

const EXITS: Record<Fault, number> = {
  refused: EXIT.refused,
  overtaken: EXIT.refused,
  'not-found': EXIT.refused,
  invalid: EXIT.usage,
  broken: EXIT.refused,
  away: EXIT.unreachable,
};

/** A séance file that was not recorded: its faults, one per line as `file:line`. */
export class FileRefused extends Error {
  override readonly name = 'FileRefused';
  constructor(
    readonly fichier: string,
    readonly issues: readonly InputIssue[],
  ) {
    super(
      [
        `${fichier} : rien n’a été enregistré, ${compte(issues.length, 'faute')}.`,
        ...issues.map(
          ({ line, path, message }) =>
            `  ${fichier}${line ? `:${line}` : ''} ${path ? `${path} : ` : ''}${message}`,
        ),
      ].join('\n'),
    );
  }
}

/** A command over several things of which some were done before one failed. */
export class Interrupted extends Error {
  override readonly name = 'Interrupted';
  constructor(
    override readonly cause: unknown,
    /** What was done, under the name that it would have had in the answer. */
    readonly done: Readonly<Record<string, unknown>>,
  ) {
    super(String(cause));
  }
}

export interface Failure {
  readonly exit: number;
  readonly code: string;
  readonly message: string;
  readonly details?: unknown;
  /** What was done all the same. */
  readonly done?: Readonly<Record<string, unknown>>;
}

/** What went wrong, for people and as an exit code; what is not foreseen here is a bug and keeps its stack. */
export function failureOf(error: unknown): Failure {
  if (error instanceof Interrupted) return { ...failureOf(error.cause), done: error.done };
  if (error instanceof FileRefused)
    return { exit: EXIT.refused, code: 'fichier-refuse', message: error.message, details: error.issues };
  if (error instanceof FichierModifie)
    return { exit: EXIT.refused, code: 'fichier-modifie', message: ecarts(error), details: error.ecarts };
  if (error instanceof InvalidEnvironment)
    return { exit: EXIT.usage, code: 'environnement-invalide', message: error.message };
  if (error instanceof EmbeddedDiskFull)
    return { exit: EXIT.unreachable, code: 'disque-plein', message: error.message };
  const known = told(isDatabaseAway(error) ? unavailableOr(error) : error);
  if (known) {
    const { fault, code, message, details } = known;
    // Which server does not answer, and why, is known here alone.
    const reason = code === 'journal-injoignable' ? injoignable(error) : message;
    return { exit: EXITS[fault], code, message: reason, ...(details !== undefined && { details }) };
  }
  if (isUnreachable(error))
    return { exit: EXIT.unreachable, code: 'journal-injoignable', message: injoignable(error) };
  const code = (error as NodeJS.ErrnoException).code;
  if (code === 'EADDRINUSE')
    return {
      exit: EXIT.refused,
      code: 'port-occupe',
      message: 'Ce port est déjà pris : --port ou MINUTIER_PORT en donne un autre.',
    };
  if (code !== undefined && isFileFault(code))
    return {
      exit: EXIT.usage,
      code: 'fichier-illisible',
      message: `${(error as NodeJS.ErrnoException).path ?? ''} : ${FICHIER[code]}`,
    };
  throw error;
}

/** Runs a service; where it cannot, says why in a sentence and ends with the exit code of the failure. */
export async function service(main: () => Promise<void>): Promise<void> {
  try {
    await main();
  } catch (error) {
    const { exit, message } = failureOf(error);
    note(message);
    process.exit(exit);
  }
}

/** Tells what goes wrong while a service runs: a sentence, or the stack of a bug. */
export function report(error: unknown): void {
  try {
    note(failureOf(error).message);
  } catch {
    note(inspect(error));
  }
}

const FICHIER = {
  ENOENT: 'ce fichier n’existe pas',
  EISDIR: 'c’est un dossier',
  EACCES: 'l’accès est refusé',
  EPERM: 'l’accès est refusé',
  ENOTDIR: 'ce n’est pas un dossier',
  ELOOP: 'ce lien mène à lui-même',
  ENAMETOOLONG: 'ce nom est trop long',
  ENXIO: 'ce n’est pas un fichier ordinaire',
  EROFS: 'ce volume est en lecture seule',
  ENOSPC: 'le disque est plein',
  EDQUOT: 'le quota est atteint',
} as const;

const isFileFault = (code: string): code is keyof typeof FICHIER => Object.hasOwn(FICHIER, code);

const messageOf = (error: unknown): string =>
  error instanceof AggregateError
    ? error.errors.map(messageOf).join(' ; ')
    : reseauEnClair(error instanceof Error ? error.message : String(error));

const RESEAU: readonly (readonly [RegExp, string])[] = [
  [/^KurrentDB: (?:14 UNAVAILABLE: )?(?:No connection established\. Last error: )?/, 'KurrentDB : '],
  [/\.? ?Resolution note: ?/, ''],
  [/(?:Error: )?connect ECONNREFUSED (\S+)/, 'rien n’écoute à l’adresse $1'],
  [/(?:Error: )?connect ETIMEDOUT (\S+)/, '$1 ne répond pas'],
  [/(?:Error: )?(?:read |connect )?ECONNRESET\S*/, 'la connexion a été coupée'],
  [/(?:Error: )?connect (?:EHOSTUNREACH|ENETUNREACH) (\S+)/, '$1 n’est pas joignable d’ici'],
  [/(?:Error: )?getaddrinfo E\w+ (\S+)/, 'le nom $1 n’a pas d’adresse'],
];

/** What the system says of a network, for people. */
const reseauEnClair = (message: string): string =>
  RESEAU.reduce((text, [pattern, sentence]) => text.replace(pattern, sentence), message);

const injoignable = (error: unknown): string => `Le registre ne répond pas : ${messageOf(error)}`;

/** A file that is missing or a full disk of ours has a code like a server's. */
const isDatabaseAway = (error: unknown): boolean => {
  const code = (error as { code?: string }).code ?? '';
  return code !== 'EADDRINUSE' && !isFileFault(code) && isServerAway(error);
};

const isUnreachable = (error: unknown): boolean =>
  error instanceof DatabaseNotReady ||
  error instanceof DatabaseRoleMissing ||
  error instanceof EmbeddedDatabaseError ||
  /^(ENOTFOUND|28)/.test((error as { code?: string }).code ?? '');

const court = (value: unknown): string => {
  const text = JSON.stringify(value) ?? '(absent)';
  return text.length > 120 ? `${text.slice(0, 117)}…` : text;
};

const ecarts = ({ message, ecarts: tous, fichier, horsFichier }: FichierModifie): string =>
  [
    message,
    ...tous.flatMap(({ line, path, champ, evenement, enregistre, fichier: donne, correction }, index) => [
      `  ${fichier}${line ? `:${line}` : ''} ${path} (${champ}), enregistré par ${evenement}`,
      `    enregistré : ${court(enregistre)}`,
      `    fichier    : ${court(donne)}`,
      ...(tous[index + 1]?.evenement === evenement ? [] : [`    pour corriger : ${correction}`]),
    ]),
    ...horsFichierEnClair(horsFichier),
  ].join('\n');

const HORS_FICHIER_SHOWN = 10;

/** What is recorded of a séance, and is said in its file no more. */
export function horsFichierEnClair(horsFichier: readonly string[]): readonly string[] {
  if (horsFichier.length === 0) return [];
  const shown = horsFichier.slice(0, HORS_FICHIER_SHOWN).join(', ');
  const more = horsFichier.length > HORS_FICHIER_SHOWN ? ', …' : '';
  return [
    `  Hors de ce fichier, ${compte(horsFichier.length, 'fait')} de cette séance : ${shown}${more}`,
    '  Cela reste enregistré ; un fait à retirer s’annule : minutier annuler <événement> --motif …',
  ];
}
