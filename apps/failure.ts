import { inspect } from 'node:util';
import {
  DatabaseNotReady,
  DatabaseRoleMissing,
  EmbeddedDatabaseError,
  EmbeddedDiskFull,
  InvalidEnvironment,
} from '../libs/config/index.js';
import {
  ConcurrencyConflict,
  CopyRefused,
  DiskFull,
  InvalidEvent,
  InvalidInput,
  isServerAway,
  type InputIssue,
  LogChanged,
  NotFound,
  Refusal,
  Refusals,
  NewerFact,
  StoreUnavailable,
  StreamDamaged,
  unavailableOr,
  WrongLog,
} from '../libs/event-sourcing/index.js';
import {
  faitPlusRecent,
  FichierModifie,
  fluxIncomplet,
  mauvaisJournal,
  ViewsBehind,
} from '../libs/registre/index.js';

import { note } from './output.js';

export const EXIT = { done: 0, refused: 1, usage: 2, unreachable: 3 } as const;

/** A séance file that was not recorded: its faults, one per line as `file:line`. */
export class FileRefused extends Error {
  override readonly name = 'FileRefused';
  constructor(
    readonly fichier: string,
    readonly issues: readonly InputIssue[],
  ) {
    super(
      [
        `${fichier} : rien n’a été enregistré, ${issues.length} faute(s).`,
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
  if (error instanceof WrongLog)
    return { exit: EXIT.refused, ...mauvaisJournal(error), details: error.found };
  if (error instanceof StreamDamaged)
    return { exit: EXIT.refused, code: 'flux-incomplet', message: fluxIncomplet(error) };
  if (error instanceof NewerFact)
    return { exit: EXIT.refused, code: 'version-plus-recente', message: faitPlusRecent(error) };
  if (error instanceof FileRefused)
    return { exit: EXIT.refused, code: 'fichier-refuse', message: error.message, details: error.issues };
  if (error instanceof FichierModifie)
    return { exit: EXIT.refused, code: 'fichier-modifie', message: ecarts(error), details: error.ecarts };
  if (error instanceof CopyRefused)
    return {
      exit: EXIT.refused,
      code: 'copie-refusee',
      message: `Le journal ${error.target.id} n’est ni vide, ni une copie inachevée de ${error.of} : rien n’y est copié.`,
    };
  if (error instanceof LogChanged)
    return {
      exit: EXIT.refused,
      code: 'journal-change',
      message: `Le journal ne contient plus la position ${error.position} : il a été vidé ou remplacé. Voir « minutier doctor ».`,
    };
  if (error instanceof Refusal)
    return { exit: EXIT.refused, code: error.code, message: error.message, details: error.details };
  if (error instanceof Refusals)
    return {
      exit: EXIT.refused,
      code: 'refus',
      message: error.refusals.map(({ refusal }) => refusal.message).join('\n'),
      details: error.refusals.map(({ refusal }) => ('code' in refusal ? refusal.code : refusal.message)),
    };
  if (error instanceof NotFound) return { exit: EXIT.refused, code: error.code, message: error.message };
  if (error instanceof ConcurrencyConflict)
    return {
      exit: EXIT.refused,
      code: 'ecriture-concurrente',
      message: 'D’autres écritures ont devancé celle-ci : recommencez.',
    };
  if (error instanceof InvalidInput)
    return { exit: EXIT.usage, code: 'entree-invalide', message: error.message, details: error.issues };
  if (error instanceof InvalidEvent)
    return {
      exit: EXIT.usage,
      code: 'entree-invalide',
      message: 'Un texte contient un caractère qui ne s’enregistre pas.',
    };
  if (error instanceof InvalidEnvironment)
    return { exit: EXIT.usage, code: 'environnement-invalide', message: error.message };
  if (error instanceof EmbeddedDiskFull)
    return { exit: EXIT.unreachable, code: 'disque-plein', message: error.message };
  if (unavailableOr(error) instanceof DiskFull)
    return {
      exit: EXIT.unreachable,
      code: 'disque-plein',
      message: 'Le disque est plein, ou presque : rien ne s’enregistre tant qu’il n’y a pas de place.',
    };
  if (isUnreachable(error))
    return { exit: EXIT.unreachable, code: 'service-injoignable', message: messageOf(error) };
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
    : error instanceof Error
      ? error.message
      : String(error);

/** A file that is missing or a full disk of ours has a code like a server's. */
const isDatabaseAway = (error: unknown): boolean => {
  const code = (error as { code?: string }).code ?? '';
  return code !== 'EADDRINUSE' && !isFileFault(code) && isServerAway(error);
};

const isUnreachable = (error: unknown): boolean =>
  error instanceof StoreUnavailable ||
  error instanceof ViewsBehind ||
  error instanceof DatabaseNotReady ||
  error instanceof DatabaseRoleMissing ||
  error instanceof EmbeddedDatabaseError ||
  /^(ENOTFOUND|28)/.test((error as { code?: string }).code ?? '') ||
  isDatabaseAway(error);

const court = (value: unknown): string => {
  const text = JSON.stringify(value) ?? '(absent)';
  return text.length > 120 ? `${text.slice(0, 117)}…` : text;
};

const ecarts = ({ message, ecarts: tous, fichier }: FichierModifie): string =>
  [
    message,
    ...tous.flatMap(({ line, path, champ, evenement, enregistre, fichier: donne, correction }, index) => [
      `  ${fichier}${line ? `:${line}` : ''} ${path} (${champ}), enregistré par ${evenement}`,
      `    enregistré : ${court(enregistre)}`,
      `    fichier    : ${court(donne)}`,
      ...(tous[index + 1]?.evenement === evenement ? [] : [`    pour corriger : ${correction}`]),
    ]),
  ].join('\n');
