import { setImmediate } from 'node:timers/promises';
import type { Entry, Expected } from '../../event-store.js';

export interface AppendRequest {
  readonly entries: readonly Entry[];
  /** In characters, where it is known. */
  readonly size?: number;
}

export interface AppendAnswer {
  readonly status: 'written' | 'duplicate' | 'mismatch' | 'conflict';
  readonly lastPosition: bigint;
  readonly revisions: readonly number[];
  readonly failedEntry: number | null;
  readonly actual: number | null;
}

type Send = (batch: readonly AppendRequest[]) => Promise<readonly AppendAnswer[]>;

interface Waiting {
  readonly request: AppendRequest;
  resolve(answer: AppendAnswer): void;
  reject(error: unknown): void;
}

const MAX_REQUESTS = 512;
const MAX_EVENTS = 4000;
/** Of one batch: more would keep all that share it waiting, and the server's memory with them. */
const MAX_CHARACTERS = 16_000_000;

/**
 * Group commit: appends that wait while one transaction is under way share the next one; alone, an append
 * goes straight through. A batch that fails for its content is sent again request by request.
 */
export class AppendQueue {
  private waiting: Waiting[] = [];
  private sending = false;

  constructor(
    private readonly send: Send,
    private readonly isContentError: (error: unknown) => boolean,
  ) {}

  append(request: AppendRequest): Promise<AppendAnswer> {
    return new Promise((resolve, reject) => {
      this.waiting.push({ request, resolve, reject });
      if (!this.sending) void this.drain();
    });
  }

  private async drain(): Promise<void> {
    this.sending = true;
    while (this.waiting.length > 0) {
      await this.sendBatch(this.takeBatch());
      // Those who have just been answered may append again at once: let them join the next batch.
      await setImmediate();
    }
    this.sending = false;
  }

  private takeBatch(): Waiting[] {
    let [events, characters] = [0, 0];
    const end = this.waiting.findIndex(({ request }, index) => {
      events += request.entries.reduce((sum, entry) => sum + entry.events.length, 0);
      characters += request.size ?? 0;
      const full = index >= MAX_REQUESTS || events > MAX_EVENTS || characters > MAX_CHARACTERS;
      return index > 0 && full;
    });
    return this.waiting.splice(0, end < 0 ? this.waiting.length : end);
  }

  private async sendBatch(batch: readonly Waiting[]): Promise<void> {
    try {
      const answers = await this.send(batch.map(({ request }) => request));
      batch.forEach(({ resolve }, index) => resolve(answers[index]!));
    } catch (error) {
      if (batch.length > 1 && this.isContentError(error))
        for (const one of batch) await this.sendBatch([one]);
      else for (const { reject } of batch) reject(error);
    }
  }
}

const EXPECTED = { noStream: -1, any: -2, exists: -3 } as const;

const expectedCode = (expected: Expected): number =>
  typeof expected === 'number' ? expected : EXPECTED[expected];

/** The parameters of `log.append` for a batch: parallel arrays, in order. */
export function appendParameters(batch: readonly AppendRequest[]): unknown[] {
  const entries = batch.flatMap((request) => request.entries);
  const events = entries.flatMap((entry) => entry.events);
  return [
    batch.map((request) => request.entries.length),
    entries.map((entry) => entry.stream),
    entries.map((entry) => expectedCode(entry.expected)),
    entries.map((entry) => entry.events.length),
    events.map((event) => event.id),
    events.map((event) => event.type),
    events.map((event) => event.version),
    events.map((event) => JSON.stringify(event.data)),
    events.map((event) => JSON.stringify(event.metadata)),
    events.map((event) => event.metadata.commandDigest),
  ];
}
