import {
  amendmentIn,
  type AnyCatalogue,
  categoryOf,
  commandIdFrom,
  ConcurrencyConflict,
  type Handled,
  type Instruction,
  InvalidInput,
  readHistory,
  type Recorded,
  recordedOf,
  referenceOf,
  Refusal,
  type Standing,
  standingAmong,
} from '../event-sourcing/index.js';
import { comiteKind, isDating, personneKind, seanceKind } from '../copil/index.js';
import {
  aujourdhui,
  consequences,
  holderOf,
  kindOf,
  type LienRow,
  nomDe,
  phrase,
  type Registre,
  type ResolvedBasis,
  resolveBasis,
  viewNamed,
} from '../registre/index.js';
import type { NamedKind } from '../room/index.js';
import { comiteDe, type DateFloue } from '../words/index.js';
import { factsOfSeance } from './facts-of-seance.js';
import { actsOf, type ImportOptions } from './import.js';

export interface ImportAnnule {
  readonly fichier: string;
  readonly seance: string;
  readonly handled: Handled;
  /** What goes: each fact as it stood. */
  readonly retires: readonly Retire[];
  /** What the file recorded and others use since: it stays, by name. */
  readonly laisses: readonly string[];
}

interface Retire {
  readonly evenement: string;
  readonly sentence: string;
}

export interface WithdrawalOptions extends Omit<ImportOptions, 'sources'> {
  readonly motif: string;
}

/** A stream of which something goes, and what goes of it. */
interface Touched {
  readonly kind: NamedKind;
  readonly reference: string;
  /** The last revision that was read. */
  readonly last: number;
  readonly standing: Standing<Recorded>;
  /** What takes a place today, with how far down its corrections it goes. */
  readonly gone: Map<Recorded, number>;
}

/**
 * Annuls in one append all that a file recorded, in reverse order: it may then be imported again. What others use since
 * of the committee and its people stays. Nothing goes where anything else rests on it.
 * @throws Refusal naming all that rests on it @throws InvalidInput
 */
export async function annulerImport(
  registre: Registre,
  name: string,
  text: string,
  options: WithdrawalOptions,
): Promise<ImportAnnule> {
  for (let attempt = 1; ; attempt += 1)
    try {
      return await annulerTelQuel(registre, name, text, options);
    } catch (error) {
      // What rests on it was looked for in what has gone on since.
      if (!(error instanceof ConcurrencyConflict) || attempt === ATTEMPTS) throw error;
    }
}

const ATTEMPTS = 5;

async function annulerTelQuel(
  registre: Registre,
  name: string,
  text: string,
  { motif, dryRun = false, ...options }: WithdrawalOptions,
): Promise<ImportAnnule> {
  const { acts, entete } = await actsOf(registre, name, text, options);
  const { seance, author } = entete;
  const rectificatif = entete.amends?.motif;
  const found = await foundOf(registre, acts, rectificatif !== undefined);
  const basis = await resolveBasis(registre, {});
  const jours = await joursDe(registre, seance, entete.statedOn);
  const touched = await touchedBy(registre, found.filter(isOf(jours)), seance, rectificatif);
  const laisses = await laisserCeQuiSert(registre, basis, seance, touched);
  if (touched.every(({ gone }) => gone.size === 0))
    throw new InvalidInput([
      { path: 'fichier', message: `rien de ce que dit ${name} n’est enregistré : il n’y a rien à annuler` },
    ]);
  const reste = [
    ...(await quiReposeSur(registre, basis, touched)),
    ...(rectificatif !== undefined ? [] : await ditEnSeance(registre, seance, touched)),
    ...(await closesDepuis(registre, basis, seance, touched)),
  ];
  if (reste.length > 0)
    throw new Refusal(
      'import-engage',
      `L’import de ${seance} ne s’annule plus, d’autres faits reposent dessus : ${reste.join(' ; ')}. ` +
        'Ce qui est faux se rectifie (rectificatif) ou s’annule un fait après l’autre.',
      { reposent: reste },
    );
  const amends = entete.amends && { ...entete.amends, motif };
  const instructions = annulments(touched, { seance, author, motif, amends });
  const handled = await registre.execute(instructions, { dryRun, attempts: 1 });
  const retires = touched
    .flatMap(({ gone }) => [...gone.keys()])
    .map((event) => ({ evenement: nomDe(event), sentence: phrase(event) ?? `(${event.type})` }));
  return { fichier: name, seance, handled, retires, laisses };
}

