import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import pg from 'pg';
import { projectRoot } from '../../libs/config/index.js';
import { Registre, verifyRows } from '../../libs/registre/index.js';
import { rounds } from '../support/faults.js';
import { searchPath } from '../support/processes.js';
import { call, Load, Running, seancesOf } from '../support/serving.js';
import { addressOf, type TestDatabase, testDatabase } from '../support/test-database.js';

/** For all rounds an hour, for a tenth of them some minutes. */
const LONG = rounds(100) > 50 ? 3_600_000 : 400_000;
const SUSPENDED_SECONDS = rounds(100) > 50 ? 60 : 15;
const main = (root: string, app: string): string => join(root, 'dist/apps', app, 'main.js');

/** Servers, projectors and databases, of which one is really taken away while commands go on over HTTP. */
describe('a register under load', () => {
  let database: TestDatabase;
  let registre: Registre;
  let comite: string;
  const running: Running[] = [];
  const loads: Load[] = [];

  beforeAll(async () => {
    database = await testDatabase('faults');
  });
  beforeEach(async () => {
    registre = await Registre.over({ ...database, close: () => undefined });
    comite = `f${randomUUID().slice(0, 8)}`;
    const one = await serve();
    await post(one.url, '/api/v1/comites', { comite, nom: 'Épreuve', depuis: '2020-01-01' });
    await post(one.url, '/api/v1/seances', { comite, numero: 1, jour: '2021-03-04' });
  });
  afterEach(async () => {
    for (const load of loads.splice(0)) load.abandon();
    await Promise.all(running.splice(0).map((one) => one.kill()));
    // Whatever was taken away, the views say what the log tells.
    const { wrong } = await verifyRows(registre);
    expect(wrong).toEqual([]);
    await registre.close();
  });
  afterAll(async () => {
    await database.drop();
  });

  const loadOn = (
    urls: () => readonly string[],
    callers?: number,
    { first, pause }: { first?: number; pause?: number } = {},
  ): Load => {
    const load = new Load(urls, comite, callers, first, pause);
    loads.push(load);
    return load;
  };
  const env = (): Record<string, string> => ({ DATABASE_URL: addressOf(database) });
  const serve = async (root?: string): Promise<Running> => {
    const one = await Running.serve(env(), root);
    running.push(one);
    return one;
  };
  const post = async (url: string, path: string, body: object): Promise<void> => {
    expect((await call(url, 'POST', path, body)).status).toBe(201);
  };
  /** Everything that was acknowledged is there, once, and nothing else. */
  const settle = async (load: Load, url: string): Promise<void> => {
    await load.end();
    expect(load.unexpected).toEqual([]);
    expect(await seancesOf(url, comite)).toEqual([1, ...load.acknowledged].toSorted((a, b) => a - b));
  };
  const owner = async <T>(work: (client: pg.Client) => Promise<T>): Promise<T> => {
    const client = new pg.Client(database.owner);
    client.on('error', () => undefined);
    await client.connect();
    return work(client).finally(() => client.end().catch(() => undefined));
  };

  it(
    `loses and doubles nothing over ${rounds(100)} kill -9 of the server`,
    async () => {
      let one: Running | undefined = running[0];
      const load = loadOn(() => (one ? [one.url] : []));
      for (let round = 0; round < rounds(100); round += 1) {
        await sleep(50 + Math.random() * 300);
        const lost: Running = one!;
        one = undefined;
        await lost.kill();
        one = await serve();
      }
      await settle(load, one!.url);
    },
    LONG,
  );

  it(
    `loses and doubles nothing over ${rounds(100)} kill -9 of PostgreSQL, nor ${rounds(20)} restarts of it`,
    async () => {
      const { url } = running[0]!;
      const load = loadOn(() => [url]);
      for (let round = 0; round < rounds(100) + rounds(20); round += 1) {
        await sleep(50 + Math.random() * 300);
        process.kill(database.server.pid!, round < rounds(100) ? 'SIGKILL' : 'SIGINT');
        await sleep(50);
        await database.server.ensureRunning();
      }
      await settle(load, url);
    },
    LONG,
  );

  it(
    `loses and doubles nothing while ${rounds(1000)} connections are cut one by one`,
    async () => {
      const { url } = running[0]!;
      const load = loadOn(() => [url], 6);
      await owner(async (client) => {
        for (let cut = 0; cut < rounds(1000);) {
          const { rowCount } = await client.query(
            `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
              WHERE datname = current_database() AND pid <> pg_backend_pid() ORDER BY random() LIMIT 1`,
          );
          cut += rowCount ?? 0;
          await sleep(Math.random() * 30);
        }
      });
      await settle(load, url);
    },
    LONG,
  );

  it(
    `answers reads, commands and health in every other process while one is suspended for ${SUSPENDED_SECONDS} s, ${rounds(20)} times`,
    async () => {
      const [peer, other] = [running[0]!, await serve()];
      const load = loadOn(() => [peer.url, other.url], 2);
      load.silent = peer.url;
      for (let round = 0; round < rounds(20); round += 1) {
        await sleep(200 + Math.random() * 800);
        peer.child.kill('SIGSTOP');
        const until = Date.now() + SUSPENDED_SECONDS * 1000;
        let answered = 0;
        while (Date.now() < until) {
          const command = await other.call('POST', '/api/v1/seances', {
            comite,
            numero: 1,
            jour: '2021-03-04',
          });
          const read = await other.call('GET', `/api/v1/seances?comite=${comite}&limit=5`);
          const live = await other.call('GET', '/health/live');
          const ready = await other.call('GET', '/health/ready');
          // That séance is there already: a refusal is an answer.
          expect([201, 409, 503]).toContain(command.status);
          expect([200, 503]).toContain(read.status);
          expect(live.status).toBe(200);
          expect([200, 503]).toContain(ready.status);
          if (read.status === 200) answered += 1;
        }
        expect(answered).toBeGreaterThan(20);
        peer.child.kill('SIGCONT');
      }
      await settle(load, other.url);
    },
    LONG,
  );

  it(
    'is right under two releases side by side, during a deployment and back',
    async () => {
      const next = nextRelease();
      try {
        for (let round = 0; round < rounds(10); round += 1) {
          const old = running.at(-1)!;
          const load = loadOn(() => running.map(({ url }) => url));
          const fresh = await serve(next);
          await sleep(500 + Math.random() * 500);
          expect((await old.call('GET', `/api/v1/seances?comite=${comite}&limit=1`)).status).toBe(200);
          expect((await fresh.call('GET', `/api/v1/actions?comite=${comite}&limit=1`)).status).toBe(200);
          // Deployed: the old one goes; and back: it comes again, the new one goes.
          running.splice(running.indexOf(old), 1);
          await old.kill(round % 2 ? 'SIGKILL' : 'SIGTERM');
          await sleep(300);
          const again = await serve();
          running.splice(running.indexOf(fresh), 1);
          await fresh.kill(round % 2 ? 'SIGTERM' : 'SIGKILL');
          await settle(load, again.url);
          const check = await minutier(['verify-views', '--json'], next);
          expect(check.code).toBe(0);
          comite = `f${randomUUID().slice(0, 8)}`;
          await post(again.url, '/api/v1/comites', { comite, nom: 'Épreuve', depuis: '2020-01-01' });
          await post(again.url, '/api/v1/seances', { comite, numero: 1, jour: '2021-03-04' });
        }
      } finally {
        rmSync(next, { recursive: true, force: true });
      }
    },
    LONG,
  );

  it(
    `completes a rebuild that was killed ${rounds(50)} times, and leaves nothing behind`,
    async () => {
      const { url } = running[0]!;
      const load = loadOn(() => [url], 8);
      await sleep(4000);
      for (let round = 0; round < rounds(50); round += 1) {
        const child = spawn(process.execPath, [main(projectRoot(), 'cli'), 'rebuild'], {
          env: { PATH: searchPath, ...env() },
          stdio: 'ignore',
        });
        const ended = new Promise((resolve) => child.once('exit', resolve));
        await sleep(300 + Math.random() * 900);
        child.kill('SIGKILL');
        await ended;
      }
      await load.end();
      const rebuilt = await minutier(['rebuild', '--json']);
      expect(rebuilt.code).toBe(0);
      await settle(load, url);
      const { tables, known } = await owner(async (client) => {
        await client.query('SELECT 1');
        const found = await client.query(`SELECT tablename FROM pg_tables WHERE schemaname = 'views'`);
        const generations = await client.query(
          `SELECT view || '_' || generation AS tablename FROM projection.generation`,
        );
        return {
          tables: found.rows.map(({ tablename }) => tablename).filter((name) => name !== 'request'),
          known: generations.rows.map(({ tablename }) => tablename),
        };
      });
      expect(tables.toSorted()).toEqual(known.toSorted());
    },
    LONG,
  );

  const POINTS = [
    /^SELECT FROM projection\.source/,
    /^SELECT g\.view, g\.generation, g\.checkpoint\s+FROM projection\.generation g JOIN projection\.source/,
    /^INSERT INTO views/,
    /^UPDATE views/,
    /^UPDATE projection\.generation/,
    /^COMMIT/,
  ];

  it(
    `goes on after a projector was killed ${rounds(100)} times, at each point of its transaction`,
    async () => {
      await running[0]!.kill();
      running.splice(0);
      const start = async (program: 'api' | 'projector'): Promise<Running> => {
        const one = await Running.start(program, env());
        running.push(one);
        return one;
      };
      const api = await start('api');
      let projector = await start('projector');
      const load = loadOn(() => [api.url], 3, { pause: 40 });
      const hit = new Set<number>();
      await owner(async (client) => {
        for (let round = 0; round < rounds(100); round += 1) {
          const point = round % POINTS.length;
          const until = Date.now() + 3000;
          while (Date.now() < until) {
            const { rows } = await client.query<{ query: string }>(
              `SELECT query FROM pg_stat_activity WHERE datname = current_database()
                  AND application_name = 'minutier projection' AND state <> 'idle'`,
            );
            if (rows.some(({ query }) => POINTS[point]!.test(query))) {
              hit.add(point);
              break;
            }
            await sleep(1);
          }
          running.splice(running.indexOf(projector), 1);
          await projector.kill();
          projector = await start('projector');
          // It must come so far as to fold again.
          await seancesOf(api.url, comite, 1);
        }
      });
      await settle(load, api.url);
      expect(hit.size).toBeGreaterThan(1);
    },
    LONG,
  );

  const minutier = async (args: string[], root = projectRoot()) => {
    const child = spawn(process.execPath, [main(root, 'cli'), ...args], {
      env: { PATH: searchPath, ...env() },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let stdout = '';
    child.stdout.on('data', (data: Buffer) => (stdout += data.toString()));
    const code = await new Promise((resolve) => child.once('close', resolve));
    return { code, stdout };
  };

  /** The program as its next release may be: with views of other definitions. */
  function nextRelease(): string {
    const root = mkdtempSync(join(tmpdir(), 'minutier-release-'));
    for (const name of ['dist', 'nest-cli.json', 'package.json'])
      cpSync(join(projectRoot(), name), join(root, name), { recursive: true });
    mkdirSync(join(root, 'infra'));
    cpSync(join(projectRoot(), 'infra/migrations'), join(root, 'infra/migrations'), { recursive: true });
    symlinkSync(join(projectRoot(), 'node_modules'), join(root, 'node_modules'));
    for (const view of ['dist/libs/actions/views/actions.js', 'dist/libs/copil/views/seances.js']) {
      const text = readFileSync(join(root, view), 'utf8');
      const raised = text.replace(
        /version: (\d+)/,
        (_, version: string) => `version: ${Number(version) + 1}`,
      );
      if (raised === text) throw new Error(`${view} has no version`);
      writeFileSync(join(root, view), raised);
    }
    return root;
  }
});
