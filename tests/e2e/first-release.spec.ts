import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { entete, vue } from '../../apps/cli/views.command.js';
import { projectRoot, readEnvironment } from '../../libs/config/index.js';
import { copyLog } from '../../libs/log/index.js';
import { readView, readItem, pourquoi, verifyRows } from '../../libs/registre/index.js';
import { importFile } from '../../libs/seance-file/index.js';
import { type Served, served } from '../support/served.js';
import { addressOf, testDatabase } from '../support/test-database.js';

const folder = join(projectRoot(), 'tests', 'e2e', 'first-release');
const text = (name: string) => readFileSync(join(folder, name), 'utf8');

interface Asked {
  readonly args: readonly [string, ...string[]];
  readonly answer: Readonly<Record<string, unknown>>;
}
const asked = JSON.parse(gunzipSync(readFileSync(join(folder, 'answers.json.gz'))).toString()) as Asked[];

interface Request {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: unknown;
  readonly status: number;
  readonly answer: { readonly code?: string; readonly reference?: string; readonly evenements?: object[] };
}
const requests = JSON.parse(text('requests.json')) as Request[];

/** `['--as-of', 'essai/1']` → `{ asOf: 'essai/1' }`; a flag without a value is true. */
function optionsOf(args: readonly string[]): Record<string, string | true> {
  const camel = (flag: string) =>
    flag.slice(2).replace(/-([a-z])/g, (_, letter: string) => letter.toUpperCase());
  return Object.fromEntries(
    args.flatMap((flag, index) => {
      const next = args[index + 1];
      if (!flag.startsWith('--')) return [];
      return [[camel(flag), next === undefined || next.startsWith('--') ? (true as const) : next] as const];
    }),
  );
}

/** Of what was said then, all that is said now: answers may say more, and sentences say it better. */
function among(then: unknown, now: unknown): unknown {
  if (Array.isArray(then) && Array.isArray(now))
    return now.map((one, index) => (index < then.length ? among(then[index], one) : (one as unknown)));
  if (typeof then !== 'object' || then === null || typeof now !== 'object' || now === null) return now;
  return Object.fromEntries(
    Object.keys(then).map((name) => [
      name,
      ['sentence', 'lien'].includes(name)
        ? (then as Record<string, unknown>)[name]
        : among((then as Record<string, unknown>)[name], (now as Record<string, unknown>)[name]),
    ]),
  );
}

/** "Overdue?" is asked today where no other day is named: that day moves. */
const withoutToday = (answer: unknown, options: object): unknown =>
  'asOf' in options || 'effectiveAt' in options
    ? answer
    : JSON.parse(JSON.stringify(answer).replaceAll(/"retard":"\w+"/g, '"retard":"-"'));

/** A log that the first release recorded, with every type of fact, corrections and annulments; and its answers. */
describe('what the first release recorded', () => {
  let api: Served;
  const restored = async (file: string): Promise<Served> => {
    const target = await testDatabase();
    await copyLog({ from: join(folder, file) }, readEnvironment({ DATABASE_URL: addressOf(target) }));
    return served(target);
  };
  beforeAll(async () => {
    api = await restored('journal.ndjson.gz');
  });
  afterAll(async () => {
    await api.end();
  });

  it.each(asked.map((one) => [one.args.join(' '), one] as const))('answers as then: %s', async (_, one) => {
    const [name, ...args] = one.args;
    const { comite, impact, ...options } = optionsOf(args) as Record<string, string>;
    const { asOf, effectiveAt, ...filters } = options;
    const basis = { asOf, effectiveAt };
    const reference = args[0]?.startsWith('--') ? undefined : args[0];
    const answer = async () => {
      if (name === 'pourquoi') {
        const { racine, basis: at } = await pourquoi(api.registre, reference!, {
          ...basis,
          impact: impact !== undefined,
        });
        return { ...entete(at), racine };
      }
      const { view } = vue(name);
      if (reference !== undefined) {
        const { item, basis: at } = await readItem(api.registre, view, reference, basis);
        return { ...entete(at), item };
      }
      const { items, basis: at, next } = await readView(api.registre, view, { ...basis, comite, filters });
      return { ...entete(at), items, next };
    };
    const now: unknown = JSON.parse(JSON.stringify(await answer()));
    expect(withoutToday(among(one.answer, now), basis)).toEqual(withoutToday(one.answer, basis));
  });

  it('is folded into views that say what the log says', async () => {
    expect((await verifyRows(api.registre)).wrong).toEqual([]);
  });

  it.each(['demo-1', 'demo-2', 'essai-1', 'essai-2', 'essai-3'])(
    'is recorded already where %s is imported again',
    async (name) => {
      const { handled } = await importFile(api.registre, `${name}.yaml`, text(`${name}.yaml`), {
        sources: [],
      });
      expect(handled.recorded).toEqual([]);
      expect(handled.alreadyThere.length).toBeGreaterThan(0);
    },
  );

  it.each(requests.map((one) => [`${one.headers['Idempotency-Key']} (${one.status})`, one] as const))(
    'is answered again under its key: %s',
    async (_, { method, path, headers, body, status, answer }) => {
      const head = await api.registre.store.head();
      const response = await fetch(`${api.url}${path}`, {
        method,
        headers: { ...headers, 'Content-Type': 'application/json' },
        body: JSON.stringify(body),
      });
      const now = (await response.json()) as Request['answer'];
      expect([response.status, now.code]).toEqual([status === 201 ? 200 : status, answer.code]);
      expect([now.reference, now.evenements]).toEqual([answer.reference, answer.evenements]);
      expect(await api.registre.store.head()).toBe(head);
    },
  );

  it('is no answer to another author under the same key', async () => {
    const { path, body, headers } = requests.find(({ path: one }) => one.endsWith('/avancement'))!;
    const response = await fetch(`${api.url}${path}`, {
      method: 'POST',
      headers: { ...headers, 'Minutier-Auteur': 'une-autre', 'Content-Type': 'application/json' },
      body: JSON.stringify(body),
    });
    expect(response.status).toBe(201);
  });

  it('is the same in whatever letters it was written, and can be said on', async () => {
    const edge = await restored('edge.ndjson.gz');
    for (const name of ['nfd.json', 'lignes.json'])
      expect((await importFile(edge.registre, name, text(name), { sources: [] })).handled.recorded).toEqual(
        [],
      );
    const next = {
      version: 1,
      comite: 'bord-nfd',
      numero: 2,
      auteur: 'moi',
      seance: { jour: '2026-02-15' },
      ouverture: {},
      avancements: [{ action: 'bord-nfd/1/A1', acteur: 'Université d’Évry', texte: 'À reprendre' }],
    };
    await importFile(edge.registre, 'suite', JSON.stringify(next), { sources: [] });
    const { item } = await readItem(edge.registre, vue('actions').view, 'bord-nfd/1/A1', {});
    expect(item.avancements).toHaveLength(1);
    expect(item.statut).toBe('ouverte');
    await edge.end();
  });
});