/** What the log holds of what a file says: as it was said first, and as it was said again since. */
async function foundOf(
  { store }: Registre,
  acts: readonly Instruction[],
  amends: boolean,
): Promise<readonly Recorded[]> {
  const how = { consequences, today: aujourdhui() };
  const found = await recordedOf(store, acts, how);
  if (amends) return found;
  const first = acts.map(({ asKnown: _, ...act }) => act);
  return [...found, ...(await recordedOf(store, first, how))];
}

/** The days that a séance was said to have, as of which its files spoke. */
async function joursDe({ store }: Registre, seance: string, statedOn: string): Promise<ReadonlySet<string>> {
  const events = await readHistory(store, seanceKind, seance);
  const datings = events.filter(isDating) as unknown as { data: { jour: DateFloue } }[];
  return new Set([statedOn, ...datings.flatMap(({ data }) => data.jour.auPlusTard ?? [])]);
}

/** Of the committee and its people, the files of all séances say the same: what goes is what this one said first. */
const isOf =
  (jours: ReadonlySet<string>) =>
  ({ stream, metadata }: Recorded): boolean =>
    ![comiteKind, personneKind].some(({ category }) => category === categoryOf(stream)) ||
    jours.has(metadata.statedOn);

/**
 * Of each thing, what a file said of it and stands.
 * @param rectificatif the reason of the file, where it amends: only what was said for it then goes
 */
async function touchedBy(
  { store }: Registre,
  found: readonly Recorded[],
  seance: string,
  rectificatif: string | undefined,
): Promise<Touched[]> {
  const touched: Touched[] = [];
  for (const stream of new Set(found.map((event) => event.stream))) {
    const reference = referenceOf(stream);
    const kind = kindOf(reference)!;
    const history = await readHistory(store, kind, reference);
    const standing = standingAmong(history);
    const placesOf = (events: readonly Recorded[]) =>
      new Set(events.map((event) => standing.originOf(event).id));
    const said = placesOf(found.filter((event) => event.stream === stream));
    const opening = standing.opening();
    const opened = opening !== undefined && said.has(standing.originOf(opening).id);
    const gone = new Map<Recorded, number>();
    for (const event of standing.list()) {
      const { id } = standing.originOf(event);
      if (rectificatif !== undefined) {
        const its = history.filter(
          (one) => standing.originOf(one).id === id && amendmentIn(one)?.motif === rectificatif,
        );
        if (said.has(id) && its.length > 0) gone.set(event, its[0]!.revision);
        continue;
      }
      // How its day came about, and that it was amended, goes with the séance.
      const swept = reference === seance && ((opened && isDating(event)) || event.type === 'SeanceRectifiee');
      if (said.has(id) || swept) gone.set(event, 0);
    }
    touched.push({ kind, reference, last: history.at(-1)!.revision, standing, gone });
  }
  return touched;
}

/** What is said of the committee and its people is said for all séances: what others use stays. */
async function laisserCeQuiSert(
  registre: Registre,
  basis: ResolvedBasis,
  seance: string,
  touched: readonly Touched[],
): Promise<string[]> {
  const autres = (await rowsOf(registre, basis, 'seances', seance)).filter(({ reference }) => {
    const its = touched.find((one) => one.reference === reference);
    return reference !== seance && (!its || its.gone.size < its.standing.list().length);
  });
  const servent = new Set(
    autres.flatMap(({ presences, invites }) =>
      [...(presences as Venu[]), ...(invites as Venu[])].flatMap(({ personne, suppleant }) => [
        personne,
        ...(suppleant === undefined ? [] : [suppleant]),
      ]),
    ),
  );
  const laisses: string[] = [];
  const comiteFacts: AnyCatalogue = comiteKind.facts;
  const comite = touched.find(({ kind }) => kind.category === comiteKind.category);
  const rest = () => comite?.standing.list().filter((event) => !comite.gone.has(event)) ?? [];
  const institue = [...(comite?.gone.keys() ?? [])].find(({ type }) => type === 'ComiteInstitue');
  if (institue && (autres.length > 0 || rest().length > 0)) {
    comite!.gone.delete(institue);
    laisses.push(nomDe(institue));
  }
  for (const { type, data } of rest())
    for (const { to } of comiteFacts[type]?.links?.(data, comite!.reference) ?? []) servent.add(to);
  for (const one of touched)
    if (one.kind.category === personneKind.category && servent.has(one.reference)) {
      laisses.push(...[...one.gone.keys()].map(nomDe));
      one.gone.clear();
    }
  return laisses;
}

interface Venu {
  readonly personne: string;
  readonly suppleant?: string;
}

