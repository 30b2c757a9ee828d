import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  chmodSync,
  chownSync,
  closeSync,
  constants,
  existsSync,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { statfs } from 'node:fs/promises';
import { totalmem } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import type { Account, Binaries } from './embedded-binaries.js';
import { EmbeddedDatabaseError, embeddedBinaries } from './embedded-binaries.js';
import { HBA, letsAnyoneIn, secretOf } from './embedded-secret.js';

const START_SECONDS = 60;
const STALE_SECONDS = 3;
const CONNECTIONS = 80;
const WATCH_MILLISECONDS = 500;
const WRONG_PASSWORD = '28P01';
/** Messages of system programs that are looked into. */
const ENGLISH = { PATH: '/usr/bin:/bin', LC_ALL: 'C' };
/** Some segments of the write-ahead log, and views. */
const RESERVED_BYTES = 96 * 2 ** 20;
const CLOSING_LOCK = 490271815;

/** An eighth of the machine, within the bounds that suit a register. */
const sharedBuffersMegabytes = (): number =>
  Math.max(128, Math.min(512, Math.floor(totalmem() / 2 ** 20 / 8)));

/**
 * Stops the server when the last process that holds the pipe has gone, however it went: the kernel closes
 * the pipe for it. It waits for a pid file in case that process went while the server was starting.
 */
const WATCHER = `
exec 3< "$1"
n=0
while :; do
  while read -r _ <&3; do :; done
  if read -r pid < "$2/postmaster.pid"; then kill -INT "$pid"; exit; fi
  n=$((n + 1))
  [ "$n" -gt 50 ] && exit
  sleep 0.1
done 2> /dev/null
`;

/** The server cannot start, or not be made: there is no room on its disk. */
export class EmbeddedDiskFull extends EmbeddedDatabaseError {
  override readonly name = 'EmbeddedDiskFull';
  constructor(home: string) {
    super(
      `Le disque de ${home} est plein : la base embarquée ne peut pas y démarrer. Faites de la place, puis recommencez.`,
    );
  }
}

interface Layout {
  readonly home: string;
  readonly data: string;
  /** A named pipe that every process using the server holds open for writing. */
  readonly pipe: string;
  readonly log: string;
  readonly socket: string;
}

/**
 * A PostgreSQL of our own, in a folder of its own, shared by all processes that use the folder: the first
 * one starts it, the last one to go stops it. It listens on a Unix socket in a private folder only.
 */
export class EmbeddedPostgres {
  private held: number | undefined;
  private child: ChildProcess | undefined;

  private constructor(
    private readonly layout: Layout,
    private readonly binaries: Binaries,
    private readonly account: Account | undefined,
    /** Of every login. */
    readonly secret: string,
  ) {}

  /** Starts the server or joins the one that runs there. */
  static async open(home: string): Promise<EmbeddedPostgres> {
    const account = process.getuid?.() === 0 ? unprivilegedAccount(home) : undefined;
    const binaries = await embeddedBinaries(account);
    const [layout, secret] = roomFor(home, () => {
      const prepared = prepare(home, account);
      return [prepared, secretOf(prepared.home, prepared.data)] as const;
    });
    const server = new EmbeddedPostgres(layout, binaries, account, secret);
    await server.initialize();
    await server.ensureRunning();
    await server.closeToOthers();
    return server;
  }

  connection(database: string, user: string): pg.PoolConfig {
    return { host: this.layout.socket, port: 5432, database, user, password: this.secret };
  }

  /** The server's process id: for fault tests and `doctor`. */
  get pid(): number | undefined {
    return postmasterPid(this.layout);
  }

  /** Whether there is less room than it needs to go on, whatever is under way. */
  async isFull(): Promise<boolean> {
    const { bavail, bsize } = await statfs(this.layout.home);
    return bavail * bsize < RESERVED_BYTES;
  }

  get folder(): string {
    return this.layout.home;
  }

