import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import type { NextFunction, Request, RequestHandler, Response } from 'express';
import helmet from 'helmet';
import rawBody from 'raw-body';
import { methodsOf } from './openapi.js';
import { httpProblem, type Problem, sendProblem } from './problem.js';

/** A request is a fact or two: what is larger is none of ours. */
const MAX_BODY_BYTES = 100 * 1024;
/** Whoever still sends what was refused is heard no longer than that. */
const LINGER_MILLISECONDS = 1000;

const LOOPBACK: readonly string[] = ['127.0.0.1', 'localhost', '[::1]'];

/** `name` of `name:port`, `[::1]` of `[::1]:port`; undefined where it is neither. */
const nameOf = (host: string): string | undefined =>
  /^(\[[0-9a-f:.]+\]|[a-z0-9._-]+)(:\d{1,5})?$/i.exec(host)?.[1]?.toLowerCase();

/**
 * Who may ask at all. A browser lets any page talk to a register on its own machine, under any name that leads
 * there: the name must be one of ours, and the page, where the browser tells, from here.
 */
function refusalOf({ headers }: IncomingMessage, names: ReadonlySet<string>): Problem | undefined {
  const { host, origin } = headers;
  if (!host)
    return httpProblem(400, 'hote-absent', 'La requête ne dit pas à quel hôte elle s’adresse (Host).');
  if (!names.has(nameOf(host) ?? ''))
    return httpProblem(
      421,
      'hote-inconnu',
      'Ce serveur ne répond pas sous ce nom : MINUTIER_ALLOWED_HOSTS donne les siens.',
    );
  const site = headers['sec-fetch-site'];
  const foreign = origin !== undefined && !isFrom(origin, host);
  if (foreign || (site !== undefined && site !== 'same-origin' && site !== 'none'))
    return httpProblem(403, 'origine-refusee', 'Une page d’un autre site ne peut ni lire ni écrire ici.');
  return undefined;
}

function isFrom(origin: string, host: string): boolean {
  const from = /^https?:\/\/([^/]+)$/i.exec(origin)?.[1];
  return from?.toLowerCase() === host.toLowerCase();
}

const hasBody = ({ headers }: IncomingMessage): boolean =>
  headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;

const isTooLarge = ({ headers }: IncomingMessage): boolean =>
  Number(headers['content-length'] ?? 0) > MAX_BODY_BYTES;

/** The answer is sent, and what still comes is not read. */
function turnAway(request: Request, response: Response, problem: Problem): void {
  response.setHeader('Connection', 'close');
  sendProblem(response, problem);
  request.pause();
  setTimeout(() => request.socket.destroy(), LINGER_MILLISECONDS).unref();
}

const TOO_LARGE = httpProblem(413, 'requete-trop-grande', 'Le corps de la requête est trop grand.');
const NOT_JSON = httpProblem(
  415,
  'format-refuse',
  'Le corps de la requête doit être du JSON, en UTF-8 (Content-Type: application/json).',
);
const UNREADABLE = httpProblem(400, 'requete-illisible', 'Le corps de la requête n’est pas du JSON lisible.');

const isUtf8Json = (request: Request): boolean =>
  Boolean(request.is('application/json')) &&
  request.headers['content-encoding'] === undefined &&
  /^[^;]*(;\s*charset="?utf-8"?\s*)?$/i.test(request.headers['content-type']!);

/** The body as JSON, or what is wrong with it: no more of it is read than there may be. */
async function bodyOf(request: Request): Promise<{ value: unknown } | Problem> {
  const length = request.headers['content-length'];
  try {
    const bytes = await rawBody(request, { limit: MAX_BODY_BYTES, ...(length !== undefined && { length }) });
    const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
    return { value: JSON.parse(text) as unknown };
  } catch (error) {
    return (error as { status?: number }).status === 413 ? TOO_LARGE : UNREADABLE;
  }
}

/** All that is decided of a request before any route sees it. @param names of hosts, beside those of this machine */
export function gate(names: readonly string[]): RequestHandler[] {
  const own = new Set([...LOOPBACK, ...names.map((name) => name.toLowerCase())]);
  return [
    helmet({
      contentSecurityPolicy: {
        useDefaults: false,
        directives: { defaultSrc: ["'none'"], frameAncestors: ["'none'"] },
      },
      crossOriginResourcePolicy: { policy: 'same-origin' },
    }),
    (request: Request, response: Response, next: NextFunction): void => {
      response.setHeader('Cache-Control', 'no-store');
      const refused = refusalOf(request, own);
      if (refused) return turnAway(request, response, refused);
      if (!isReadable(request.path))
        return sendProblem(response, httpProblem(400, 'adresse-illisible', 'Cette adresse ne se lit pas.'));
      const methods = methodsOf(request.path);
      if (methods.length > 0 && !methods.includes(request.method)) {
        response.setHeader('Allow', methods.join(', '));
        const { method } = request;
        if (method === 'OPTIONS') return void response.status(204).end();
        const here = `Ici : ${methods.join(', ')}.`;
        return turnAway(request, response, httpProblem(405, 'methode-refusee', here));
      }
      if (!hasBody(request)) return next();
      if (isTooLarge(request)) return turnAway(request, response, TOO_LARGE);
      if (!isUtf8Json(request)) return turnAway(request, response, NOT_JSON);
      void bodyOf(request).then((body) => {
        if (!('value' in body)) return turnAway(request, response, body);
        request.body = body.value;
        next();
      });
    },
  ];
}

function isReadable(path: string): boolean {
  try {
    decodeURIComponent(path);
    return true;
  } catch {
    return false;
  }
}

/** What the protocol itself refuses is answered in the same form as all else. */
const PROTOCOL: Record<string, Problem> = {
  HPE_HEADER_OVERFLOW: httpProblem(
    431,
    'en-tetes-trop-grands',
    'Les en-têtes de la requête sont trop grands.',
  ),
  ERR_HTTP_REQUEST_TIMEOUT: httpProblem(408, 'requete-trop-lente', 'La requête n’est pas arrivée à temps.'),
};
const NO_REQUEST = httpProblem(400, 'requete-illisible', 'Ceci n’est pas une requête HTTP lisible.');

export function answerProtocolErrors(
  server: Server,
  app: (request: IncomingMessage, response: ServerResponse) => void,
): void {
  server.on('clientError', (error: NodeJS.ErrnoException, socket: Duplex) => {
    if (error.code === 'ECONNRESET' || !socket.writable) return void socket.destroy();
    endWith(socket, PROTOCOL[error.code ?? ''] ?? NO_REQUEST);
  });
  server.on('connect', (_: IncomingMessage, socket: Duplex) =>
    endWith(socket, httpProblem(405, 'methode-refusee', 'Ce serveur n’est le relais de personne.')),
  );
  server.on('checkExpectation', (_: IncomingMessage, response: ServerResponse) => {
    response.setHeader('Connection', 'close');
    sendProblem(response, httpProblem(417, 'attente-refusee', 'Expect: 100-continue, ou rien.'));
  });
  server.on('checkContinue', (request: IncomingMessage, response: ServerResponse) => {
    if (!isTooLarge(request)) response.writeContinue();
    app(request, response);
  });
}

function endWith(socket: Duplex, problem: Problem): void {
  const body = JSON.stringify(problem);
  socket.on('error', () => undefined);
  socket.end(
    `HTTP/1.1 ${problem.status} ${problem.code}\r\nContent-Type: application/problem+json\r\n` +
      `Content-Length: ${Buffer.byteLength(body)}\r\nCache-Control: no-store\r\nConnection: close\r\n\r\n${body}`,
  );
}
