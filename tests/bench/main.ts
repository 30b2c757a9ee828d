import pg from 'pg';
import { to as copyTo } from 'pg-copy-streams';
import type { OwnDatabase } from '../../libs/config/index.js';
import { openReadSide } from '../../libs/config/index.js';
import {
  type AppendRequest,
  appendParameters,
  entityOf,
  openPool,
  PostgresEventStore,
  privateTypes,
  Projector,
  stateAt,
  tableOf,
  liveGenerations,
  type Timed,
  readHistory,
  servedBy,
  ViewReader,
} from '../../libs/event-sourcing/index.js';
import { kinds, viewNamed } from '../../libs/registre/index.js';
import { kurrentDbUrl, notRun } from '../support/kurrentdb.js';
import { corrections } from './corrections.js';
import { kurrentDb } from './kurrentdb.js';
import { entry, line, medians, perSecond, rate, withDatabase } from './support.js';

const APPEND = 'SELECT * FROM log.append($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)';
const APPEND_MILLISECONDS = 4000;
const COMMITTEES = 560;
const ACTIONS = 200;
const ROUNDS = 5;

const stream = (kind: string, caller: number): string => `action-${kind}/1/A${caller + 1}`;

/** Store and floor take turns, three times each: the machine's speed drifts. */
async function appends(database: OwnDatabase): Promise<void> {
  const store = new PostgresEventStore(database.application);
  const bare = openPool({ ...database.application, max: 1 });
  const many = openPool({ ...database.application, max: 32 });
  const send = (pool: pg.Pool, batch: AppendRequest[]) =>
    pool.query({ name: 'append', text: APPEND, values: appendParameters(batch) });
  // Every connection makes its plans on the same, empty log: what differs is then how it is used.
  await Promise.all([
    store.append([entry('action-warm/1/A1', 0)]),
    send(bare, [{ entries: [entry('action-warm/1/A2', 0)] }]),
    ...Array.from({ length: 32 }, (_, n) => send(many, [{ entries: [entry(`action-warm/2/A${n + 1}`, 0)] }])),
  ]);
  for (const callers of [1, 8, 32]) {
    const figures = { store: [] as number[], bare: [] as number[], single: [] as number[] };
    for (let turn = 0; turn < 3; turn += 1) {
      const run = `${callers}-${turn}`;
      figures.store.push(
        await rate(callers, APPEND_MILLISECONDS / 3, async (caller, n) => {
          await store.append([entry(stream(`s${run}`, caller), n)]);
          return 1;
        }),
      );
      figures.bare.push(
        await rate(1, APPEND_MILLISECONDS / 3, async (_, n) => {
          const batch = Array.from({ length: callers }, (__, caller) => ({
            entries: [entry(stream(`b${run}`, caller), n)],
          }));
          await send(bare, batch);
          return callers;
        }),
      );
      figures.single.push(
        await rate(callers, APPEND_MILLISECONDS / 3, async (caller, n) => {
          await send(many, [{ entries: [entry(stream(`o${run}`, caller), n)] }]);
          return 1;
        }),
      );
    }
    const [own, floor, single] = [figures.store, figures.bare, figures.single].map(
      (all) => all.toSorted((a, b) => a - b)[1]!,
    ) as [number, number, number];
    const aim = callers === 32;
    line(
      `append, ${callers} caller(s)`,
      perSecond(own),
      `bare log.append × ${callers} ${perSecond(floor)}`,
      own / floor,
      aim ? 'aim ≥ 0.80' : '',
    );
    line(
      `append, ${callers} caller(s)`,
      perSecond(own),
      `a transaction per event ${perSecond(single)}`,
      own / single,
      aim ? 'aim ≥ 2' : '',
    );
  }
  await Promise.all([store.close(), bare.end(), many.end()]);
}

