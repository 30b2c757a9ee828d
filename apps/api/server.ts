import 'reflect-metadata';
import {
  createServer,
  type IncomingMessage,
  type Server as HttpServer,
  type ServerResponse,
} from 'node:http';
import type { AddressInfo } from 'node:net';
import { NestFactory } from '@nestjs/core';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { type Environment, InvalidEnvironment } from '../../libs/config/index.js';
import { answerProtocolErrors, gate, ProblemFilter } from '../../libs/http/index.js';
import type { Registre } from '../../libs/registre/index.js';
import { AppModule } from './app.module.js';

/** How long a request may take to arrive, and how long its answer is waited for at the end. */
const TIMES = { headersTimeout: 10_000, requestTimeout: 30_000, connectionsCheckingInterval: 1000 };
const LEAVE_MILLISECONDS = 3000;
const MAX_CONNECTIONS = 1000;

export interface Server {
  readonly url: string;
  close(): Promise<void>;
}

export interface Listening extends Partial<Pick<Environment, 'allowedHosts' | 'behindProxy'>> {
  /** 0 takes any free one. */
  readonly port: number;
  readonly host: string;
  readonly report: (error: unknown) => void;
}

/** Starts the API. @throws InvalidEnvironment it would listen to others than this machine, and nothing knows who asks */
export async function startServer(registre: Registre, listening: Listening): Promise<Server> {
  const { port, host, report, allowedHosts = [], behindProxy = false } = listening;
  if (!behindProxy && !isLoopback(host))
    throw new InvalidEnvironment(
      `${host} : l’API n’identifie encore personne, elle n’écoute que cette machine (127.0.0.1). ` +
        'Derrière un serveur mandataire qui identifie ceux qui demandent : MINUTIER_BEHIND_PROXY=1 et MINUTIER_ALLOWED_HOSTS.',
    );
  const app = await NestFactory.create<NestExpressApplication>(AppModule.over(registre), {
    logger: ['error', 'warn'],
    abortOnError: false,
    bodyParser: false,
  });
  app.disable('x-powered-by');
  app.set('etag', false);
  for (const step of gate(allowedHosts)) app.use(step);
  app.useGlobalFilters(new ProblemFilter(report, () => registre.diskIsFull()));
  await app.init();
  const handle = app.getHttpAdapter().getInstance() as (
    request: IncomingMessage,
    response: ServerResponse,
  ) => void;
  const server = createServer({ ...TIMES, requireHostHeader: false }, handle);
  server.maxConnections = MAX_CONNECTIONS;
  answerProtocolErrors(server, handle);
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, resolve);
  });
  const address = server.address() as AddressInfo;
  return {
    url: `http://${address.family === 'IPv6' ? `[${address.address}]` : address.address}:${address.port}`,
    close: async () => {
      await closed(server);
      await app.close();
    },
  };
}

const isLoopback = (host: string): boolean => /^(127\.\d+\.\d+\.\d+|localhost|::1)$/.test(host);

/** What is under way is answered; connections that are half open are waited for no longer than that. */
async function closed(server: HttpServer): Promise<void> {
  const ended = new Promise((resolve) => server.close(resolve));
  const late = setTimeout(() => server.closeAllConnections(), LEAVE_MILLISECONDS);
  await ended;
  clearTimeout(late);
}
