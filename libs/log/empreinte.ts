import { createHash } from 'node:crypto';
import {
  digest,
  type Handled,
  InvalidInput,
  isServerAway,
  isStray,
  ours,
  type Recorded,
  StoreUnavailable,
} from '../event-sourcing/index.js';
import { ligneDe, type Ligne } from '../registre/index.js';
import type { Registre } from '../registre/index.js';

/** The name of the chain's format, and its first link: never changed. */
export const DEBUT = createHash('sha256').update('minutier empreinte 1').digest('hex');
const PAGE = 1000;
/** Of a chain that took so many events, the end is kept. */
const KEPT_EVERY = 1000;
/** What an answer that has other things to say waits for it. */
const PATIENCE_MILLISECONDS = 2000;

/** What a whole log comes to, up to a position. */
export interface Empreinte {
  readonly position: string;
  /** Hex: each event's covers the former's, with all that it says but its position. */
  readonly sha256: string;
}

/** The chain up to an event, from the chain before it. Storage format: what was printed is compared with it. */
export function maillon(before: string, event: Recorded): string {
  const { stream, revision, id, type, version, data, metadata, recordedAt } = event;
  const said = digest([stream, revision, id, type, version, data, metadata, recordedAt.toISOString()]);
  return createHash('sha256').update(before).update(said).digest('hex');
}

/**
 * The digest of the log up to a position (inclusive), from where it was last made.
 * @returns undefined: there was no time to make all of it; what was made is kept
 */
export async function empreinteA(
  registre: Registre,
  position: bigint,
  { milliseconds = Infinity }: { readonly milliseconds?: number } = {},
): Promise<Empreinte | undefined> {
  const deadline = performance.now() + milliseconds;
  const { id: log } = await registre.store.identity();
  const kept = await registre.books.digestUpTo(log, position);
  let { position: after, sha256 } = kept ?? { position: 0n, sha256: DEBUT };
  let made = 0;
  const keep = async (): Promise<void> => {
    await registre.books.keepDigest(log, { position: after, sha256 });
    made = 0;
  };
  for (;;) {
    const page = await registre.store.readAll(after, PAGE);
    for (const event of page) {
      if (event.position > position) break;
      after = event.position;
      if (isStray(event)) continue;
      sha256 = maillon(sha256, event);
      made += 1;
    }
    const whole = page.length === 0 || page.at(-1)!.position >= position;
    if (made >= KEPT_EVERY) await keep();
    if (whole) return { position: position.toString(), sha256 };
    if (performance.now() > deadline) return undefined;
  }
}

/** The same beside an answer that neither waits long for it nor fails with it; null: not made now. */
export async function empreinteAupres(registre: Registre, position: bigint): Promise<Empreinte | null> {
  try {
    return (await empreinteA(registre, position, { milliseconds: PATIENCE_MILLISECONDS })) ?? null;
  } catch (error) {
    if (error instanceof StoreUnavailable || isServerAway(error)) return null;
    throw error;
  }
}

/** The digest of the log up to what closed a séance; undefined: this closed none. */
export async function empreinteDeCloture(
  registre: Registre,
  { recorded, alreadyThere, position }: Handled,
): Promise<Empreinte | null | undefined> {
  const closes = [...recorded, ...alreadyThere].some(({ type }) => type === 'SeanceCloturee');
  return closes ? empreinteAupres(registre, position) : undefined;
}

/** @throws InvalidInput it is no digest */
export function readEmpreinte(text: string): string {
  const sha256 = text.trim().toLowerCase();
  if (!/^[0-9a-f]{64}$/.test(sha256))
    throw new InvalidInput([
      { path: 'empreinte', message: '64 chiffres hexadécimaux, comme elle a été imprimée' },
    ]);
  return sha256;
}

/**
 * Whether today's log still leads to a digest that was printed: read from its first event, whatever was kept.
 * @returns the line of the event that it ends with; undefined: no beginning of the log comes to it
 * @throws InvalidInput it is no digest
 */
export async function evenementDeLEmpreinte(
  registre: Registre,
  sha256: string,
  onProgress?: (step: string, count: number) => void,
): Promise<Ligne | undefined> {
  const wanted = readEmpreinte(sha256);
  let [chain, count] = [DEBUT, 0];
  for (let after = 0n; ;) {
    const page = await registre.store.readAll(after, PAGE);
    if (page.length === 0) return undefined;
    for (const event of ours(page)) {
      chain = maillon(chain, event);
      if (chain === wanted) return ligneDe(event);
    }
    after = page.at(-1)!.position;
    onProgress?.('Empreinte', (count += page.length));
  }
}
