import {
  type AnyView,
  InvalidInput,
  NotFound,
  type Totalled,
  type ViewRow,
} from '../event-sourcing/index.js';
import { codeDit, comite as comites } from '../words/index.js';
import { type AskedBasis, type ResolvedBasis, resolveBasis } from './basis.js';
import type { Registre } from './registre.js';
import { cursorOf, keptBasis, restFrom } from './suite.js';

export interface Question extends AskedBasis {
  readonly filters?: Readonly<Record<string, string>>;
  /** A committee; a séance given as `asOf` limits the answer to its own. */
  readonly comite?: string | undefined;
  /** At most 200 through a door; absent: all. */
  readonly limit?: number | undefined;
  readonly cursor?: string | undefined;
}

export interface Reponse {
  readonly basis: ResolvedBasis;
  readonly items: readonly ViewRow[];
  /** What to give as `cursor` for the rest. */
  readonly next: string | null;
  /** Of the whole answer, whatever its page; absent where the view has none. */
  readonly totaux?: Readonly<Record<string, Total>>;
}

export interface Total {
  /** A decimal as text; null where nothing adds up. */
  readonly somme: string | null;
  readonly termes: number;
  readonly nonCommuniques: number;
}

/** Codes as people write them: `excusé`. */
const filtresDits = (view: AnyView, filters: NonNullable<Question['filters']>): Record<string, string> =>
  Object.fromEntries(
    Object.entries(filters).map(([name, value]) => [
      name,
      codeDit(view.filters?.[name]?.values ?? [], value) ?? value,
    ]),
  );

/** A page of a view. The pages of one answer are all given on the basis of the first. */
export async function readView(registre: Registre, view: AnyView, question: Question): Promise<Reponse> {
  const suivante = question.cursor === undefined ? undefined : restFrom(question.cursor, 1);
  const [gardee] = suivante?.bases ?? [];
  const basis = await resolveBasis(registre, gardee ? { ...question, asOf: gardee.asOf } : question);
  const scope = scopeOf(question, basis);
  const referenceDay = gardee?.referenceDay ?? basis.referenceDay;
  const asked = {
    basis,
    referenceDay,
    ...(scope !== undefined && { scope }),
    ...(question.filters && { filters: filtresDits(view, question.filters) }),
  };
  const totaux = view.totals && totauxDe(await registre.reader.totals(view, asked));
  const rows = await registre.reader.rows(view, {
    ...asked,
    inTime: true,
    ...(question.limit !== undefined && { limit: question.limit + 1 }),
    ...(suivante && { after: suivante.after }),
  });
  const more = question.limit !== undefined && rows.length > question.limit;
  const items = more ? rows.slice(0, question.limit) : rows;
  const next = more
    ? cursorOf({
        bases: [keptBasis(basis, referenceDay)],
        after: registre.reader.endOf(view, items.at(-1)!),
      })
    : null;
  return { basis, items, next, ...(totaux && { totaux }) };
}

const totauxDe = (totals: Readonly<Record<string, Totalled>>): Readonly<Record<string, Total>> =>
  Object.fromEntries(
    Object.entries(totals).map(([name, { sum, terms, missing }]) => [
      name,
      { somme: sum, termes: terms, nonCommuniques: missing },
    ]),
  );

/** One thing. @throws NotFound */
export async function readItem(
  registre: Registre,
  view: AnyView,
  reference: string,
  demande: AskedBasis,
): Promise<{ basis: ResolvedBasis; item: ViewRow }> {
  const basis = await resolveBasis(registre, demande);
  const item = await registre.reader.row(view, reference, {
    basis,
    referenceDay: basis.referenceDay,
    ...(basis.comite && { scope: basis.comite }),
  });
  if (!item)
    throw new NotFound(
      'reference-inconnue',
      `${reference} n’existe pas${demande.asOf ? ` à ${demande.asOf}` : ''}${demande.effectiveAt ? ` au ${demande.effectiveAt}` : ''}.`,
    );
  return { basis, item };
}

export function scopeOf({ comite }: Pick<Question, 'comite'>, basis: ResolvedBasis): string | undefined {
  if (comite !== undefined && !comites.pattern.test(comite))
    throw new InvalidInput([
      { path: 'comite', message: `« ${comite} » n’est pas un comité comme apogee-rof` },
    ]);
  if (comite !== undefined && basis.comite !== null && comite !== basis.comite)
    throw new InvalidInput([
      { path: 'comite', message: `la séance ${basis.seance} limite la réponse à ${basis.comite}` },
    ]);
  return comite ?? basis.comite ?? undefined;
}