/** A register of a million versions: committees of 200 actions, five events each, all rounds interleaved. */
async function seed(database: OwnDatabase): Promise<void> {
  const client = new pg.Client(database.owner);
  await client.connect();
  await client.query(
    `INSERT INTO log.event
     SELECT (SELECT coalesce(max(position), 0) FROM log.event) + row_number() OVER (ORDER BY round, c, a),
            'action-c' || c || '/1/A' || a, round, gen_random_uuid(),
            CASE round WHEN 0 THEN 'ActionDecidee' ELSE 'AvancementConstate' END, 1,
            CASE round
              WHEN 0 THEN '{"seance":"c' || c || '/1","intitule":"Contacter les établissements pour la campagne ' || a || '","acteurs":["Amue"]}'
              ELSE '{"acteur":null,"texte":"Relancé, étape ' || round || '","code":"en-cours"}' END,
            '{"author":"bench","commandId":"' || gen_random_uuid() || '","commandDigest":"${'0'.repeat(64)}","statedOn":"2018-0' || round + 1 ||
            '-15","effectiveOn":"2018-0' || round + 1 || '-10"}', now()
       FROM generate_series(0, ${ROUNDS - 1}) round, generate_series(1, ${COMMITTEES}) c, generate_series(1, ${ACTIONS}) a`,
  );
  await client.query('VACUUM ANALYZE log.event');
  await client.end();
}

async function readLog(database: OwnDatabase, store: PostgresEventStore): Promise<void> {
  const client = new pg.Client(database.application);
  await client.connect();
  const whole = async (): Promise<number> => {
    let [count, position] = [0, 0n];
    for (;;) {
      const page = await store.readAll(position, 2000);
      if (page.length === 0) return count;
      count += page.length;
      position = page.at(-1)!.position;
    }
  };
  const copy = async (): Promise<number> => {
    const out = client.query(copyTo('COPY log.event TO STDOUT'));
    let bytes = 0;
    for await (const chunk of out) bytes += (chunk as Buffer).length;
    return bytes;
  };
  const [own, floor] = [await timed(whole), await timed(copy)];
  const { rows } = await client.query<{ count: string }>('SELECT count(*) FROM log.event');
  const count = Number(rows[0]!.count);
  line(
    'read the whole log, parsed',
    perSecond((count / own) * 1000),
    `COPY out, unparsed ${perSecond((count / floor) * 1000)}`,
    floor / own,
    '',
  );
  await client.end();
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const started = performance.now();
  await work();
  return performance.now() - started;
}

