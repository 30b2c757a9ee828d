import { randomUUID } from 'node:crypto';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { jsonEvent, KurrentDBClient } from '@kurrent/kurrentdb-client';
import { binaryEvent } from '@kurrent/kurrentdb-client';
import { handleCommands, type Fault } from '../../libs/event-sourcing/index.js';
import { KurrentDbEventStore } from '../../libs/event-sourcing/stores/kurrentdb/kurrentdb-event-store.js';
import { problemOf } from '../../libs/http/problem.js';
import { copyLog } from '../../libs/log/index.js';
import {
  examine,
  journal,
  readView,
  type Ligne,
  ligneDe,
  Registre,
  rooms,
  verifyRows,
  viewNamed,
} from '../../libs/registre/index.js';
import { importFile } from '../../libs/seance-file/index.js';
import { KurrentDbServer, kurrentDbUrl, notKilled, notRun } from '../support/kurrentdb.js';
import { addressOf, type TestDatabase, testDatabase } from '../support/test-database.js';
import { readEnvironment } from '../../libs/config/index.js';

const seance = (numero: number, more = ''): string => `
version: 1
comite: sifac
numero: ${numero}
auteur: moi
${numero === 1 ? 'comiteInstitue: { nom: SIFAC }' : ''}
seance: { jour: 2021-03-0${numero} }
ordreDuJour: [{ point: P1, titre: Actions, issue: { issue: information, texte: Dit. } }]
ouverture: {}
actions:
${[1, 2, 3].map((n) => `  - { action: A${n}, intitule: Action ${n}, acteurs: [Amue] }`).join('\n')}
cloture: {}
${more}`;

/** A register on a KurrentDB on which others do what they like. */
function registerOn(url: () => string) {
  const prefix = `t-${randomUUID()}`;
  const folder = mkdtempSync(join(tmpdir(), 'minutier-voisins-'));
  let database: TestDatabase;
  let registre: Registre;
  let neighbour: KurrentDBClient;
  const open = () => Registre.over(database, {}, new KurrentDbEventStore({ url: url(), prefix }));
  return {
    get registre() {
      return registre;
    },
    get neighbour() {
      return neighbour;
    },
    stream: (name: string) => `${prefix}.${name}`,
    open,
    async start() {
      database = await testDatabase();
      registre = await open();
      neighbour = KurrentDBClient.connectionString(url());
      for (const n of [1, 2]) await importFile(registre, `${n}.yaml`, seance(n), { sources: [] });
    },
    async reopen() {
      await registre.close();
      registre = await open();
    },
    async end() {
      await registre.close();
      await neighbour.dispose();
      await database.drop();
      rmSync(folder, { recursive: true, force: true });
    },
    environment: () =>
      readEnvironment({
        DATABASE_URL: addressOf(database),
        KURRENTDB_URL: url(),
        KURRENTDB_PREFIX: prefix,
      }),
    async copy(): Promise<string> {
      const file = join(folder, `${randomUUID()}.ndjson.gz`);
      await copyLog({ to: file }, this.environment());
      expect(existsSync(file)).toBe(true);
      return file;
    },
    async lines(): Promise<Ligne[]> {
      const lines: Ligne[] = [];
      for await (const one of journal(registre, {})) lines.push(ligneDe(one));
      return lines;
    },
    actions: async () =>
      (await readView(registre, viewNamed('actions'), {})).items.map(({ reference }) => reference),
    /** An act through the door of a room. */
    async act(path: string, reference: string, body: object) {
      const act = rooms
        .flatMap(({ sayings }) => sayings.map(({ act }) => act))
        .find((one) => `${one.on}/${one.path ?? ''}` === path)!;
      const context = registre.context({ commandId: randomUUID(), author: 'moi' });
      return registre.execute(await act.instruct(act.body.parse(body), reference, context));
    },
  };
}

const ALL = ['sifac/1/A1', 'sifac/1/A2', 'sifac/1/A3', 'sifac/2/A1', 'sifac/2/A2', 'sifac/2/A3'];

