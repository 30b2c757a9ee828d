import { compte } from '../words/index.js';
import type { Environment } from '../config/index.js';
import {
  categoryOf,
  commandIdFrom,
  type EventStore,
  type Fault,
  InvalidEvent,
  isStray,
  type Logged,
  readFact,
  referenceOf,
  Refusal,
  strayFrom,
} from '../event-sourcing/index.js';
import { kinds } from '../registre/index.js';
import { LogDigest } from './log-digest.js';
import { journalFile, JournalFileWriter } from './log-file.js';
import { isLogAddress, logAt } from '../registre/index.js';
import { fluxIncomplet } from '../registre/index.js';

const PAGE = 500;
const BATCH_CHARACTERS = 4_000_000;

export interface LogCopy {
  readonly de: { readonly description: string; readonly journal: string };
  readonly vers: { readonly description: string; readonly journal: string };
  readonly evenements: number;
  /** Of those, how many an earlier, broken copy had brought already. */
  readonly repris: number;
  /** SHA-256 over all events, the same on both sides. */
  readonly sha256: string;
}

interface Origin {
  readonly description: string;
  readonly identity: string;
  events(): AsyncIterable<readonly Logged[]>;
  close(): Promise<void>;
}

interface Target {
  readonly description: string;
  readonly identity: string;
  /** What it holds. */
  events(): AsyncIterable<readonly Logged[]>;
  take(events: readonly Logged[]): Promise<void>;
  end(count: number, sha256: string): Promise<void>;
  close(): Promise<void>;
}

/** What is under way, and how many events it has seen. */
export type CopyStep = (etape: 'vérification' | 'copie' | 'relecture', evenements: number) => void;

/**
 * Copies a whole log as it is into an empty one, or goes on with such a copy that was broken off, and reads
 * both again to compare. A file is read to its end before anything is written.
 * @throws Refusal what the target holds is not the beginning of the original
 */
export async function copyLog(
  { from, to }: { from?: string | undefined; to?: string | undefined },
  environment: Environment,
  onProgress: CopyStep = () => undefined,
): Promise<LogCopy> {
  const original = await originalAt(from, environment, onProgress);
  try {
    const target = await targetAt(to, environment, original.identity);
    try {
      return await copy(original, target, onProgress);
    } finally {
      await target.close();
    }
  } finally {
    await original.close();
  }
}

async function copy(original: Origin, target: Target, onProgress: CopyStep): Promise<LogCopy> {
  const there = new LogDigest();
  for await (const page of target.events()) there.add(page);
  const repris = there.count;
  const before = there.end();
  await requireBeginning(original, target, repris, before);
  const whole = new LogDigest();
  for await (const page of original.events()) {
    const fresh = page.slice(Math.max(0, repris - whole.count));
    if (fresh.length > 0) await target.take(fresh);
    whole.add(page);
    onProgress('copie', whole.count);
  }
  const sha256 = whole.end();
  const copied = new LogDigest();
  for await (const page of target.events()) {
    copied.add(page);
    onProgress('relecture', copied.count);
  }
  const found = copied.end();
  if (found !== sha256)
    throw new Refusal(
      'copie-differente',
      `La copie n’est pas égale à l’original : ${compte(whole.count, 'événement')}, SHA-256 ${sha256}, contre ${copied.count}, ${found}.`,
    );
  await target.end(whole.count, sha256);
  return {
    de: { description: original.description, journal: original.identity },
    vers: { description: target.description, journal: target.identity },
    evenements: whole.count,
    repris,
    sha256,
  };
}

/** Nothing is added to a target whose events are not the first ones of the original. */
async function requireBeginning(
  original: Origin,
  target: Target,
  count: number,
  sha256: string,
): Promise<void> {
  if (count === 0) return;
  const first = new LogDigest();
  for await (const page of original.events()) {
    first.add(page.slice(0, count - first.count));
    if (first.count === count) break;
  }
  if (first.end() !== sha256)
    throw new Refusal(
      'copie-etrangere',
      `Ce que ${target.description} contient n’est pas le début du journal à copier.`,
    );
}

