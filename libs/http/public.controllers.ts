import { setTimeout as sleep } from 'node:timers/promises';
import { Controller, Get, Param, Res } from '@nestjs/common';
import type { Response } from 'express';
import { DiskFull, NotFound } from '../event-sourcing/index.js';
import { examine, faitPlusRecent, Registre } from '../registre/index.js';
import { seanceFileJsonSchema } from '../seance-file/index.js';
import { openApi } from './openapi.js';
import { problemOf } from './problem.js';

const SCHEMAS: Readonly<Record<string, () => object>> = { 'seance/1': seanceFileJsonSchema };

const READY_MILLISECONDS = 8000;
const TOO_LATE = { status: 'error', error: 'Pas de réponse à temps.' };

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

  /** Ready when the log answers and is whole, and every view follows it. */
  @Get('health/ready')
  async ready(@Res({ passthrough: true }) response: Response): Promise<object> {
    const late = sleep(READY_MILLISECONDS, TOO_LATE, { ref: false });
    const full = await this.registre.diskIsFull().catch(() => false);
    const examined = await Promise.race([this.examine(), late]).catch((error: unknown) => ({
      status: 'error',
      error: problemOf(error, 'read', full).detail,
    }));
    const health = full
      ? { error: problemOf(new DiskFull('')).detail, ...examined, status: 'error' }
      : examined;
    if (health.status === 'error') response.status(503);
    return health;
  }

  private async examine() {
    const { position, atteinte, aLEcart, abimes, etrangers, arret } = await examine(this.registre);
    const stuck = aLEcart.length > 0 || abimes.length > 0 || arret !== undefined || atteinte < 0n;
    return {
      status: stuck ? 'error' : etrangers.length > 0 ? 'degraded' : 'ok',
      log: { position: position.toString(), damaged: abimes, strays: etrangers },
      views: {
        position: atteinte.toString(),
        behind: (position - atteinte).toString(),
        parked: aLEcart.map(({ view, stream }) => ({ view, stream })),
        ...(arret && { stopped: faitPlusRecent(arret) }),
      },
    };
  }
}
