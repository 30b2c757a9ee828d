import { z } from 'zod';
import { type AnyView, InvalidInput, NotFound, parseInput, type ViewRow } from '../event-sourcing/index.js';
import { jour, MOTIFS } from '../faits/index.js';
import { type PointDemande, type PointResolu, resoudrePoint } from './point.js';
import type { Registre } from './registre.js';

export interface Question extends PointDemande {
  readonly filters?: Readonly<Record<string, string>>;
  /** A committee; a séance given as `asOf` limits the answer to its own. */
  readonly comite?: string | undefined;
  /** At most 200 through a door; absent: all. */
  readonly limit?: number | undefined;
  readonly cursor?: string | undefined;
}

export interface Reponse {
  readonly point: PointResolu;
  readonly items: readonly ViewRow[];
  /** What to give as `cursor` for the rest. */
  readonly next: string | null;
}

/** A page of a view. The pages of one answer are all given for the point of the first. */
export async function lire(registre: Registre, view: AnyView, question: Question): Promise<Reponse> {
  const suivante = question.cursor === undefined ? undefined : decode(question.cursor);
  const point = await resoudrePoint(registre, suivante ? { ...question, asOf: suivante.asOf } : question);
  const scope = scopeOf(question, point);
  const referenceDay = suivante?.referenceDay ?? point.referenceDay;
  const rows = await registre.reader.rows(view, {
    point,
    referenceDay,
    ...(scope !== undefined && { scope }),
    ...(question.filters && { filters: question.filters }),
    ...(question.limit !== undefined && { limit: question.limit + 1 }),
    ...(suivante && { after: suivante.after }),
  });
  const more = question.limit !== undefined && rows.length > question.limit;
  const items = more ? rows.slice(0, question.limit) : rows;
  const asOf = suivante?.asOf ?? point.seance ?? `position:${point.position}`;
  const next = more
    ? encode({ asOf, referenceDay, after: registre.reader.endOf(view, items.at(-1)!) })
    : null;
  return { point, items, next };
}

/** One thing. @throws NotFound */
export async function lireUn(
  registre: Registre,
  view: AnyView,
  reference: string,
  demande: PointDemande,
): Promise<{ point: PointResolu; item: ViewRow }> {
  const point = await resoudrePoint(registre, demande);
  const item = await registre.reader.row(view, reference, {
    point,
    referenceDay: point.referenceDay,
    ...(point.comite && { scope: point.comite }),
  });
  if (!item)
    throw new NotFound(
      'reference-inconnue',
      `${reference} n’existe pas${demande.asOf ? ` à ${demande.asOf}` : ''}${demande.effectiveAt ? ` au ${demande.effectiveAt}` : ''}.`,
    );
  return { point, item };
}

export function scopeOf({ comite }: Pick<Question, 'comite'>, point: PointResolu): string | undefined {
  if (comite !== undefined && !MOTIFS.comite.test(comite))
    throw new InvalidInput([
      { path: 'comite', message: `« ${comite} » n’est pas un comité comme apogee-rof` },
    ]);
  if (comite !== undefined && point.comite !== null && comite !== point.comite)
    throw new InvalidInput([
      { path: 'comite', message: `la séance ${point.seance} limite la réponse à ${point.comite}` },
    ]);
  return comite ?? point.comite ?? undefined;
}

const cle = z.string().refine((key) => !key.includes('\0'));

/** Where the rest of an answer begins, and the point and day that it was given for. */
const suite = z.object({
  asOf: z.string(),
  referenceDay: z.object({ first: jour, last: jour }),
  after: z.object({ sortKey: cle, key: cle }),
});
type Suite = z.infer<typeof suite>;

const encode = (suite: Suite): string => Buffer.from(JSON.stringify(suite)).toString('base64url');

function decode(cursor: string): Suite {
  try {
    const parsed = parseInput(suite, JSON.parse(Buffer.from(cursor, 'base64url').toString()));
    if (parsed.success) return parsed.data;
  } catch {
    // said below
  }
  throw new InvalidInput([
    { path: 'cursor', message: 'curseur illisible : reprenez celui de la réponse précédente' },
  ]);
}
