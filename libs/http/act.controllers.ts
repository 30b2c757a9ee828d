import { randomUUID } from 'node:crypto';
import { Body, Controller, Headers, Param, Post, Res, type Type } from '@nestjs/common';
import { CommandBus, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import type { Response } from 'express';
import { z } from 'zod';
import {
  checkFact,
  commandIdFrom,
  CommandMismatch,
  ContentDiffers,
  type FormerId,
  type Handled,
  type HandleOptions,
  InvalidInput,
  Refusals,
  requireInput,
  type Reservation,
} from '../event-sourcing/index.js';
import { jour, taken, texte } from '../words/index.js';
import { type Empreinte, empreinteDeCloture } from '../log/index.js';
import { eventNamed, ecartesDe, nomDe, Registre, remplacement } from '../registre/index.js';
import { type Act, correctionOf, type Room } from '../room/index.js';
import { API, named, referenceFrom } from './read.controllers.js';

const MAX_NUMBERS_TRIED = 50;

/** Who acts, and under which command. */
interface Asker {
  readonly commandId: string;
  readonly author: string;
  readonly former?: FormerId;
  /** The command has an idempotency key. */
  readonly keyed: boolean;
}

/** The one command of a room at the door: an act, its body, and who does it. */
export class ActRequested {
  constructor(
    readonly act: Act,
    readonly body: unknown,
    readonly reference: string,
    readonly asker: Asker,
  ) {}
}

/**
 * Carries out what a request asks for, once. Another request under its key is refused, and where the log holds
 * what the first one did, field by field.
 */
async function once<T>(
  registre: Registre,
  { commandId, keyed }: Asker,
  request: unknown,
  work: (options: HandleOptions, reservation?: Reservation) => Promise<T>,
): Promise<T> {
  if (!keyed) return work({});
  const { requests } = registre;
  try {
    return await requests.once(commandId, request, (reservation) => work({}, reservation));
  } catch (error) {
    if (!(error instanceof CommandMismatch)) throw error;
    const known = { reference: () => requests.referenceOf(commandId), keep: () => Promise.resolve() };
    await work({ dryRun: true }, known).catch((differing: unknown) => {
      if (differing instanceof ContentDiffers) throw differing;
    });
    throw error;
  }
}

export interface ActDone {
  readonly reference: string;
  readonly handled: Handled;
  /** Of the log, where a séance was closed. */
  readonly empreinte: Empreinte | null | undefined;
}

/** A room's command class, its only handler, and a controller for each of its acts. */
export function roomDoor(room: Room): { handler: Type; controllers: Type[] } {
  class RoomCommand extends ActRequested {}
  named(RoomCommand, `${room.name}Command`);

  @CommandHandler(RoomCommand)
  class Handler implements ICommandHandler<ActRequested, ActDone> {
    constructor(private readonly registre: Registre) {}

    async execute({ act, body, reference, asker }: ActRequested): Promise<ActDone> {
      const request = [act.on, act.path, reference, body];
      return once(this.registre, asker, request, async (options, reservation) => {
        for (let attempt = 1; ; attempt += 1) {
          const context = this.registre.context(asker, reservation);
          const instructions = await act.instruct(body, reference, context);
          try {
            const handled = await this.registre.execute(instructions, options);
            const empreinte = await empreinteDeCloture(this.registre, handled);
            return { reference: instructions[0]!.reference, handled, empreinte };
          } catch (error) {
            if (isNumberTaken(error, act) && attempt < MAX_NUMBERS_TRIED) continue;
            if (act.numberTaken) this.registre.numbering.giveBack(instructions[0]!.reference);
            throw error;
          }
        }
      });
    }
  }
  return {
    handler: named(Handler, `${room.name}Handler`),
    controllers: room.sayings.map(({ act }) => actController(act, RoomCommand)),
  };
}

const isNumberTaken = (error: unknown, { numberTaken }: Act): boolean =>
  numberTaken !== undefined &&
  error instanceof Refusals &&
  error.refusals.some(({ refusal }) => 'code' in refusal && refusal.code === numberTaken);

function actController(act: Act, RoomCommand: typeof ActRequested): Type {
  @Controller(`${API}/${act.on}`)
  class ActController {
    constructor(private readonly bus: CommandBus) {}

    @Post(act.path ? `*reference/${act.path}` : '')
    async act(
      @Param('reference') segments: string[] | undefined,
      @Body() body: unknown,
      @Headers() headers: Record<string, string | undefined>,
      @Res({ passthrough: true }) response: Response,
    ) {
      const asker = identify(headers);
      const command = new RoomCommand(
        act,
        requireInput(act.body, taken(body)),
        referenceFrom(segments ?? ''),
        asker,
      );
      const { reference, handled, empreinte } = await this.bus.execute<ActRequested, ActDone>(command);
      return { ...answer(response, handled, reference), ...(empreinte !== undefined && { empreinte }) };
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
function answer(response: Response, handled: Handled, reference: string) {
  const { recorded, alreadyThere, position, skipped } = handled;
  const events = recorded.length > 0 ? recorded : alreadyThere;
  response.status(recorded.length > 0 ? 201 : 200);
  return {
    reference,
    revision: events.filter((event) => event.stream.endsWith(`-${reference}`)).at(-1)?.revision ?? null,
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
  constructor(private readonly registre: Registre) {}

  @Post('corrections')
  async corriger(
    @Body() body: unknown,
    @Headers() headers: Record<string, string | undefined>,
    @Res({ passthrough: true }) response: Response,
  ) {
    const { evenement, champs, type, effectif, motif } = requireInput(correctionBody, taken(body));
    const nomme = await eventNamed(this.registre, evenement);
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
    const nomme = await eventNamed(this.registre, evenement);
    return this.record(nomme, { revision: nomme.event.revision, motif }, motif, headers, response);
  }

  private async record(
    { kind, reference }: Awaited<ReturnType<typeof eventNamed>>,
    correcting: Parameters<typeof correctionOf>[0]['correcting'],
    motif: string,
    headers: Record<string, string | undefined>,
    response: Response,
  ) {
    const asker = identify(headers);
    const { today } = this.registre.context(asker);
    const instruction = correctionOf({ kind, reference, correcting }, { ...asker, statedOn: today });
    const request = ['correction', kind.category, reference, correcting, motif];
    const handled = await once(this.registre, asker, request, (options) =>
      this.registre.execute([{ ...instruction, source: { motif } }], options),
    );
    return answer(response, handled, reference);
  }
}
