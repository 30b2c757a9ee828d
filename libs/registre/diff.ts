import type {
  AnyView,
  PageEnd,
  ReferenceDay,
  RowVersion,
  ViewQuery,
  ViewRow,
} from '../event-sourcing/index.js';
import { digest, InvalidInput, isStray } from '../event-sourcing/index.js';
import { columnsOf } from '../room/index.js';
import { type Ligne, ligneDe } from './journal.js';
import { scopeOf } from './lecture.js';
import { type ResolvedBasis, resolveBasis } from './basis.js';
import type { Registre } from './registre.js';
import { cursorOf, keptBasis, restFrom } from './suite.js';

export interface Champ {
  readonly champ: string;
  readonly avant: unknown;
  readonly apres: unknown;
  /** The event that brought the present value; null where it is none (a computed field). */
  readonly evenement: Pick<Ligne, 'evenement' | 'position' | 'author' | 'statedOn' | 'sentence'> | null;
}

export interface Differences {
  readonly from: ResolvedBasis;
  readonly to: ResolvedBasis;
  readonly ajoutes: readonly { reference: string; item: ViewRow; evenement: Champ['evenement'] }[];
  readonly changes: readonly { reference: string; item: ViewRow; champs: readonly Champ[] }[];
  readonly retires: readonly { reference: string; item: ViewRow; evenement: Champ['evenement'] }[];
  /** What to give as `cursor` for the rest; there may be one after a page without any difference. */
  readonly next: string | null;
}

export interface DiffDemande {
  readonly from: string;
  readonly to?: string | undefined;
  readonly effectiveAt?: string | undefined;
  readonly comite?: string | undefined;
  /** Differences at most; absent: all. */
  readonly limit?: number | undefined;
  readonly cursor?: string | undefined;
}

/** How many rows of each basis are compared at once. */
const WINDOW = 500;
/** A page ends when it took that long, however many rows it came by. */
const PAGE_MILLISECONDS = 2000;
const EVENTS_AT_ONCE = 16;

/** What became known of a view between two bases: added, changed field by field, withdrawn. */
export async function diff(registre: Registre, view: AnyView, demande: DiffDemande): Promise<Differences> {
  const { effectiveAt, limit = Infinity } = demande;
  const suivante = demande.cursor === undefined ? undefined : restFrom(demande.cursor, 2);
  const [gardeFrom, gardeTo] = suivante?.bases ?? [];
  const from = await resolveBasis(registre, { asOf: gardeFrom?.asOf ?? demande.from, effectiveAt });
  const to = await resolveBasis(registre, { asOf: gardeTo?.asOf ?? demande.to, effectiveAt });
  if (from.position > to.position)
    throw new InvalidInput([
      { path: 'from', message: `${demande.from} vient après ${demande.to ?? 'maintenant'} : échangez-les` },
    ]);
  if (from.comite && to.comite && from.comite !== to.comite)
    throw new InvalidInput([{ path: 'to', message: 'les deux séances ne sont pas du même comité' }]);
  const scope = scopeOf(demande, to.comite ? to : from);
  const ask = (basis: ResolvedBasis, kept: { referenceDay: ReferenceDay } | undefined): ViewQuery => ({
    basis,
    referenceDay: kept?.referenceDay ?? basis.referenceDay,
    ...(scope !== undefined && { scope }),
  });
  const sides = { before: ask(from, gardeFrom), after: ask(to, gardeTo) };
  const { touched, end } = await touchedAfter(registre, view, sides, suivante?.after, limit);
  const keys = touched.map(({ key }) => key);
  const versions = await registre.reader.versions(view, keys, from.position, sides.after);
  const events = await eventsAt(registre, versions, to.position);
  const own = new Map<string, RowVersion[]>(keys.map((key) => [key, []]));
  for (const version of versions) own.get(version.key)!.push(version);
  const endOf = (key: string) => events.get(own.get(key)?.at(-1)?.knownTo ?? -1n) ?? null;

  const result: { -readonly [K in 'ajoutes' | 'changes' | 'retires']: Differences[K][number][] } = {
    ajoutes: [],
    changes: [],
    retires: [],
  };
  for (const { key, old, item } of touched) {
    const fresh = (own.get(key) ?? []).filter(({ knownFrom }) => knownFrom > from.position);
    if (old && item)
      result.changes.push({ reference: key, item, champs: champsOf(view, old, item, fresh, events) });
    else if (item)
      result.ajoutes.push({
        reference: key,
        item,
        evenement: events.get(fresh[0]?.knownFrom ?? -1n) ?? null,
      });
    else result.retires.push({ reference: key, item: old!, evenement: endOf(key) });
  }
  const bases = [keptBasis(from, sides.before.referenceDay), keptBasis(to, sides.after.referenceDay)];
  return { from, to, ...result, next: end ? cursorOf({ bases, after: end }) : null };
}

