import { execFileSync } from 'node:child_process';
import { Agent, request } from 'node:http';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import pg from 'pg';
import { projectRoot } from '../../libs/config/index.js';
import { openApi } from '../../libs/http/openapi.js';
import { Registre } from '../../libs/registre/index.js';
import { importFile } from '../../libs/seance-file/index.js';
import { rounds } from '../support/faults.js';
import { Running } from '../support/serving.js';
import { addressOf, type TestDatabase, testDatabase } from '../support/test-database.js';
import { type FuzzRequest, requestsOf, type Vocabulary } from './requests.js';

const AT_ONCE = 8;
const BATCH = 500;
/** Of the process that serves; it begins with some 150. */
const MEGABYTES = 900;
const OPEN = `
version: 1
comite: sifac
numero: 1
auteur: moi
comiteInstitue: { nom: SIFAC }
seance: { jour: 2018-03-05 }
ouverture: {}
ordreDuJour: [{ point: P1, titre: Bilan }]
actions:
  - { action: A1, intitule: Relancer, acteurs: [Amue] }
dossiers: [{ dossier: bilan, titre: Bilan }]
versions: [{ version: sifac/1.0, numero: "1.0" }]
`;
const BASES = ['apogee-rof/1', 'apogee-rof/2', 'position:50', 'position:3', '2100-01-01T00:00:00Z'];
const DAYS = ['2018-01-30', '2018-03-05', '2019-01-01', '2018-02-30'];
const THINGS = [
  'apogee-rof/1/A1',
  'apogee-rof/1/A3',
  'apogee-rof/2/A1',
  'apogee-rof/1/D1',
  'apogee-rof/2/D1',
  'apogee-rof/1/P1',
  'sifac/1/A1',
  'sifac/1/P1',
];
const SEANCES = ['sifac/1', 'sifac/2', 'apogee-rof/2', 'apogee-rof/3'];
const VOCABULARY: Vocabulary = {
  '': [...THINGS, ...SEANCES, 'apogee-rof', 'sifac', 'Amue', 'Relancer', 'fait', 'position:5'],
  reference: [...THINGS, ...SEANCES, 'apogee-rof', 'sifac', 'lille'],
  asOf: BASES,
  from: BASES,
  to: BASES,
  effectiveAt: DAYS,
  after: ['0', '5', '77'],
  name: ['seance'],
  version: ['1', 'sifac/plan/sifac/1.0', '1.0'],
  numero: ['1.0', '2'],
  plan: ['sifac/plan/sifac'],
  contenu: ['sifac/plan/sifac/contenu/bilan'],
  dossier: ['sifac/dossier/bilan'],
  parent: ['sifac/dossier/bilan', 'sifac/dossier/travaux'],
  jalon: ['sifac/dossier/bilan/jalon/fin'],
  element: ['sifac/dossier/bilan/element/guide'],
  'seances/reference': SEANCES,
  'membres/reference': ['sifac/M1'],
  'indicateurs/reference': ['sifac/indicateur/delai'],
  'dossiers/reference': ['sifac/dossier/bilan'],
  'jalons/reference': ['sifac/dossier/bilan/jalon/fin'],
  'elements/reference': ['sifac/dossier/bilan/element/guide'],
  'versions/reference': ['sifac/plan/sifac/1.0'],
  'contenus/reference': ['sifac/plan/sifac/contenu/bilan'],
  jalonAvant: DAYS,
  avant: DAYS,
  sansAvancementDepuis: ['1', '2'],
  cursor: [],
  stream: [...THINGS, ...SEANCES],
  type: ['ActionDecidee', 'SeanceCloturee'],
  comite: ['sifac', 'apogee-rof', 'neuf'],
  seance: SEANCES,
  evenement: THINGS.flatMap((one) => [`${one}@0`, `${one}@1`]),
  point: ['sifac/1/P1', 'apogee-rof/1/P1', 'sifac/1/P2'],
  reprend: ['apogee-rof/1/P1'],
  mandat: ['sifac/M1', 'sifac/M2'],
  personne: ['sifac/p01', 'sifac/p02'],
  remplace: ['sifac/p01'],
  decision: ['apogee-rof/1/D1', 'sifac/1/D1'],
  action: ['sifac/1/A1'],
  actions: ['sifac/1/A1'],
  sujet: ['civilite-usuelle', 'autre'],
  option: ['oui', 'non', 'plus-tard'],
  choix: ['oui', 'non'],
  acteur: ['Amue', 'Lille'],
  acteurs: ['Amue', 'Lille'],
  code: ['fait', 'en-cours'],
  retard: ['oui', 'non', 'indetermine'],
  actif: ['oui', 'non'],
  jour: DAYS,
  effectif: DAYS,
  statut: ['ouverte', 'close', 'en-cours', 'prise'],
};
const ROUTES = requestsOf(openApi(), VOCABULARY);

