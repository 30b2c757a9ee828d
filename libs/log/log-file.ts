import { compte } from '../words/index.js';
import { randomUUID } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { open, readFile, rename, rm, stat, truncate, utimes, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { createGunzip, gzipSync } from 'node:zlib';
import split from 'split2';
import { z } from 'zod';
import { InvalidInput, isStray, type Logged, parseInput } from '../event-sourcing/index.js';
import { requireRestorable } from './restorable.js';
import { LogDigest } from './log-digest.js';

/**
 * A whole log in one file: gzip of lines of JSON. The first line is the header, the last the footer, each
 * line between them an event, in order. Format 1:
 *
 *     {"format":"minutier-journal","version":1,"journal":"<identity of the log>"}
 *     {"stream","revision","id","type","version","data","metadata","recordedAt"}
 *     {"stream","revision","id","type","stray","recordedAt"}   what stands there and is no event of ours
 *     {"evenements":<how many>,"sha256":"<digest of all events>"}
 *
 * A file under way is `<file>.partiel`; how much of it is whole stands in `<file>.partiel.json`.
 */
const header = z.object({
  format: z.literal('minutier-journal'),
  version: z.literal(1),
  journal: z.string(),
});

const placed = {
  stream: z.string(),
  revision: z.int().min(0),
  id: z.uuid(),
  type: z.string(),
  recordedAt: z.iso.datetime(),
};
const event = z.strictObject({
  ...placed,
  version: z.int().min(1),
  data: z.record(z.string(), z.unknown()),
  metadata: z.strictObject({
    author: z.string(),
    commandId: z.string(),
    commandDigest: z.string(),
    statedOn: z.iso.date(),
    effectiveOn: z.iso.date(),
    corrects: z.strictObject({ id: z.uuid(), revision: z.int().min(0) }).optional(),
    source: z.record(z.string(), z.unknown()).optional(),
    digest: z.string().optional(),
  }),
});
const stray = z.strictObject({
  ...placed,
  stray: z.enum(['no-metadata', 'metadata', 'data', 'content', 'unknown-type']),
});
const line = z.union([event, stray]);

const footer = z.object({ evenements: z.int().min(0), sha256: z.string() });

const PAGE = 500;
const LIVING_MILLISECONDS = 5000;
const LIVING_LASTS_MILLISECONDS = 30_000;
const TAKEOVER_MILLISECONDS = 20;

/** The lock files of this process. */
const held = new Set<string>();

/** What a file says, line by line; a fault names its line. */
async function* lines(path: string, bytes?: number): AsyncGenerator<{ n: number; value: unknown }> {
  // Nobody waits for the other end of a pipe.
  if (!(await stat(path)).isFile())
    throw new InvalidInput([{ path, message: 'ce n’est pas un fichier ordinaire' }]);
  const input = createReadStream(path, bytes === undefined ? {} : { end: bytes - 1 }).on(
    'error',
    () => undefined,
  );
  const unzipped = input.pipe(createGunzip()).on('error', () => undefined);
  // Not node's readline: from some release on it also splits at U+2028, which stands in texts as it is.
  const text = unzipped.pipe(split('\n'));
  for (const stream of [input, unzipped]) stream.on('error', (error: Error) => text.destroy(error));
  let n = 0;
  try {
    for await (const one of text as AsyncIterable<string>) {
      n += 1;
      yield { n, value: JSON.parse(one) as unknown };
    }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).syscall !== undefined) throw error;
    throw fault(path, Math.max(n, 1), (error as Error).message);
  }
}

const fault = (path: string, n: number, message: string): InvalidInput =>
  new InvalidInput([{ path: `${path}:${n}`, message }]);

function parsed<T>(schema: z.ZodType<T>, path: string, { n, value }: { n: number; value: unknown }): T {
  const result = parseInput(schema, value);
  if (result.success) return result.data;
  const [issue] = result.issues;
  throw fault(path, n, `${issue!.path} : ${issue!.message}`);
}

/** What a file says of itself. */
interface Told {
  journal?: string;
  footer?: z.infer<typeof footer> | undefined;
}

const isFooter = (value: unknown): boolean =>
  typeof value === 'object' && value !== null && 'evenements' in value;

async function* events(path: string, bytes?: number, told: Told = {}): AsyncGenerator<Logged[]> {
  let page: Logged[] = [];
  let position = 0n;
  for await (const one of lines(path, bytes)) {
    if (one.n === 1) {
      told.journal = parsed(header, path, one).journal;
      continue;
    }
    told.footer = isFooter(one.value) ? parsed(footer, path, one) : undefined;
    if (told.footer) continue;
    const { recordedAt, ...rest } = parsed(line, path, one);
    position += 1n;
    const logged = { ...rest, position, recordedAt: new Date(recordedAt) } as Logged;
    if (!isStray(logged)) requireRestorable(logged, (message) => fault(path, one.n, message));
    page.push(logged);
    if (page.length === PAGE) {
      yield page;
      page = [];
    }
  }
  if (page.length > 0) yield page;
}

/** A file as the original of a copy, once it is known to be whole and as it was written. */
export async function journalFile(
  path: string,
  onProgress: (count: number) => void,
): Promise<{ identity: string; events(): AsyncGenerator<Logged[]> }> {
  const told: Told = {};
  const found = new LogDigest();
  for await (const page of events(path, undefined, told)) {
    found.add(page);
    onProgress(found.count);
  }
  const { journal, footer: seal } = told;
  const sha256 = found.end();
  if (journal === undefined) throw new InvalidInput([{ path, message: 'le fichier est vide' }]);
  if (!seal)
    throw new InvalidInput([{ path, message: 'le fichier est incomplet : sa dernière ligne manque' }]);
  if (seal.evenements !== found.count || seal.sha256 !== sha256)
    throw new InvalidInput([
      {
        path,
        message:
          `le fichier a été altéré : sa dernière ligne annonce ${compte(seal.evenements, 'événement')}, SHA-256 ${seal.sha256} ; ` +
          `il en contient ${found.count}, ${sha256}`,
      },
    ]);
  return { identity: journal, events: () => events(path) };
}

