import {
  amendmentIn,
  ANNULMENT,
  categoryOf,
  EFFECTIVE_DAY,
  fieldDifferences,
  type Fact,
  isStray,
  type Logged,
  ours,
  readFact,
  type Recorded,
} from '../event-sourcing/index.js';
import { citer, jourEnFrancais, sansPoint } from '../words/index.js';
import { type ResolvedBasis, resolveBasis } from './basis.js';
import { nomDe } from './corrections.js';
import { type Ligne, ligneDe, phrase } from './journal.js';
import { kinds } from './rooms.js';
import type { Registre } from './registre.js';

/** One field that a correction changed. */
export interface Changement {
  readonly champ: string;
  readonly avant: unknown;
  readonly apres: unknown;
}

/** An event with what it did to others: why, and what it changed. */
export interface LigneExpliquee extends Ligne {
  /** Of a correction, an annulment or an amendment. */
  readonly motif: string | null;
  readonly change: readonly Changement[];
  /** What stands again since an annulment was annulled, by name. */
  readonly retablit: string | null;
}

/** What corrections did, read from their streams: each is read once. */
export class Explications {
  private readonly streams = new Map<string, Promise<readonly Recorded[]>>();

  constructor(private readonly registre: Registre) {}

  async de(logged: Logged): Promise<LigneExpliquee> {
    const ligne = ligneDe(logged);
    if (isStray(logged)) return { ...ligne, motif: null, change: [], retablit: null };
    const { corrects, source, effectiveOn } = logged.metadata;
    const { motif } = (source ?? {}) as { readonly motif?: string };
    const amendment = amendmentIn(logged);
    const dit = logged.type === ANNULMENT ? (logged.data as { motif: string }).motif : motif;
    const why = corrects ? (dit ?? amendment?.motif) : amendment?.motif;
    const rien = { ...ligne, motif: why ?? null, change: [], retablit: null };
    const target = corrects && (await this.at(logged.stream, corrects.revision));
    // The fact may say its reason itself.
    if (!target)
      return (logged.data as { motif?: string }).motif === why
        ? rien
        : { ...rien, sentence: remplace(rien, []) };
    if (logged.type !== ANNULMENT) {
      const jour = target.metadata.effectiveOn;
      const change = [
        ...changements(target, logged),
        ...(jour === effectiveOn ? [] : [{ champ: EFFECTIVE_DAY, avant: jour, apres: effectiveOn }]),
      ];
      return { ...rien, change, sentence: remplace(rien, change) };
    }
    const original =
      target.metadata.corrects && (await this.at(logged.stream, target.metadata.corrects.revision));
    if (!original)
      return {
        ...rien,
        sentence: `L’événement ${ligne.corrige} est annulé : ${motifEnClair(why)}. Il disait : ${dire(target)}`,
      };
    const retablit = nomDe(original);
    const quoi =
      target.type === ANNULMENT
        ? `L’annulation ${ligne.corrige} est levée`
        : `La correction ${ligne.corrige} est annulée`;
    return {
      ...rien,
      retablit,
      sentence: `${quoi} : ${motifEnClair(why)}. ${retablit} tient à nouveau : ${dire(original)}`,
    };
  }

  private async at(stream: string, revision: number): Promise<Recorded | undefined> {
    const known = this.streams.get(stream) ?? this.registre.store.readStream(stream).then(ours);
    this.streams.set(stream, known);
    const event = (await known).find((one) => one.revision === revision);
    const kind = kinds.find(({ category }) => category === categoryOf(stream));
    return event && kind ? (readFact(kind.facts, event) ?? event) : event;
  }
}

const dire = (event: Recorded): string => phrase(event) ?? `(${event.type})`;

const motifEnClair = (motif: string | null | undefined): string => sansPoint(motif ?? 'sans motif');