async function views(database: OwnDatabase, store: PostgresEventStore): Promise<void> {
  const view = viewNamed('actions');
  const pool = openPool(database.application);
  const readSide = await openReadSide(database, [entityOf(view)], privateTypes);
  const projector = new Projector(store, database.application, [view], kinds);
  await projector.verifyLog();
  const spent = await timed(() => projector.rebuild([view]));
  const client = await pool.connect();
  const live = await liveGenerations(client, [view]);
  const { generation } = live[0]!;
  const served = servedBy(live);
  const table = tableOf('actions', generation);
  const { rows } = await client.query<{ count: bigint }>(`SELECT count(*) FROM ${table}`);
  await client.query(`CREATE TABLE views.copied (LIKE ${table})`);
  const load = await timed(() =>
    client.query(
      `INSERT INTO views.copied SELECT * FROM ${table};
       CREATE UNIQUE INDEX ON views.copied (key, known_from, effective_from);
       CREATE INDEX ON views.copied (scope, known_to, effective_to, known_from, effective_from);`,
    ),
  );
  const head = await store.head();
  const events = Number(head);
  line(
    `rebuild, ${events} events to ${rows[0]!.count} versions`,
    perSecond((events / spent) * 1000),
    `bare INSERT and indexes ${perSecond((events / load) * 1000)}`,
    load / spent,
    'aim ≥ 50,000/s',
  );

  await client.query(
    `CREATE TABLE views.current AS SELECT * FROM ${table} WHERE known_to = 9223372036854775807 AND effective_to = 'infinity';
     CREATE INDEX ON views.current (scope, sort_key); ANALYZE views.current;`,
  );
  // What was written above is settled first: the reads are not to share the machine with it.
  const owner = new pg.Client(database.owner);
  await owner.connect();
  await owner.query('VACUUM ANALYZE');
  await owner.query('CHECKPOINT');
  await owner.end();
  const reader = new ViewReader(readSide, pool);
  const past = head - BigInt((ROUNDS - 3) * COMMITTEES * ACTIONS);
  const scope = (n: number): string => `c${((n * 37) % COMMITTEES) + 1}`;
  const names = ['key', ...Object.keys(view.columns)].map((name) => `"${name}"`).join(', ');
  const plain = (n: number) =>
    pool.query({
      name: 'plain',
      text: `SELECT ${names} FROM views.current WHERE scope = $1 ORDER BY sort_key LIMIT 200`,
      values: [scope(n)],
    });
  const asOf = (position: bigint, effectiveOn?: string) => (n: number) =>
    reader.rows(view, {
      basis: { position, served, ...(effectiveOn && { effectiveOn }) },
      referenceDay: { first: '2018-06-30', last: '2018-06-30' },
      scope: scope(n),
      limit: 200,
    });
  const kind = kinds.find(({ category }) => category === 'action')!;
  const stateOf = async (n: number, a: number) => {
    const recorded = await readHistory(store, kind, `${scope(n)}/1/A${a + 1}`);
    return stateAt<Timed, unknown>(
      recorded,
      view.initial,
      (state, event) => view.evolve(state, event, event as never) as unknown,
      { position: past },
    );
  };
  const atOnce = (n: number) => Promise.all(Array.from({ length: ACTIONS }, (_, a) => stateOf(n, a)));
  const oneByOne = async (n: number) => {
    for (let a = 0; a < ACTIONS; a += 1) await stateOf(n, a);
  };
  const same = (await asOf(past)(1)).length;
  if (same !== ACTIONS) throw new Error(`${same} rows at P, ${ACTIONS} expected`);
  const calls = {
    plain,
    now: asOf(head),
    'P past': asOf(past),
    'D past': asOf(head, '2018-02-20'),
    'P and D past': asOf(past, '2018-02-20'),
    atOnce,
    oneByOne,
  };
  const { plain: floor, atOnce: six, oneByOne: one, ...reads } = await medians(calls);
  for (const [what, own] of Object.entries(reads)) {
    line(
      `200 rows as of ${what}`,
      `${own.toFixed(2)} ms`,
      `plain current table ${floor.toFixed(2)} ms`,
      own / floor,
      'aim ≤ 2',
    );
    line(
      `200 rows as of ${what}`,
      `${own.toFixed(2)} ms`,
      `replay of 200 streams ${one.toFixed(0)} ms`,
      one / own,
      'aim ≥ 40',
    );
    line(
      `200 rows as of ${what}`,
      `${own.toFixed(2)} ms`,
      `replay, six at a time ${six.toFixed(0)} ms`,
      six / own,
      '',
    );
  }
  client.release();
  await projector.close();
  await readSide.destroy();
  await pool.end();
}

console.log(
  `${'what'.padEnd(46)} ${'measured'.padStart(14)}  ${'beside, in the same run'.padStart(34)}  ${'ratio'.padStart(8)}`,
);
const only = process.argv[2];
if (only === undefined) {
  await withDatabase(appends);
  await withDatabase(async (database) => {
    await seed(database);
    const store = new PostgresEventStore(database.application);
    await readLog(database, store);
    await views(database, store);
    await store.close();
  });
}
if (only !== 'kurrentdb')
  await withDatabase(async (database) => {
    const store = new PostgresEventStore(database.application);
    await corrections('PostgreSQL', store, database);
    await store.close();
  });
if (kurrentDbUrl) {
  await withDatabase(async (database) => {
    const { KurrentDbEventStore } =
      await import('../../libs/event-sourcing/stores/kurrentdb/kurrentdb-event-store.js');
    const store = new KurrentDbEventStore({ url: kurrentDbUrl!, prefix: `bench-${Date.now()}` });
    await corrections('KurrentDB', store, database);
    await store.close();
  });
  if (only !== 'corrections') await kurrentDb(kurrentDbUrl);
} else console.log(notRun);
process.exit(0);