  /** Starts the server again whenever it has died, until the signal aborts. */
  async keepRunning(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      if (!isRunning(this.pid)) await this.ensureRunning().catch(() => undefined);
      await sleep(WATCH_MILLISECONDS, undefined, { signal }).catch(() => undefined);
    }
  }

  /** Starts the server again where it has died; needed only by those who outlive it. */
  async ensureRunning(): Promise<void> {
    const deadline = Date.now() + START_SECONDS * 1000;
    const patience = Date.now() + STALE_SECONDS * 1000;
    while (Date.now() < deadline) {
      if (!this.hold()) this.startWatcher();
      else if (await this.answers()) return;
      // After a power cut the pid of the file may be another process's: PostgreSQL itself then knows better.
      else if (this.hasFailed() && !isRunning(this.pid) && (await this.isFull()))
        throw new EmbeddedDiskFull(this.layout.home);
      else if (!this.isStarting() && (!isRunning(this.pid) || Date.now() > patience)) this.start();
      await sleep(20);
    }
    throw new EmbeddedDatabaseError(
      `La base embarquée de ${this.layout.home} ne répond pas après ${START_SECONDS} s.\n${this.lastLogLines()}`,
    );
  }

  /** Lets go: the server stops when nobody holds it. */
  close(): void {
    if (this.held !== undefined) closeSync(this.held);
    this.held = undefined;
  }

  /** Opens the pipe anew each time: it fails when no watcher is there to see us go. */
  private hold(): boolean {
    const before = this.held;
    try {
      this.held = openSync(this.layout.pipe, constants.O_WRONLY | constants.O_NONBLOCK);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENXIO') return false;
      throw error;
    }
    if (before !== undefined) closeSync(before);
    return true;
  }

  private startWatcher(): void {
    const { pipe, data } = this.layout;
    spawn('sh', ['-c', WATCHER, 'minutier-watcher', pipe, data], {
      ...this.account,
      cwd: '/',
      detached: true,
      stdio: 'ignore',
    }).unref();
  }

  private start(): void {
    const log = openSync(this.layout.log, 'a');
    const settings = [
      'listen_addresses=',
      `unix_socket_directories=${this.layout.socket}`,
      `max_connections=${CONNECTIONS}`,
      `shared_buffers=${sharedBuffersMegabytes()}MB`,
      'maintenance_work_mem=256MB',
      'max_wal_size=2GB',
      // Nothing replicates from it: a view rebuilt in one transaction then needs no write-ahead log.
      'wal_level=minimal',
      'max_wal_senders=0',
      'log_min_messages=log',
    ];
    this.child = spawn(
      this.binaries.postgres,
      ['-D', this.layout.data, ...settings.flatMap((setting) => ['-c', setting])],
      { ...this.account, cwd: '/', detached: true, stdio: ['ignore', log, log] },
    );
    this.child.on('error', () => undefined);
    this.child.unref();
    closeSync(log);
  }

  private isStarting(): boolean {
    return this.child !== undefined && this.child.exitCode === null && this.child.signalCode === null;
  }

  private hasFailed(): boolean {
    return this.child !== undefined && !this.isStarting();
  }

  private async answers(): Promise<boolean> {
    try {
      await this.asked('SELECT 1');
      return true;
    } catch (cause) {
      if ((cause as pg.DatabaseError).code !== WRONG_PASSWORD) return false;
      throw new EmbeddedDatabaseError(
        `La base embarquée de ${this.layout.home} a un autre mot de passe que celui de son fichier « secret ».`,
        { cause },
      );
    }
  }

  private async asked(...statements: readonly string[]): Promise<void> {
    const client = new pg.Client({
      ...this.connection('postgres', 'postgres'),
      connectionTimeoutMillis: 5000,
    });
    client.on('error', () => undefined);
    try {
      await client.connect();
      for (const statement of statements) await client.query(statement);
    } finally {
      await client.end().catch(() => undefined);
    }
  }

  /** A server that an earlier release made lets anyone in who reaches its socket: no longer. */
  private async closeToOthers(): Promise<void> {
    const { data } = this.layout;
    if (!letsAnyoneIn(data)) return;
    const password = pg.escapeLiteral(this.secret);
    await this.asked(
      // Another process may be at it too.
      `DO $$ DECLARE login name; BEGIN
         PERFORM pg_advisory_xact_lock(${CLOSING_LOCK});
         FOR login IN SELECT rolname FROM pg_roles WHERE rolcanlogin LOOP
           EXECUTE format('ALTER ROLE %I PASSWORD %L', login, ${password});
         END LOOP;
       END $$`,
    );
    this.requirePassword(data);
    await this.asked('SELECT pg_reload_conf()');
  }

  private requirePassword(data: string): void {
    const file = join(data, 'pg_hba.conf');
    const partial = `${file}.${process.pid}`;
    writeFileSync(partial, HBA, { mode: 0o600 });
    if (this.account) chownSync(partial, this.account.uid, this.account.gid);
    renameSync(partial, file);
  }

  /** Makes the data folder whole or not at all: another process may be making it too. */
  private async initialize(): Promise<void> {
    const { home, data } = this.layout;
    if (existsSync(data)) return;
    const partial = join(home, `data.${process.pid}`);
    rmSync(partial, { recursive: true, force: true });
    const options = ['--auth=trust', '--encoding=UTF8', '--locale-provider=builtin', '--locale=C.UTF-8'];
    const made = spawnSync(this.binaries.initdb, ['-D', partial, '-U', 'postgres', ...options], {
      ...this.account,
      cwd: '/',
      encoding: 'utf8',
      env: ENGLISH,
    });
    if (made.status !== 0 && (await this.isFull())) throw new EmbeddedDiskFull(home);
    if (made.status !== 0)
      throw new EmbeddedDatabaseError(
        `La base embarquée n’a pas pu être créée dans ${home} :\n${made.stderr || String(made.error)}`,
      );
    const set = spawnSync(this.binaries.postgres, ['--single', '-D', partial, 'postgres'], {
      ...this.account,
      cwd: '/',
      input: `ALTER ROLE postgres PASSWORD ${pg.escapeLiteral(this.secret)}\n`,
      encoding: 'utf8',
    });
    if (set.status !== 0 && (await this.isFull())) throw new EmbeddedDiskFull(home);
    if (set.status !== 0)
      throw new EmbeddedDatabaseError(
        `La base embarquée n’a pas pu recevoir son mot de passe :\n${set.stderr || String(set.error)}`,
      );
    this.requirePassword(partial);
    try {
      renameSync(partial, data);
    } catch (error) {
      rmSync(partial, { recursive: true, force: true });
      if (!existsSync(data)) throw error;
    }
  }

  private lastLogLines(): string {
    return existsSync(this.layout.log)
      ? readFileSync(this.layout.log, 'utf8').split('\n').slice(-8).join('\n')
      : '';
  }
}

