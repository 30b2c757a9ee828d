import { type ArgumentsHost, Catch, type ExceptionFilter, HttpException } from '@nestjs/common';
import type { ServerResponse } from 'node:http';
import type { Request, Response } from 'express';
import {
  CommandMismatch,
  ConcurrencyConflict,
  ContentDiffers,
  DiskFull,
  InvalidEvent,
  InvalidInput,
  LogChanged,
  type InputIssue,
  NotFound,
  Refusal,
  Refusals,
  NewerFact,
  RequestRunning,
  StoreUnavailable,
  StreamDamaged,
  unavailableOr,
  WrongLog,
} from '../event-sourcing/index.js';
import { TooManyWaiting } from './expensive-reads.js';
import { faitPlusRecent, fluxIncomplet, mauvaisJournal, ViewsBehind } from '../registre/index.js';

/** RFC 9457: `code` is the stable name of what went wrong, `detail` a sentence in French. */
export interface Problem {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly code: string;
  readonly detail: string;
  readonly errors?: readonly { readonly path: string; readonly message: string }[];
  readonly [extension: string]: unknown;
}

const TITLES: Record<number, string> = {
  400: 'Requête illisible',
  403: 'Refusé',
  404: 'Introuvable',
  405: 'Méthode refusée',
  408: 'Requête trop lente',
  409: 'Refusé par une règle',
  413: 'Requête trop grande',
  415: 'Format refusé',
  417: 'Attente refusée',
  421: 'Hôte inconnu',
  422: 'Entrée invalide',
  431: 'En-têtes trop grands',
  500: 'Erreur interne',
  503: 'Service momentanément indisponible',
};

/** What the web server itself refuses. */
const HTTP: Record<number, { code: string; detail: string }> = {
  400: { code: 'requete-illisible', detail: 'Le corps de la requête n’est pas du JSON lisible.' },
  404: { code: 'chemin-inconnu', detail: 'Rien ne répond à cette adresse : /openapi.json les décrit.' },
  413: { code: 'requete-trop-grande', detail: 'Le corps de la requête est trop grand.' },
  415: { code: 'format-refuse', detail: 'Le corps de la requête doit être du JSON, en UTF-8.' },
};

const problem = (status: number, code: string, detail: string, more: object = {}): Problem => ({
  type: `urn:minutier:probleme:${code}`,
  title: TITLES[status] ?? 'Erreur',
  status,
  code,
  detail,
  ...more,
});

/** What is refused before anything of ours is asked. */
export const httpProblem = (status: number, code: string, detail: string): Problem =>
  problem(status, code, detail);

/** The one form of all refusals. */
export function sendProblem(response: ServerResponse, answer: Problem): void {
  response.statusCode = answer.status;
  response.setHeader('Content-Type', 'application/problem+json');
  response.end(JSON.stringify(answer));
}

const invalid = (issues: readonly InputIssue[], detail: string): Problem =>
  problem(422, 'entree-invalide', detail, { errors: issues.map(({ path, message }) => ({ path, message })) });

/** What a request that found the log away may do next. */
export type Repeatable = 'read' | 'keyed' | 'unknown';

const AWAY: Record<Repeatable, string> = {
  read: 'Le journal ne répond pas : réessayez.',
  keyed: 'Le journal ne répond pas : réessayez, la même demande ne s’enregistre qu’une fois.',
  unknown:
    'Le journal n’a pas répondu : on ne sait pas si la demande est enregistrée. Vérifiez avant de la répéter ; ' +
    'avec une Idempotency-Key, elle se répète sans risque.',
};

const FULL = 'Le disque est plein, ou presque : rien ne s’enregistre tant qu’il n’y a pas de place.';

/**
 * The one place where errors become HTTP answers.
 * @param full the disk of a server that is away is full
 */
export function problemOf(caught: unknown, repeatable: Repeatable = 'read', full = false): Problem {
  const error = unavailableOr(caught);
  if (error instanceof Refusals) {
    return problemOf(error.refusals[0]!.refusal, repeatable, full);
  }
  if (error instanceof Refusal) return problem(409, error.code, error.message, error.details);
  if (error instanceof NotFound) return problem(404, error.code, error.message);
  if (error instanceof InvalidInput) return invalid(error.issues, error.message);
  if (error instanceof ContentDiffers || error instanceof CommandMismatch)
    return problem(
      422,
      'commande-differente',
      'Cette clé d’idempotence a déjà servi pour une autre demande.',
      {
        ...(error instanceof ContentDiffers && {
          differences: error.differences.flatMap(({ fields }) => fields),
        }),
      },
    );
  if (error instanceof InvalidEvent)
    return problem(422, 'entree-invalide', 'Un texte contient un caractère qui ne s’enregistre pas.');
  if (error instanceof ConcurrencyConflict)
    return problem(409, 'ecriture-concurrente', 'D’autres écritures ont devancé celle-ci : recommencez.');
  if (error instanceof WrongLog) {
    const { code, message } = mauvaisJournal(error);
    return problem(503, code, message);
  }
  if (error instanceof LogChanged)
    return problem(503, 'journal-change', 'Le journal a été vidé ou remplacé : voir « minutier doctor ».');
  if (error instanceof DiskFull) return problem(503, 'disque-plein', `${FULL} Les lectures continuent.`);
  if (error instanceof StoreUnavailable && full)
    return problem(503, 'disque-plein', `${FULL} ${AWAY[repeatable]}`);
  if (error instanceof StoreUnavailable) return problem(503, 'journal-injoignable', AWAY[repeatable]);
  if (error instanceof RequestRunning)
    return problem(
      409,
      'requete-en-cours',
      'La même demande est en cours sous cette clé d’idempotence : répétez-la dans un instant.',
    );
  if (error instanceof StreamDamaged) return problem(503, 'flux-incomplet', fluxIncomplet(error));
  if (error instanceof NewerFact) return problem(503, 'version-plus-recente', faitPlusRecent(error));
  if (error instanceof TooManyWaiting)
    return problem(
      503,
      'trop-de-demandes',
      'Trop de questions coûteuses attendent déjà une réponse : réessayez dans un instant.',
    );
  if (error instanceof ViewsBehind) return problem(503, 'vues-en-retard', error.message);
  if (error instanceof HttpException) {
    const status = error.getStatus();
    const { code, detail } = HTTP[status] ?? HTTP[400]!;
    return problem(status, code, detail);
  }
  return problem(
    500,
    'erreur-interne',
    'Une erreur imprévue s’est produite ; elle est dans le journal du serveur.',
  );
}

const repeatableOf = ({ method, headers }: Request): Repeatable => {
  if (method === 'GET' || method === 'HEAD') return 'read';
  return headers['idempotency-key'] ? 'keyed' : 'unknown';
};

@Catch()
export class ProblemFilter implements ExceptionFilter {
  constructor(
    private readonly report: (error: unknown) => void,
    private readonly diskIsFull: () => Promise<boolean>,
  ) {}

  async catch(error: unknown, host: ArgumentsHost): Promise<void> {
    const request = host.switchToHttp().getRequest<Request>();
    const away = unavailableOr(error) instanceof StoreUnavailable;
    const full = away && (await this.diskIsFull().catch(() => false));
    const answer = problemOf(error, repeatableOf(request), full);
    if (answer.status === 500) this.report(error);
    const response = host.switchToHttp().getResponse<Response>();
    const inAMoment = answer.status === 503 || answer.code === 'requete-en-cours';
    if (inAMoment) response.setHeader('Retry-After', '1');
    sendProblem(response, answer);
  }
}
