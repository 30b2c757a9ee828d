import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import pg from 'pg';
import { type Database, openDatabase, readEnvironment } from '../../libs/config/index.js';
import { Registre } from '../../libs/registre/index.js';
import { type TestDatabase, testDatabase } from '../support/test-database.js';

const LOGIN = 'exploitant';

/** A PostgreSQL that somebody else runs, reached by its address as a user who is no superuser. */
describe('a given DATABASE_URL', () => {
  let server: TestDatabase;
  let database: Database;

  const query = async (config: pg.PoolConfig, text: string) => {
    const client = new pg.Client(config);
    await client.connect();
    return client.query<Record<string, unknown>>(text).finally(() => client.end());
  };

  beforeAll(async () => {
    server = await testDatabase();
    const { host, port, database: name } = server.owner;
    await query(server.owner, `DROP SCHEMA views, projection, log CASCADE; DROP TABLE migration`);
    await query(
      server.owner,
      `DO $$ BEGIN CREATE ROLE ${LOGIN} LOGIN; EXCEPTION WHEN duplicate_object THEN NULL; END $$;
       GRANT minutier_app TO ${LOGIN}; GRANT ALL ON DATABASE "${name!}" TO ${LOGIN};
       GRANT ALL ON SCHEMA public TO ${LOGIN}`,
    );
    const options = encodeURIComponent('-c statement_timeout=55s');
    const url = `postgres://${LOGIN}@localhost:${port}/${name}?host=${encodeURIComponent(String(host))}&options=${options}`;
    database = await openDatabase(readEnvironment({ DATABASE_URL: url }));
  });
  afterAll(() => server.drop());

  it('holds a register, migrated and written by that user', async () => {
    const registre = await Registre.over(database);
    expect((await registre.reached()).position).toBe(0n);
    await registre.close();
    const { rows } = await query(database.owner, 'SELECT current_user');
    expect(rows).toEqual([{ current_user: LOGIN }]);
  });

  it('binds the application to its role whatever options the address has, and keeps those', async () => {
    const { rows } = await query(
      database.application,
      `SELECT current_user, current_setting('statement_timeout') AS timeout`,
    );
    expect(rows).toEqual([{ current_user: 'minutier_app', timeout: '55s' }]);
    await expect(query(database.application, 'DELETE FROM log.event')).rejects.toThrow(/permission denied/);
  });

  it('refuses even the owner a change of an event', async () => {
    await expect(query(database.owner, 'DELETE FROM log.event')).rejects.toThrow(/append-only/);
  });
});
