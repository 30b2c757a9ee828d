import { Controller, Get, Param, Query, Req, Res, type Type } from '@nestjs/common';
import type { Request, Response } from 'express';
import { z } from 'zod';
import { NotFound, requireInput } from '../event-sourcing/index.js';
import { empreinteAupres } from '../log/index.js';
import {
  diff,
  Explications,
  rectifications,
  holderOf,
  readView,
  readItem,
  pageDuJournal,
  type ResolvedBasis,
  pourquoi,
  resolveBasis,
} from '../registre/index.js';
import type { Published } from '../room/index.js';
import { Bus } from '../bus/index.js';

/** Where the API of this version is. */
export const API = 'api/v1';
export const MAX_LIMIT = 200;
export const DEFAULT_LIMIT = 50;
const EXPENSIVE = { expensive: true };

const text = z
  .string({ error: ({ input }) => (input === undefined ? 'valeur manquante' : 'une seule valeur') })
  .max(2000)
  .refine((value) => !value.includes('\0'), 'contient un caractère nul');
export const basisParameters = {
  asOf: text
    .optional()
    .describe('Ce qui était connu : une séance, un instant ISO, position:<n> ; absent : maintenant'),
  effectiveAt: text.optional().describe('Ce qui était vrai : un jour AAAA-MM-JJ ; absent : sans limite'),
};
const limit = z.coerce
  .number({ error: 'un entier' })
  .int('un entier')
  .min(1, 'au moins 1')
  .max(MAX_LIMIT, `au plus ${MAX_LIMIT}`)
  .default(DEFAULT_LIMIT)
  .describe(`Au plus ${MAX_LIMIT}`);
const cursor = text.optional().describe('Le « next » de la page précédente');
const comite = text.optional().describe('Un seul comité');

export const listParameters = ({ view }: Published) =>
  z.strictObject({
    ...basisParameters,
    comite,
    limit,
    cursor,
    ...Object.fromEntries(
      Object.entries(view.filters ?? {}).map(([name, filter]) => [
        name,
        text.optional().describe((filter as { description: string }).description),
      ]),
    ),
  });
export const itemParameters = z.strictObject(basisParameters);
export const diffParameters = z.strictObject({
  from: text.describe('Le premier moment : séance, instant, position:<n>'),
  to: text.optional().describe('Le second ; absent : maintenant'),
  effectiveAt: basisParameters.effectiveAt,
  comite,
  limit,
  cursor,
});
export const pourquoiParameters = z.strictObject({
  ...basisParameters,
  impact: z.enum(['oui', 'non']).default('non').describe('oui : tout ce que la chose a entraîné'),
  limit,
  cursor,
});
export const journalParameters = z.strictObject({
  stream: text.optional().describe('Un flux ou une référence'),
  type: text.optional().describe('Un type d’événement'),
  after: z
    .string()
    .regex(/^\d{1,18}$/, 'une position')
    .default('0')
    .describe('Après cette position'),
  limit,
});

export const rectificationsParameters = z.strictObject({
  from: text
    .optional()
    .describe('Après quel moment : séance, instant, position:<n> ; absent : depuis le début'),
  to: text.optional().describe('Jusqu’à quel moment ; absent : maintenant'),
  comite,
  after: z
    .string()
    .regex(/^\d{1,18}$/, 'une position')
    .optional()
    .describe('Le « next » de la page précédente'),
  limit,
});

export const empreinteParameters = z.strictObject({ asOf: basisParameters.asOf });

/** A wildcard's segments, as the reference that they spell. */
export function referenceFrom(segments: string | string[]): string {
  const reference = Array.isArray(segments) ? segments.join('/') : segments;
  if (reference && !holderOf(reference))
    throw new NotFound(
      'reference-inconnue',
      `« ${reference.replaceAll('\0', '�')} » n’est pas une référence comme apogee-rof/1/A3.`,
    );
  return reference;
}

const entete = (basis: ResolvedBasis) => ({
  asOf: {
    position: basis.position.toString(),
    seance: basis.seance,
    ...(basis.rectificatifs.length > 0 && { rectificatifs: basis.rectificatifs }),
  },
  effectiveAt: basis.effectiveOn ?? null,
});

