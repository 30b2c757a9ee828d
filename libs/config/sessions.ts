import pg from 'pg';
import type { EmbeddedPostgres } from './embedded-postgres.js';

/** Of the application: it may append and read, and never change an event. */
export const APPLICATION_ROLE = 'minutier_app';
export const MIGRATIONS_TABLE = 'migration';

export type Migration = new () => { readonly name: string };

/** Where the log and the views are, with two ways in: the owner's for migrations, the application's for all else. */
export interface Database {
  readonly kind: 'embedded' | 'url';
  readonly description: string;
  /** Known of a database of our own only: elsewhere its owner migrates it. */
  readonly owner: pg.PoolConfig | undefined;
  /** Bound to a role that may append and read, and never change an event. */
  readonly application: pg.PoolConfig;
  readonly embedded: EmbeddedPostgres | undefined;
  close(): void;
}

/** One that we own. */
export type OwnDatabase = Database & { readonly owner: pg.PoolConfig };

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

/** The `options` of a session of ours. */
export const optionsFor = (role?: string): string => (role ? `${NEEDED} -c role=${role}` : NEEDED);

export class DatabaseRoleMissing extends Error {
  override readonly name = 'DatabaseRoleMissing';
}

export async function ensureRole(client: pg.Client): Promise<void> {
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
      `Le rôle « ${APPLICATION_ROLE} » manque et cet utilisateur ne peut pas le créer. ` +
        `À faire une fois par un administrateur : CREATE ROLE ${APPLICATION_ROLE} NOLOGIN; ` +
        `GRANT ${APPLICATION_ROLE} TO <utilisateur> WITH ADMIN OPTION;`,
      { cause },
    );
  }
}

/** Creates a cluster-wide thing that another process may be creating at the same moment. */
export async function createIfMissing(
  client: pg.Client,
  condition: string,
  statement: string,
): Promise<void> {
  await client.query(
    `DO $$ BEGIN ${statement}; EXCEPTION WHEN ${condition} OR unique_violation THEN NULL; END $$`,
  );
}

/** Whether all migrations have been applied; one that cannot be looked up has not been. */
export async function isMigrated(client: pg.Client, migrations: readonly Migration[]): Promise<boolean> {
  const { rows: found } = await client.query(
    `SELECT FROM pg_class one JOIN pg_namespace space ON space.oid = one.relnamespace
      WHERE space.nspname = 'public' AND one.relname = $1 AND has_table_privilege(one.oid, 'SELECT')`,
    [MIGRATIONS_TABLE],
  );
  if (found.length === 0) return false;
  const { rows } = await client.query<{ name: string }>(`SELECT name FROM public.${MIGRATIONS_TABLE}`);
  const done = new Set(rows.map(({ name }) => name));
  return migrations.every((Migration) => done.has(new Migration().name));
}

export async function withClient<T>(
  config: pg.ClientConfig,
  work: (client: pg.Client) => Promise<T>,
): Promise<T> {
  const client = new pg.Client(config);
  client.on('error', () => undefined);
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end().catch(() => undefined);
  }
}
