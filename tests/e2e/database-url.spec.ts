import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import pg from 'pg';
import { openDatabase, projectRoot, readEnvironment } from '../../libs/config/index.js';
import { openPool } from '../../libs/event-sourcing/postgres.js';
import { ourMigrations, Registre } from '../../libs/registre/index.js';
import { searchPath } from '../support/processes.js';
import { addressOf, type TestDatabase, testDatabase } from '../support/test-database.js';

/** A PostgreSQL that somebody else runs: its owner, who is no superuser, prepares it; the application uses it. */
describe('a given DATABASE_URL', () => {
  const owner = `proprietaire_${randomUUID().slice(0, 8)}`;
  let server: TestDatabase;
  let ownerAddress: string;

  const query = async (config: pg.PoolConfig | string, text: string) => {
    const client = new pg.Client(config);
    await client.connect();
    return client.query<Record<string, unknown>>(text).finally(() => client.end());
  };
  const minutier = async (env: Record<string, string>, args: readonly string[], input = '') => {
    const child = spawn(
      process.execPath,
      [join(projectRoot(), 'dist', 'apps', 'cli', 'main.js'), ...args, '--json'],
      { env: { PATH: searchPath, ...env }, stdio: 'pipe' },
    );
    child.stdin.end(input);
    const said = { stdout: '', stderr: '' };
    child.stdout.on('data', (data: Buffer) => (said.stdout += data.toString()));
    child.stderr.on('data', (data: Buffer) => (said.stderr += data.toString()));
    const exit = await new Promise((resolve) => child.once('close', resolve));
    const answer = JSON.parse(said.stdout) as Record<string, string> & { erreur: { message: string } };
    return { exit, ...said, answer };
  };

  beforeAll(async () => {
    server = await testDatabase();
    await query(server.owner, 'DROP SCHEMA views, projection, log CASCADE; DROP TABLE migration');
    await query(
      server.owner,
      `CREATE ROLE ${owner} LOGIN PASSWORD 'p' CREATEROLE;
       GRANT minutier_app TO ${owner} WITH ADMIN OPTION;
       GRANT ALL ON DATABASE "${server.owner.database!}" TO ${owner};
       GRANT ALL ON SCHEMA public TO ${owner}`,
    );
    ownerAddress = addressOf(server, { user: owner, password: 'p' });
  });
  afterAll(async () => {
    const keeper = await testDatabase();
    await server.drop();
    const cluster = { ...server.owner, database: 'postgres' };
    const { rows } = await query(
      cluster,
      `SELECT rolname FROM pg_roles WHERE rolname LIKE 'minutier\\_t\\_%'`,
    );
    for (const { rolname } of rows) await query(cluster, `DROP ROLE "${String(rolname)}"`);
    await query(cluster, `DROP ROLE ${owner}`);
    await keeper.drop();
  });

  it('is not used before its owner has prepared it, nor ever with his own address', async () => {
    const login = `minutier_t_${randomUUID().slice(0, 8)}`;
    await query(server.owner, `CREATE ROLE ${login} LOGIN PASSWORD 'p'`);
    const early = await minutier({ DATABASE_URL: addressOf(server, { user: login, password: 'p' }) }, [
      'doctor',
    ]);
    expect(early).toMatchObject({ exit: 3 });
    expect(early.stdout).toMatch(/minutier migrate/);
    const first = await minutier({ DATABASE_URL: ownerAddress }, ['migrate', '--login', login]);
    expect(first).toMatchObject({ exit: 0, answer: { compte: login, cree: false, motDePasseDonne: false } });
    for (const address of [ownerAddress, addressOf(server, { user: 'postgres' })])
      for (const command of [['actions'], ['seances']]) {
        const refused = await minutier({ DATABASE_URL: address }, command);
        expect(refused).toMatchObject({ exit: 2 });
        expect(refused.stderr).toMatch(/propriétaire du journal/);
      }
  });

  it('gives the application a login of its own, which can become nothing else', async () => {
    const { exit, answer } = await minutier({}, ['migrate', ownerAddress]);
    expect(exit).toBe(0);
    expect(answer.compte).toBe(`minutier_${server.owner.database}`);
    const address = answer.adresse!;
    expect(await minutier({ DATABASE_URL: address }, ['actions'])).toMatchObject({ exit: 0 });
    const registre = await Registre.open(readEnvironment({ DATABASE_URL: address }));
    const pool = openPool(registre.database.application);
    const client = await pool.connect();
    const who = async (): Promise<unknown> =>
      (await client.query('SELECT session_user AS of, current_user AS as')).rows[0];
    expect(await who()).toEqual({ of: answer.compte, as: 'minutier_app' });
    await client.query('SET ROLE NONE');
    expect(await who()).toEqual({ of: answer.compte, as: answer.compte });
    for (const forbidden of [
      'DELETE FROM log.event',
      'ALTER TABLE log.event DISABLE TRIGGER ALL',
      `SET ROLE ${owner}`,
      'SET ROLE postgres',
      `ALTER TABLE log.event OWNER TO minutier_app`,
      'DROP FUNCTION log.append',
    ])
      await expect(client.query(forbidden)).rejects.toThrow(/permission denied|must be owner/);
    client.release();
    await pool.end();
    await registre.close();
  });

  it('keeps the password of a login that is there, unless it is asked for another', async () => {
    const [again, renewed] = [
      await minutier({}, ['migrate', ownerAddress]),
      await minutier({}, ['migrate', ownerAddress, '--renouveler']),
    ];
    expect(again.answer).toMatchObject({ cree: false, motDePasseDonne: false });
    expect(new URL(again.answer.adresse!).password).toBe('');
    const given = await minutier({}, ['migrate', ownerAddress, '--mot-de-passe', '-'], 'é "p\'\\@:/?\n');
    expect(await minutier({ DATABASE_URL: renewed.answer.adresse! }, ['actions'])).toMatchObject({ exit: 3 });
    expect(await minutier({ DATABASE_URL: given.answer.adresse! }, ['actions'])).toMatchObject({ exit: 0 });
  });

  it('takes as its login none that owns the log, and no address that is none', async () => {
    for (const login of ['postgres', owner])
      expect(await minutier({}, ['migrate', ownerAddress, '--login', login])).toMatchObject({ exit: 2 });
    expect(await minutier({}, ['migrate', 'mysql://a@b/c'])).toMatchObject({ exit: 2 });
    expect(await minutier({}, ['migrate', ownerAddress, '--mot-de-passe', '-'], '')).toMatchObject({
      exit: 2,
    });
  });

  it('binds the application to its role whatever options the address has, and keeps those', async () => {
    const options = encodeURIComponent('-c statement_timeout=55s -c role=minutier');
    const { application } = await openDatabase(
      readEnvironment({ DATABASE_URL: `${addressOf(server)}&options=${options}` }),
      ourMigrations(),
    );
    const pool = openPool(application);
    const { rows } = await pool.query(`SELECT current_user, current_setting('statement_timeout') AS timeout`);
    await pool.end();
    expect(rows).toEqual([{ current_user: 'minutier_app', timeout: '55s' }]);
  });

  it('refuses the owner a change of an event until he takes the trigger away', async () => {
    await expect(query(ownerAddress, 'DELETE FROM log.event')).rejects.toThrow(/append-only/);
  });
});
