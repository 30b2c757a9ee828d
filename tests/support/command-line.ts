import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { projectRoot } from '../../libs/config/index.js';
import { searchPath } from './processes.js';
import { addressOf, type TestDatabase } from './test-database.js';

export interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface CommandLine {
  run(...args: string[]): Promise<Ended>;
  /** What it printed; a command that fails fails the test. */
  done(...args: string[]): Promise<string>;
  /** The document that `--json` prints. */
  json(...args: string[]): Promise<ReturnType<typeof JSON.parse>>;
}

/** A reader does not see which spaces keep words together. */
export const plain = (text: string): string => text.replaceAll('\u00a0', ' ');

/** The command line as its users have it: a process a command, on a database of the test's own. */
/** @param more of the environment */
export function commandLine(
  database: TestDatabase,
  author = 'secretariat',
  more: Readonly<Record<string, string>> = {},
): CommandLine {
  const main = join(projectRoot(), 'dist', 'apps', 'cli', 'main.js');
  if (!existsSync(main)) throw new Error('build first: npm run build');
  const env = { PATH: searchPath, DATABASE_URL: addressOf(database), MINUTIER_AUTEUR: author, ...more };
  const run = (...args: string[]): Promise<Ended> =>
    new Promise((resolve) => {
      const child = execFile(
        process.execPath,
        [main, ...args],
        { env, maxBuffer: 2 ** 26 },
        (_, stdout, stderr) =>
          resolve({ code: child.exitCode ?? 1, stdout: plain(stdout), stderr: plain(stderr) }),
      );
    });
  const done = async (...args: string[]): Promise<string> => {
    const { code, stdout, stderr } = await run(...args);
    if (code !== 0) throw new Error(`minutier ${args.join(' ')} : sortie ${code}\n${stderr}${stdout}`);
    return stdout;
  };
  return { run, done, json: async (...args) => JSON.parse(await done(...args, '--json')) as unknown };
}
