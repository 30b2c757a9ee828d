import { join } from 'node:path';
import { migrations } from '../../infra/migrations/index.js';
import {
  type Database,
  type Environment,
  type Migration,
  openDatabase,
  projectRoot,
} from '../config/index.js';
import {
  type Bookmarks,
  bookmarksIn,
  type EventStore,
  InvalidInput,
  PostgresEventStore,
} from '../event-sourcing/index.js';

/** The log that the environment names: in KurrentDB where it has an address, else in the database. */
export async function openLog(environment: Environment, database: Database): Promise<EventStore> {
  const { kurrentDbUrl: url, kurrentDbPrefix: prefix } = environment;
  return url
    ? kurrentDb(url, prefix, bookmarksIn(database.application))
    : new PostgresEventStore(database.application);
}

/** Of this release, oldest first. */
export const ourMigrations = (): readonly Migration[] =>
  migrations(join(projectRoot(), 'infra', 'migrations'));

export interface OpenLog {
  readonly store: EventStore;
  readonly description: string;
  close(): Promise<void>;
}

/** A log by its address, without any views; no address is the log that the environment names. */
export async function logAt(address: string | undefined, environment: Environment): Promise<OpenLog> {
  const named = address === undefined ? environment : addressed(address, environment);
  if (named.kurrentDbUrl) {
    const store = await kurrentDb(named.kurrentDbUrl, named.kurrentDbPrefix);
    return { store, description: withoutSecret(named.kurrentDbUrl), close: () => store.close() };
  }
  const database = await openDatabase(named, ourMigrations());
  const store = new PostgresEventStore(database.application);
  return {
    store,
    description: database.description,
    close: async () => {
      await store.close();
      database.close();
    },
  };
}

export const isLogAddress = (address: string): boolean => /^[a-z][a-z0-9+]*:\/\//.test(address);

function addressed(address: string, environment: Environment): Environment {
  if (/^postgres(ql)?:/.test(address))
    return { ...environment, databaseUrl: address, kurrentDbUrl: undefined };
  if (/^(kurrentdb|kurrent|kdb|esdb)(\+discover)?:/.test(address))
    return { ...environment, kurrentDbUrl: address };
  throw new InvalidInput([
    { path: withoutSecret(address), message: 'ni postgres://, ni kurrentdb://, ni un fichier' },
  ]);
}

export const withoutSecret = (url: string): string => url.replace(/\/\/([^:@/]*):[^@/]*@/, '//$1:***@');

/** The client is loaded where it is used only: it takes time, and a library of its own for each platform. */
async function kurrentDb(url: string, prefix: string, bookmarks?: Bookmarks): Promise<EventStore> {
  const { KurrentDbEventStore } = await import('../event-sourcing/stores/kurrentdb/kurrentdb-event-store.js');
  try {
    return new KurrentDbEventStore({ url, prefix, ...(bookmarks && { bookmarks }) });
  } catch (error) {
    throw new InvalidInput([
      {
        path: withoutSecret(url),
        message: `adresse illisible : ${error instanceof Error ? error.message : String(error)}`,
      },
    ]);
  }
}
