import type { AnyView, RowVersion, ViewRow } from '../event-sourcing/index.js';
import { digest, InvalidInput, isStray } from '../event-sourcing/index.js';
import { type Ligne, ligneDe } from './journal.js';
import { scopeOf } from './lecture.js';
import { type PointResolu, resoudrePoint } from './point.js';
import type { Registre } from './registre.js';

export interface Champ {
  readonly champ: string;
  readonly avant: unknown;
  readonly apres: unknown;
  /** The event that brought the present value; null where it is none (a computed field). */
  readonly evenement: Pick<Ligne, 'evenement' | 'position' | 'author' | 'statedOn' | 'sentence'> | null;
}

export interface Differences {
  readonly from: PointResolu;
  readonly to: PointResolu;
  readonly ajoutes: readonly { reference: string; item: ViewRow; evenement: Champ['evenement'] }[];
  readonly changes: readonly { reference: string; item: ViewRow; champs: readonly Champ[] }[];
  readonly retires: readonly { reference: string; item: ViewRow; evenement: Champ['evenement'] }[];
}

export interface DiffDemande {
  readonly from: string;
  readonly to?: string | undefined;
  readonly effectiveAt?: string | undefined;
  readonly comite?: string | undefined;
}

/** What became known of a view between two points: added, changed field by field, withdrawn. */
export async function diff(registre: Registre, view: AnyView, demande: DiffDemande): Promise<Differences> {
  const { effectiveAt } = demande;
  const from = await resoudrePoint(registre, { asOf: demande.from, effectiveAt });
  const to = await resoudrePoint(registre, { asOf: demande.to, effectiveAt });
  if (from.position > to.position)
    throw new InvalidInput([
      { path: 'from', message: `${demande.from} vient après ${demande.to ?? 'maintenant'} : échangez-les` },
    ]);
  if (from.comite && to.comite && from.comite !== to.comite)
    throw new InvalidInput([{ path: 'to', message: 'les deux séances ne sont pas du même comité' }]);
  const scope = scopeOf(demande, to.comite ? to : from);
  const ask = (point: PointResolu) => ({
    point,
    referenceDay: point.referenceDay,
    ...(scope !== undefined && { scope }),
  });
  const before = byReference(await registre.reader.rows(view, ask(from)));
  const after = byReference(await registre.reader.rows(view, ask(to)));
  const touched = [...new Set([...before.keys(), ...after.keys()])].filter(
    (key) => digest(before.get(key)) !== digest(after.get(key)),
  );
  const versions = await registre.reader.versions(view, touched, from.position, ask(to));
  const events = await eventsAt(registre, versions, to.position);
  const endOf = (key: string) =>
    events.get(versions.findLast((one) => one.key === key)?.knownTo ?? -1n) ?? null;

  const result = { from, to, ajoutes: [], changes: [], retires: [] } as unknown as {
    -readonly [K in keyof Differences]: Differences[K] extends readonly (infer T)[] ? T[] : Differences[K];
  };
  for (const key of touched) {
    const [old, item] = [before.get(key), after.get(key)];
    const own = versions.filter((one) => one.key === key && one.knownFrom > from.position);
    if (old && item) result.changes.push({ reference: key, item, champs: champsOf(old, item, own, events) });
    else if (item)
      result.ajoutes.push({ reference: key, item, evenement: events.get(own[0]?.knownFrom ?? -1n) ?? null });
    else result.retires.push({ reference: key, item: old!, evenement: endOf(key) });
  }
  return result;
}

const byReference = (rows: readonly ViewRow[]): Map<string, ViewRow> =>
  new Map(rows.map((row) => [row.reference, row]));

function champsOf(
  old: ViewRow,
  item: ViewRow,
  versions: readonly RowVersion[],
  events: ReadonlyMap<bigint, NonNullable<Champ['evenement']>>,
): Champ[] {
  return Object.keys(item)
    .filter((champ) => digest(old[champ]) !== digest(item[champ]))
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
  for (const position of positions) {
    const event = await store.eventAt(position);
    if (!event || isStray(event)) continue;
    const { evenement, author, statedOn, sentence, position: text } = ligneDe(event);
    events.set(position, { evenement, position: text, author, statedOn, sentence });
  }
  return events;
}