interface Touched {
  readonly key: string;
  readonly old: ViewRow | undefined;
  readonly item: ViewRow | undefined;
}

/** The keys that differ, in their order, window by window; and where to go on, if not all were seen. */
async function touchedAfter(
  { reader }: Registre,
  view: AnyView,
  sides: { readonly before: ViewQuery; readonly after: ViewQuery },
  begin: PageEnd | undefined,
  limit: number,
): Promise<{ touched: readonly Touched[]; end: PageEnd | undefined }> {
  const deadline = limit === Infinity ? Infinity : performance.now() + PAGE_MILLISECONDS;
  const touched: Touched[] = [];
  for (let after = begin; ;) {
    const page = { limit: WINDOW, ...(after && { after }) };
    const rows = await Promise.all(
      [sides.before, sides.after].map((side) => reader.rows(view, { ...side, ...page })),
    );
    // Beyond the end of a full window nobody knows what that side holds.
    const ends = rows
      .filter(({ length }) => length === WINDOW)
      .map((full) => reader.endOf(view, full.at(-1)!))
      .toSorted(byPlace);
    const [end] = ends;
    const [before, now] = rows.map((side) => new Map(side.map((row) => [row.reference, row])));
    const places = [...new Set([...before!.keys(), ...now!.keys()])]
      .map((key) => reader.endOf(view, { reference: key }))
      .filter((place) => !end || byPlace(place, end) <= 0)
      .toSorted(byPlace);
    for (const place of places) {
      const { key } = place;
      const [old, item] = [before!.get(key), now!.get(key)];
      if (digest(old) === digest(item)) continue;
      touched.push({ key, old, item });
      const isLast = !end && place === places.at(-1);
      if (touched.length === limit) return { touched, end: isLast ? undefined : place };
    }
    if (!end || performance.now() > deadline) return { touched, end };
    after = end;
  }
}

/** As the database orders keys: byte by byte. */
const byPlace = (a: PageEnd, b: PageEnd): number =>
  Buffer.compare(Buffer.from(a.sortKey), Buffer.from(b.sortKey)) ||
  Buffer.compare(Buffer.from(a.key), Buffer.from(b.key));

/** The columns that say by themselves what changed: what only follows from another that changed is not told again. */
function champsOf(
  view: AnyView,
  old: ViewRow,
  item: ViewRow,
  versions: readonly RowVersion[],
  events: ReadonlyMap<bigint, NonNullable<Champ['evenement']>>,
): Champ[] {
  const columns = columnsOf(view);
  const changed = Object.keys(item).filter((champ) => digest(old[champ]) !== digest(item[champ]));
  return changed
    .filter((champ) => !columns[champ]?.from?.some((other) => changed.includes(other)))
    .map((champ) => {
      const steps = [{ row: old, knownFrom: -1n }, ...versions];
      const bringing = steps.findLast(
        ({ row }, index) => index > 0 && digest(row[champ]) !== digest(steps[index - 1]!.row[champ]),
      );
      return {
        champ,
        avant: old[champ],
        apres: item[champ],
        evenement: events.get(bringing?.knownFrom ?? -1n) ?? null,
      };
    });
}

async function eventsAt(
  { store, logWatch }: Registre,
  versions: readonly RowVersion[],
  upTo: bigint,
): Promise<Map<bigint, NonNullable<Champ['evenement']>>> {
  // The views tell what changed; by which event, only the log.
  if (await logWatch.isAway()) return new Map();
  const positions = new Set(
    versions.flatMap(({ knownFrom, knownTo }) => (knownTo <= upTo ? [knownFrom, knownTo] : [knownFrom])),
  );
  const events = new Map<bigint, NonNullable<Champ['evenement']>>();
  const ordered = [...positions];
  for (let from = 0; from < ordered.length; from += EVENTS_AT_ONCE)
    await Promise.all(
      ordered.slice(from, from + EVENTS_AT_ONCE).map(async (position) => {
        const event = await store.eventAt(position);
        if (!event || isStray(event)) return;
        const { evenement, author, statedOn, sentence, position: text } = ligneDe(event);
        events.set(position, { evenement, position: text, author, statedOn, sentence });
      }),
    );
  return events;
}