/** `GET /<vue>`, `GET /<vue>/diff`, `GET /<vue>/<référence>`: alike for every published view. */
export function viewController(one: Published): Type {
  const { view } = one;
  const parameters = listParameters(one);

  @Controller(`${API}/${view.name}`)
  class ViewController {
    constructor(private readonly bus: Bus) {}

    @Get()
    async list(
      @Query() query: unknown,
      @Req() request: Request,
      @Res({ passthrough: true }) response: Response,
    ) {
      const {
        asOf,
        effectiveAt,
        comite: scope,
        limit: size,
        cursor,
        ...filters
      } = requireInput(parameters, query);
      const given = Object.entries(filters).filter(
        (entry): entry is [string, string] => entry[1] !== undefined,
      );
      const { basis, next, ...answer } = await this.bus.read(view.name, (registre) =>
        readView(registre, view, {
          asOf,
          effectiveAt,
          comite: scope,
          limit: size,
          cursor,
          filters: Object.fromEntries(given),
        }),
      );
      if (next) response.setHeader('Link', `<${nextUrl(request, next)}>; rel="next"`);
      return { ...entete(basis), ...answer, next };
    }

    @Get('diff')
    async diff(@Query() query: unknown) {
      const demande = requireInput(diffParameters, query);
      const { from, to, ...rest } = await this.bus.read(
        'diff',
        (registre) => diff(registre, view, demande),
        EXPENSIVE,
      );
      return { from: entete(from).asOf, to: entete(to).asOf, ...rest };
    }

    @Get('*reference')
    async one(@Param('reference') segments: string[], @Query() query: unknown) {
      const { basis, item } = await this.bus.read(view.name, (registre) =>
        readItem(registre, view, referenceFrom(segments), requireInput(itemParameters, query)),
      );
      return { ...entete(basis), item };
    }
  }
  return named(ViewController, `${view.name}ViewController`);
}

function nextUrl(request: Request, cursor: string): string {
  const url = new URL(request.originalUrl, 'http://localhost');
  url.searchParams.set('cursor', cursor);
  return `${url.pathname}${url.search}`;
}

/** Nest tells providers and controllers apart by class; a name helps its messages. */
export function named<T extends Type>(type: T, name: string): T {
  Object.defineProperty(type, 'name', { value: name });
  return type;
}

@Controller(API)
export class HistoryController {
  constructor(private readonly bus: Bus) {}

  @Get('pourquoi/*reference')
  async pourquoi(@Param('reference') segments: string[], @Query() query: unknown) {
    const { impact, ...demande } = requireInput(pourquoiParameters, query);
    const reference = referenceFrom(segments);
    const { basis, racine, next } = await this.bus.read(
      'pourquoi',
      (registre) => pourquoi(registre, reference, { ...demande, impact: impact === 'oui' }),
      EXPENSIVE,
    );
    return { ...entete(basis), racine, next };
  }

  @Get('journal')
  async journal(@Query() query: unknown) {
    const { after, ...demande } = requireInput(journalParameters, query);
    return this.bus.read(
      'journal',
      async (registre) => {
        const explications = new Explications(registre);
        const { position, ...page } = await pageDuJournal(
          registre,
          { ...demande, after: BigInt(after) },
          (event) => explications.de(event),
        );
        const last = page.items.at(-1)?.position;
        const asOf = { position: position.toString(), seance: null };
        return { asOf, ...page, empreinte: last ? await empreinteAupres(registre, BigInt(last)) : null };
      },
      EXPENSIVE,
    );
  }

  @Get('rectifications')
  async rectifications(@Query() query: unknown) {
    const { after, ...demande } = requireInput(rectificationsParameters, query);
    const { from, to, items, next } = await this.bus.read(
      'rectifications',
      (registre) =>
        rectifications(registre, { ...demande, ...(after !== undefined && { after: BigInt(after) }) }),
      EXPENSIVE,
    );
    return { from: entete(from).asOf, to: entete(to).asOf, items, next };
  }

  @Get('empreinte')
  async empreinte(@Query() query: unknown) {
    const { asOf } = requireInput(empreinteParameters, query);
    return this.bus.read(
      'empreinte',
      async (registre) => {
        const basis = await resolveBasis(registre, { asOf });
        return { asOf: entete(basis).asOf, empreinte: await empreinteAupres(registre, basis.position) };
      },
      EXPENSIVE,
    );
  }
}
