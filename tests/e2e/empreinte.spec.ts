import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { plain } from '../support/command-line.js';
import fc from 'fast-check';
import { type Environment, projectRoot, readEnvironment } from '../../libs/config/index.js';
import { contentDigest, ours, type Recorded } from '../../libs/event-sourcing/index.js';
import { PostgresEventStore } from '../../libs/event-sourcing/stores/postgres/postgres-event-store.js';
import { noted } from '../../libs/event-sourcing/views/notes.fixtures.js';
import { copyLog, DEBUT, empreinteA, evenementDeLEmpreinte, maillon } from '../../libs/log/index.js';
import { Registre } from '../../libs/registre/index.js';
import { importFile } from '../../libs/seance-file/index.js';
import { kurrentDbUrl, notRun } from '../support/kurrentdb.js';
import { searchPath } from '../support/processes.js';
import { addressOf, type TestDatabase, testDatabase } from '../support/test-database.js';

const demo = (n: number): string =>
  readFileSync(join(projectRoot(), 'apps', 'cli', 'demo', `apogee-rof-${n}.yaml`), 'utf8');

/** What a process says, and how it ends. */
async function minutier(environment: Environment, ...args: string[]) {
  const child = spawn(process.execPath, [join(projectRoot(), 'dist', 'apps', 'cli', 'main.js'), ...args], {
    env: {
      PATH: searchPath,
      DATABASE_URL: environment.databaseUrl!,
      KURRENTDB_URL: environment.kurrentDbUrl ?? '',
      KURRENTDB_PREFIX: environment.kurrentDbPrefix,
    },
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  let said = '';
  child.stdout.on('data', (data: Buffer) => (said += plain(data.toString())));
  return { exit: await new Promise((resolve) => child.once('close', resolve)), said };
}

const logs: [string, boolean][] = [
  ['PostgreSQL', true],
  ['KurrentDB', kurrentDbUrl !== undefined],
];

describe.each(logs)('the chained digest of a log on %s', (log, runs) => {
  if (!runs) {
    it.todo(notRun!);
    return;
  }
  let database: TestDatabase;
  let environment: Environment;
  let registre: Registre;
  const closings: { position: string; sha256: string }[] = [];
  beforeAll(async () => {
    database = await testDatabase();
    environment = {
      ...readEnvironment({ DATABASE_URL: addressOf(database) }),
      ...(log === 'KurrentDB' && { kurrentDbUrl, kurrentDbPrefix: `t-${randomUUID()}` }),
    };
    registre = await Registre.open(environment);
    for (const n of [1, 2]) {
      const { empreinte } = await importFile(registre, `${n}.yaml`, demo(n), { sources: [] });
      closings.push(empreinte!);
    }
  });
  afterAll(async () => {
    await registre.close();
    await database.drop();
  });

  it('is printed at each closing, by the journal, and as of a séance, and is the same whenever it is asked for', async () => {
    const [first, second] = closings;
    expect(first!.sha256).not.toBe(second!.sha256);
    const again = await minutier(environment, 'empreinte', '--as-of', 'apogee-rof/1', '--json');
    expect(JSON.parse(again.said)).toMatchObject({ empreinte: first });
    const journal = await minutier(environment, 'journal', '--json');
    expect(JSON.parse(journal.said)).toMatchObject({ empreinte: second });
    expect((await minutier(environment, 'journal')).said).toContain(second!.sha256);
  });

  it('is led to by the log that it was made of, as doctor says', async () => {
    for (const { sha256 } of closings) {
      const { exit, said } = await minutier(environment, 'doctor', '--empreinte', sha256);
      expect(said).toMatch(/Empreinte : le journal y mène toujours/);
      expect(exit).toBe(0);
    }
    const other = await minutier(environment, 'doctor', '--empreinte', '0'.repeat(64));
    expect(other).toMatchObject({ exit: 1, said: expect.stringMatching(/aucun début de ce journal/) });
    expect(await minutier(environment, 'doctor', '--empreinte', 'abc')).toMatchObject({ exit: 2 });
  });

  it('is the same in a copy of the log, in whatever holds it', async () => {
    const copy = await testDatabase();
    const target = readEnvironment({ DATABASE_URL: addressOf(copy) });
    if (log === 'KurrentDB') await copyLog({ to: addressOf(copy) }, environment);
    else await copyLog({ from: addressOf(database) }, target);
    const copied = await Registre.open(target);
    for (const { sha256 } of closings) expect(await evenementDeLEmpreinte(copied, sha256)).toBeDefined();
    await copied.close();
    await copy.drop();
  });
});

describe('the chained digest of a log', () => {
  let database: TestDatabase;
  let registre: Registre;
  beforeAll(async () => {
    database = await testDatabase();
    registre = await Registre.over(database);
  });
  afterAll(async () => {
    await registre.close();
    await database.drop();
  });

  it('is made in one way for ever', () => {
    const event: Recorded = {
      id: '3d1f7a52-6f0b-5a51-9f53-6d1f0a6e2c11',
      stream: 'action-apogee-rof/1/A3',
      revision: 2,
      position: 77n,
      recordedAt: new Date('2018-01-30T10:00:00.123Z'),
      type: 'ActionAvancee',
      version: 1,
      data: { texte: 'Réponse reçue\u2028', n: 1, nul: null, liste: [1.5, 'b', { z: 1, a: 2 }] },
      metadata: {
        statedOn: '2018-01-30',
        effectiveOn: '2018-01-29',
        author: 'moi',
        commandId: 'c',
        commandDigest: 'd',
      },
    };
    expect(maillon(DEBUT, event)).toBe('fe296dbd75d63f20c995cf94f8a5d0df363cce7ec47680cdb0f607c7d985ce01');
    expect(maillon(DEBUT, { ...event, position: 78n })).toBe(maillon(DEBUT, event));
  });

  it('goes on from wherever it was made, and never comes to anything else', async () => {
    const stream = 'seance-c/1';
    const { store } = registre;
    for (let from = 0; from < 6000; from += 500)
      await store.append([
        {
          stream,
          expected: from === 0 ? 'noStream' : from - 1,
          events: Array.from({ length: 500 }, (_, n) => noted(stream, { n: from + n, keys: [] })),
        },
      ]);
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.integer({ min: 0, max: 6000 }), { minLength: 1, maxLength: 4 }),
        async (asked) => {
          const made = [];
          for (const position of asked) made.push(await empreinteA(registre, BigInt(position)));
          await database.query('DELETE FROM projection.empreinte');
          for (const [index, position] of asked.entries()) {
            expect(await empreinteA(registre, BigInt(position))).toEqual(made[index]);
            await database.query('DELETE FROM projection.empreinte');
          }
        },
      ),
      { numRuns: 15 },
    );
    expect(await empreinteA(registre, 6000n, { milliseconds: 0 })).toBeUndefined();
    while (!(await empreinteA(registre, 6000n, { milliseconds: 0 })));
  });

  it('tells of an event that the owner of the database has changed, its own digest included', async () => {
    const printed = (await empreinteA(registre, 6000n))!.sha256;
    expect(await evenementDeLEmpreinte(registre, printed)).toMatchObject({ position: '6000' });
    const [event] = ours(await registre.store.readAll(2999n, 1));
    const forged = { ...event!, data: { n: -1, keys: [] } };
    const sha256 = contentDigest(event!.stream, forged);
    await database.query(
      `ALTER TABLE log.event DISABLE TRIGGER ALL;
       UPDATE log.event SET data = '${JSON.stringify(forged.data)}',
              metadata = jsonb_set(metadata::jsonb, '{digest}', '"${sha256}"')::json WHERE position = 3000;
       ALTER TABLE log.event ENABLE TRIGGER ALL`,
    );
    const store = new PostgresEventStore(database.application);
    expect(ours(await store.readAll(2999n, 1))[0]!.data).toEqual(forged.data);
    await store.close();
    expect(await evenementDeLEmpreinte(registre, printed)).toBeUndefined();
  });
});
