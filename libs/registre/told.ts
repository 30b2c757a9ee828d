import {
  CommandMismatch,
  ConcurrencyConflict,
  ContentDiffers,
  CopyRefused,
  DiskFull,
  type Handled,
  InvalidEvent,
  InvalidInput,
  LogChanged,
  NewerFact,
  NotFound,
  Refusal,
  Refusals,
  RequestRunning,
  StoreUnavailable,
  StreamDamaged,
  WrongLog,
} from '../event-sourcing/index.js';
import { faitPlusRecent, fluxIncomplet, mauvaisJournal } from './mauvais-journal.js';
import { ViewsBehind } from './registre.js';

/** What whoever asked can do about it: what each door makes of that stands in its own table. */
export type Fault =
  /** A rule says no. */
  | 'refused'
  /** Somebody else was faster, or is at it. */
  | 'overtaken'
  | 'not-found'
  /** The request itself is wrong. */
  | 'invalid'
  /** The log or the program must be put right first. */
  | 'broken'
  /** Something behind does not answer, or has no room: later. */
  | 'away';

export interface Told {
  readonly fault: Fault;
  /** Stable. */
  readonly code: string;
  /** In French. */
  readonly message: string;
  readonly details?: unknown;
}

/** What went wrong, for people and programs, whatever the door; undefined: it is a bug, or the door's own affair. */
export function told(error: unknown): Told | undefined {
  if (error instanceof Refusal) return { fault: 'refused', ...said(error), details: error.details };
  if (error instanceof Refusals) return severalRefusals(error);
  if (error instanceof NotFound) return { fault: 'not-found', ...said(error) };
  if (error instanceof InvalidInput)
    return { fault: 'invalid', code: 'entree-invalide', message: error.message, details: error.issues };
  if (error instanceof WrongLog) return { fault: 'broken', ...mauvaisJournal(error), details: error.found };
  if (error instanceof StreamDamaged)
    return { fault: 'broken', code: 'flux-incomplet', message: fluxIncomplet(error) };
  if (error instanceof NewerFact)
    return { fault: 'broken', code: 'version-plus-recente', message: faitPlusRecent(error) };
  const found = SENTENCES.find(([type]) => error instanceof type);
  return found && { ...found[1](error as never) };
}

const said = ({ code, message }: { code: string; message: string }) => ({ code, message });

function severalRefusals({ refusals }: Refusals): Told {
  const all = refusals.map(({ refusal }) => told(refusal)!);
  return all.length === 1
    ? all[0]!
    : {
        fault: all.every(({ fault }) => fault === 'invalid') ? 'invalid' : 'refused',
        code: 'refus',
        message: all.map(({ message }) => message).join('\n'),
        details: all.map(({ code }) => code),
      };
}

type Class<E> = abstract new (...args: never[]) => E;
const sentence = <E>(type: Class<E>, tell: (error: E) => Told) =>
  [type, tell as (error: never) => Told] as const;

/** In the order in which they are looked through: the narrower first. */
const SENTENCES = [
  sentence(LogChanged, ({ position }) => ({
    fault: 'broken',
    code: 'journal-change',
    message: `Le journal ne contient plus la position ${position} : il a été vidé ou remplacé. Voir « minutier doctor ».`,
  })),
  sentence(CopyRefused, ({ target, of }) => ({
    fault: 'refused',
    code: 'copie-refusee',
    message: `Le journal ${target.id} n’est ni vide, ni une copie inachevée de ${of} : rien n’y est copié.`,
  })),
  sentence(InvalidEvent, () => ({
    fault: 'invalid',
    code: 'entree-invalide',
    message: 'Un texte contient un caractère qui ne s’enregistre pas.',
  })),
  sentence(ContentDiffers, ({ differences }) => ({
    fault: 'invalid',
    code: 'commande-differente',
    message: 'Cette clé d’idempotence a déjà servi pour une autre demande.',
    details: { differences: differences.flatMap(({ fields }) => fields) },
  })),
  sentence(CommandMismatch, () => ({
    fault: 'invalid',
    code: 'commande-differente',
    message: 'Cette clé d’idempotence a déjà servi pour une autre demande.',
  })),
  sentence(ConcurrencyConflict, () => ({
    fault: 'overtaken',
    code: 'ecriture-concurrente',
    message: 'D’autres écritures ont devancé celle-ci : recommencez.',
  })),
  sentence(RequestRunning, () => ({
    fault: 'overtaken',
    code: 'requete-en-cours',
    message: 'La même demande est en cours sous cette clé d’idempotence : répétez-la dans un instant.',
  })),
  sentence(ViewsBehind, ({ message }) => ({ fault: 'away', code: 'vues-en-retard', message })),
  sentence(DiskFull, () => ({
    fault: 'away',
    code: 'disque-plein',
    message: 'Le disque est plein, ou presque : rien ne s’enregistre tant qu’il n’y a pas de place.',
  })),
  sentence(StoreUnavailable, () => ({
    fault: 'away',
    code: 'journal-injoignable',
    message: 'Le journal ne répond pas : réessayez.',
  })),
] as const;

/** What would have followed from what was recorded, and was refused by what it would have changed. */
export const ecartesDe = ({
  skipped,
}: Pick<Handled, 'skipped'>): readonly { reference: string; code: string; message: string }[] =>
  skipped.map(({ instruction: { reference }, refusal }) => ({
    reference,
    code: refusal instanceof Refusal ? refusal.code : 'entree-invalide',
    message: refusal.message,
  }));
