import { startServer } from '../../apps/api/server.js';
import { Registre } from '../../libs/registre/index.js';
import { type TestDatabase, testDatabase } from './test-database.js';

/** A register of its own, and its API, in this process. */
export interface Served {
  readonly database: TestDatabase;
  readonly registre: Registre;
  readonly url: string;
  end(): Promise<void>;
}

/** @param database a new one, where none is given */
export async function served(database?: TestDatabase): Promise<Served> {
  const own = database ?? (await testDatabase());
  const registre = await Registre.over(own);
  const server = await startServer(registre, { port: 0, host: '127.0.0.1', report: () => undefined });
  return {
    database: own,
    registre,
    url: server.url,
    end: async () => {
      await server.close();
      await registre.close();
      await own.drop();
    },
  };
}
