import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { stringify } from 'yaml';
import { projectRoot } from '../../libs/config/index.js';
import { plain } from '../support/command-line.js';
import { searchPath } from '../support/processes.js';

const app = (name: string): string => join(projectRoot(), 'dist', 'apps', name, 'main.js');
const MAIN = app('cli');
const PROJECTOR = [app('projector')];
const API = [app('api')];

interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** The command line as processes, on an embedded database of its own. */
describe('the command line, as processes', () => {
  let home: string;
  beforeAll(() => {
    if (!existsSync(MAIN)) throw new Error('build first: npm run build');
  });
  beforeEach(() => {
    home = mkdtempSync(join(tmpdir(), 'minutier-cli-'));
    execFileSync('chmod', ['755', home]);
  });
  afterEach(async () => {
    await gone();
    rmSync(home, { recursive: true, force: true });
  });

  const start = (...args: string[]): ChildProcess =>
    spawn(process.execPath, args[0]?.endsWith('.js') ? args : [MAIN, ...args], {
      env: { PATH: searchPath, MINUTIER_HOME: home, MINUTIER_PORT: '0' },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
  const ended = async (child: ChildProcess): Promise<Ended> => {
    const out = { stdout: '', stderr: '' };
    child.stdout!.on('data', (data: Buffer) => (out.stdout += data.toString()));
    child.stderr!.on('data', (data: Buffer) => (out.stderr += data.toString()));
    const code = await new Promise<number | null>((resolve) => child.once('close', resolve));
    return { code, stdout: plain(out.stdout), stderr: plain(out.stderr) };
  };
  const run = (...args: string[]): Promise<Ended> => ended(start(...args));
  const postmaster = (): number | undefined => {
    try {
      return Number(readFileSync(join(home, 'data', 'postmaster.pid'), 'utf8').split('\n')[0]);
    } catch (error) {
      // A server that stops takes its file away at any moment.
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
      throw error;
    }
  };
  const isRunning = (pid: number | undefined): boolean => pid !== undefined && existsSync(`/proc/${pid}`);
  /** Waits until no server is left behind. */
  const gone = async (): Promise<void> => {
    for (let n = 0; n < 600 && isRunning(postmaster()); n += 1) await sleep(100);
    expect(isRunning(postmaster())).toBe(false);
  };

  /** What a process has said once its output matches. */
  const untilSays = async (child: ChildProcess, what: RegExp): Promise<RegExpExecArray> => {
    let said = '';
    for await (const data of child.stdout!.iterator({ destroyOnReturn: false })) {
      said += plain(String(data));
      const match = what.exec(said);
      if (match) return match;
    }
    throw new Error(`ended without a word like ${what}: ${said}`);
  };
  const serving = async (): Promise<{ child: ChildProcess; url: string }> => {
    const child = start('serve');
    const [, url] = await untilSays(child, /(http:\S+:\d+)/);
    return { child, url: `${url}/api/v1` };
  };
  const post = (url: string, body: object): Promise<Response> =>
    fetch(url, {
      method: 'POST',
      headers: {
        'Content-Type': 'application/json',
        'Minutier-Auteur': 'moi',
        'Idempotency-Key': createHash('sha256').update(JSON.stringify(body)).digest('hex').slice(0, 32),
      },
      body: JSON.stringify(body),
    });
  const eventually = async (check: () => Promise<void>): Promise<void> => {
    for (let n = 0; ; n += 1)
      try {
        return await check();
      } catch (error) {
        if (n === 100) throw error;
        await sleep(200);
      }
  };

  it('explains each command, and answers each as one document where it is asked to', async () => {
    const commandsIn = (help: string): string[] =>
      [...(/Commandes\s:\n([\s\S]*)/.exec(help)?.[1] ?? '').matchAll(/^ {2}(\w[\w-]*)/gm)]
        .map(([, name]) => name!)
        .filter((name) => name !== 'help');
    const told = async (...command: string[]): Promise<void> => {
      const { code, stdout } = await run(...command, '--help');
      expect(code).toBe(0);
      const inner = commandsIn(stdout);
      if (inner.length === 0) expect([command, stdout]).toEqual([command, expect.stringContaining('--json')]);
      for (const name of inner) await told(...command, name);
    };
    await told();
    const demo = await run('demo', '--no-serve', '--json');
    expect(JSON.parse(demo.stdout)).toMatchObject({ imports: [{ seance: 'apogee-rof/1' }, {}] });
    const child = start('serve', '--json');
    const [document] = await untilSays(child, /^[{][\s\S]*[}]$/m);
    expect(JSON.parse(document)).toMatchObject({ api: expect.stringMatching(/^http.*api/) });
    child.kill('SIGTERM');
  });

  it('runs the demo, and a second time records nothing', async () => {
    const first = await run('demo', '--no-serve');
    expect(first).toMatchObject({ code: 0, stderr: '' });
    expect(first.stdout).toMatch(/19\sévénements enregistrés/);
    expect(first.stdout).toMatch(/Sollicité, en/);
    const second = await run('demo', '--no-serve');
    expect(second.code).toBe(0);
    expect(second.stdout).toMatch(/déjà enregistrée, rien n’a changé/);
    expect(second.stdout.slice(second.stdout.indexOf('\n\n'))).toBe(
      first.stdout.slice(first.stdout.indexOf('\n\n')),
    );
  });

  it('takes several commands at once on a folder that does not exist yet, and leaves no server behind', async () => {
    const all = await Promise.all([
      run('demo', '--no-serve'),
      run('seances'),
      run('doctor'),
      run('demo', '--no-serve'),
    ]);
    expect(all.map(({ code, stderr }) => [code, stderr])).toEqual(Array(4).fill([0, '']));
    await gone();
    const { items } = JSON.parse((await run('journal', '--json')).stdout) as { items: { id: string }[] };
    expect(items.length).toBe(111);
  });

  it('stops its server when the only command is killed', async () => {
    const child = start('serve');
    const end = ended(child);
    await new Promise((resolve) => child.stdout!.once('data', resolve));
    expect(isRunning(postmaster())).toBe(true);
    child.kill('SIGKILL');
    await end;
    await gone();
    expect((await run('seances')).code).toBe(0);
  });

  it('lets a command go on when the one that started the server is killed', async () => {
    const first = start('serve');
    await new Promise((resolve) => first.stdout!.once('data', resolve));
    const second = start('serve');
    await new Promise((resolve) => second.stdout!.once('data', resolve));
    first.kill('SIGKILL');
    await sleep(500);
    expect(isRunning(postmaster())).toBe(true);
    const url = await run('doctor');
    expect(url.code).toBe(0);
    second.kill('SIGINT');
    expect((await ended(second)).code ?? 0).toBe(0);
  });

  it('serves again by itself after its database was killed', async () => {
    const { child, url } = await serving();
    for (const round of ['un', 'deux', 'trois']) {
      // The views are being brought up to date when the server dies.
      expect((await post(`${url}/comites`, { comite: `avant-${round}`, nom: 'Avant' })).status).toBe(201);
      const killed = postmaster()!;
      process.kill(killed, 'SIGKILL');
      const pendant = { comite: `pendant-${round}`, nom: 'Pendant' };
      expect([201, 503]).toContain((await post(`${url}/comites`, pendant)).status);
      await eventually(async () => {
        expect((await post(`${url}/comites`, pendant)).ok).toBe(true);
        expect((await fetch(`${url}/seances`)).status).toBe(200);
      });
      expect(postmaster()).not.toBe(killed);
    }
    child.kill('SIGINT');
    expect((await ended(child)).code ?? 0).toBe(0);
  });

  it('keeps views by a projector of its own while the API records', async () => {
    const { child: holder } = await serving();
    const projector = start(...PROJECTOR);
    await untilSays(projector, /tenues à jour/);
    const api = start(...API);
    const [, url] = await untilSays(api, /API : (\S+)/);
    expect((await post(`${url}/api/v1/comites`, { comite: 'seul', nom: 'Seul' })).status).toBe(201);
    const planned = { comite: 'seul', numero: 1, jour: '2021-03-04' };
    expect((await post(`${url}/api/v1/seances`, planned)).status).toBe(201);
    const { items } = (await (await fetch(`${url}/api/v1/seances`)).json()) as { items: object[] };
    expect(items).toMatchObject([{ reference: 'seul/1' }]);
    for (const child of [api, projector, holder]) {
      child.kill('SIGTERM');
      expect((await ended(child)).code ?? 0).toBe(0);
    }
  });

  it('records a file wholly or not at all, whenever it is killed', async () => {
    await run('seances');
    const actions = Array.from({ length: 300 }, (_, n) => ({
      action: `A${n + 1}`,
      intitule: `Faire ${n}`,
      acteurs: ['Amue'],
    }));
    const outcomes = new Set<number>();
    for (let round = 0; round < 8; round += 1) {
      const file = join(home, `${round}.yaml`);
      const seance = {
        version: 1,
        comite: `c${round}`,
        numero: 1,
        auteur: 'moi',
        comiteInstitue: { nom: 'Essai' },
        seance: { jour: '2020-01-10' },
        ouverture: {},
        actions,
        cloture: {},
      };
      writeFileSync(file, stringify(seance));
      const child = start('import', file);
      const end = ended(child);
      await sleep(250 + round * 110);
      child.kill('SIGKILL');
      await end;
      const { items } = JSON.parse((await run('journal', '--json')).stdout) as {
        items: { stream: string }[];
      };
      const own = items.filter(({ stream }) => new RegExp(`-c${round}(/|$)`).test(stream)).length;
      expect([0, 304]).toContain(own);
      outcomes.add(own);
      expect((await run('import', file)).code).toBe(0);
    }
    expect(outcomes).toContain(0);
  });

  it.each([
    [['--help'], 0],
    [['actions', '--help'], 0],
    [['rien'], 2],
    [['import'], 2],
    [['import', '/rien.yaml'], 2],
    [['actions', '--as-of', 'hier'], 2],
    [['actions', '--as-of', 'apogee-rof/9'], 1],
    [['diff', 'budget', '--from', 'position:1'], 2],
    [['corriger', 'apogee-rof/1/A1@0', '--motif', 'x', '--champ', 'a=b'], 2],
    [['annuler', 'apogee-rof/1/A1@0', '--motif', 'x', '--auteur', 'moi'], 1],
  ])('minutier %j exits with %i', async (args, code) => {
    expect((await run(...args)).code).toBe(code);
  });

  it('exits with 3 when the service behind does not answer, and with --json prints one document', async () => {
    const child = spawn(process.execPath, [MAIN, 'actions', '--json'], {
      env: { PATH: searchPath, DATABASE_URL: 'postgres://127.0.0.1:1/rien' },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const { code, stdout } = await ended(child);
    expect(code).toBe(3);
    expect(JSON.parse(stdout)).toMatchObject({ erreur: { code: 'journal-injoignable' } });
  });
});
