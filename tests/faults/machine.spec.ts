import { execFileSync, spawnSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { appendFile, rm, statfs } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { call, Load, Running, seancesOf } from '../support/serving.js';
import { rounds } from '../support/faults.js';

const MEGABYTE = 2 ** 20;
const LONG = 400_000;

/** A register on its embedded database whose machine misbehaves. */
describe('a register on a machine', () => {
  let home: string;
  let running: Running | undefined;
  const loads: Load[] = [];
  beforeEach(() => {
    home = mkdtempSync(join(tmpdir(), 'minutier-machine-'));
    chmodSync(home, 0o755);
  });
  afterEach(async () => {
    for (const load of loads.splice(0)) load.abandon();
    await running?.kill('SIGTERM');
    running = undefined;
    await sleep(500);
    rmSync(home, { recursive: true, force: true });
  });

  const begin = async (url: string, comite: string): Promise<void> => {
    const institue = await call(url, 'POST', '/api/v1/comites', {
      comite,
      nom: 'Épreuve',
      depuis: '2020-01-01',
    });
    const planifie = await call(url, 'POST', '/api/v1/seances', { comite, numero: 1, jour: '2021-03-04' });
    expect([institue.status, planifie.status]).toEqual([201, 201]);
  };
  const settled = async (load: Load, url: string, comite: string): Promise<void> => {
    await load.end();
    expect(load.unexpected).toEqual([]);
    expect(await seancesOf(url, comite)).toEqual([1, ...load.acknowledged].toSorted((a, b) => a - b));
  };
  const verified = (env: Record<string, string>): void => {
    const out = execFileSync(process.execPath, ['dist/apps/cli/main.js', 'verify-views', '--json'], {
      env: { PATH: '/usr/bin:/bin', ...env },
    });
    expect((JSON.parse(out.toString()) as { wrong: object[] }).wrong).toEqual([]);
  };

  /** A small disk of its own, where this process may make one. */
  const disk = (): string | undefined => {
    const folder = mkdtempSync(join(tmpdir(), 'minutier-disque-'));
    try {
      execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=400m,mode=755', 'tmpfs', folder], {
        stdio: 'ignore',
      });
      return folder;
    } catch {
      rmSync(folder, { recursive: true });
      return undefined;
    }
  };
  /** A neighbour takes all the room there is, bit by bit and to the last. */
  const fill = async (folder: string, filler: string): Promise<void> => {
    for (;;) {
      const { bavail, bsize } = await statfs(folder);
      const left = bavail * bsize;
      if (left === 0) return;
      await appendFile(filler, Buffer.alloc(Math.min(left, 8 * MEGABYTE))).catch(() => undefined);
      if (left < MEGABYTE) return;
    }
  };
  const small = disk();
  if (!small) it.todo('not run: full disk (no right to mount one)');
  else {
    it(
      'says at once, at its start and in its health, that the disk is full, and serves again once it is not',
      async () => {
        const env = { MINUTIER_HOME: join(small, 'foyer') };
        const filler = join(small, 'voisin');
        const started = (home: string) =>
          spawnSync(process.execPath, ['dist/apps/cli/main.js', 'seances', '--json'], {
            env: { PATH: '/usr/bin:/bin', MINUTIER_HOME: home },
            encoding: 'utf8',
            timeout: 20_000,
          });
        const said = { status: 3, stdout: expect.stringContaining('disque-plein') };
        try {
          running = await Running.serve(env);
          await begin(running.url, 'plein');
          expect(await call(running.url, 'GET', '/health/ready')).toMatchObject({ status: 200 });
          await fill(small, filler);
          const ready = await call(running.url, 'GET', '/health/ready');
          expect(ready).toMatchObject({
            status: 503,
            body: { error: expect.stringMatching(/disque est plein/) },
          });
          // The server is lost, and cannot start again.
          process.kill(
            Number(readFileSync(join(small, 'foyer', 'data', 'postmaster.pid'), 'utf8').split('\n')[0]),
            'SIGKILL',
          );
          let lost = await call(running.url, 'GET', '/api/v1/seances?comite=plein');
          for (let n = 0; lost.status !== 503 && n < 50; n += 1) {
            await sleep(50);
            lost = await call(running.url, 'GET', '/api/v1/seances?comite=plein');
          }
          if (lost.status === 503) expect(lost.body.code).toBe('disque-plein');
          expect(await call(running.url, 'GET', '/health/ready')).toMatchObject({
            status: 503,
            body: { error: expect.stringMatching(/disque est plein/) },
          });
          await running.kill();
          await sleep(1000);
          expect(started(join(small, 'foyer'))).toMatchObject(said);
          expect(started(join(small, 'neuf'))).toMatchObject(said);
          await rm(filler);
          running = await Running.serve(env);
          expect((await call(running.url, 'GET', '/health/ready')).status).toBe(200);
          await running.kill('SIGTERM');
          verified(env);
        } finally {
          await running?.kill();
          await sleep(1000);
          rmSync(filler, { force: true });
          rmSync(join(small, 'foyer'), { recursive: true, force: true });
          rmSync(join(small, 'neuf'), { recursive: true, force: true });
        }
      },
      LONG,
    );

    it(
      'refuses commands clearly on a full disk, goes on reading, loses nothing, and recovers by itself',
      async () => {
        const env = { MINUTIER_HOME: join(small, 'donnees') };
        try {
          running = await Running.serve(env);
          const { url } = running;
          await begin(url, 'plein');
          for (let round = 0; round < Math.max(2, rounds(20)); round += 1) {
            const load = new Load(() => [url], 'plein', 4, 2 + round * 4000);
            loads.push(load);
            await sleep(300);
            const filler = join(small, 'autre');
            await fill(small, filler);
            let refused = await call(url, 'POST', '/api/v1/seances', {
              comite: 'plein',
              numero: 99_999,
              jour: '2021-03-04',
            });
            for (let n = 0; refused.status !== 503 && n < 50; n += 1) {
              await sleep(50);
              refused = await call(url, 'POST', '/api/v1/seances', {
                comite: 'plein',
                numero: 99_999,
                jour: '2021-03-04',
              });
            }
            expect(refused).toMatchObject({ status: 503, body: { code: 'disque-plein' } });
            const read = async () => {
              const { status, body } = await call(url, 'GET', '/api/v1/seances?comite=plein&limit=5');
              return [status, body.code];
            };
            // Where what was under way took the last of the reserve, the server stops and starts again by itself.
            let found = await read();
            for (let n = 0; found[0] === 503 && n < 100; n += 1) {
              expect(found[1]).toBe('disque-plein');
              await sleep(100);
              found = await read();
            }
            for (let n = 0; n < 10; n += 1) {
              expect(await read()).toEqual([200, undefined]);
              await sleep(50);
            }
            truncateSync(filler, 0);
            await rm(filler);
            await load.end();
            expect(load.unexpected).toEqual([]);
            const there = new Set(await seancesOf(url, 'plein'));
            for (const numero of load.acknowledged) expect(there).toContain(numero);
          }
          await running.kill('SIGTERM');
          verified(env);
        } finally {
          await running?.kill();
          await sleep(1000);
          execFileSync('umount', ['-l', small]);
          rmSync(small, { recursive: true, force: true });
        }
      },
      LONG,
    );
  }

  const FAKETIME = '/usr/lib/x86_64-linux-gnu/faketime/libfaketime.so.1';
  if (!existsSync(FAKETIME)) it.todo('not run: clock (no libfaketime)');
  else
    it(
      'keeps its order and its answers for the past while the clock jumps back a day and forward a day',
      async () => {
        const clock = join(home, 'clock');
        writeFileSync(clock, '+0');
        chmodSync(clock, 0o644);
        const data = mkdtempSync(join(tmpdir(), 'minutier-horloge-'));
        chmodSync(data, 0o755);
        const env = { MINUTIER_HOME: join(data, 'donnees') };
        running = await Running.serve({
          ...env,
          LD_PRELOAD: FAKETIME,
          FAKETIME_TIMESTAMP_FILE: clock,
          FAKETIME_NO_CACHE: '1',
          FAKETIME_DONT_FAKE_MONOTONIC: '1',
        });
        const { url } = running;
        await begin(url, 'horloge');
        const past: { asOf: string; seances: unknown }[] = [];
        const load = new Load(() => [url], 'horloge');
        loads.push(load);
        for (const offset of ['-1d', '+1d', '+0', '-1d', '+0', '+1d']) {
          await sleep(400);
          const { body } = await call(url, 'GET', '/api/v1/journal?limit=200');
          const { recordedAt } = body.items!.at(-1) as { recordedAt: string };
          const answer = await call(
            url,
            'GET',
            `/api/v1/seances?comite=horloge&limit=200&asOf=${recordedAt}`,
          );
          expect(answer.status).toBe(200);
          past.push({ asOf: recordedAt, seances: answer.body.items });
          writeFileSync(clock, offset);
        }
        await settled(load, url, 'horloge');
        for (const { asOf, seances } of past) {
          const again = await call(url, 'GET', `/api/v1/seances?comite=horloge&limit=200&asOf=${asOf}`);
          expect([again.status, again.body.items]).toEqual([200, seances]);
        }
        const instants: string[] = [];
        for (let after = '0'; ;) {
          const { body } = await call(url, 'GET', `/api/v1/journal?limit=200&after=${after}`);
          instants.push(...body.items!.map(({ recordedAt }) => String(recordedAt)));
          if (!body.next) break;
          after = body.next;
        }
        expect(instants).toEqual(instants.toSorted());
        expect(new Set(instants.map((instant) => instant.slice(0, 10))).size).toBeGreaterThan(1);
        await running.kill('SIGTERM');
        verified(env);
        await sleep(500);
        rmSync(data, { recursive: true, force: true });
      },
      LONG,
    );
});
