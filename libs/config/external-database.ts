import { randomBytes } from 'node:crypto';
import pg from 'pg';
import { InvalidEnvironment } from './environment.js';
import {
  APPLICATION_ROLE,
  type Database,
  ensureRole,
  isMigrated,
  type Migration,
  optionsFor,
  type OwnDatabase,
  withClient,
} from './sessions.js';

/** The database cannot be used yet: its owner has something to do first. */
export class DatabaseNotReady extends Error {
  override readonly name = 'DatabaseNotReady';
}

/** A PostgreSQL that somebody else runs, by the address of the application's own login. */
export function externalDatabase(url: string): Database {
  return {
    kind: 'url',
    description: withoutSecret(url),
    owner: undefined,
    application: connection(url, APPLICATION_ROLE),
    embedded: undefined,
    close: () => undefined,
  };
}

/** The same PostgreSQL, by the address of the log's owner: for migrations only. */
export const ownedDatabase = (url: string): OwnDatabase => ({
  ...externalDatabase(url),
  owner: connection(url),
});

/**
 * @throws InvalidEnvironment the address is one of the log's owner: in a session of the application he could set
 *   his own rights again
 * @throws DatabaseNotReady migrations are missing, or the login has no part in the application's role
 */
export async function requireReady(url: string, migrations: readonly Migration[]): Promise<void> {
  await withClient(connection(url), async (client) => {
    const { rows } = await client.query<{ owns: boolean; takes_part: boolean }>(
      `SELECT role.rolsuper OR EXISTS (
                SELECT FROM pg_class one JOIN pg_namespace space ON space.oid = one.relnamespace
                 WHERE space.nspname = 'log' AND pg_has_role(session_user, one.relowner, 'MEMBER')) AS owns,
              EXISTS (SELECT FROM pg_roles one WHERE one.rolname = $1
                       AND pg_has_role(session_user, one.oid, 'MEMBER')) AS takes_part
         FROM pg_roles role WHERE role.rolname = session_user`,
      [APPLICATION_ROLE],
    );
    const { owns, takes_part: takesPart } = rows[0]!;
    if (owns)
      throw new InvalidEnvironment(
        'DATABASE_URL : cette adresse est celle du propriétaire du journal, ou d’un superutilisateur, qui peut en ' +
          'changer les faits. « minutier migrate » avec elle prépare la base et donne celle de l’application.',
      );
    if (!takesPart || !(await isMigrated(client, migrations)))
      throw new DatabaseNotReady(
        'La base n’est pas prête pour cette version : son propriétaire doit d’abord exécuter ' +
          '« minutier migrate <son adresse> ».',
      );
  });
}

export interface Login {
  readonly login: string;
  readonly created: boolean;
  /** The application's address; with its password only where that was set now. */
  readonly address: string;
  readonly passwordSet: boolean;
}

export interface LoginOptions {
  /** `minutier_<database>` by default. */
  readonly login?: string | undefined;
  /** Made here by default, where the login is new. */
  readonly password?: string | undefined;
  /** Another password for a login that is there. */
  readonly renew?: boolean | undefined;
}

/** Gives the application a login of its own, which has no rights but those of the application's role. */
export async function ensureLogin(url: string, options: LoginOptions = {}): Promise<Login> {
  return withClient(connection(url), async (client) => {
    await ensureRole(client);
    const { rows } = await client.query<{ database: string }>('SELECT current_database() AS database');
    const { database } = rows[0]!;
    const { login = `minutier_${database}`.slice(0, 63), renew = false } = options;
    const { rows: found } = await client.query<{ owns: boolean }>(
      `SELECT rolsuper OR EXISTS (
                SELECT FROM pg_class one JOIN pg_namespace space ON space.oid = one.relnamespace
                 WHERE space.nspname = 'log' AND pg_has_role(rolname, one.relowner, 'MEMBER')) AS owns
         FROM pg_roles WHERE rolname = $1`,
      [login],
    );
    if (found[0]?.owns)
      throw new InvalidEnvironment(`login : ${login} est propriétaire du journal, ou superutilisateur.`);
    const created = found.length === 0;
    const setNow = created || renew || options.password !== undefined;
    const password = options.password ?? randomBytes(24).toString('base64url');
    const name = pg.escapeIdentifier(login);
    await client.query('BEGIN');
    if (created) await client.query(`CREATE ROLE ${name} LOGIN`);
    if (setNow) await client.query(`ALTER ROLE ${name} LOGIN PASSWORD ${pg.escapeLiteral(password)}`);
    await client.query(`GRANT ${APPLICATION_ROLE} TO ${name}`);
    await client.query(`GRANT CONNECT ON DATABASE ${pg.escapeIdentifier(database)} TO ${APPLICATION_ROLE}`);
    await client.query('COMMIT');
    const address = new URL(url);
    address.username = encodeURIComponent(login);
    address.password = setNow ? encodeURIComponent(password) : '';
    address.searchParams.delete('user');
    address.searchParams.delete('password');
    return { login, created, address: address.href, passwordSet: setNow };
  });
}

const withoutSecret = (url: string): string => url.replace(/\/\/([^:@/]*):[^@/]*@/, '//$1:***@');

/** Options of the address itself would take the place of ours: they come first, ours last. */
function connection(url: string, role?: string): pg.PoolConfig {
  const address = new URL(url);
  const given = address.searchParams.get('options') ?? '';
  address.searchParams.delete('options');
  return { connectionString: address.href, options: `${given} ${optionsFor(role)}`.trim() };
}
