import { createHash, randomUUID } from 'node:crypto';
import type pg from 'pg';
import { fingerprintOf } from './generations.js';
import type { AnyView } from './view.js';

const LASTS_MILLISECONDS = 3000;
const RENEWED_MILLISECONDS = 1000;

/**
 * One process at a time folds for a release, the others wait for it: a courtesy, since what holds is the
 * checkpoint that is compared when folded rows are written. A holder that is lost or suspended costs seconds.
 */
export class Lease {
  private readonly holder = randomUUID();
  private readonly name: string;
  private held = -Infinity;

  constructor(
    private readonly pool: pg.Pool,
    views: readonly AnyView[],
  ) {
    const own = views.map((view) => [view.name, fingerprintOf(view)]);
    this.name = createHash('sha256').update(JSON.stringify(own)).digest('hex').slice(0, 16);
  }

  async take(): Promise<boolean> {
    const now = performance.now();
    if (now - this.held < RENEWED_MILLISECONDS) return true;
    const { rowCount } = await this.pool.query(
      `INSERT INTO projection.lease (name, holder, until)
       VALUES ($1, $2, clock_timestamp() + interval '${LASTS_MILLISECONDS} ms')
       ON CONFLICT (name) DO UPDATE SET holder = excluded.holder, until = excluded.until
        WHERE lease.holder = excluded.holder OR lease.until < clock_timestamp()
           OR lease.until > clock_timestamp() + interval '${2 * LASTS_MILLISECONDS} ms'`,
      [this.name, this.holder],
    );
    this.held = rowCount ? now : -Infinity;
    return Boolean(rowCount);
  }

  /** Lets others fold at once. */
  async release(): Promise<void> {
    if (this.held === -Infinity) return;
    this.held = -Infinity;
    await this.pool
      .query('DELETE FROM projection.lease WHERE name = $1 AND holder = $2', [this.name, this.holder])
      .catch(() => undefined);
  }
}
