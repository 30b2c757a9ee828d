import pg from 'pg';

/** Parsers of our own clients; pg's global ones are left alone. Positions are bigints, days are strings. */
export const privateTypes: pg.CustomTypesConfig = {
  getTypeParser: ((oid: number, format?: 'text' | 'binary') => {
    if (oid === pg.types.builtins.INT8) return BigInt;
    if (oid === pg.types.builtins.DATE) return String;
    return pg.types.getTypeParser(oid, format as 'text');
  }) as pg.CustomTypesConfig['getTypeParser'],
};

/** A pool whose idle connections may break without taking the process down: the next query reconnects. */
export function openPool(config: pg.PoolConfig): pg.Pool {
  const pool = new pg.Pool({ ...config, types: privateTypes });
  pool.on('error', () => undefined);
  return pool;
}
