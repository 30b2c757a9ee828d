import pg from 'pg';
import { DataSource, type EntitySchema } from 'typeorm';
import type { Environment } from './environment.js';
import { EmbeddedPostgres } from './embedded-postgres.js';

export const APPLICATION_ROLE = 'minutier_app';
const EMBEDDED_DATABASE = 'minutier';
const EMBEDDED_LOGIN = 'minutier';
const MIGRATION_LOCK = 490271814;
const MIGRATION_PATIENCE = '60s';
const LIVING_MILLISECONDS = 10_000;
const MIGRATIONS_TABLE = 'migration';

/** What our sessions need of the server, whatever the database or the role sets for others. */
const NEEDED = Object.entries({
  default_transaction_isolation: 'read\\ committed',
  default_transaction_read_only: 'off',
  default_transaction_deferrable: 'off',
  synchronous_commit: 'on',
  datestyle: 'ISO,YMD',
  intervalstyle: 'postgres',
  timezone: 'UTC',
  bytea_output: 'hex',
  standard_conforming_strings: 'on',
  search_path: 'public',
})
  .map(([name, value]) => `-c ${name}=${value}`)
  .join(' ');

/** Where the log and the views are, with two ways in: the owner's for migrations, the application's for all else. */
export interface Database {
  readonly kind: 'embedded' | 'url';
  readonly description: string;
  readonly owner: pg.PoolConfig;
  /** Bound to a role that may append and read, and never change an event. */
  readonly application: pg.PoolConfig;
  readonly embedded: EmbeddedPostgres | undefined;
  close(): void;
}

export class DatabaseRoleMissing extends Error {
  override readonly name = 'DatabaseRoleMissing';
}

/** Opens the configured database, creating the embedded one and the roles where they are missing. */
export async function openDatabase(environment: Environment): Promise<Database> {
  return environment.databaseUrl ? external(environment.databaseUrl) : embedded(environment.home);
}

async function external(url: string): Promise<Database> {
  const owner = connection(url);
  await withClient(owner, ensureRole);
  return {
    kind: 'url',
    description: url.replace(/\/\/([^:@/]*):[^@/]*@/, '//$1:***@'),
    owner,
    application: connection(url, APPLICATION_ROLE),
    embedded: undefined,
    close: () => undefined,
  };
}

/** Options of the address itself would take the place of ours: they come first, ours last. */
function connection(url: string, role?: string): pg.PoolConfig {
  const address = new URL(url);
  const given = address.searchParams.get('options') ?? '';
  address.searchParams.delete('options');
  return { connectionString: address.href, options: `${given} ${optionsFor(role)}`.trim() };
}

const optionsFor = (role?: string): string => (role ? `${NEEDED} -c role=${role}` : NEEDED);

async function embedded(home: string): Promise<Database> {
  const server = await EmbeddedPostgres.open(home);
  return onEmbedded(server, EMBEDDED_DATABASE);
}

/** A database of a running embedded server; tests make one each. */
export async function onEmbedded(server: EmbeddedPostgres, name: string): Promise<Database> {
  await withClient(server.connection('postgres', 'postgres'), async (client) => {
    await ensureRole(client);
    await createIfMissing(
      client,
      'duplicate_object',
      `CREATE ROLE ${EMBEDDED_LOGIN} LOGIN IN ROLE ${APPLICATION_ROLE}`,
    );
    const { rowCount } = await client.query('SELECT 1 FROM pg_database WHERE datname = $1', [name]);
    if (!rowCount)
      await client.query(`CREATE DATABASE "${name}"`).catch((error: unknown) => {
        if (!['42P04', '23505'].includes((error as pg.DatabaseError).code ?? '')) throw error;
      });
  });
  return {
    kind: 'embedded',
    description: `base embarquée de ${server.folder}`,
    owner: { ...server.connection(name, 'postgres'), options: optionsFor() },
    application: { ...server.connection(name, EMBEDDED_LOGIN), options: optionsFor(APPLICATION_ROLE) },
    embedded: server,
    close: () => server.close(),
  };
}

/**
 * Applies the migrations that are missing; several processes may try at once. One that is suspended meanwhile
 * holds the others up for a minute at most.
 */
