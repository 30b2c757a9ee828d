import {
  ANNULMENT,
  categoryOf,
  describe,
  type Fault,
  InvalidInput,
  isStray,
  type Logged,
  NewerFact,
  readFact,
  referenceOf,
  strayFrom,
  type Recorded,
  type Stray,
} from '../event-sourcing/index.js';
import { sansPoint } from '../words/index.js';
import { nomDe } from './corrections.js';
import { FAUTES } from './fautes.js';
import { kindOf, kinds } from './rooms.js';
import type { Registre } from './registre.js';

export interface Ligne {
  readonly position: string;
  readonly evenement: string;
  readonly id: string;
  readonly stream: string;
  readonly type: string;
  readonly recordedAt: string;
  readonly statedOn: string;
  readonly effectiveOn: string;
  readonly author: string;
  readonly sentence: string;
  readonly corrige: string | null;
  readonly data: object;
  readonly source: object | null;
  /** What is wrong with what stands there, where it is no event of ours; null: nothing. */
  readonly ecarte: Fault | null;
}

/** An event as people read it. Types that this version does not know are shown as they are. */
export function ligneDe(logged: Logged): Ligne {
  if (isStray(logged)) return ligneEcartee(logged);
  const kind = kinds.find(({ category }) => category === categoryOf(logged.stream));
  const read = kind && lu(kind, logged);
  const event = read && read !== 'newer' ? read : logged;
  const { corrects, author, statedOn, effectiveOn, source } = event.metadata;
  const corrige = corrects ? nomDe({ stream: event.stream, revision: corrects.revision }) : null;
  return {
    position: event.position.toString(),
    evenement: nomDe(event),
    id: event.id,
    stream: event.stream,
    type: event.type,
    recordedAt: event.recordedAt.toISOString(),
    statedOn,
    effectiveOn,
    author,
    sentence: phraseDe(event, corrige, event === read ? kind : undefined),
    corrige,
    data: event.data,
    source: source ?? null,
    ecarte: kind && !read ? strayFrom(kind.facts, logged).stray : null,
  };
}

/** A fact of a newer release is shown as it is too. */
function lu({ facts }: (typeof kinds)[number], event: Recorded): Recorded | 'newer' | undefined {
  try {
    return readFact(facts, event);
  } catch (error) {
    if (error instanceof NewerFact) return 'newer';
    throw error;
  }
}

const ligneEcartee = ({ stray, stream, revision, position, id, type, recordedAt }: Stray): Ligne => ({
  position: position.toString(),
  evenement: nomDe({ stream, revision }),
  id,
  stream,
  type,
  recordedAt: recordedAt.toISOString(),
  statedOn: '',
  effectiveOn: '',
  author: '',
  sentence: `(mis à l’écart : ${FAUTES[stray]})`,
  corrige: null,
  data: {},
  source: null,
  ecarte: stray,
});

function phraseDe(event: Recorded, corrige: string | null, kind: (typeof kinds)[number] | undefined): string {
  if (event.type === ANNULMENT)
    return `L’événement ${corrige} est annulé : ${sansPoint((event.data as { motif: string }).motif)}.`;
  const said = kind
    ? describe(kind.facts, event.type).sentence(event.data, referenceOf(event.stream))
    : `(${event.type})`;
  return corrige ? `En remplacement de ${corrige} : ${said}` : said;
}

/** What a fact says, where it is one of this release. */
export function phrase(event: Recorded): string | undefined {
  const kind = kinds.find(({ category }) => category === categoryOf(event.stream));
  return kind && Object.hasOwn(kind.facts, event.type)
    ? describe(kind.facts, event.type).sentence(event.data, referenceOf(event.stream))
    : undefined;
}

export interface JournalDemande {
  /** A stream (`action-apogee-rof/1/A3`) or a reference (`apogee-rof/1/A3`). */
  readonly stream?: string | undefined;
  readonly type?: string | undefined;
  readonly after?: bigint | undefined;
  readonly limit?: number | undefined;
  /** Asked after each stretch that was looked through, with the position of its end. */
  goesOn?(position: bigint): boolean;
}

/** The log itself, in order. */
export async function* journal(registre: Registre, demande: JournalDemande): AsyncGenerator<Logged> {
  await registre.logWatch.requireLog();
  const { limit = Infinity } = demande;
  const stream = demande.stream === undefined ? undefined : streamNamed(demande.stream);
  let seen = 0;
  let after = demande.after ?? 0n;
  if (after > 0n && !(await registre.store.eventAt(after)))
    throw new InvalidInput([{ path: 'after', message: `aucun événement n’est à la position ${after}` }]);
  for (;;) {
    const page = stream
      ? (await registre.store.readStream(stream)).filter(({ position }) => position > after)
      : await registre.store.readAll(after, 500);
    for (const event of page) {
      if (demande.type !== undefined && event.type !== demande.type) continue;
      if ((seen += 1) > limit) return;
      yield event;
    }
    if (stream || page.length === 0) return;
    after = page.at(-1)!.position;
    if (demande.goesOn && !demande.goesOn(after)) return;
  }
}

export interface PageDuJournal<L extends Ligne = Ligne> {
  /** The last position of the log when it was asked. */
  readonly position: bigint;
  readonly items: readonly L[];
  /** What to give as `after` for the rest; a page may end before it found as many as were asked for. */
  readonly next: string | null;
}

const PAGE_MILLISECONDS = 3000;

/** A page of the log: as many events as were asked for, or those that were found in time. */
export async function pageDuJournal<L extends Ligne>(
  registre: Registre,
  demande: JournalDemande & { readonly limit: number },
  told: (event: Logged) => Promise<L>,
): Promise<PageDuJournal<L>> {
  const deadline = performance.now() + PAGE_MILLISECONDS;
  const items: L[] = [];
  let stopped: bigint | undefined;
  const goesOn = (position: bigint): boolean => {
    if (performance.now() > deadline) stopped = position;
    return stopped === undefined;
  };
  const position = await registre.store.head();
  for await (const event of journal(registre, { ...demande, goesOn })) {
    if (event.position > position) break;
    items.push(await told(event));
  }
  const next = items.length === demande.limit ? items.at(-1)!.position : stopped?.toString();
  return { position, items, next: next ?? null };
}

export function streamNamed(nom: string): string {
  if (kinds.some(({ category }) => nom.startsWith(`${category}-`) && nom.length > category.length + 1)) {
    const reference = nom.slice(nom.indexOf('-') + 1);
    if (kindOf(reference)?.category === categoryOf(nom)) return nom;
  }
  const kind = kindOf(nom);
  if (!kind)
    throw new InvalidInput([
      { path: 'stream', message: `« ${nom} » n’est ni un flux (action-apogee-rof/1/A3) ni une référence` },
    ]);
  return `${kind.category}-${nom}`;
}
