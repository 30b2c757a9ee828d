import { NotFound, readHistory, standing } from '../event-sourcing/index.js';
import { comiteDe } from '../faits/index.js';
import { type Ligne, ligneDe } from './journal.js';
import type { LienRow } from './liens.js';
import { type PointDemande, type PointResolu, resoudrePoint } from './point.js';
import { kindOf } from './rooms.js';
import { type Registre, viewNamed } from './registre.js';

export interface Fait extends Ligne {
  /** Whether it stands, or was corrected or annulled since. */
  readonly tient: boolean;
}

export interface Noeud {
  readonly reference: string;
  /** How the former thing in the chain is linked to this one; null for the thing asked about. */
  readonly role: string | null;
  readonly faits: readonly Fait[];
  readonly liens: readonly Noeud[];
  /** Shown higher up in the chain already. */
  readonly dejaVu: boolean;
}

export interface PourquoiDemande extends PointDemande {
  /** All that the thing caused, instead of all that led to it. */
  readonly impact?: boolean | undefined;
}

/** The chain of events and things behind a thing, or with `impact` all that refers to it. @throws NotFound */
export async function pourquoi(
  registre: Registre,
  reference: string,
  demande: PourquoiDemande,
): Promise<{ point: PointResolu; racine: Noeud }> {
  const point = await resoudrePoint(registre, demande);
  const seen = new Set<string>();
  const edges = async (from: string): Promise<{ role: string; to: string }[]> => {
    const filter: Record<string, string> = demande.impact ? { vers: from } : { de: from };
    const rows = (await registre.reader.rows(viewNamed('liens'), {
      point,
      referenceDay: point.referenceDay,
      filters: filter,
      ...(point.comite && { scope: point.comite }),
    })) as unknown as LienRow[];
    return rows.map(({ de, role, vers }) => ({ role, to: demande.impact ? de : vers }));
  };
  const visit = async (one: string, role: string | null): Promise<Noeud> => {
    const dejaVu = seen.has(one);
    seen.add(one);
    const milestones = role === null ? undefined : kindOf(one)?.milestones;
    const faits = dejaVu ? [] : await faitsDe(registre, one, point, milestones);
    const liens: Noeud[] = [];
    if (!dejaVu && !milestones)
      for (const { role: next, to } of await edges(one)) liens.push(await visit(to, next));
    return { reference: one, role, faits, liens, dejaVu };
  };
  const racine = await visit(reference, null);
  const ailleurs = point.comite !== null && comiteDe(reference) !== point.comite;
  if (racine.faits.length === 0 || ailleurs)
    throw new NotFound('reference-inconnue', `${reference} n’a pas d’histoire dans le journal à ce point.`);
  return { point, racine };
}

/** The events of a thing known at a point. An agenda item's are those of its séance that name it. */
async function faitsDe(
  { store }: Registre,
  reference: string,
  point: PointResolu,
  milestones?: readonly string[],
): Promise<Fait[]> {
  const [holder, part] = holderOf(reference);
  const kind = kindOf(holder);
  if (!kind) return [];
  const known = (await readHistory(store, kind, holder)).filter(({ position }) => position <= point.position);
  const stands = new Set(standing(known, { annulments: true }).map(({ id }) => id));
  return known
    .filter(({ type }) => milestones === undefined || milestones.includes(type))
    .filter(({ metadata }) => point.effectiveOn === undefined || metadata.effectiveOn <= point.effectiveOn)
    .filter(({ data }) => part === undefined || Object.values(data).includes(part))
    .map((event) => ({ ...ligneDe(event), tient: stands.has(event.id) }));
}

/** `apogee-rof/2/P4.2` lives in `apogee-rof/2` as `P4.2`, a mandate in its committee under its full name. */
function holderOf(reference: string): [string, string?] {
  const parts = reference.split('/');
  if (/^P\d/.test(parts[2] ?? '')) return [parts.slice(0, 2).join('/'), parts[2]!];
  if (/^M\d/.test(parts[1] ?? '')) return [comiteDe(reference), reference];
  return [reference];
}