const rowsOf = async (
  registre: Registre,
  basis: ResolvedBasis,
  view: string,
  seance: string,
): Promise<Record<string, unknown>[]> =>
  registre.reader.rows(viewNamed(view), {
    basis,
    referenceDay: basis.referenceDay,
    scope: comiteDe(seance),
  });

/** What was said since of things that would be no more, or of their parts. */
async function quiReposeSur(
  registre: Registre,
  basis: ResolvedBasis,
  touched: readonly Touched[],
): Promise<string[]> {
  const opened = touched.filter(
    ({ standing, gone, kind }) => kind.category !== comiteKind.category && gone.has(standing.opening()!),
  );
  const later = opened.flatMap(({ standing, gone }) =>
    standing
      .list()
      .filter((event) => !gone.has(event))
      .map((event) => `${nomDe(event)} (${event.type})`),
  );
  const going = new Set(touched.flatMap(({ gone }) => [...gone.keys()].map(({ id }) => id)));
  const references = new Set(opened.map(({ reference }) => reference));
  const links = (await rowsOf(registre, basis, 'liens', touched[0]!.reference)) as unknown as LienRow[];
  const linked = links
    .filter(({ de, vers, evenement }) => {
      const holder = holderOf(vers)?.holder ?? vers;
      return references.has(holder) && !going.has(evenement) && !references.has(holderOf(de)?.holder ?? de);
    })
    .map(({ de, vers }) => `${de}, qui se réfère à ${vers}`);
  return [...new Set([...later, ...linked])];
}

/** Where a closing goes, nothing that was said at its séance is left without it. */
async function ditEnSeance(
  registre: Registre,
  seance: string,
  touched: readonly Touched[],
): Promise<string[]> {
  if (!closing(touched, seance)) return [];
  const going = new Set(touched.flatMap(({ gone }) => [...gone.keys()].map(({ id }) => id)));
  return (await factsOfSeance(registre, seance))
    .filter(({ event }) => !going.has(event.id) && !isDating(event))
    .map(({ event }) => `${nomDe(event)} (${event.type})`);
}

const closing = (touched: readonly Touched[], seance: string): Recorded | undefined =>
  touched
    .filter(({ kind, reference }) => kind.category === seanceKind.category && reference === seance)
    .flatMap(({ gone }) => [...gone.keys()])
    .find(({ type }) => type === 'SeanceCloturee');

/** A COPIL that has sat since knew what was said at this one. */
async function closesDepuis(
  registre: Registre,
  basis: ResolvedBasis,
  seance: string,
  touched: readonly Touched[],
): Promise<string[]> {
  const closed = closing(touched, seance);
  if (!closed) return [];
  return (await rowsOf(registre, basis, 'seances', seance))
    .filter(
      ({ cloturePosition }) =>
        cloturePosition !== null && BigInt(cloturePosition as string) > closed.position,
    )
    .map(({ reference }) => `la séance ${String(reference)} s’est tenue depuis`);
}

interface Withdrawal extends Pick<Instruction, 'author' | 'amends'> {
  readonly seance: string;
  readonly motif: string;
}

/** In reverse order of the log; where a fact was corrected, its corrections go before it. */
function annulments(
  touched: readonly Touched[],
  { seance, author, motif, amends }: Withdrawal,
): Instruction[] {
  const going = touched.flatMap(({ kind, reference, last: madeAt, standing, gone }) =>
    [...gone].flatMap(([event, down]) => {
      const { position } = standing.originOf(event);
      const all = chain(standing, event, down);
      return all.map((one, depth) => ({ kind, reference, madeAt, one, position, depth }));
    }),
  );
  return going
    .toSorted((a, b) => (a.position === b.position ? a.depth - b.depth : a.position > b.position ? -1 : 1))
    .map(({ kind, reference, madeAt, one: { id, revision } }) => ({
      id: commandIdFrom('withdrawal', id),
      kind,
      reference,
      does: { correcting: { revision, motif, withdraws: seance } },
      author,
      statedOn: aujourdhui(),
      source: { motif },
      madeAt,
      ...(amends && { amends }),
    }));
}

/** What stands in a place and all that it replaced, the last one first, down to a revision. */
function chain(standing: Standing<Recorded>, event: Recorded, down: number): Recorded[] {
  const all = [event];
  for (let one = event; one.metadata.corrects;) {
    const target = standing.at(one.metadata.corrects.revision);
    if (!target || target.revision < down) break;
    all.push(target);
    one = target;
  }
  return all;
}