if (notRun) describe('a register on a KurrentDB that others write to', () => it.todo(notRun!));
else
  describe('a register on a KurrentDB that others write to', () => {
    const on = registerOn(() => kurrentDbUrl!);
    beforeAll(() => on.start());
    afterAll(() => on.end());

    /** Metadata as ours are on the wire, with something changed. */
    const like = async (change: object): Promise<object> => {
      const events = on.neighbour.readStream(on.stream('action-sifac/1/A2'), { maxCount: 1 });
      for await (const { event } of events)
        return { ...(event!.metadata as object), id: randomUUID(), ...change };
      throw new Error('no event');
    };
    const data = { acteur: null, texte: 'Faux', code: 'fait' };
    const shapes: [string, Fault, () => Promise<Parameters<KurrentDBClient['appendToStream']>[1]>][] = [
      ['without metadata', 'no-metadata', async () => jsonEvent({ type: 'AvancementConstate', data })],
      [
        'with empty metadata',
        'metadata',
        async () => jsonEvent({ type: 'AvancementConstate', data, metadata: {} }),
      ],
      [
        'that corrects something unreadable',
        'metadata',
        async () => jsonEvent({ type: 'AvancementConstate', data, metadata: await like({ corrects: '{' }) }),
      ],
      [
        'stated on a day that is none',
        'metadata',
        async () =>
          jsonEvent({ type: 'AvancementConstate', data, metadata: await like({ statedOn: 'zzz' }) }),
      ],
      [
        'with no data',
        'data',
        async () =>
          jsonEvent({
            type: 'AvancementConstate',
            data: null as never,
            metadata: await like({ digest: undefined }),
          }),
      ],
      [
        'in binary',
        'no-metadata',
        async () => binaryEvent({ type: 'AvancementConstate', data: Buffer.from([0, 1, 2, 255]) }),
      ],
      [
        'of a type of theirs',
        'unknown-type',
        async () => jsonEvent({ type: 'Autre', data: {}, metadata: await like({ digest: undefined }) }),
      ],
      [
        'of a type of ours, with what we would not write,',
        'data',
        async () =>
          jsonEvent({
            type: 'AvancementConstate',
            data: { texte: 7 },
            metadata: await like({ digest: undefined }),
          }),
      ],
      [
        'well-formed and false',
        'content',
        async () => jsonEvent({ type: 'AvancementConstate', data, metadata: await like({}) }),
      ],
    ];

    it.each(shapes)('sets an event %s aside (%s) and goes on around it', async (_, fault, shape) => {
      const before = await on.actions();
      const action = `sifac/1/A${1 + (shapes.findIndex(([, , one]) => one === shape) % 3)}`;
      await on.neighbour.appendToStream(on.stream(`action-${action}`), await shape());
      await on.neighbour.appendToStream(
        on.stream(`action-sifac/9/A${randomUUID().slice(0, 4)}`),
        await shape(),
      );
      await on.reopen();
      expect(await on.actions()).toEqual(before);
      const told = (await on.lines()).filter(({ ecarte }) => ecarte !== null);
      expect(told.slice(-2).map(({ ecarte }) => ecarte)).toEqual([fault, fault]);
      const { etrangers, abimes, aLEcart, arret } = await examine(on.registre);
      expect(etrangers.slice(0, 2).map((one) => one.fault)).toEqual([fault, fault]);
      expect([abimes, aLEcart, arret]).toEqual([[], [], undefined]);
      // Its thing goes on, at the next revision.
      await on.act('actions/avancement', action, { acteur: null, texte: `Après ${fault}`, code: 'en-cours' });
      const { items } = await readView(on.registre, viewNamed('actions'), {});
      expect(items.find(({ reference }) => reference === action)).toMatchObject({
        avancement: `Après ${fault}`,
      });
      const names = ['seances', 'membres', 'actions', 'decisions', 'personnes', 'liens'];
      for (const { identical } of await on.registre.projector.rebuild(names.map(viewNamed)))
        expect(identical).toBe(true);
      expect((await verifyRows(on.registre)).wrong).toEqual([]);
      await on.copy();
    });

    it('copies an event that bears the id of another one as what stands there', async () => {
      const own = registerOn(() => kurrentDbUrl!);
      await own.start();
      const action = own.stream('action-sifac/1/A3');
      const events = own.neighbour.readStream(action, { maxCount: 1, fromRevision: 0n });
      for await (const { event } of events) {
        const { type, data: same, metadata } = event!;
        const replayed = {
          type,
          data: same as never,
          metadata: { ...(metadata as object), digest: undefined },
        };
        await own.neighbour.appendToStream(own.stream('action-sifac/9/A9'), jsonEvent(replayed));
      }
      const database = await testDatabase();
      await copyLog({ to: addressOf(database) }, own.environment());
      await own.copy();
      await database.drop();
      await own.end();
    });

    it('copies what stands there to PostgreSQL and back, each stray in its place', async () => {
      const file = await on.copy();
      const database = await testDatabase();
      const environment = readEnvironment({ DATABASE_URL: addressOf(database) });
      const restored = await copyLog({ from: file }, environment);
      const back = { ...environment, kurrentDbUrl: kurrentDbUrl, kurrentDbPrefix: `t-${randomUUID()}` };
      const again = await copyLog({ from: addressOf(database), to: kurrentDbUrl }, back);
      expect(again.sha256).toBe(restored.sha256);
      const registre = await Registre.open(back, { adopt: true });
      const { items } = await readView(registre, viewNamed('actions'), {});
      expect(items.map(({ reference }) => reference)).toEqual(await on.actions());
      expect((await examine(registre)).etrangers.length).toBeGreaterThanOrEqual(16);
      await registre.close();
      await database.drop();
    });

    it.each([
      ['deleted', 'A1', (name: string) => on.neighbour.deleteStream(name)],
      ['truncated', 'A2', (name: string) => on.neighbour.setStreamMetadata(name, { maxCount: 1 })],
      ['truncated', 'A3', (name: string) => on.neighbour.setStreamMetadata(name, { truncateBefore: 1 })],
    ] as const)(
      'says of a stream that was %s (%s) that it is no longer whole, and decides nothing on it',
      async (fault, number, harm) => {
        const action = `sifac/2/${number}`;
        const stream = `action-${action}`;
        // One more event, so that something is missing where the last one stays.
        await on.act('actions/avancement', action, { acteur: null, texte: 'En cours', code: 'en-cours' });
        await harm(on.stream(stream));
        const refused = await on
          .act('actions/avancement', action, { acteur: null, texte: 'Fait', code: 'fait' })
          .catch((error: unknown) => error);
        expect(problemOf(refused)).toMatchObject({ status: 503, code: 'flux-incomplet' });
        expect(await on.actions()).toEqual(ALL);
        const { abimes } = await examine(on.registre);
        expect(abimes).toContainEqual(expect.objectContaining({ stream, fault }));
        await expect(on.copy()).rejects.toMatchObject({ code: 'journal-incomplet' });
      },
    );

    it('gives no number again that a deleted thing had', async () => {
      const handled = await handleCommands(on.registre.store, []);
      expect(handled.recorded).toEqual([]);
      await importFile(
        on.registre,
        '3.yaml',
        'version: 1\ncomite: sifac\nnumero: 3\nauteur: moi\nseance: { jour: 2021-03-03 }\nouverture: {}\n',
        { sources: [] },
      );
      const body = { seance: 'sifac/3', intitule: 'Nouvelle', acteurs: ['Amue'] };
      const [first] = (await on.act('actions/', '', body)).recorded;
      await on.neighbour.deleteStream(on.stream(first!.stream));
      const [second] = (await on.act('actions/', '', body)).recorded;
      expect([first!.stream, second!.stream]).toEqual(['action-sifac/3/A1', 'action-sifac/3/A2']);
    });
  });