async function originalAt(
  address: string | undefined,
  environment: Environment,
  onProgress: CopyStep,
): Promise<Origin> {
  if (address !== undefined && !isLogAddress(address)) {
    const file = await journalFile(address, (count) => onProgress('vérification', count));
    return { ...file, description: address, close: () => Promise.resolve() };
  }
  const { store, description, close } = await logAt(address, environment);
  try {
    const { id, complete } = await store.identity();
    if (!complete)
      throw new Refusal(
        'original-inacheve',
        `${description} est une copie inachevée : achevez-la avant de la copier.`,
      );
    return { description, identity: id, events: () => allOf(store), close };
  } catch (error) {
    await close();
    throw error;
  }
}

async function targetAt(address: string | undefined, environment: Environment, of: string): Promise<Target> {
  if (address !== undefined && !isLogAddress(address)) {
    const file = await JournalFileWriter.begin(address, of);
    return {
      description: address,
      identity: of,
      events: () => file.events(),
      take: (events) => file.take(events),
      end: (count, sha256) => file.end(count, sha256),
      close: () => file.close(),
    };
  }
  const { store, description, close } = await logAt(address, environment);
  try {
    if ((await store.identity()).id === of)
      throw new Refusal('meme-journal', `${description} est le journal à copier lui-même.`);
    const { id } = await store.beginCopy(of);
    return {
      description,
      identity: id,
      events: () => allOf(store),
      take: async (events) => {
        for (const batch of batchesOf(events)) await restore(store, batch, description);
      },
      end: () => store.endCopy(),
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

/** A store takes no more in one append than a few megabytes. */
function* batchesOf(events: readonly Logged[]): Generator<readonly Logged[]> {
  let batch: Logged[] = [];
  let size = 0;
  for (const event of events) {
    const own = isStray(event) ? 0 : JSON.stringify([event.data, event.metadata]).length;
    if (batch.length > 0 && size + own > BATCH_CHARACTERS) {
      yield batch;
      [batch, size] = [[], 0];
    }
    batch.push(event);
    size += own;
  }
  if (batch.length > 0) yield batch;
}

async function restore(store: EventStore, events: readonly Logged[], description: string): Promise<void> {
  try {
    await store.restore(events);
  } catch (error) {
    if (!(error instanceof InvalidEvent)) throw error;
    throw new Refusal(
      'copie-concurrente',
      `${description} a changé pendant la copie : une autre copie y écrit-elle ? Relancez quand elle est finie. (${error.message})`,
    );
  }
}

/** All that a log holds, as it stands. @throws Refusal events of a stream are missing */
async function* allOf(store: EventStore): AsyncGenerator<readonly Logged[]> {
  const revisions = new Map<string, number>();
  const damaged = new Set<string>();
  const ids = new Set<string>();
  for (let after = 0n; ;) {
    const page = await store.readAll(after, PAGE);
    if (page.length === 0) {
      for (const stream of damaged) throw incomplet(stream, 0);
      return;
    }
    after = page.at(-1)!.position;
    // What is told of whole streams is no part of them.
    const standing = page.filter(({ revision }) => revision >= 0);
    for (const { stream, revision } of standing) {
      const expected = (revisions.get(stream) ?? -1) + 1;
      if (revision !== expected) throw incomplet(stream, expected);
      revisions.set(stream, revision);
    }
    for (const one of page)
      if (isStray(one) && one.revision < 0) {
        if (ABIME.includes(one.stray)) damaged.add(one.stream);
        else damaged.delete(one.stream);
      }
    yield standing.map((one) => commeIlSera(one, ids));
  }
}

/**
 * A stranger's event that looks like ours is copied as what it is: something that stands there. So is one that
 * bears an id again: no log of ours has an id twice.
 */
function commeIlSera(logged: Logged, ids: Set<string>): Logged {
  const { stream, revision, position, type, recordedAt } = logged;
  if (ids.has(logged.id)) {
    const id = commandIdFrom(stream, revision);
    return { stray: 'content', stream, revision, position, id, type, recordedAt };
  }
  ids.add(logged.id);
  if (isStray(logged) || logged.metadata.digest !== undefined) return logged;
  const kind = kinds.find(({ category, name }) => {
    return category === categoryOf(stream) && name.pattern.test(referenceOf(stream));
  });
  return kind && readFact(kind.facts, logged) ? logged : strayFrom(kind?.facts ?? {}, logged);
}

const ABIME: readonly Fault[] = ['deleted', 'truncated'];

const incomplet = (stream: string, revision: number): Refusal =>
  new Refusal('journal-incomplet', fluxIncomplet({ stream, revision }), { stream, revision });
