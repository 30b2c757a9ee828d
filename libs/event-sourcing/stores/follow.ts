import type { EventEmitter } from 'node:events';
import type { Logged } from '../event.js';
import { StoreUnavailable } from '../event-store.js';

const POLL_MILLISECONDS = 250;
const BATCH = 500;

/** How a reader that waits at the end of the log came to look again. */
type Woken = 'told' | 'polled';

/** The event that a store emits when there may be more. */
export const HINT = 'hint';

interface Followed {
  readAll(after: bigint, limit: number): Promise<Logged[]>;
  /** Emits HINT; one may be missed. */
  readonly hints: EventEmitter;
  /** A batch was found that no hint had told of. */
  missed?(): void;
}

/**
 * Batches of events after a position, none missed, none twice: what is read counts, hints only wake. A log
 * that is away is asked again; the poll goes on when hints are lost.
 */
export async function* follow(
  log: Followed,
  after: bigint,
  until: AbortSignal,
): AsyncGenerator<Logged[], void, undefined> {
  let checkpoint = after;
  let woken: Woken = 'told';
  while (!until.aborted) {
    const wake = nextWake(log, until);
    const batch = await readOrNothing(log, checkpoint);
    if (batch.length > 0) {
      if (woken === 'polled') log.missed?.();
      woken = 'told';
      checkpoint = batch.at(-1)!.position;
      wake.cancel();
      yield batch;
    } else woken = await wake.promise;
  }
}

async function readOrNothing(log: Followed, after: bigint): Promise<Logged[]> {
  try {
    return await log.readAll(after, BATCH);
  } catch (error) {
    if (error instanceof StoreUnavailable) return [];
    throw error;
  }
}

function nextWake(log: Followed, until: AbortSignal): { promise: Promise<Woken>; cancel(): void } {
  let settle: (woken: Woken) => void = () => undefined;
  const promise = new Promise<Woken>((resolve) => {
    const wake = (woken: Woken) => {
      clearTimeout(timer);
      log.hints.off(HINT, told);
      until.removeEventListener('abort', told);
      resolve(woken);
    };
    const told = () => wake('told');
    const timer = setTimeout(() => wake('polled'), POLL_MILLISECONDS);
    log.hints.on(HINT, told);
    until.addEventListener('abort', told);
    settle = wake;
    if (until.aborted) told();
  });
  return { promise, cancel: () => settle('told') };
}