interface Kept {
  readonly journal: string;
  readonly bytes: number;
}

/** A file as the target of a copy: each page is a gzip member of its own, so that a broken copy goes on from the last. */
export class JournalFileWriter {
  private bytes = 0;
  private living: NodeJS.Timeout | undefined;

  private constructor(
    private readonly path: string,
    private readonly journal: string,
  ) {}

  static async begin(path: string, journal: string): Promise<JournalFileWriter> {
    if (await exists(path)) throw new InvalidInput([{ path, message: 'ce fichier existe déjà' }]);
    if (!(await exists(dirname(path))))
      throw new InvalidInput([{ path, message: 'son dossier n’existe pas' }]);
    const writer = new JournalFileWriter(path, journal);
    await writer.lock();
    try {
      await writer.resume();
    } catch (error) {
      await writer.close();
      throw error;
    }
    return writer;
  }

  private async resume(): Promise<void> {
    const kept = await readFile(this.mark, 'utf8')
      .then((text) => JSON.parse(text) as Kept)
      .catch(() => undefined);
    if (kept && kept.journal !== this.journal)
      throw new InvalidInput([
        {
          path: this.partial,
          message: `copie inachevée d’un autre journal (${kept.journal}) : effacez-la`,
        },
      ]);
    if (kept) {
      await truncate(this.partial, kept.bytes);
      this.bytes = kept.bytes;
    } else {
      await rm(this.partial, { force: true });
      await this.write(
        `${JSON.stringify({ format: 'minutier-journal', version: 1, journal: this.journal })}\n`,
      );
    }
  }

  private get partial(): string {
    return `${this.path}.partiel`;
  }

  private get lockFile(): string {
    return `${this.partial}.verrou`;
  }

  /**
   * One process writes a file at a time; the lock of one that has died is taken over. Where that runs elsewhere
   * (another machine or container on the same volume), its sign of life tells.
   */
  private async lock(): Promise<void> {
    const own = `${process.pid} ${hostname()} ${randomUUID()}`;
    for (let attempt = 1; ; attempt += 1)
      try {
        await writeFile(this.lockFile, own, { flag: 'wx' });
        // Of two that take over at once, the last one has it.
        if (attempt > 1) await sleep(TAKEOVER_MILLISECONDS);
        break;
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'EEXIST' || attempt === 3) throw error;
        const holder = await this.holder();
        if (holder) throw this.taken(holder);
        await rm(this.lockFile, { force: true });
      }
    const found = await readFile(this.lockFile, 'utf8').catch(() => '');
    if (found !== own) throw this.taken(found.split(' ')[0]!);
    held.add(this.lockFile);
    this.living = setInterval(
      () => void utimes(this.lockFile, new Date(), new Date()).catch(() => undefined),
      LIVING_MILLISECONDS,
    ).unref();
  }

  /** The process that writes the file, if it is alive. */
  private async holder(): Promise<string | undefined> {
    try {
      const [pid, host] = (await readFile(this.lockFile, 'utf8')).split(' ');
      if (host !== undefined && host !== hostname())
        return Date.now() - (await stat(this.lockFile)).mtimeMs < LIVING_LASTS_MILLISECONDS ? pid : undefined;
      const isOwn = Number(pid) === process.pid;
      return (isOwn ? held.has(this.lockFile) : isRunning(Number(pid))) ? pid : undefined;
    } catch {
      return undefined;
    }
  }

  private taken(holder: string): InvalidInput {
    const message = `une autre copie l’écrit (processus ${holder})`;
    return new InvalidInput([{ path: this.partial, message }]);
  }

  async close(): Promise<void> {
    clearInterval(this.living);
    held.delete(this.lockFile);
    await rm(this.lockFile, { force: true });
  }

  private get mark(): string {
    return `${this.partial}.json`;
  }

  events(): AsyncGenerator<Logged[]> {
    return events(this.partial, this.bytes);
  }

  async take(page: readonly Logged[]): Promise<void> {
    await this.write(
      page
        .map((one) => {
          const { stream, revision, id, type, recordedAt } = one;
          const said = isStray(one)
            ? { stray: one.stray }
            : { version: one.version, data: one.data, metadata: one.metadata };
          return `${JSON.stringify({ stream, revision, id, type, ...said, recordedAt })}\n`;
        })
        .join(''),
    );
  }

  async end(count: number, sha256: string): Promise<void> {
    await this.write(`${JSON.stringify({ evenements: count, sha256 })}\n`);
    await rename(this.partial, this.path);
    await rm(this.mark, { force: true });
  }

  /** On the disk before it counts. */
  private async write(text: string): Promise<void> {
    const member = gzipSync(text);
    const file = await open(this.partial, 'a');
    try {
      await file.writeFile(member);
      await file.datasync();
    } finally {
      await file.close();
    }
    this.bytes += member.length;
    const kept: Kept = { journal: this.journal, bytes: this.bytes };
    await writeFile(`${this.mark}.tmp`, JSON.stringify(kept));
    await rename(`${this.mark}.tmp`, this.mark);
  }
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

const exists = (path: string): Promise<boolean> =>
  stat(path).then(
    () => true,
    () => false,
  );
