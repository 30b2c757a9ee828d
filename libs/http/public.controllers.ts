import { Controller, Get, Param, Res } from '@nestjs/common';
import type { Response } from 'express';
import { NotFound } from '../event-sourcing/index.js';
import { Registre, seanceFileJsonSchema } from '../registre/index.js';
import { openApi } from './openapi.js';
import { problemOf } from './problem.js';

const SCHEMAS: Readonly<Record<string, () => object>> = { 'seance/1': seanceFileJsonSchema };

/** What has no version in its path: documents about the API, and health. */
@Controller()
export class PublicController {
  private readonly document = openApi();

  constructor(private readonly registre: Registre) {}

  @Get('openapi.json')
  openapi(): object {
    return this.document;
  }

  @Get('schemas/:name/:version')
  schema(@Param('name') name: string, @Param('version') version: string): object {
    const schema = SCHEMAS[`${name}/${version}`];
    if (!schema)
      throw new NotFound(
        'schema-inconnu',
        `Pas de schéma ${name}/${version} : il y a ${Object.keys(SCHEMAS).join(', ')}.`,
      );
    return schema();
  }

  @Get('health/live')
  live(): object {
    return { status: 'ok' };
  }

  /** Ready when the log answers, and the views follow it with no stream set aside. */
  @Get('health/ready')
  async ready(@Res({ passthrough: true }) response: Response): Promise<object> {
    const health = await this.examine().catch((error: unknown) => ({
      status: 'error',
      error: problemOf(error).detail,
    }));
    if (health.status === 'error') response.status(503);
    return health;
  }

  private async examine() {
    await this.registre.logWatch.requireLog();
    const [head, views] = [await this.registre.store.head(), await this.registre.checkpoint()];
    const { rows } = await this.registre.pool.query<{ view: string; stream: string }>(
      `SELECT p.view, p.stream FROM views.parked_stream p JOIN views.generation g USING (view, generation) WHERE g.status = 'live'`,
    );
    return {
      status: rows.length > 0 ? 'degraded' : 'ok',
      log: { position: head.toString() },
      views: { position: views.toString(), behind: (head - views).toString(), parked: rows },
    };
  }
}
