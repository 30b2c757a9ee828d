import { createHash, randomUUID } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { migrations } from '../../infra/migrations/index.js';
import {
  EmbeddedPostgres,
  migrate,
  onEmbedded,
  type OwnDatabase,
  projectRoot,
} from '../../libs/config/index.js';

/** A folder of this checkout and this worker: made once, its server stops when the worker has gone. */
const home = (purpose: string): string => {
  const checkout = createHash('sha256').update(projectRoot()).digest('hex').slice(0, 8);
  return join(tmpdir(), `minutier-tests-${checkout}-${process.env.JEST_WORKER_ID ?? '0'}-${purpose}`);
};

export interface TestDatabase extends OwnDatabase {
  /** The server behind, to be killed. */
  readonly server: EmbeddedPostgres;
  /** As the owner. */
  query(text: string): Promise<void>;
  drop(): Promise<void>;
}

/** As DATABASE_URL: by the application's login, or another one. */
export const addressOf = (
  { application: { port, database, ...application }, server }: TestDatabase,
  { user = application.user, password = server.secret }: { user?: string; password?: string } = {},
): string =>
  `postgres://${user}:${password}@localhost:${port}/${database}?host=${encodeURIComponent(String(application.host))}`;

/** A new, migrated database on a real embedded server. `purpose` gives a server of its own. */
export async function testDatabase(purpose = 'shared'): Promise<TestDatabase> {
  const server = await EmbeddedPostgres.open(home(purpose));
  const name = `t_${randomUUID().replaceAll('-', '')}`;
  const database = await onEmbedded(server, name);
  await migrate(database.owner, migrations(join(projectRoot(), 'infra', 'migrations')));
  return {
    ...database,
    server,
    close: () => undefined,
    query: async (text) => {
      const client = new pg.Client(database.owner);
      await client.connect();
      await client.query(text).finally(() => client.end());
    },
    drop: async () => {
      await dropDatabase(server, name);
      server.close();
    },
  };
}

async function dropDatabase(server: EmbeddedPostgres, name: string): Promise<void> {
  const client = new pg.Client(server.connection('postgres', 'postgres'));
  await client.connect();
  await client.query(`DROP DATABASE "${name}" WITH (FORCE)`);
  await client.end();
}