if (notKilled) describe('a register on a KurrentDB that is scavenged', () => it.todo(notKilled!));
else
  describe('a register on a KurrentDB that is scavenged', () => {
    let server: KurrentDbServer;
    const on = registerOn(() => server.url);
    beforeAll(async () => {
      server = await KurrentDbServer.start('--chunk-size 2097152');
      await on.start();
    });
    afterAll(async () => {
      await on.end();
      await server.close();
    });

    const fill = async (): Promise<void> => {
      const text = 'x'.repeat(2000);
      for (let n = 0; n < 12; n += 1)
        await on.neighbour.appendToStream(
          `foreign-${randomUUID()}`,
          Array.from({ length: 200 }, () => jsonEvent({ type: 'Autre', data: { text } })),
        );
    };

    it('goes on from where it was after the last event was scavenged away and the server restarted', async () => {
      const other = registerOn(() => server.url);
      await other.start();
      await other.act('actions/avancement', 'sifac/2/A3', {
        acteur: null,
        texte: 'En cours',
        code: 'en-cours',
      });
      expect(await other.actions()).toEqual(ALL);
      await fill();
      await other.neighbour.tombstoneStream(other.stream('action-sifac/2/A3'));
      await fill();
      await server.scavenge();
      await server.end('SIGTERM');
      await server.run();
      await other.reopen();
      expect(await other.actions()).toEqual(ALL);
      await other.act('actions/avancement', 'sifac/2/A2', {
        acteur: null,
        texte: 'Repris',
        code: 'en-cours',
      });
      const { items } = await readView(other.registre, viewNamed('actions'), {});
      expect(items.find(({ reference }) => reference === 'sifac/2/A2')).toMatchObject({
        avancement: 'Repris',
      });
      await other.end();
    });

    it('does not take poorer views for the truth, nor copies what is left', async () => {
      // Of a deleted stream, the last event stays.
      const dit = { acteur: null, texte: 'En cours', code: 'en-cours' };
      await on.act('actions/avancement', 'sifac/1/A3', dit);
      expect(await on.actions()).toEqual(ALL);
      await on.neighbour.deleteStream(on.stream('action-sifac/1/A3'));
      await fill();
      await server.scavenge();
      await sleep(100);
      const views = [viewNamed('actions')];
      await expect(on.registre.projector.rebuild(views)).rejects.toMatchObject({
        name: 'WrongLog',
        reason: 'poorer',
        found: { view: 'actions', lost: ['sifac/1/A3'] },
      });
      expect(await on.actions()).toEqual(ALL);
      await expect(on.copy()).rejects.toMatchObject({ code: 'journal-incomplet' });
      // Whoever takes it for the truth says so.
      await on.registre.projector.adopt();
      expect(await on.actions()).toEqual(ALL.filter((action) => action !== 'sifac/1/A3'));
      // What cannot be read stays set aside, and keeps nobody from starting.
      await on.reopen();
      expect(await on.actions()).toEqual(ALL.filter((action) => action !== 'sifac/1/A3'));
    });
  });