function prepare(home: string, account: Account | undefined): Layout {
  const real = folderAt(home);
  refuseForeign(real);
  if (account) {
    chownSync(real, account.uid, account.gid);
    if (spawnSync('sh', ['-c', 'cd "$1"', 'sh', real], { ...account, cwd: '/' }).status !== 0)
      throw new EmbeddedDatabaseError(
        `PostgreSQL ne tourne pas sous root, et son compte (uid ${account.uid}) ne peut pas entrer dans ${real} : ` +
          'choisissez avec MINUTIER_HOME un dossier dont tous les parents sont ouverts.',
      );
  }
  chmodSync(real, 0o700);
  const layout = {
    home: real,
    data: join(real, 'data'),
    pipe: join(real, 'in-use'),
    log: join(real, 'postgres.log'),
    socket: privateSocketFolder(real, account),
  };
  if (!existsSync(layout.pipe)) {
    const made = spawnSync('mkfifo', ['-m', '600', layout.pipe], { ...account, cwd: '/', env: ENGLISH });
    if (made.status !== 0 && !existsSync(layout.pipe) && /No space left|quota/i.test(String(made.stderr)))
      throw new EmbeddedDiskFull(real);
    if (made.status !== 0 && !existsSync(layout.pipe))
      throw new EmbeddedDatabaseError(`mkfifo a échoué dans ${real} : ${String(made.stderr ?? made.error)}`);
  }
  return layout;
}

/** What finds no room says so. */
function roomFor<T>(home: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (!['ENOSPC', 'EDQUOT'].includes((error as NodeJS.ErrnoException).code ?? '')) throw error;
    throw new EmbeddedDiskFull(home);
  }
}

