import { type ChildProcess, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { plain } from '../support/command-line.js';
import { readFile } from 'node:fs/promises';
import { projectRoot, readEnvironment } from '../../libs/config/index.js';
import { digest, type Entry, eventId, type EventStore } from '../../libs/event-sourcing/index.js';
import { type LogCopy } from '../../libs/log/index.js';
import { logAt } from '../../libs/registre/index.js';
import { kurrentDbUrl, notRun } from '../support/kurrentdb.js';
import { searchPath } from '../support/processes.js';
import { addressOf, type TestDatabase, testDatabase } from '../support/test-database.js';

const EVENTS = 20_000;
const PER_STREAM = 500;
const KILLS = 3;

const MAIN = join(projectRoot(), 'dist', 'apps', 'cli', 'main.js');

function stream(n: number): Entry {
  const commandId = randomUUID();
  const events = Array.from({ length: PER_STREAM }, (_, index) => ({
    id: eventId(commandId, index),
    type: 'AvancementConstate',
    version: 1,
    data: { seance: `essai/${n + 1}`, acteur: null, texte: `Relancé, étape ${index}`, code: 'en-cours' },
    metadata: {
      author: 'essai',
      commandId,
      commandDigest: digest(commandId),
      statedOn: '2018-06-30',
      effectiveOn: '2018-06-30',
    },
  }));
  return { stream: `action-essai/${n + 1}/A1`, expected: 'noStream', events };
}

/** How many events a file that is being written holds for sure. */
async function eventsIn(path: string): Promise<number> {
  try {
    const { bytes } = JSON.parse(await readFile(`${path}.partiel.json`, 'utf8')) as { bytes: number };
    const whole = (await readFile(`${path}.partiel`)).subarray(0, bytes);
    return gunzipSync(whole).toString().split('\n').length - 2;
  } catch {
    return 0;
  }
}

/** How many events a log holds, from one question to the next. */
function counting(store: EventStore): () => Promise<number> {
  let [after, count] = [0n, 0];
  return async () => {
    for (;;) {
      const page = await store.readAll(after, PER_STREAM);
      if (page.length === 0) return count;
      count += page.length;
      after = page.at(-1)!.position;
    }
  };
}

describe('a copy of a whole log whose process is killed', () => {
  const folder = mkdtempSync(join(tmpdir(), 'minutier-copie-tuee-'));
  const databases: TestDatabase[] = [];
  let origin: string;

  const emptyDatabase = async (): Promise<string> => {
    const database = await testDatabase();
    databases.push(database);
    return addressOf(database);
  };

  beforeAll(async () => {
    if (!existsSync(MAIN)) throw new Error('build first: npm run build');
    origin = await emptyDatabase();
    const { store, close } = await logAt(undefined, readEnvironment({ DATABASE_URL: origin }));
    for (let n = 0; n < EVENTS / PER_STREAM; n += 1) await store.append([stream(n)]);
    await close();
  });
  afterAll(async () => {
    for (const database of databases) await database.drop();
    rmSync(folder, { recursive: true, force: true });
  });

  const copying = (args: readonly string[], env: Record<string, string>): ChildProcess =>
    spawn(process.execPath, [MAIN, 'log', 'copy', '--json', ...args], {
      env: { PATH: searchPath, ...env },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
  const copied = async (args: readonly string[], env: Record<string, string>): Promise<LogCopy> => {
    let said = '';
    for await (const data of copying(args, env).stdout!) said += plain(String(data));
    return JSON.parse(said) as LogCopy;
  };

  /** Kills a copy as soon as it has brought something, again and again, and lets the last one end. */
  async function endures(
    args: readonly string[],
    env: Record<string, string>,
    there: () => Promise<number>,
  ): Promise<LogCopy> {
    for (let kill = 0; kill < KILLS; kill += 1) {
      const before = await there();
      const child = copying(args, env);
      const exited = new Promise((resolve) => child.once('exit', resolve));
      while ((await there()) === before && child.exitCode === null) await sleep(10);
      child.kill('SIGKILL');
      await exited;
      expect(child.signalCode).toBe('SIGKILL');
    }
    // What the server was told before the kill may still be on its way to the disk.
    await sleep(500);
    const left = await there();
    expect(left).toBeGreaterThan(0);
    expect(left).toBeLessThan(EVENTS);
    const copie = await copied(args, env);
    expect(copie).toMatchObject({ evenements: EVENTS, repris: left });
    return copie;
  }

  const shown = async (env: Record<string, string>): Promise<string> =>
    (await copied(['--to', join(folder, `${randomUUID()}.ndjson.gz`)], env)).sha256;

  it('goes on with a file from where it was, and the file is whole', async () => {
    const path = join(folder, 'tuee.ndjson.gz');
    const { sha256 } = await endures(['--to', path], { DATABASE_URL: origin }, () => eventsIn(path));
    const target = await emptyDatabase();
    expect((await copied(['--from', path], { DATABASE_URL: target })).sha256).toBe(sha256);
    expect(await shown({ DATABASE_URL: target })).toBe(await shown({ DATABASE_URL: origin }));
  });

  it('goes on with a database from where it was, and the log is whole', async () => {
    const env = { DATABASE_URL: await emptyDatabase() };
    const { store, close } = await logAt(undefined, readEnvironment(env));
    const { sha256 } = await endures(['--from', origin], env, counting(store)).finally(close);
    expect(await shown(env)).toBe(sha256);
  });

  if (notRun) it.todo(notRun);
  else
    it('goes on with a KurrentDB from where it was, and the log is whole', async () => {
      const env = {
        DATABASE_URL: await emptyDatabase(),
        KURRENTDB_URL: kurrentDbUrl!,
        KURRENTDB_PREFIX: `t-${randomUUID()}`,
      };
      const { store, close } = await logAt(undefined, readEnvironment(env));
      const { sha256 } = await endures(['--from', origin], env, counting(store)).finally(close);
      expect(await shown(env)).toBe(sha256);
    });
});
