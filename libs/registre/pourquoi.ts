import {
  NotFound,
  type PageEnd,
  readHistory,
  type Recorded,
  standing,
  type ViewRow,
} from '../event-sourcing/index.js';
import type { NamedKind } from '../room/index.js';
import { comiteDe } from '../words/index.js';
import { Explications, type LigneExpliquee } from './rectifications.js';
import type { LienRow } from './liens.js';
import { type AskedBasis, type ResolvedBasis, resolveBasis } from './basis.js';
import { holderOf, kindOf } from './rooms.js';
import { type Registre, viewNamed } from './registre.js';
import { cursorOf, keptBasis, restFrom } from './suite.js';

export interface Fait extends LigneExpliquee {
  /** Whether it stands, or was corrected or annulled since. */
  readonly tient: boolean;
}

export interface Noeud {
  readonly reference: string;
  /** How the former thing in the chain is linked to this one; null for the thing asked about. */
  readonly role: string | null;
  /** The same in words, in the direction in which the chain is followed. */
  readonly lien: string | null;
  readonly faits: readonly Fait[];
  readonly liens: readonly Noeud[];
  /** Shown higher up in the chain already. */
  readonly dejaVu: boolean;
  /** There are others behind it, which a question about itself would show. */
  readonly suite: boolean;
}

export interface PourquoiDemande extends AskedBasis {
  /** All that the thing caused, instead of all that led to it. */
  readonly impact?: boolean | undefined;
  /** How many links of the thing itself are followed at most. */
  readonly limit?: number | undefined;
  readonly cursor?: string | undefined;
}

export interface Chaine {
  readonly basis: ResolvedBasis;
  readonly racine: Noeud;
  /** What to give as `cursor` for the other links of the thing. */
  readonly next: string | null;
}

/** What one answer holds at most, whatever hangs together. */
const BOUNDS = { links: 50, nodes: 500, depth: 24, milliseconds: 5000 };

/**
 * The chain of events and things behind a thing, or with `impact` all that refers to it: as much of it as one
 * answer holds.
 * @throws NotFound
 */
export async function pourquoi(
  registre: Registre,
  reference: string,
  demande: PourquoiDemande,
): Promise<Chaine> {
  const suivante = demande.cursor === undefined ? undefined : restFrom(demande.cursor, 1);
  const [gardee] = suivante?.bases ?? [];
  const basis = await resolveBasis(registre, gardee ? { ...demande, asOf: gardee.asOf } : demande);
  const view = viewNamed('liens');
  const deadline = performance.now() + BOUNDS.milliseconds;
  const seen = new Set<string>();
  let next: string | null = null;
  const edges = async (from: string, limit: number, after?: PageEnd): Promise<LienRow[]> =>
    (await registre.reader.rows(view, {
      basis,
      referenceDay: basis.referenceDay,
      filters: demande.impact ? { vers: from } : { de: from },
      limit,
      ...(basis.comite && { scope: basis.comite }),
      ...(after && { after }),
    })) as unknown as LienRow[];
  const visit = async (one: string, row: LienRow | null, depth: number): Promise<Noeud> => {
    const role = row?.role ?? null;
    const lien = row && enMots(row, demande.impact ?? false);
    const dejaVu = seen.has(one);
    seen.add(one);
    const isRoot = role === null;
    const milestones = isRoot ? undefined : kindOf(one)?.milestones;
    const faits = dejaVu ? [] : await faitsDe(registre, one, basis, milestones);
    const noeud = { reference: one, role, lien, faits, dejaVu };
    if (dejaVu || milestones) return { ...noeud, liens: [], suite: false };
    const limit = isRoot ? (demande.limit ?? BOUNDS.links) : BOUNDS.links;
    const rows = await edges(one, limit + 1, isRoot ? suivante?.after : undefined);
    const liens: Noeud[] = [];
    for (const edge of rows.slice(0, limit)) {
      const isFull =
        seen.size >= BOUNDS.nodes || depth >= BOUNDS.depth || (!isRoot && performance.now() > deadline);
      if (isFull) break;
      liens.push(await visit(demande.impact ? edge.de : edge.vers, edge, depth + 1));
    }
    const rest = rows.length > liens.length;
    const last = rows[liens.length - 1] as unknown as ViewRow | undefined;
    if (isRoot && rest && last)
      next = cursorOf({ bases: [keptBasis(basis)], after: registre.reader.endOf(view, last) });
    return { ...noeud, liens, suite: rest && !isRoot };
  };
  const racine = await visit(reference, null, 0);
  const ailleurs = basis.comite !== null && comiteDe(reference) !== basis.comite;
  if (racine.faits.length === 0 || ailleurs)
    throw new NotFound('reference-inconnue', `${reference} n’a pas d’histoire dans le journal à ce moment.`);
  return { basis, racine, next };
}

/** From the thing that refers to the other one, or back. */
function enMots({ de, role }: LienRow, back: boolean): string {
  const words = holderOf(de)?.kind.roles?.[role];
  return words?.[back ? 1 : 0] ?? role;
}

/** The events of a thing known on a basis. An agenda item's are those of its séance that name it. */
async function faitsDe(
  registre: Registre,
  reference: string,
  basis: ResolvedBasis,
  milestones?: readonly string[],
): Promise<Fait[]> {
  const held = holderOf(reference);
  if (!held) return [];
  const { kind, holder, part } = held;
  const known = (await readHistory(registre.store, kind, holder)).filter(
    ({ position }) => position <= basis.position,
  );
  const stands = new Set(standing(known, { annulments: true }).map(({ id }) => id));
  const explications = new Explications(registre);
  const told = known
    .filter(({ type }) => milestones === undefined || milestones.includes(type))
    .filter(({ metadata }) => basis.effectiveOn === undefined || metadata.effectiveOn <= basis.effectiveOn)
    .filter((event) => part === undefined || isAbout(kind, event, [part, reference]));
  return Promise.all(
    told.map(async (event) => ({ ...(await explications.de(event)), tient: stands.has(event.id) })),
  );
}

/** Of a part, the facts that are about it: under its whole reference, or under what is its own. */
const isAbout = ({ facts }: NamedKind, { type, data }: Recorded, names: readonly string[]): boolean =>
  (facts[type]?.identity ?? []).some((field) => names.includes((data as Record<string, string>)[field]!));
