import { z } from 'zod';
import { InvalidInput, type PageEnd, parseInput, type ReferenceDay } from '../event-sourcing/index.js';
import { jour } from '../words/index.js';
import type { ResolvedBasis } from './basis.js';

const cle = z.string().refine((key) => !key.includes('\0'));
const joursDeReference = z.object({ first: jour, last: jour });
const fin = z.object({ day: jour.optional(), sortKey: cle, key: cle });
const basisKept = z.object({ asOf: z.string(), referenceDay: joursDeReference });

/** A basis as the answers that follow the first one keep it: what was "now" stays what it was. */
interface KeptBasis {
  readonly asOf: string;
  readonly referenceDay: ReferenceDay;
}

/** Where the rest of an answer begins. */
export interface Suite {
  readonly bases: readonly KeptBasis[];
  readonly after: PageEnd;
}

const suite: z.ZodType<Suite> = z.object({ bases: z.array(basisKept).min(1).max(2), after: fin });

export const keptBasis = (basis: ResolvedBasis, referenceDay = basis.referenceDay): KeptBasis => ({
  asOf: basis.seance ?? `position:${basis.position}`,
  referenceDay,
});

export const cursorOf = (rest: Suite): string => Buffer.from(JSON.stringify(rest)).toString('base64url');

/** @throws InvalidInput */
export function restFrom(cursor: string, bases: number): Suite {
  try {
    const parsed = parseInput(suite, JSON.parse(Buffer.from(cursor, 'base64url').toString()));
    if (parsed.success && parsed.data.bases.length === bases) return parsed.data;
  } catch {
    // said below
  }
  throw new InvalidInput([
    { path: 'cursor', message: 'curseur illisible : reprenez celui de la réponse précédente' },
  ]);
}
