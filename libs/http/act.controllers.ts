import { randomUUID } from 'node:crypto';
import { Body, Controller, Headers, Param, Post, Res, type Type } from '@nestjs/common';
import type { Response } from 'express';
import { z } from 'zod';
import {
  checkFact,
  commandIdFrom,
  type Correcting,
  type Fact,
  type Handled,
  InvalidInput,
  requireInput,
  streamOf,
} from '../event-sourcing/index.js';
import { type Asker, Bus } from '../bus/index.js';
import { jour, taken, texte } from '../words/index.js';
import { eventNamed, ecartesDe, nomDe, remplacement } from '../registre/index.js';
import type { Act } from '../room/index.js';
import { API, named, referenceFrom } from './read.controllers.js';

/** What can be said, as a request. */
export function actController(act: Act): Type {
  @Controller(`${API}/${act.on}`)
  class ActController {
    constructor(private readonly bus: Bus) {}

    @Post(act.path ? `*reference/${act.path}` : '')
    async act(
      @Param('reference') segments: string[] | undefined,
      @Body() body: unknown,
      @Headers() headers: Record<string, string | undefined>,
      @Res({ passthrough: true }) response: Response,
    ) {
      const asker = identify(headers);
      const { reference, stream, handled, empreinte } = await this.bus.record({
        what: 'act',
        act,
        body: requireInput(act.body, taken(body)),
        reference: referenceFrom(segments ?? ''),
        asker,
      });
      return {
        ...answer(response, handled, reference, stream),
        ...(empreinte !== undefined && { empreinte }),
      };
    }
  }
  return named(ActController, `${act.on}${act.path ?? ''}Controller`);
}

function identify(headers: Record<string, string | undefined>): Asker {
  const author = headers['minutier-auteur']?.trim();
  if (!author)
    throw new InvalidInput([
      { path: 'Minutier-Auteur', message: 'en-tête manquant : qui enregistre, par identifiant' },
    ]);
  if (!/^[\x21-\x7e]{1,120}$/.test(author))
    throw new InvalidInput([
      {
        path: 'Minutier-Auteur',
        message: 'un identifiant : lettres sans accent, chiffres et signes, sans espace',
      },
    ]);
  const key = headers['idempotency-key']?.trim();
  if (!key) return { author, commandId: randomUUID(), keyed: false };
  // Once, a key was one request of whoever asked.
  const former = { id: commandIdFrom('http', key), author };
  return { author, commandId: commandIdFrom('http', author, key), former, keyed: true };
}

/** 201 when something was recorded, 200 when the same request had recorded it before. */
function answer(response: Response, handled: Handled, reference: string, stream: string) {
  const { recorded, alreadyThere, position, skipped } = handled;
  const events = recorded.length > 0 ? recorded : alreadyThere;
  response.status(recorded.length > 0 ? 201 : 200);
  return {
    reference,
    revision: events.filter((event) => event.stream === stream).at(-1)?.revision ?? null,
    position: position.toString(),
    evenements: events.map((event) => ({ evenement: nomDe(event), id: event.id, type: event.type })),
    ...(skipped.length > 0 && { ecartes: ecartesDe(handled) }),
  };
}

export const correctionBody = z.strictObject({
  evenement: texte.describe('référence@révision, comme le journal l’écrit'),
  champs: z.record(z.string(), z.unknown()).default({}).describe('Les champs à remplacer'),
  type: texte.optional().describe('Un autre type d’événement, dont champs donne tous les champs'),
  effectif: jour.optional().describe('Le jour depuis lequel le fait est vrai'),
  motif: texte,
});
export const annulationBody = z.strictObject({ evenement: texte, motif: texte });

@Controller(API)
export class CorrectionController {
  constructor(private readonly bus: Bus) {}

  @Post('corrections')
  async corriger(
    @Body() body: unknown,
    @Headers() headers: Record<string, string | undefined>,
    @Res({ passthrough: true }) response: Response,
  ) {
    const { evenement, champs, type, effectif, motif } = requireInput(correctionBody, taken(body));
    const nomme = await this.bus.read('evenement', (registre) => eventNamed(registre, evenement));
    const correcting = remplacement(nomme, champs, { type, effectif });
    if ('replacement' in correcting) checkFact(nomme.kind.facts, correcting.replacement);
    return this.record(nomme, correcting, motif, headers, response);
  }

  @Post('annulations')
  async annuler(
    @Body() body: unknown,
    @Headers() headers: Record<string, string | undefined>,
    @Res({ passthrough: true }) response: Response,
  ) {
    const { evenement, motif } = requireInput(annulationBody, taken(body));
    const nomme = await this.bus.read('evenement', (registre) => eventNamed(registre, evenement));
    return this.record(nomme, { revision: nomme.event.revision, motif }, motif, headers, response);
  }

  private async record(
    { kind, reference }: Awaited<ReturnType<typeof eventNamed>>,
    correcting: Correcting<Fact>,
    motif: string,
    headers: Record<string, string | undefined>,
    response: Response,
  ) {
    const asker = identify(headers);
    const handled = await this.bus.record({ what: 'correction', kind, reference, correcting, motif, asker });
    return answer(response, handled, reference, streamOf(kind, reference));
  }
}
