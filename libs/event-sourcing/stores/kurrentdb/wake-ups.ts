import type { EventEmitter } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { type AllStreamSubscription, END, streamNameFilter } from '@kurrent/kurrentdb-client';
import { HINT } from '../follow.js';
import type { Connection } from './connection.js';
import { within } from './failures.js';

const BACKOFF_MILLISECONDS = { first: 100, last: 5000 };
/** Batches in a row that no hint told of, before the subscription is taken for dead. */
const MISSED_BATCHES = 3;
const LEAVE_MILLISECONDS = 1000;

/**
 * A subscription that tells when there is something to read, and is begun anew when it breaks or falls
 * silent. It only wakes readers, who read from where they are: nothing can be missed or come twice.
 */
export class WakeUps {
  private readonly closing = new AbortController();
  private listening: Promise<void> | undefined;
  private missedBatches = 0;
  private renew: () => void = () => undefined;
  /** The names of our streams begin with the prefix, those of the server itself with a dollar sign. */
  private readonly filter;

  constructor(
    private readonly connection: Connection,
    prefix: string,
    private readonly hints: EventEmitter,
  ) {
    this.filter = streamNameFilter({ regex: `^${prefix.replace(/[.*+?^${}()|[\]\\-]/g, '\\$&')}` });
    connection.onRenewed(() => this.renew());
  }

  begin(): void {
    this.listening ??= this.listen();
  }

  /** A batch was found that no hint had told of. */
  missed(): void {
    this.missedBatches += 1;
    if (this.missedBatches >= MISSED_BATCHES) this.renew();
  }

  async close(): Promise<void> {
    this.closing.abort();
    await this.listening;
  }

  private async listen(): Promise<void> {
    const { signal } = this.closing;
    let backoff = BACKOFF_MILLISECONDS.first;
    while (!signal.aborted) {
      const subscription = this.connection.client.subscribeToAll({ fromPosition: END, filter: this.filter });
      await new Promise<void>((resolve) => {
        this.missedBatches = 0;
        const over = () => {
          signal.removeEventListener('abort', over);
          resolve();
        };
        this.renew = over;
        signal.addEventListener('abort', over);
        subscription.on('data', () => {
          backoff = BACKOFF_MILLISECONDS.first;
          this.missedBatches = 0;
          this.hints.emit(HINT);
        });
        // The client emits an error once, and then neither an end nor anything else.
        for (const event of ['error', 'end', 'close'] as const) subscription.on(event, over);
      });
      await leave(subscription);
      await sleep(backoff, undefined, { signal }).catch(() => undefined);
      backoff = Math.min(backoff * 2, BACKOFF_MILLISECONDS.last);
    }
  }
}

/** Leaving a subscription without this would leak it; it may be broken already. */
async function leave(subscription: AllStreamSubscription): Promise<void> {
  await within(LEAVE_MILLISECONDS, Promise.resolve(subscription.unsubscribe())).catch(() => undefined);
}