export async function migrate(
  database: Database,
  migrations: readonly (new () => { readonly name: string })[],
): Promise<void> {
  await withClient(database.owner, async (client) => {
    if (await isMigrated(client, migrations)) return;
    await client.query(
      `SET lock_timeout = '${MIGRATION_PATIENCE}'; SET idle_session_timeout = '${MIGRATION_PATIENCE}'`,
    );
    await client.query('SELECT pg_advisory_lock($1)', [MIGRATION_LOCK]);
    const source = new DataSource({
      ...typeormOptions(database.owner),

      migrations: [...migrations],
      migrationsTableName: MIGRATIONS_TABLE,
      migrationsTransactionMode: 'each',
    });
    // The lock's own session has nothing else to do: without a sign of life it would end.
    const living = setInterval(
      () => void client.query('SELECT 1').catch(() => undefined),
      LIVING_MILLISECONDS,
    );
    try {
      await source.initialize();
      await source.runMigrations();
    } finally {
      clearInterval(living);
      if (source.isInitialized) await source.destroy();
    }
  });
}

async function isMigrated(
  client: pg.Client,
  migrations: readonly (new () => { readonly name: string })[],
): Promise<boolean> {
  const { rows: found } = await client.query(
    `SELECT FROM pg_tables WHERE tablename = $1 AND schemaname = 'public'`,
    [MIGRATIONS_TABLE],
  );
  if (found.length === 0) return false;
  const { rows } = await client.query<{ name: string }>(`SELECT name FROM public.${MIGRATIONS_TABLE}`);
  const done = new Set(rows.map(({ name }) => name));
  return migrations.every((Migration) => done.has(new Migration().name));
}

/** The read side's TypeORM connection, as the application's role. */
export async function openReadSide(
  database: Database,
  entities: EntitySchema[],
  types: pg.CustomTypesConfig,
): Promise<DataSource> {
  const source = new DataSource({
    ...typeormOptions({ ...database.application, types }),
    entities,
    synchronize: false,
  });
  return source.initialize();
}

function typeormOptions({ connectionString, host, port, user, database, ...extra }: pg.PoolConfig) {
  return {
    type: 'postgres' as const,
    ...(connectionString ? { url: connectionString } : { host, port, username: user, database }),
    extra: { max: 6, ...extra },
    poolErrorHandler: () => undefined,
  };
}

async function ensureRole(client: pg.Client): Promise<void> {
  try {
    // Looked for first: a user who may not create roles may well use the one that is there.
    const { rowCount } = await client.query('SELECT 1 FROM pg_roles WHERE rolname = $1', [APPLICATION_ROLE]);
    if (!rowCount)
      await createIfMissing(client, 'duplicate_object', `CREATE ROLE ${APPLICATION_ROLE} NOLOGIN`);
    await client.query(
      `DO $$ BEGIN
         IF NOT pg_has_role(current_user, '${APPLICATION_ROLE}',
                            CASE WHEN current_setting('server_version_num')::int >= 160000 THEN 'SET' ELSE 'MEMBER' END)
         THEN GRANT ${APPLICATION_ROLE} TO CURRENT_USER; END IF;
       END $$`,
    );
  } catch (cause) {
    if ((cause as pg.DatabaseError).code !== '42501') throw cause;
    throw new DatabaseRoleMissing(
      `Le rôle « ${APPLICATION_ROLE} » manque et l’utilisateur de DATABASE_URL ne peut pas le créer. ` +
        `À faire une fois par un administrateur : CREATE ROLE ${APPLICATION_ROLE} NOLOGIN; ` +
        `GRANT ${APPLICATION_ROLE} TO <utilisateur>;`,
      { cause },
    );
  }
}

/** Creates a cluster-wide thing that another process may be creating at the same moment. */
async function createIfMissing(client: pg.Client, condition: string, statement: string): Promise<void> {
  await client.query(
    `DO $$ BEGIN ${statement}; EXCEPTION WHEN ${condition} OR unique_violation THEN NULL; END $$`,
  );
}

async function withClient<T>(config: pg.ClientConfig, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client(config);
  client.on('error', () => undefined);
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end().catch(() => undefined);
  }
}
