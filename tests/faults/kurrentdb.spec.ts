import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { projectRoot } from '../../libs/config/index.js';
import { KurrentDbServer, notKilled } from '../support/kurrentdb.js';
import { rounds } from '../support/faults.js';
import { searchPath } from '../support/processes.js';
import { Running } from '../support/serving.js';
import { addressOf, type TestDatabase, testDatabase } from '../support/test-database.js';

const ROUNDS = Math.max(5, rounds(20));
const CALLERS = 4;
const STOPPED_SECONDS = rounds(100) > 50 ? 60 : 20;
const DEADLINE_MILLISECONDS = 8000;

interface Answer {
  readonly status: number;
  readonly body: { readonly code?: string; readonly items?: readonly { readonly reference: string }[] };
  readonly milliseconds: number;
}

if (notKilled) describe('a register on a KurrentDB that dies', () => it.todo(notKilled!));
else
  describe('a register on a KurrentDB that dies', () => {
    let server: KurrentDbServer;
    let database: TestDatabase;
    let child: ChildProcess;
    let url: string;

    beforeAll(async () => {
      server = await KurrentDbServer.start();
      database = await testDatabase();
      child = spawn(process.execPath, [join(projectRoot(), 'dist', 'apps', 'cli', 'main.js'), 'serve'], {
        env: {
          PATH: searchPath,
          MINUTIER_PORT: '0',
          DATABASE_URL: addressOf(database),
          KURRENTDB_URL: server.url,
        },
        stdio: ['ignore', 'pipe', 'ignore'],
      });
      url = await new Promise<string>((resolve) => {
        let said = '';
        child.stdout!.on('data', (data: Buffer) => {
          said += data.toString();
          const found = /http:\/\/\S+:\d+/.exec(said);
          if (found) resolve(`${found[0]}/api/v1`);
        });
      });
      const seance = { comite: 'sifac', numero: 1, jour: '2021-03-04' };
      expect((await post('/comites', { comite: 'sifac', nom: 'SIFAC' }, 'comite')).status).toBe(201);
      expect((await post('/seances', seance, 'seance')).status).toBe(201);
    });
    afterAll(async () => {
      child.kill('SIGKILL');
      await server.close();
      await database.drop();
    });

    const call = async (path: string, init?: RequestInit): Promise<Answer> => {
      const started = performance.now();
      const response = await fetch(url + path, init);
      const body = (await response.json()) as Answer['body'];
      return { status: response.status, body, milliseconds: performance.now() - started };
    };
    const post = (path: string, body: object, key: string): Promise<Answer> =>
      call(path, {
        method: 'POST',
        headers: { 'Content-Type': 'application/json', 'Minutier-Auteur': 'moi', 'Idempotency-Key': key },
        body: JSON.stringify(body),
      });
    const planifier = (n: number) =>
      post('/seances', { comite: 'sifac', numero: n + 2, jour: '2021-03-04' }, `seance-${n}`);
    const seances = async (): Promise<string[]> => {
      const all: string[] = [];
      for (let path = '/seances?limit=200'; path;) {
        const { body } = await call(path);
        const { next } = body as { next?: string | null };
        all.push(...body.items!.map(({ reference }) => reference));
        path = next ? `/seances?limit=200&cursor=${encodeURIComponent(next)}` : '';
      }
      return all;
    };

    it(
      `loses and doubles nothing that was acknowledged over ${ROUNDS} kill -9`,
      async () => {
        const acknowledged: number[] = [];
        let next = 0;
        for (let round = 0; round < ROUNDS; round += 1) {
          let running = true;
          const callers = Array.from({ length: CALLERS }, async () => {
            while (running) {
              const n = next;
              next += 1;
              for (;;) {
                const { status, body } = await planifier(n);
                if (status === 201 || status === 200) break;
                expect([status, body.code]).toEqual([503, expect.stringMatching(/^(journal|vues)-/)]);
                await sleep(50);
              }
              acknowledged.push(n);
            }
          });
          await sleep(100 + Math.random() * 200);
          await server.end('SIGKILL');
          await server.run();
          running = false;
          await Promise.all(callers);
        }
        const there = await seances();
        expect(new Set(there).size).toBe(there.length);
        expect(there.toSorted()).toEqual(
          [...acknowledged.map((n) => `sifac/${n + 2}`), 'sifac/1'].toSorted(),
        );
      },
      ROUNDS * 30_000,
    );

    it(
      `answers commands with 503 in time while it is stopped for ${STOPPED_SECONDS} s, goes on showing views, and recovers`,
      async () => {
        const before = await seances();
        await server.end('SIGTERM');
        const until = Date.now() + STOPPED_SECONDS * 1000;
        let refused = 0;
        while (Date.now() < until) {
          const answers = await Promise.all([1, 2, 3, 4].map((n) => planifier(90_000 + n)));
          for (const { status, milliseconds } of answers) {
            expect(status).toBe(503);
            expect(milliseconds).toBeLessThan(DEADLINE_MILLISECONDS);
            refused += 1;
          }
          expect(await seances()).toEqual(before);
          expect((await call('/actions')).status).toBe(200);
        }
        expect(refused).toBeGreaterThan(8);
        await server.run();
        for (let n = 0; (await planifier(90_001)).status >= 300; n += 1) {
          if (n > 100) throw new Error('the register did not recover');
          await sleep(100);
        }
        expect(await seances()).toContain('sifac/90003');
      },
      (STOPPED_SECONDS + 120) * 1000,
    );

    const YOUNG = Math.max(2, rounds(20));
    it(
      `serves an empty register whose server goes away in its first second, ${YOUNG} times`,
      async () => {
        for (let round = 0; round < YOUNG; round += 1) {
          const young = await KurrentDbServer.start();
          const empty = await testDatabase();
          const serving = await Running.serve({ DATABASE_URL: addressOf(empty), KURRENTDB_URL: young.url });
          await sleep(Math.random() * 1000);
          await young.end('SIGKILL');
          await sleep(1500);
          expect([serving.child.exitCode, serving.child.signalCode]).toEqual([null, null]);
          await young.run();
          const institute = () =>
            serving.call('POST', '/api/v1/comites', { comite: 'jeune', nom: 'Jeune' }, 'jeune');
          for (let n = 0; (await institute()).status >= 300; n += 1) {
            if (n > 100) throw new Error('the register did not recover');
            await sleep(100);
          }
          await serving.kill();
          await young.close();
          await empty.drop();
        }
      },
      YOUNG * 60_000,
    );

    it('takes a key for one request, whatever it is about', async () => {
      const ask = (numero: number) =>
        post('/seances', { comite: 'sifac', numero, jour: '2021-03-04' }, 'une-cle');
      const answers = [await ask(96_001), await ask(96_001), await ask(96_002)];
      expect(answers.map(({ status }) => status)).toEqual([201, 200, 422]);
      expect(answers[2]!.body.code).toBe('commande-differente');
    });

    it('takes nothing into a server that was wiped, shows nothing from it, and says so', async () => {
      await server.end('SIGKILL');
      server.wipe();
      await server.run();
      const answers = [await planifier(95_000), await call('/actions'), await call('/journal')];
      for (const { status, body } of answers)
        expect([status, body.code]).toEqual([503, expect.stringMatching(/^journal-(autre|injoignable)$/)]);
      for (let n = 0; (await planifier(95_001)).body.code !== 'journal-autre'; n += 1) {
        if (n > 100) throw new Error('the register did not notice');
        await sleep(100);
      }
      for (const path of ['/actions', '/seances?asOf=sifac/1', '/journal'])
        expect(await call(path)).toMatchObject({ status: 503, body: { code: 'journal-autre' } });
      const ready = await fetch(new URL('/health/ready', url));
      expect([ready.status, await ready.json()]).toEqual([
        503,
        { status: 'error', error: expect.stringMatching(/^Les vues viennent du journal/) },
      ]);
    });
  });
