import pg from 'pg';

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

/**
 * A pool whose connections may break without taking the process down, idle or in use between two queries:
 * the next query fails, or reconnects.
 */
export function openPool(config: pg.PoolConfig): pg.Pool {
  const pool = new pg.Pool({ ...config, types: privateTypes });
  pool.on('error', () => undefined);
  pool.on('connect', (client) => client.on('error', () => undefined));
  return pool;
}
