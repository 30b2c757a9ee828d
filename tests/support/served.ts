import { startServer } from '../../apps/api/server.js';
import { Registre } from '../../libs/registre/index.js';
import { type TestDatabase, testDatabase } from './test-database.js';

/** A register of its own, and its API, in this process. */
export interface Served {
  readonly database: TestDatabase;
  readonly registre: Registre;
  readonly url: string;
  /** What a request that says something comes to: its status, and the code of a refusal. */
  say(path: string, body: object): Promise<readonly [status: number, code: string | undefined]>;
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
    say: async (path, body) => {
      const answer = await fetch(`${server.url}/api/v1/${path}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'Minutier-Auteur': 'moi' },
        body: JSON.stringify(body),
      });
      return [answer.status, ((await answer.json()) as { code?: string }).code];
    },
    end: async () => {
      await server.close();
      await registre.close();
      await own.drop();
    },
  };
}
