import pg from 'pg';
import { DataSource, type EntitySchema } from 'typeorm';
import type { Environment } from './environment.js';
import { EmbeddedPostgres } from './embedded-postgres.js';
import { externalDatabase, requireReady } from './external-database.js';
import {
  APPLICATION_ROLE,
  createIfMissing,
  type Database,
  ensureRole,
  isMigrated,
  type Migration,
  MIGRATIONS_TABLE,
  optionsFor,
  type OwnDatabase,
  withClient,
} from './sessions.js';

const EMBEDDED_DATABASE = 'minutier';
const EMBEDDED_LOGIN = 'minutier';
const MIGRATION_LOCK = 490271814;
const MIGRATION_PATIENCE = '60s';
const LIVING_MILLISECONDS = 10_000;

/**
 * Opens the configured database, ready for this release: the embedded one is created and migrated.
 * @throws DatabaseNotReady one of DATABASE_URL is not
 */
export async function openDatabase(
  environment: Environment,
  migrations: readonly Migration[],
): Promise<Database> {
  if (environment.databaseUrl !== undefined) {
    await requireReady(environment.databaseUrl, migrations);
    return externalDatabase(environment.databaseUrl);
  }
  const database = await embedded(environment.home);
  await migrate(database.owner, migrations);
  return database;
}

async function embedded(home: string): Promise<OwnDatabase> {
  const server = await EmbeddedPostgres.open(home);
  return onEmbedded(server, EMBEDDED_DATABASE);
}

/** A database of a running embedded server; tests make one each. */
export async function onEmbedded(server: EmbeddedPostgres, name: string): Promise<OwnDatabase> {
  await withClient(server.connection('postgres', 'postgres'), async (client) => {
    await ensureRole(client);
    await createIfMissing(
      client,
      'duplicate_object',
      `CREATE ROLE ${EMBEDDED_LOGIN} LOGIN PASSWORD ${pg.escapeLiteral(server.secret)} IN ROLE ${APPLICATION_ROLE}`,
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
export async function migrate(owner: pg.PoolConfig, migrations: readonly Migration[]): Promise<void> {
  await withClient(owner, async (client) => {
    if (await isMigrated(client, migrations)) return;
    await client.query(
      `SET lock_timeout = '${MIGRATION_PATIENCE}'; SET idle_session_timeout = '${MIGRATION_PATIENCE}'`,
    );
    await client.query('SELECT pg_advisory_lock($1)', [MIGRATION_LOCK]);
    const dataSource = new DataSource({
      ...typeormOptions(owner),
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
      await dataSource.initialize();
      await dataSource.runMigrations();
    } finally {
      clearInterval(living);
      if (dataSource.isInitialized) await dataSource.destroy();
    }
  });
}

/** The read side's TypeORM connection, as the application's role. */
export async function openReadSide(
  database: Database,
  entities: EntitySchema[],
  types: pg.CustomTypesConfig,
): Promise<DataSource> {
  const dataSource = new DataSource({
    ...typeormOptions({ ...database.application, types }),
    entities,
    synchronize: false,
  });
  return dataSource.initialize();
}

function typeormOptions({ connectionString, host, port, user, database, ...extra }: pg.PoolConfig) {
  return {
    type: 'postgres' as const,
    ...(connectionString ? { url: connectionString } : { host, port, username: user, database }),
    extra: { max: 6, ...extra },
    poolErrorHandler: () => undefined,
  };
}