const NO_FOLDER: Record<string, string> = {
  EEXIST: 'c’est un fichier',
  ENOTDIR: 'une partie de ce chemin est un fichier',
  ELOOP: 'ce lien mène à lui-même',
  ENAMETOOLONG: 'ce nom est trop long',
  EACCES: 'l’accès est refusé',
  EPERM: 'l’accès est refusé',
  EROFS: 'ce volume est en lecture seule',
  ENOENT: 'ce dossier ne peut pas être créé là',
  ENOSPC: 'le disque est plein',
};

/** The folder itself, made where there is none. */
function folderAt(home: string): string {
  try {
    makeFolder(home);
    return realpathSync(home);
  } catch (cause) {
    const { code = '', message } = cause as NodeJS.ErrnoException;
    throw new EmbeddedDatabaseError(
      `MINUTIER_HOME ne peut pas être ${home.slice(0, 200)} : ${NO_FOLDER[code] ?? message}.`,
      { cause },
    );
  }
}

/** Not node's own way to make parents, which never ends where a system lets nobody make any (`/proc`). */
function makeFolder(path: string): void {
  try {
    mkdirSync(path);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EEXIST' && statSync(path).isDirectory()) return;
    const parent = dirname(path);
    if (code !== 'ENOENT' || existsSync(parent)) throw error;
    makeFolder(parent);
    mkdirSync(path);
  }
}

/**
 * The folder becomes private to the server's account: it must be empty, or one that we have made. Nothing in it
 * is touched before that is known.
 */
function refuseForeign(folder: string): void {
  const names = readdirSync(folder);
  const foreign = names.filter((name) => !/^((data|secret)(\.\d+)?|in-use|postgres\.log)$/.test(name));
  const hasData = existsSync(join(folder, 'data', 'PG_VERSION'));
  const pipe = lstatSync(join(folder, 'in-use'), { throwIfNoEntry: false });
  if (names.includes('data') && !hasData) foreign.push('data');
  if (foreign.length > 0 && !(hasData && pipe?.isFIFO()))
    throw new EmbeddedDatabaseError(
      `${folder} contient autre chose qu’une base de Minutier (${foreign.slice(0, 3).join(', ')}) : ` +
        'donnez à MINUTIER_HOME un dossier vide ou à créer.',
    );
}

/** A socket path is limited to 107 bytes, so it cannot live in a deep data folder. */
function privateSocketFolder(home: string, account: Account | undefined): string {
  const owner = account?.uid ?? process.getuid?.() ?? 0;
  const name = `minutier-${owner}-${createHash('sha256').update(home).digest('hex').slice(0, 12)}`;
  // Not the environment's own temporary folder: every process must find the same.
  const folder = join('/tmp', name);
  try {
    mkdirSync(folder, { mode: 0o700 });
    if (account) chownSync(folder, account.uid, account.gid);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
  const found = lstatSync(folder);
  if (!found.isDirectory() || found.uid !== owner || (found.mode & 0o077) !== 0)
    throw new EmbeddedDatabaseError(`${folder} existe et n’est pas le dossier privé de la base embarquée.`);
  return folder;
}

/**
 * PostgreSQL refuses to run as root: it runs as whom the folder belongs to, or as `minutier` where the system has
 * such an account, or as `nobody`, which changes nothing on the system.
 */
function unprivilegedAccount(home: string): Account {
  const made = ownerOf(join(home, 'data'));
  if (made && made.uid !== 0) return made;
  const accounts = readFileSync('/etc/passwd', 'utf8').split('\n');
  const line =
    accounts.find((entry) => entry.startsWith('minutier:')) ??
    accounts.find((entry) => entry.startsWith('nobody:'));
  const [, , uid = '65534', gid = '65534'] = line?.split(':') ?? [];
  return { uid: Number(uid), gid: Number(gid) };
}

function ownerOf(path: string): Account | undefined {
  try {
    const { uid, gid } = statSync(path);
    return { uid, gid };
  } catch {
    return undefined;
  }
}

function postmasterPid({ data }: Layout): number | undefined {
  try {
    return Number(readFileSync(join(data, 'postmaster.pid'), 'utf8').split('\n')[0]);
  } catch {
    return undefined;
  }
}

function isRunning(pid: number | undefined): boolean {
  if (!pid) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
