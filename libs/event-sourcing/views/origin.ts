import type pg from 'pg';
import type { EventStore, LogIdentity } from '../event-store.js';
import { unavailableOr } from '../postgres.js';
import type { Generation } from './generations.js';
import { WrongLog } from './wrong-log.js';

/** Which log the views came from: the present one must be that, whole, and hold all that they hold. */
export class Origin {
  constructor(
    private readonly store: EventStore,
    private readonly pool: pg.Pool,
  ) {}

  /** @throws WrongLog */
  async verify(live: () => Promise<readonly Generation[]>): Promise<void> {
    const { id } = await this.wholeLog();
    const views = await this.ownLog(id);
    if (views !== id) throw new WrongLog('other', { log: id, views });
    const checkpoint = (await live()).reduce((max, one) => (one.checkpoint > max ? one.checkpoint : max), 0n);
    const head = await this.store.head();
    if (head < checkpoint) throw new WrongLog('behind', { log: id, views, checkpoint, head });
  }

  /** The identity of the present log. @throws WrongLog it is an unfinished copy */
  async wholeLog(): Promise<LogIdentity> {
    const identity = await this.store.identity();
    const { id, complete, copyOf } = identity;
    if (!complete) throw new WrongLog('unfinished', { log: id, copyOf });
    return identity;
  }

  /** The log that the views came from; the first that asks tells. */
  private async ownLog(id: string): Promise<string> {
    const known = await this.read();
    if (known !== undefined) return known;
    await this.query('INSERT INTO projection.source (log) VALUES ($1) ON CONFLICT DO NOTHING', [id]);
    return (await this.read())!;
  }

  private async read(): Promise<string | undefined> {
    return (await this.query<{ log: string }>('SELECT log FROM projection.source', []))[0]?.log;
  }

  private async query<R extends pg.QueryResultRow>(text: string, values: unknown[]): Promise<R[]> {
    try {
      return (await this.pool.query<R>(text, values)).rows;
    } catch (error) {
      throw unavailableOr(error);
    }
  }
}
