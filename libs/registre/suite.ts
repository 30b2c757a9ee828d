import { z } from 'zod';
import { InvalidInput, type PageEnd, parseInput, type ReferenceDay } from '../event-sourcing/index.js';
import { jour } from '../words/index.js';
import type { ResolvedPoint } from './point.js';

const cle = z.string().refine((key) => !key.includes('\0'));
const joursDeReference = z.object({ first: jour, last: jour });
const fin = z.object({ sortKey: cle, key: cle });
const pointGarde = z.object({ asOf: z.string(), referenceDay: joursDeReference });

/** A point as the answers that follow the first one are given for: what was "now" stays what it was. */
interface KeptPoint {
  readonly asOf: string;
  readonly referenceDay: ReferenceDay;
}

/** Where the rest of an answer begins. */
export interface Suite {
  readonly points: readonly KeptPoint[];
  readonly after: PageEnd;
}

const suite: z.ZodType<Suite> = z.object({ points: z.array(pointGarde).min(1).max(2), after: fin });

export const keptPoint = (point: ResolvedPoint, referenceDay = point.referenceDay): KeptPoint => ({
  asOf: point.seance ?? `position:${point.position}`,
  referenceDay,
});

export const cursorOf = (rest: Suite): string => Buffer.from(JSON.stringify(rest)).toString('base64url');

/** @throws InvalidInput */
export function restFrom(cursor: string, points: number): Suite {
  try {
    const parsed = parseInput(suite, JSON.parse(Buffer.from(cursor, 'base64url').toString()));
    if (parsed.success && parsed.data.points.length === points) return parsed.data;
  } catch {
    // said below
  }
  throw new InvalidInput([
    { path: 'cursor', message: 'curseur illisible : reprenez celui de la réponse précédente' },
  ]);
}