/** Of a date, its words; else the leaves that differ. */
function changements(avant: Fact, apres: Fact): Changement[] {
  const changed = fieldDifferences(avant.data, apres.data);
  const dates = new Set(changed.flatMap(({ field }) => /^(.+)\.auPlusT(?:ot|ard)$/.exec(field)?.[1] ?? []));
  const said = changed.map(({ field, recorded, given }) => ({
    champ: field,
    avant: recorded ?? null,
    apres: given ?? null,
  }));
  return said.filter(({ champ }) => {
    const date = [...dates].find((one) => champ.startsWith(`${one}.`));
    return date === undefined || /\.(texte|auPlusTot|auPlusTard)$/.test(champ);
  });
}

const valeur = (value: unknown): string =>
  value === null
    ? 'rien'
    : typeof value !== 'string'
      ? JSON.stringify(value)
      : /^\d{4}-\d{2}-\d{2}$/.test(value)
        ? jourEnFrancais(value)
        : citer(value);

/** In words; of a date whose words changed, these alone. */
function changeEnClair(change: readonly Changement[]): string {
  const borne = /\.auPlusT(?:ot|ard)$/;
  const dates = new Set(
    change.filter(({ champ }) => borne.test(champ)).map(({ champ }) => champ.replace(borne, '')),
  );
  const dites = new Set([...dates].filter((date) => change.some(({ champ }) => champ === `${date}.texte`)));
  return change
    .filter(({ champ }) => !(borne.test(champ) && dites.has(champ.replace(borne, ''))))
    .map(({ champ, avant, apres }) => {
      const date = champ.replace(/\.texte$/, '');
      return `${dites.has(date) ? date : champ} : ${valeur(avant)} → ${valeur(apres)}`;
    })
    .join(' ; ');
}

const remplace = ({ sentence, motif }: LigneExpliquee, change: readonly Changement[]): string =>
  [
    sentence,
    ...(motif === null ? [] : [`Motif : ${motifEnClair(motif)}.`]),
    ...(change.length > 0 ? [`Ce qui change : ${changeEnClair(change)}.`] : []),
  ].join(' ');

export interface Rectifications {
  readonly from: ResolvedBasis;
  readonly to: ResolvedBasis;
  readonly items: readonly LigneExpliquee[];
  /** What to give as `after` for the rest. */
  readonly next: string | null;
}

export interface RectificationsDemande {
  readonly from?: string | undefined;
  readonly to?: string | undefined;
  readonly comite?: string | undefined;
  readonly after?: bigint | undefined;
  /** At most so many; absent: all. */
  readonly limit?: number | undefined;
}

const PAGE = 500;

/** All that was corrected, annulled or amended after one point and up to another, in the order in which it was recorded. */
export async function rectifications(
  registre: Registre,
  { from: depuis, to: jusqua, comite, after, limit = Infinity }: RectificationsDemande,
): Promise<Rectifications> {
  await registre.logWatch.requireLog();
  const to = await resolveBasis(registre, { asOf: jusqua });
  const from =
    depuis === undefined
      ? { ...to, position: 0n, seance: null, rectificatifs: [] }
      : await resolveBasis(registre, { asOf: depuis });
  const explications = new Explications(registre);
  const items: LigneExpliquee[] = [];
  const scope = comite ?? to.comite ?? from.comite;
  let position = after ?? from.position;
  for (;;) {
    const page = await registre.store.readAll(position, PAGE);
    for (const event of page) {
      if (event.position > to.position) return { from, to, items, next: null };
      if (!rectifie(event) || !isOf(event, scope)) continue;
      if (items.length === limit) return { from, to, items, next: items.at(-1)!.position };
      items.push(await explications.de(event));
    }
    if (page.length === 0) return { from, to, items, next: null };
    position = page.at(-1)!.position;
  }
}

/** What a command brought along to its own day was put right by nobody. */
function rectifie(event: Logged): event is Recorded {
  if (isStray(event)) return false;
  const { corrects, source } = event.metadata;
  const isSaid = event.type === ANNULMENT || (source as { motif?: string } | undefined)?.motif !== undefined;
  return (corrects !== undefined && isSaid) || amendmentIn(event) !== undefined;
}

const isOf = ({ stream }: Logged, scope: string | null | undefined): boolean => {
  if (scope === null || scope === undefined) return true;
  const reference = stream.slice(stream.indexOf('-') + 1);
  return reference === scope || reference.startsWith(`${scope}/`);
};
