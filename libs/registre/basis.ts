import { z } from 'zod';
import {
  type Day,
  DiskFull,
  InvalidInput,
  type Basis,
  NotFound,
  type Recorded,
  type ReferenceDay,
  Refusal,
  requireInput,
  standingAmong,
  StoreUnavailable,
} from '../event-sourcing/index.js';
import { comiteDe, jour, jourExiste, seance as seances } from '../words/index.js';
import { aujourdhui, type Registre, viewNamed } from './registre.js';
import { historyOfSeance, stateOfSeance } from './seances.js';

/** A basis as people name it, resolved. */
export interface ResolvedBasis extends Basis {
  /** The séance that named it. */
  readonly seance: string | null;
  /** The committee to which a séance limits the answer. */
  readonly comite: string | null;
  /** How that séance was amended since: told beside the answer, of which it is no part. */
  readonly rectificatifs: readonly Rectificatif[];
  /** The day on which "overdue" is asked; that of a vague séance may be any from the first to the last. */
  readonly referenceDay: ReferenceDay;
}

export interface Rectificatif {
  readonly le: Day;
  readonly motif: string;
}

export interface AskedBasis {
  /** A séance, an ISO instant, `position:<n>`; absent: now. */
  readonly asOf?: string | undefined;
  /** An ISO day; absent: no limit. */
  readonly effectiveAt?: string | undefined;
}

/**
 * Resolves a basis, and waits until the views have reached it. What does not exist, is not closed,
 * out of chronology, in the future or before the first event is an error that says what would work.
 */
export async function resolveBasis(
  registre: Registre,
  { asOf, effectiveAt }: AskedBasis,
): Promise<ResolvedBasis> {
  const effectiveOn = effectiveAt === undefined ? undefined : validDay(effectiveAt);
  const connu = await connuA(registre, asOf, await registre.logWatch.isAway());
  const { position, served } = await atteindre(registre, connu.position, asOf === undefined);
  const { seance } = connu;
  if (seance) await refuserHorsChronologie(registre, seance, { position, served });
  return {
    ...connu,
    position,
    served,
    ...(effectiveOn && { effectiveOn }),
    referenceDay: effectiveOn ? leJour(effectiveOn) : connu.referenceDay,
  };
}

/** Where a full disk keeps the views from going on, « now » is as far as they have come. */
async function atteindre(
  registre: Registre,
  position: bigint,
  maintenant: boolean,
): Promise<Pick<Basis, 'position' | 'served'>> {
  try {
    return { position, served: await registre.upTo(position) };
  } catch (error) {
    if (!(maintenant && error instanceof DiskFull)) throw error;
    const reached = await registre.reached();
    if (reached.position < 0n) throw error;
    return reached;
  }
}

type Connu = Omit<ResolvedBasis, 'effectiveOn' | 'served'>;

const leJour = (day: Day): ReferenceDay => ({ first: day, last: day });

/** Earlier than any day of a committee. */
const DEPUIS_TOUJOURS: Day = '1900-01-01';

/** Of a position: more are no 64-bit integer. */
const MAX_DIGITS = 18;

async function connuA(registre: Registre, asOf: string | undefined, absent: boolean): Promise<Connu> {
  const { store } = registre;
  const head = absent ? (await registre.reached()).position : await dernierePosition(registre);
  const ailleurs = { seance: null, comite: null, rectificatifs: [] };
  if (asOf === undefined) return { ...ailleurs, position: head, referenceDay: leJour(aujourdhui()) };
  if (seances.pattern.test(asOf)) return absent ? clotureAuxVues(registre, asOf) : cloture(registre, asOf);
  const numero = /^position:(\d+)$/.exec(asOf)?.[1];
  if (numero !== undefined) {
    const position = BigInt(numero);
    const event =
      numero.length > MAX_DIGITS
        ? undefined
        : absent
          ? 'away'
          : await store.eventAt(position).catch(awayOrThrow);
    if (event === 'away') {
      if (position > head) throw invalide(`la position ${position} n’est pas encore dans les vues`);
      return { ...ailleurs, position, referenceDay: leJour(aujourdhui()) };
    }
    if (!event) {
      const [first] = await store.readAll(0n, 1);
      const etendue = first ? `le journal va de ${first.position} à ${head}` : 'le journal est vide';
      throw invalide(`la position ${position} n’existe pas : ${etendue}`);
    }
    return { ...ailleurs, position, referenceDay: leJour(aujourdhui(event.recordedAt)) };
  }
  if (absent) throw new StoreUnavailable('an instant is looked for in the log');
  return instant(registre, asOf);
}

const awayOrThrow = (error: unknown): 'away' => {
  if (error instanceof StoreUnavailable) return 'away';
  throw error;
};

/** Views go on answering while the log is away: then for as far as they have read it. */
async function dernierePosition(registre: Registre): Promise<bigint> {
  try {
    return await registre.store.head();
  } catch (error) {
    if (error instanceof StoreUnavailable) return (await registre.reached()).position;
    throw error;
  }
}

