import { type KurrentDBClient, START, type StreamSubscription } from '@kurrent/kurrentdb-client';
import { within } from './failures.js';
import type { Incoming } from './wire.js';

/** Beyond that many, the client's own read is the faster one. */
const FEW = 16;

export interface FirstEvents {
  readonly events: readonly Incoming[];
  /** Whether the stream has no others. */
  readonly all: boolean;
}

/**
 * The first events of a stream from a revision on, as a subscription brings them. The client reads by another way
 * than it subscribes, on a connection without TCP_NODELAY: there a small answer often waits 40 ms for the server
 * to acknowledge a request of two packets.
 */
export async function firstEvents(
  client: KurrentDBClient,
  streamName: string,
  from: number,
  deadline: number,
): Promise<FirstEvents> {
  const subscription = client.subscribeToStream(streamName, {
    fromRevision: from === 0 ? START : BigInt(from - 1),
  });
  try {
    return await within(deadline, until(subscription));
  } finally {
    // It may be broken already, and nobody waits for it.
    Promise.resolve(subscription.unsubscribe()).catch(() => undefined);
  }
}

function until(subscription: StreamSubscription): Promise<FirstEvents> {
  const events: Incoming[] = [];
  let caughtUp = false;
  return new Promise((resolve, reject) => {
    const settle = () => {
      // It tells that it has caught up while events may still wait to be taken.
      if (caughtUp && subscription.readableLength === 0) resolve({ events, all: true });
      else if (events.length >= FEW) resolve({ events, all: false });
    };
    subscription.on('data', ({ event }) => {
      if (event) events.push(event);
      settle();
    });
    subscription.on('caughtUp', () => {
      caughtUp = true;
      settle();
    });
    // The client emits an error once, and then neither an end nor anything else.
    subscription.on('error', reject);
    for (const over of ['end', 'close'] as const)
      subscription.on(over, () => reject(new Error('connection closed')));
  });
}
