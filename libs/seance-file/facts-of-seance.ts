import { readHistory, type Recorded, standingAmong } from '../event-sourcing/index.js';
import type { NamedKind } from '../room/index.js';
import type { LienRow } from '../registre/index.js';
import { resolveBasis } from '../registre/index.js';
import { holderOf } from '../registre/index.js';
import { type Registre, viewNamed } from '../registre/index.js';

interface SeanceFact {
  readonly event: Recorded;
  /** What was recorded first in its place. */
  readonly root: Recorded;
}

/** The facts that stand and were said at a séance: its own, and those of other things that name it. */
export async function factsOfSeance(registre: Registre, seance: string): Promise<SeanceFact[]> {
  const basis = await resolveBasis(registre, {});
  const rows = (await registre.reader.rows(viewNamed('liens'), {
    basis,
    referenceDay: basis.referenceDay,
    filters: { vers: seance },
  })) as unknown as LienRow[];
  const facts: SeanceFact[] = [];
  // What a part of a thing says stands in the history of the thing.
  const holders = new Map(
    [seance, ...rows.map(({ de }) => de)].flatMap((de) => {
      const held = holderOf(de);
      return held ? [[held.holder, held.kind] as const] : [];
    }),
  );
  for (const [reference, kind] of holders) {
    const standing = standingAmong(await readHistory(registre.store, kind, reference));
    for (const event of standing.list())
      if (reference === seance || names(kind, event, reference, seance))
        facts.push({ event, root: standing.originOf(event) });
  }
  return facts;
}

const names = ({ facts }: NamedKind, { type, data }: Recorded, reference: string, seance: string): boolean =>
  facts[type]?.links?.(data, reference).some(({ to }) => to === seance) ?? false;
