import pg from 'pg';
import { DiskFull, StoreUnavailable } from './event-store.js';

/** Parsers of our own clients; pg's global ones are left alone. Positions are bigints, days are strings. */
export const privateTypes: pg.CustomTypesConfig = {
  getTypeParser: (oid: number, format?: 'text' | 'binary'): ((value: string) => unknown) => {
    const builtins: Record<string, number> = pg.types.builtins;
    if (oid === builtins.INT8) return BigInt;
    if (oid === builtins.DATE) return String;
    if (oid === builtins.TIMESTAMPTZ) return (text) => new Date(text);
    return pg.types.getTypeParser(oid, format) as (value: string) => unknown;
  },
};

/** How long things may take in a session, in milliseconds; the server ends what takes longer. */
export interface Patience {
  /** For a lock that another session holds. */
  readonly lock: number;
  /** For one statement. */
  readonly statement: number;
  /** Between two statements of one transaction: a process that is suspended there holds its locks no longer. */
  readonly idleInTransaction: number;
}

/** Of those whom a person waits for. */
export const REQUEST_PATIENCE: Patience = { lock: 5000, statement: 20_000, idleInTransaction: 5000 };
/** Of who keeps the views. */
export const PROJECTION_PATIENCE: Patience = { lock: 2000, statement: 30_000, idleInTransaction: 5000 };

/** Beyond what the server allows for a statement, it is the server that does not answer. */
const ANSWER_MARGIN_MILLISECONDS = 5000;
const CONNECT_MILLISECONDS = 10_000;

/** The `options` of a connection: our patience, and what its address says, which may be another. */
export const sessionOptions = (given: string | undefined, patience: Patience): string =>
  [
    `-c lock_timeout=${patience.lock}`,
    `-c statement_timeout=${patience.statement}`,
    `-c idle_in_transaction_session_timeout=${patience.idleInTransaction}`,
    given ?? '',
  ]
    .join(' ')
    .trim();

/**
 * A pool whose connections may break without taking the process down, idle or in use between two queries:
 * the next query fails, or reconnects.
 */
export function openPool(config: pg.PoolConfig, patience: Patience = REQUEST_PATIENCE): pg.Pool {
  const pool = new pg.Pool({
    connectionTimeoutMillis: CONNECT_MILLISECONDS,
    ...(patience.statement > 0 && { query_timeout: patience.statement + ANSWER_MARGIN_MILLISECONDS }),
    ...config,
    options: sessionOptions(config.options, patience),
    types: privateTypes,
  });
  pool.on('error', () => undefined);
  pool.on('connect', (client) => client.on('error', () => undefined));
  return pool;
}

/**
 * Whether an error says that the server is away, has no room, or gave up on us, and nothing of what was asked:
 * the outcome is unknown or none. pg tells of broken connections by errors without a code.
 */
export function isServerAway(error: unknown): boolean {
  const {
    name = '',
    code = '',
    message = '',
    errors,
  } = (error ?? {}) as Partial<NodeJS.ErrnoException> & {
    errors?: unknown[];
  };
  if (/^(Type|Range|Syntax|Reference)Error$/.test(name) && code === '') return false;
  if (Array.isArray(errors)) return errors.some(isServerAway);
  if (code === '')
    return name === 'Error' && /connection|timeout|socket|calling end|not queryable/i.test(message);
  return (
    /^(08|53|57P|58|E[A-Z_]{3,})/.test(code) ||
    ['57014', '55P03', '25P03', '25P04', '40001', '40P01', '25006', '3D000'].includes(code)
  );
}

const DISK_FULL = '53100';

/** The same error, or StoreUnavailable where the server is away. */
export function unavailableOr(error: unknown): unknown {
  if (error instanceof StoreUnavailable || !isServerAway(error)) return error;
  const { message, code } = error as Error & { code?: string };
  return code === DISK_FULL
    ? new DiskFull(message, { cause: error })
    : new StoreUnavailable(message, { cause: error });
}
