import 'reflect-metadata';
import type { AddressInfo } from 'node:net';
import { NestFactory } from '@nestjs/core';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { ProblemFilter } from '../../libs/http/index.js';
import type { Registre } from '../../libs/registre/index.js';
import { AppModule } from './app.module.js';

export interface Server {
  readonly url: string;
  close(): Promise<void>;
}

/** Starts the API. Port 0 takes any free one. */
export async function startServer(
  registre: Registre,
  { port, host, report }: { port: number; host: string; report: (error: unknown) => void },
): Promise<Server> {
  const app = await NestFactory.create<NestExpressApplication>(AppModule.over(registre), {
    logger: ['error', 'warn'],
    abortOnError: false,
  });
  app.disable('x-powered-by');
  app.set('etag', false);
  app.useGlobalFilters(new ProblemFilter(report));
  await app.listen(port, host);
  const address = app.getHttpServer().address() as AddressInfo;
  return {
    url: `http://${address.family === 'IPv6' ? `[${address.address}]` : address.address}:${address.port}`,
    close: () => app.close(),
  };
}
