import { type ArgumentsHost, Catch, type ExceptionFilter, HttpException } from '@nestjs/common';
import type { ServerResponse } from 'node:http';
import type { Request, Response } from 'express';
import {
  DiskFull,
  type InputIssue,
  Refusals,
  StoreUnavailable,
  unavailableOr,
} from '../event-sourcing/index.js';
import { TooManyWaiting } from '../bus/index.js';
import { type Fault, type Told, told } from '../registre/index.js';

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

/** What a request that found the log away may do next. */
export type Repeatable = 'read' | 'keyed' | 'unknown';

const AWAY: Record<Repeatable, string> = {
  read: 'Le journal ne répond pas : réessayez.',
  keyed: 'Le journal ne répond pas : réessayez, la même demande ne s’enregistre qu’une fois.',
  unknown:
    'Le journal n’a pas répondu : on ne sait pas si la demande est enregistrée. Vérifiez avant de la répéter ; ' +
    'avec une Idempotency-Key, elle se répète sans risque.',
};

const STATUS: Record<Fault, number> = {
  refused: 409,
  overtaken: 409,
  'not-found': 404,
  invalid: 422,
  broken: 503,
  away: 503,
};

/**
 * The one place where errors become HTTP answers.
 * @param full the disk of a server that is away is full
 */
export function problemOf(caught: unknown, repeatable: Repeatable = 'read', full = false): Problem {
  const error = caught instanceof Refusals ? caught.refusals[0]!.refusal : caught;
  const known = told(unavailableOr(error));
  if (known) return problemTold(known, repeatable, full);
  if (error instanceof TooManyWaiting)
    return problem(
      503,
      'trop-de-demandes',
      'Trop de questions coûteuses attendent déjà une réponse : réessayez dans un instant.',
    );
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

function problemTold(
  { fault, code, message, details }: Told,
  repeatable: Repeatable,
  full: boolean,
): Problem {
  const status = STATUS[fault];
  if (code === 'entree-invalide')
    return problem(status, code, message, {
      ...(details !== undefined && {
        errors: (details as readonly InputIssue[]).map(({ path, message: wrong }) => ({
          path,
          message: wrong,
        })),
      }),
    });
  if (code === 'disque-plein') return problem(status, code, `${message} Les lectures continuent.`);
  if (code === 'journal-injoignable')
    return full
      ? problem(status, 'disque-plein', `${FULL} ${AWAY[repeatable]}`)
      : problem(status, code, AWAY[repeatable]);
  // What the views know and the log lacks is for `doctor`.
  return problem(status, code, message, fault === 'broken' ? {} : (details as object | undefined));
}

/** The sentence of a full disk, whatever was asked. */
const FULL = told(new DiskFull(''))!.message;

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
