import { setTimeout as sleep } from 'node:timers/promises';
import { KurrentDBClient, StreamDeletedError, StreamNotFoundError } from '@kurrent/kurrentdb-client';
import { StoreUnavailable } from '../../event-store.js';
import { translate, within } from './failures.js';
import { firstEvents } from './first-events.js';
import type { Incoming } from './wire.js';

const READ_ATTEMPTS = 3;
const READ_AGAIN_MILLISECONDS = 50;
const RENEW_MILLISECONDS = 1000;

/** What a read gives: the event, unless it is a link to one that is gone. */
export interface Resolved {
  readonly event?: Incoming;
}

/** The way to one server or cluster: a deadline for each answer, reads that are repeated, a client that is renewed. */
export class Connection {
  private current: KurrentDBClient;
  private since = Date.now();
  private closed = false;
  private readonly renewed: (() => void)[] = [];

  constructor(
    private readonly url: string,
    /** How long an answer may take, in milliseconds. */
    readonly deadline: number,
  ) {
    this.current = KurrentDBClient.connectionString(url);
  }

  /** Not to be kept: it is another one after the server was lost. */
  get client(): KurrentDBClient {
    return this.current;
  }

  /** Calls back whenever what was under way with the former client is lost. */
  onRenewed(callback: () => void): void {
    this.renewed.push(callback);
  }

  /** All that a read brings; nothing where the stream does not exist. */
  read(start: (client: KurrentDBClient) => AsyncIterable<unknown>): Promise<Incoming[]> {
    return this.retrying(() => this.readOnce(start));
  }

  /** All events of a stream from a revision on; none where it does not exist, or is deleted. */
  async readStream(streamName: string, from = 0): Promise<Incoming[]> {
    const first = () => firstEvents(this.current, streamName, from, this.deadline);
    const { events, all } = (await this.retrying(() => orNothing(first()))) ?? { events: [], all: true };
    if (all) return [...events];
    const fromRevision = BigInt(from + events.length);
    return [...events, ...(await this.read((client) => client.readStream(streamName, { fromRevision })))];
  }

  /** The same without a second try, for what may fail where all is well. */
  async readOnce(start: (client: KurrentDBClient) => AsyncIterable<unknown>): Promise<Incoming[]> {
    return (await orNothing(within(this.deadline, collect(start(this.current))))) ?? [];
  }

  /** Reads are safe to repeat, and the first one after the server has come back may fail once more. */
  async retrying<T>(work: () => Promise<T>): Promise<T> {
    for (let attempt = 1; ; attempt += 1)
      try {
        return await work();
      } catch (error) {
        const failure = translate(error);
        const worthARetry = failure instanceof StoreUnavailable && error !== failure;
        if (!worthARetry || attempt === READ_ATTEMPTS) {
          if (failure instanceof StoreUnavailable) this.renew();
          throw failure;
        }
        await sleep(READ_AGAIN_MILLISECONDS);
      }
  }

  async close(): Promise<void> {
    this.closed = true;
    await this.current.dispose();
  }

  /** A client whose first connection failed never connects again: another one takes its place. */
  renew(): void {
    if (this.closed || Date.now() - this.since < RENEW_MILLISECONDS) return;
    const lost = this.current;
    this.since = Date.now();
    this.current = KurrentDBClient.connectionString(this.url);
    for (const callback of this.renewed) callback();
    // What it still has under way may end.
    setTimeout(() => void lost.dispose().catch(() => undefined), this.deadline).unref();
  }
}

/** Undefined where there is no such stream, or none any more. */
async function orNothing<T>(reading: Promise<T>): Promise<T | undefined> {
  try {
    return await reading;
  } catch (error) {
    if (error instanceof StreamNotFoundError || error instanceof StreamDeletedError) return undefined;
    throw error;
  }
}

async function collect(resolved: AsyncIterable<unknown>): Promise<Incoming[]> {
  const events: Incoming[] = [];
  for await (const { event } of resolved as AsyncIterable<Resolved>) if (event) events.push(event);
  return events;
}