interface Answered {
  readonly status: number;
  readonly type: string;
  readonly text: string;
}

/** Requests at random, as the OpenAPI document describes them and as it does not, to a process of its own. */
describe('the API, under random requests', () => {
  let database: TestDatabase;
  let serving: Running;
  let owner: pg.Client;
  const agent = new Agent({ keepAlive: true, maxSockets: AT_ONCE });
  beforeAll(async () => {
    database = await testDatabase();
    const registre = await Registre.over(database);
    for (const n of [1, 2]) {
      const text = readFileSync(join(projectRoot(), `apps/cli/demo/apogee-rof-${n}.yaml`), 'utf8');
      await importFile(registre, `${n}.yaml`, text, { sources: [] });
    }
    await importFile(registre, 'ouverte.yaml', OPEN, { sources: [] });
    await registre.close();
    owner = new pg.Client(database.owner);
    await owner.connect();
    serving = await Running.serve({ DATABASE_URL: addressOf(database) });
  });
  afterAll(async () => {
    agent.destroy();
    await serving.kill('SIGTERM');
    await owner.end();
    await database.drop();
  });

  const ask = ({ method, path, headers, body }: FuzzRequest): Promise<Answered> =>
    new Promise((resolve, reject) => {
      const asked = request(
        `${serving.url}/`,
        { agent, method, path, headers, timeout: 30_000 },
        (answer) => {
          const chunks: Buffer[] = [];
          answer.on('data', (chunk: Buffer) => chunks.push(chunk));
          answer.once('end', () =>
            resolve({
              status: answer.statusCode!,
              type: answer.headers['content-type'] ?? '',
              text: Buffer.concat(chunks).toString(),
            }),
          );
          answer.once('error', reject);
        },
      );
      asked.once('timeout', () => asked.destroy(new Error('no answer within 30 s')));
      asked.once('error', reject);
      asked.end(body);
    });
  const events = async (): Promise<number> =>
    Number((await owner.query<{ count: string }>('SELECT count(*) FROM log.event')).rows[0]!.count);
  /** Events that an answer says were recorded; throws what is wrong with an answer. */
  const recordedBy = ({ status, type, text }: Answered): number => {
    if (status >= 500) throw new Error(`${status}`);
    const answer = JSON.parse(text) as { code?: string; evenements?: object[] };
    if (status >= 400 && (!type.startsWith('application/problem+json') || !answer.code))
      throw new Error('refused otherwise than by a problem');
    return status === 201 ? answer.evenements!.length : 0;
  };
  const megabytes = (): number =>
    Number(execFileSync('ps', ['-o', 'rss=', '-p', String(serving.child.pid)]).toString()) / 1024;

  // Reads first, of a register that is small; what is recorded makes it large.
  const routes = [...ROUTES].toSorted(
    ([a], [b]) => Number(a.startsWith('POST')) - Number(b.startsWith('POST')),
  );

  it.each(routes)(
    'answers %s without an error of its own, and records nothing of what it refuses',
    async (_, requests) => {
      const all = fc.sample(requests, { numRuns: rounds(10_000), seed: 20_181_124 });
      let ruled = 0;
      for (let from = 0; from < all.length; from += BATCH) {
        const before = await events();
        const batch = all.slice(from, from + BATCH);
        let told = 0;
        let next = 0;
        const caller = async (): Promise<void> => {
          for (let one = batch[next++]; one !== undefined; one = batch[next++])
            try {
              const answer = await ask(one);
              const recorded = recordedBy(answer);
              if (answer.status < 400 || answer.status === 409) ruled += 1;
              told += recorded;
            } catch (cause) {
              throw new Error(`${(cause as Error).message}: ${JSON.stringify(one).slice(0, 4000)}`, {
                cause,
              });
            }
        };
        await Promise.all(Array.from({ length: AT_ONCE }, caller));
        expect((await events()) - before).toBe(told);
      }
      // Some came as far as the rules.
      expect(ruled).toBeGreaterThan(0);
      expect(megabytes()).toBeLessThan(MEGABYTES);
    },
    1_200_000,
  );
});
