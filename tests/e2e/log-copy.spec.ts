import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { existsSync, mkdtempSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Environment, projectRoot, readEnvironment } from '../../libs/config/index.js';
import { contentDigest, openPool, ours, type Recorded } from '../../libs/event-sourcing/index.js';
import { problemOf } from '../../libs/http/problem.js';
import { copyLog } from '../../libs/log/index.js';
import { readView, logAt, Registre, views } from '../../libs/registre/index.js';
import { importFile } from '../../libs/seance-file/index.js';
import { LogDigest } from '../../libs/log/log-digest.js';
import { kurrentDbUrl, notRun } from '../support/kurrentdb.js';
import { searchPath } from '../support/processes.js';
import { addressOf, type TestDatabase, testDatabase } from '../support/test-database.js';

const SEANCES = ['apogee-rof/1', 'apogee-rof/2'] as const;

/** What every view shows at each séance, without positions: those mean something in their own log only. */
async function statesOf(registre: Registre): Promise<unknown> {
  const states = [];
  for (const asOf of SEANCES)
    for (const view of views) {
      const { items } = await readView(registre, view, { asOf });
      states.push([asOf, view.name, items.map((item) => ({ ...item, cloturePosition: null }))]);
    }
  return states;
}

describe('copies of a whole log', () => {
  const folder = mkdtempSync(join(tmpdir(), 'minutier-copie-'));
  const databases: TestDatabase[] = [];
  let origin: Environment;
  let states: unknown;

  const emptyDatabase = async (): Promise<Environment> => {
    const database = await testDatabase();
    databases.push(database);
    return readEnvironment({ DATABASE_URL: addressOf(database) });
  };
  const emptyKurrentDb = async (): Promise<Environment> => ({
    ...(await emptyDatabase()),
    kurrentDbUrl,
    kurrentDbPrefix: `t-${randomUUID()}`,
  });
  const toFile = (from: Environment, name: string) => copyLog({ to: join(folder, name) }, from);
  const fromFile = (name: string, to: Environment) => copyLog({ from: join(folder, name) }, to);
  /** What a process that cannot start says. */
  const refused = async ([app, ...args]: readonly [string, ...string[]], url: string): Promise<string> => {
    const child = spawn(process.execPath, [join(projectRoot(), 'dist', 'apps', app, 'main.js'), ...args], {
      env: { PATH: searchPath, DATABASE_URL: url },
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    const code = new Promise((resolve) => child.once('close', resolve));
    let said = '';
    for await (const data of child.stderr) said += String(data);
    expect(await code).toBe(1);
    return said;
  };
  const statesIn = async (environment: Environment): Promise<unknown> => {
    const registre = await Registre.open(environment);
    return statesOf(registre).finally(() => registre.close());
  };

  beforeAll(async () => {
    origin = await emptyDatabase();
    const registre = await Registre.open(origin);
    for (const n of [1, 2]) {
      const file = join(projectRoot(), 'apps/cli/demo', `apogee-rof-${n}.yaml`);
      await importFile(registre, file, readFileSync(file, 'utf8'), { sources: [] });
    }
    states = await statesOf(registre);
    await registre.close();
    await toFile(origin, 'origine.ndjson.gz');
  });
  afterAll(async () => {
    for (const database of databases) await database.drop();
    rmSync(folder, { recursive: true, force: true });
  });

  it('goes through a file into another database, equal at every séance, under an identity of its own', async () => {
    const target = await emptyDatabase();
    const { evenements, sha256, de, vers } = await fromFile('origine.ndjson.gz', target);
    expect(evenements).toBe(111);
    expect(vers.journal).not.toBe(de.journal);
    expect(await statesIn(target)).toEqual(states);
    const again = await toFile(target, 'encore.ndjson.gz');
    expect(again.sha256).toBe(sha256);
  });

  it('goes from one database straight into another', async () => {
    const target = await emptyDatabase();
    await copyLog({ from: origin.databaseUrl }, target);
    expect(await statesIn(target)).toEqual(states);
  });

  it('brings back a text with any separator of lines that Unicode has, though no door takes them all', async () => {
    const source = await emptyDatabase();
    const texte = 'un\u2028deux\u2029trois\u0085quatre\u000bcinq\r\nsix\rsept\nhuit';
    const from = await logAt(undefined, origin);
    const [{ stream, id, type, version, metadata }] = ours(await from.store.readAll(0n, 1)) as [Recorded];
    await from.close();
    const event = { id, type, version, data: { nom: texte }, metadata };
    const told = { ...metadata, digest: contentDigest(stream, event) };
    const into = await logAt(undefined, source);
    await into.store.append([{ stream, expected: 'noStream', events: [{ ...event, metadata: told }] }]);
    await into.close();
    const { sha256 } = await toFile(source, 'lignes.ndjson.gz');
    const target = await emptyDatabase();
    expect((await fromFile('lignes.ndjson.gz', target)).sha256).toBe(sha256);
    const { store, close } = await logAt(undefined, target);
    expect(ours(await store.readAll(0n, 1))[0]!.data).toEqual({ nom: texte });
    await close();
  });

  it.each([
    [
      'un fait sans un de ses champs',
      (event: any) => delete event.data.auteur && delete event.data.nom,
      /nom/,
    ],
    ['un champ de trop', (event: any) => (event.data.deTrop = 1), /deTrop|Unrecognized|champ/i],
    ['un jour qui n’existe pas', (event: any) => (event.metadata.statedOn = '2018-02-30'), /statedOn/],
    ['un flux étranger', (event: any) => (event.stream = 'autre-1'), /n’est pas un flux/],
    ['un type inconnu', (event: any) => (event.type = 'Inconnu'), /n’est d’aucun type/],
    ['une version à venir', (event: any) => (event.version = 9), /n’est d’aucun type|plus récente/],
    ['un caractère nul', (event: any) => (event.data.nom = 'a\u0000b'), /caractère nul/],
    ['une métadonnée étrangère', (event: any) => (event.metadata.autre = 1), /:2/],
  ])('restores nothing from a file with %s, whatever its seal says', async (_, harm, message) => {
    const name = `${randomUUID()}.ndjson.gz`;
    const lines = gunzipSync(readFileSync(join(folder, 'origine.ndjson.gz')))
      .toString()
      .trimEnd()
      .split('\n');
    const [head, first, ...rest] = lines.map((line) => JSON.parse(line));
    harm(first);
    delete first.metadata.digest;
    rest.pop();
    const digests = new LogDigest();
    digests.add([first, ...rest].map((one) => ({ ...one, recordedAt: new Date(one.recordedAt) })));
    const seal = { evenements: rest.length + 1, sha256: digests.end() };
    const text = [head, first, ...rest, seal].map((one) => `${JSON.stringify(one)}\n`).join('');
    writeFileSync(join(folder, name), gzipSync(text));
    const target = await emptyDatabase();
    await expect(fromFile(name, target)).rejects.toThrow(message);
    const { store, close } = await logAt(undefined, target);
    expect(await store.head()).toBe(0n);
    await close();
  });

  it('records on after a restoration as before', async () => {
    const target = await emptyDatabase();
    await fromFile('origine.ndjson.gz', target);
    const registre = await Registre.open(target);
    const file = join(projectRoot(), 'apps/cli/demo', 'apogee-rof-2.yaml');
    const again = await importFile(registre, file, readFileSync(file, 'utf8'), { sources: [] });
    expect(again.handled.recorded).toEqual([]);
    await registre.close();
  });

  it('refuses a target that holds something else, and writes nothing to it', async () => {
    const target = await emptyDatabase();
    await fromFile('origine.ndjson.gz', target);
    await expect(fromFile('origine.ndjson.gz', target)).rejects.toMatchObject({ name: 'CopyRefused' });
    await expect(fromFile('origine.ndjson.gz', origin)).rejects.toMatchObject({ code: 'meme-journal' });
    await expect(toFile(origin, 'origine.ndjson.gz')).rejects.toThrow(/existe déjà/);
  });

  it('goes on with a copy that was broken off, and is not a register until it is whole', async () => {
    const target = await emptyDatabase();
    const { store, close } = await logAt(undefined, target);
    const source = await logAt(undefined, origin);
    await store.beginCopy((await source.store.identity()).id);
    await store.restore(await source.store.readAll(0n, 40));
    await close();
    await source.close();
    await expect(Registre.open(target)).rejects.toMatchObject({ reason: 'unfinished' });
    const { repris, evenements } = await copyLog({ from: origin.databaseUrl }, target);
    expect([repris, evenements]).toEqual([40, 111]);
    expect(await statesIn(target)).toEqual(states);
  });

  it('adds nothing to an unfinished copy that is not the beginning of the source', async () => {
    const target = await emptyDatabase();
    const [source, { store, close }] = [await logAt(undefined, origin), await logAt(undefined, target)];
    const [first, ...rest] = await source.store.readAll(0n, 40);
    await store.beginCopy((await source.store.identity()).id);
    await store.restore([{ ...first!, data: { nom: 'Un autre' } }, ...rest]);
    await expect(copyLog({ from: origin.databaseUrl }, target)).rejects.toMatchObject({
      code: 'copie-etrangere',
    });
    expect((await store.readAll(0n, 1000)).length).toBe(40);
    await close();
    await source.close();
  });

  it.each([
    ['no process that lives', `999999999 ${hostname()} x`, 0, true],
    ['a process of its own number, in a container that is gone', `${process.pid} ${hostname()} x`, 0, true],
    ['a process elsewhere that gave no sign of life for a minute', `${process.pid} ailleurs x`, 60, true],
    ['a process that lives', `${process.ppid} ${hostname()} x`, 0, false],
    ['a process elsewhere that is alive', `999999999 ailleurs x`, 0, false],
  ])('writes a file that %s holds, or does not', async (_, holder, secondsAgo, taken) => {
    const name = `${randomUUID()}.ndjson.gz`;
    const lock = join(folder, `${name}.partiel.verrou`);
    writeFileSync(lock, holder);
    const then = new Date(Date.now() - secondsAgo * 1000);
    utimesSync(lock, then, then);
    const copying = toFile(origin, name);
    if (taken) expect((await copying).evenements).toBeGreaterThan(100);
    else await expect(copying).rejects.toThrow(/une autre copie l’écrit/);
    expect([existsSync(join(folder, name)), existsSync(lock)]).toEqual([taken, !taken]);
  });

  it.each([0.2, 0.5, 0.8])('goes on with a file cut at %d of its length', async (part) => {
    const name = `coupe-${part}.ndjson.gz`;
    const whole = readFileSync(join(folder, 'origine.ndjson.gz'));
    const text = gunzipSync(whole).toString().split('\n');
    const kept = text.slice(0, Math.ceil(text.length * part));
    const member = gzipSync(`${kept.join('\n')}\n`);
    const partial = join(folder, `${name}.partiel`);
    writeFileSync(partial, Buffer.concat([member, gzipSync(text.join('\n')).subarray(0, 300)]));
    const { journal } = JSON.parse(text[0]!) as { journal: string };
    writeFileSync(`${partial}.json`, JSON.stringify({ journal, bytes: member.length }));
    const { repris } = await toFile(origin, name);
    expect(repris).toBe(kept.length - 1);
    expect(gunzipSync(readFileSync(join(folder, name)))).toEqual(gunzipSync(whole));
  });

  it.each([
    ['n’est pas du JSON', (text: string[]) => [text[0]!, '{', ...text.slice(2)], /:2/],
    ['s’arrête trop tôt', (text: string[]) => text.slice(0, 50), /incomplet/],
    ['n’est pas un journal', () => ['{"format":"autre"}'], /:1/],
    [
      'a un fait altéré',
      (text: string[]) => text.map((line) => line.replace('Aglaé', 'Aglaë')),
      /:\d+.*n’a pas le contenu qui a été enregistré/,
    ],
    [
      'a été altéré',
      (text: string[]) => text.map((line) => line.replace(/"recordedAt":"20\d\d/, '"recordedAt":"1999')),
      /altéré.*111 événements, SHA-256 (\w{64}) ; il en contient 111, (?!\1)\w{64}/,
    ],
  ])('refuses a file that %s, says where, and writes nothing', async (_, edit, message) => {
    const text = gunzipSync(readFileSync(join(folder, 'origine.ndjson.gz')))
      .toString()
      .split('\n');
    const path = join(folder, `${randomUUID()}.gz`);
    writeFileSync(path, gzipSync(edit(text).join('\n')));
    const target = await emptyDatabase();
    await expect(copyLog({ from: path }, target)).rejects.toThrow(message);
    expect((await fromFile('origine.ndjson.gz', target)).repris).toBe(0);
  });

  const firstEvents = async (count: number) => {
    const { store, close } = await logAt(undefined, origin);
    return ours(await store.readAll(0n, count).finally(close));
  };
  const instantsIn = async (environment: Environment): Promise<number[]> => {
    const { store, close } = await logAt(undefined, environment);
    const events = await firstEvents(6);
    const at = (second: number) => new Date(Date.UTC(2020, 0, 1, 0, 0, second));
    await store.beginCopy('deux-horloges');
    await store.restore(
      [10, 40, 20, 50, 30, 60].map((second, n) => ({ ...events[n]!, recordedAt: at(second) })),
    );
    await store.endCopy();
    const positions = (await store.readAll(0n, 10)).map(({ position }) => position);
    const found = await Promise.all([5, 10, 30, 45, 55, 99].map((second) => store.positionAt(at(second))));
    await close();
    return found.map((position) => positions.indexOf(position) + 1);
  };

  it('finds an instant in what several clocks recorded', async () => {
    expect(await instantsIn(await emptyDatabase())).toEqual([0, 1, 1, 3, 5, 6]);
  });

  it('copies neither a log that is no whole one, nor a log onto itself', async () => {
    const half = await emptyDatabase();
    const { store, close } = await logAt(undefined, half);
    await store.beginCopy('un-autre');
    await close();
    await expect(toFile(half, 'moitie.ndjson.gz')).rejects.toMatchObject({ code: 'original-inacheve' });
    await expect(copyLog({ from: origin.databaseUrl }, origin)).rejects.toMatchObject({
      code: 'meme-journal',
    });
    const empty = await emptyDatabase();
    await expect(copyLog({ from: empty.databaseUrl }, empty)).rejects.toMatchObject({
      code: 'meme-journal',
    });
    await expect(copyLog({ from: 'http://127.0.0.1/' }, half)).rejects.toThrow(/ni postgres/);
  });

  it('keeps the views as they are where what they should adopt is no whole log', async () => {
    const target = await emptyDatabase();
    await copyLog({ from: origin.databaseUrl }, target);
    await (await Registre.open(target)).close();
    const identity = (of: string, value: string) =>
      databases.at(-1)!.query(`UPDATE log.identity SET ${of} = ${value}`);
    await identity('complete', 'false');
    await expect(Registre.open(target, { adopt: true })).rejects.toMatchObject({ reason: 'unfinished' });
    await identity('complete', 'true');
    expect(await statesIn(target)).toEqual(states);
  });

  it('refuses the views of another log, naming both, until they adopt it', async () => {
    const target = await emptyDatabase();
    await (await Registre.open(target)).close();
    const { store, close } = await logAt(undefined, target);
    const { id } = await store.identity();
    await close();
    const registre = await Registre.open(target);
    const pool = openPool(registre.database.application);
    await pool.query('UPDATE projection.source SET log = $1', ['un-autre']);
    await pool.end();
    await expect(registre.projector.prepare()).rejects.toMatchObject({
      reason: 'other',
      message: expect.stringMatching(new RegExp(`un-autre.*${id}`)),
    });
    await expect(registre.execute([])).rejects.toMatchObject({ reason: 'other' });
    await expect(readView(registre, views[0]!, {})).rejects.toMatchObject({ reason: 'other' });
    expect(problemOf(await registre.execute([]).catch((error: unknown) => error))).toMatchObject({
      status: 503,
      code: 'journal-autre',
      detail: expect.stringMatching(new RegExp(`un-autre.*${id}`)),
    });
    await registre.close();
    for (const command of [['cli', 'seances'], ['api'], ['projector']] as const)
      expect(await refused(command, target.databaseUrl!)).toMatch(
        new RegExp(`^Les vues.*un-autre.*${id}.*\n$`),
      );
    await (await Registre.open(target, { adopt: true })).close();
    await (await Registre.open(target)).close();
  });

  if (notRun) it.todo(notRun);
  else {
    it('finds an instant in what several clocks recorded there too', async () => {
      expect(await instantsIn(await emptyKurrentDb())).toEqual([0, 1, 1, 3, 5, 6]);
    });

    it('brings over events that are larger together than the server takes at once', async () => {
      const large = await emptyDatabase();
      const { store, close } = await logAt(undefined, large);
      const [event] = await firstEvents(1);
      await store.beginCopy('grand');
      for (let n = 0; n < 600; n += 1) {
        const stream = `personne-grand/p${n}`;
        const one = { ...event!, id: randomUUID(), stream, revision: 0, data: { nom: 'é'.repeat(60_000) } };
        const metadata = { ...one.metadata, digest: contentDigest(stream, one) };
        await store.restore([{ ...one, metadata }]);
      }
      await store.endCopy();
      await close();
      const target = await emptyKurrentDb();
      expect((await copyLog({ from: large.databaseUrl }, target)).evenements).toBe(600);
    });

    it('goes from PostgreSQL to KurrentDB, on to a file, to KurrentDB again and back, all the same', async () => {
      const first = await emptyKurrentDb();
      const { sha256 } = await copyLog({ from: origin.databaseUrl }, first);
      expect(await statesIn(first)).toEqual(states);
      await toFile(first, 'kurrentdb.ndjson.gz');
      const second = await emptyKurrentDb();
      await fromFile('kurrentdb.ndjson.gz', second);
      expect(await statesIn(second)).toEqual(states);
      const back = await emptyDatabase();
      const { identity, close } = await logAt(undefined, second).then(({ store, close }) => ({
        identity: store.identity(),
        close,
      }));
      expect((await identity).complete).toBe(true);
      await close();
      const last = await copyLog(
        { from: kurrentDbUrl },
        { ...back, kurrentDbPrefix: second.kurrentDbPrefix },
      );
      expect(last.sha256).toBe(sha256);
      expect(await statesIn(back)).toEqual(states);
    });

    it('prints the demo on KurrentDB as on PostgreSQL, byte for byte', async () => {
      const main = join(projectRoot(), 'dist', 'apps', 'cli', 'main.js');
      const demo = async (env: Record<string, string>) => {
        const child = spawn(process.execPath, [main, 'demo', '--no-serve'], {
          env: { PATH: searchPath, ...env },
          stdio: ['ignore', 'pipe', 'inherit'],
        });
        let printed = '';
        for await (const data of child.stdout) printed += String(data);
        return printed.slice(printed.indexOf('\n\n'));
      };
      const [plain, kurrent] = [await emptyDatabase(), await emptyKurrentDb()];
      const tables = await demo({ DATABASE_URL: plain.databaseUrl! });
      expect(tables.length).toBeGreaterThan(5000);
      expect(
        await demo({
          DATABASE_URL: kurrent.databaseUrl!,
          KURRENTDB_URL: kurrentDbUrl!,
          KURRENTDB_PREFIX: kurrent.kurrentDbPrefix,
        }),
      ).toBe(tables);
    });
  }
});