/** A real day and a real time of day: `new Date` takes 30 February for 2 March. */
function instantDe(texte: string): Date {
  const [, day] = /^(\d{4}-\d{2}-\d{2})T([01]\d|2[0-3])[\d:.]+(Z|[+-]\d{2}:?\d{2})$/.exec(texte) ?? [];
  return new Date(day !== undefined && jourExiste(day) ? texte : NaN);
}

async function instant({ store }: Registre, asOf: string): Promise<Connu> {
  const date = instantDe(asOf);
  if (Number.isNaN(date.getTime()))
    throw invalide(
      `« ${asOf} » n’est ni une séance (apogee-rof/2), ni un instant (2026-11-24T10:00:00Z), ni une position (position:12)`,
    );
  if (date.getTime() > Date.now() && date.getTime() > (await dernierInstant(store)))
    throw invalide(`${asOf} est dans le futur : nous sommes le ${new Date().toISOString()}`);
  const position = await store.positionAt(date);
  if (position === 0n) {
    const [first] = await store.readAll(0n, 1);
    throw invalide(
      first
        ? `${asOf} précède le premier événement du journal, du ${first.recordedAt.toISOString()}`
        : 'le journal est vide',
    );
  }
  return { seance: null, comite: null, rectificatifs: [], position, referenceDay: leJour(aujourdhui(date)) };
}

/** Of the last event: a clock that was set back leaves it in the future. */
async function dernierInstant(store: Registre['store']): Promise<number> {
  const last = await store.eventAt(await store.head());
  return last?.recordedAt.getTime() ?? 0;
}

async function cloture(registre: Registre, seance: string): Promise<Connu> {
  const events = await historyOfSeance(registre.store, seance).catch(awayOrThrow);
  return events === 'away' ? clotureAuxVues(registre, seance) : clotureAuJournal(seance, events);
}

/** While the log is away: as the view of the séances knows it. */
async function clotureAuxVues(registre: Registre, seance: string): Promise<Connu> {
  const basis = await registre.reached();
  const view = viewNamed('seances');
  const referenceDay = leJour(aujourdhui());
  const maintenant = await registre.reader.row(view, seance, { basis, referenceDay });
  if (!maintenant) throw new NotFound('seance-inconnue', `La séance ${seance} n’existe pas.`);
  if (maintenant.cloturePosition === null) throw nonClose(seance);
  const position = BigInt(maintenant.cloturePosition as string);
  const alors = await registre.reader.row(view, seance, {
    basis: { ...basis, position },
    referenceDay,
  });
  const jour = alors && {
    auPlusTot: alors.jourAuPlusTot as string | null,
    auPlusTard: alors.jourAuPlusTard as string | null,
  };
  const rectificatifs = maintenant.rectificatifs as readonly Rectificatif[];
  return {
    seance,
    comite: comiteDe(seance),
    rectificatifs,
    position,
    referenceDay: joursDe(jour, aujourdhui()),
  };
}

const nonClose = (seance: string): Refusal =>
  new Refusal(
    'seance-non-close',
    `La séance ${seance} n’est pas close : elle ne désigne pas encore un moment du passé. Sans asOf, la réponse vaut pour maintenant.`,
  );

function clotureAuJournal(seance: string, events: readonly Recorded[]): Connu {
  const standing = standingAmong(events);
  const closed = standing.list().find(({ type }) => type === 'SeanceCloturee');
  if (!closed) throw nonClose(seance);
  // A correction of the closing does not move it; another closing after a withdrawal does.
  const closing = standing.originOf(closed);
  const known = events.filter(({ position }) => position <= closing.position);
  return {
    seance,
    comite: comiteDe(seance),
    rectificatifs: stateOfSeance(events).rectificatifs,
    position: closing.position,
    referenceDay: joursDe(stateOfSeance(known).jour, aujourdhui(closing.recordedAt)),
  };
}

/** The days that a séance may have been held on: it was over when its closing was recorded. */
function joursDe(
  jour: { auPlusTot: string | null; auPlusTard: string | null } | undefined,
  closedOn: Day,
): ReferenceDay {
  const last = jour?.auPlusTard ?? closedOn;
  return { first: jour?.auPlusTot ?? DEPUIS_TOUJOURS, last };
}

/** The log at that position holds what came after the séance. It is asked there: no later correction moves a COPIL. */
async function refuserHorsChronologie(registre: Registre, seance: string, basis: Basis): Promise<void> {
  const { position } = basis;
  const row = await registre.reader.row(viewNamed('seances'), seance, {
    basis,
    referenceDay: leJour(aujourdhui()),
  });
  if (row?.horsChronologie)
    throw new Refusal(
      'seance-hors-chronologie',
      `La séance ${seance} a été close après une séance postérieure : son nom ne désigne pas ce qui était connu alors. ` +
        `Sa clôture est à position:${position}.`,
      { position: position.toString() },
    );
}

const invalide = (message: string): InvalidInput => new InvalidInput([{ path: 'asOf', message }]);

function validDay(effectiveAt: string): Day {
  return requireInput(z.object({ effectiveAt: jour }), { effectiveAt }).effectiveAt;
}
