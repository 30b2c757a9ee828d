import { randomUUID } from 'node:crypto';
import type pg from 'pg';
import { digest } from './command-identity.js';
import { CommandMismatch } from './event-store.js';
import { unavailableOr } from './postgres.js';

const LASTS_MILLISECONDS = 3000;
const RENEWED_MILLISECONDS = 1000;
/** A clock that was set back leaves what was claimed in a far future: nobody waits for that. */
const RUNNING = `request.running_until > clock_timestamp()
             AND request.running_until < clock_timestamp() + interval '${2 * LASTS_MILLISECONDS} ms'`;

/** The same request is under way under its key: its answer will be known in a moment. */
export class RequestRunning extends Error {
  override readonly name = 'RequestRunning';
}

/** The reference that a new thing is given under a key. */
export interface Reservation {
  reference(): Promise<string | undefined>;
  keep(reference: string): Promise<void>;
}

/**
 * What was asked under each idempotency key: a key is one request, and one process at a time carries it out. One
 * that is lost gives it up within seconds; whatever it had recorded by then is not recorded twice.
 */
export class Requests {
  constructor(private readonly pool: pg.Pool) {}

  /**
   * Carries out a request, unless another one has its key, or the same is under way.
   * @throws CommandMismatch @throws RequestRunning
   */
  async once<T>(
    command: string,
    request: unknown,
    work: (reservation: Reservation) => Promise<T>,
  ): Promise<T> {
    // Each call's own: one that was overtaken while its process was suspended gives up nobody else's.
    const holder = randomUUID();
    await this.claim(command, digest(request), holder);
    const renewing = setInterval(
      () => void this.extend(command, holder).catch(() => undefined),
      RENEWED_MILLISECONDS,
    );
    try {
      return await work({
        reference: () => this.referenceOf(command),
        keep: (reference) => this.reserve(command, holder, reference),
      });
    } finally {
      clearInterval(renewing);
      await this.release(command, holder).catch(() => undefined);
    }
  }

  /** What was reserved for a command, if anything was. */
  async referenceOf(command: string): Promise<string | undefined> {
    const [known] = await this.query<{ reference: string | null }>(
      'SELECT reference FROM views.request WHERE command = $1',
      [command],
    );
    return known?.reference ?? undefined;
  }

  /** Before anything is recorded there. @throws RequestRunning another one has taken the request over */
  private async reserve(command: string, holder: string, reference: string): Promise<void> {
    const kept = await this.query(
      'UPDATE views.request SET reference = $3 WHERE command = $1 AND holder = $2 RETURNING command',
      [command, holder, reference],
    );
    if (kept.length === 0) throw new RequestRunning();
  }

  private async claim(command: string, content: string, holder: string): Promise<void> {
    for (;;) {
      const claimed = await this.query(
        `INSERT INTO views.request (command, digest, holder, running_until)
         VALUES ($1, $2, $3, clock_timestamp() + interval '${LASTS_MILLISECONDS} ms')
         ON CONFLICT (command) DO UPDATE SET holder = excluded.holder, running_until = excluded.running_until
          WHERE request.digest = excluded.digest AND NOT (${RUNNING})
         RETURNING digest`,
        [command, content, holder],
      );
      if (claimed.length > 0) return;
      const [known] = await this.query<{ digest: string; running: boolean }>(
        `SELECT digest, ${RUNNING} AS running FROM views.request WHERE command = $1`,
        [command],
      );
      if (known && known.digest !== content) throw new CommandMismatch(command);
      if (known?.running) throw new RequestRunning();
    }
  }

  private async extend(command: string, holder: string): Promise<void> {
    await this.query(
      `UPDATE views.request SET running_until = clock_timestamp() + interval '${LASTS_MILLISECONDS} ms'
        WHERE command = $1 AND holder = $2 AND running_until > '-infinity'`,
      [command, holder],
    );
  }

  private async release(command: string, holder: string): Promise<void> {
    await this.query(
      `UPDATE views.request SET running_until = '-infinity' WHERE command = $1 AND holder = $2`,
      [command, holder],
    );
  }

  private async query<R extends pg.QueryResultRow>(text: string, values: unknown[]): Promise<R[]> {
    try {
      return (await this.pool.query<R>(text, values)).rows;
    } catch (error) {
      throw unavailableOr(error);
    }
  }
}
