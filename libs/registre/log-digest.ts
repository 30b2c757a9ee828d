import { createHash } from 'node:crypto';
import { digest, type Recorded } from '../event-sourcing/index.js';

/** One SHA-256 over events in their order, whatever holds them: over all but their positions. */
export class LogDigest {
  private readonly hash = createHash('sha256');
  count = 0;

  add(events: readonly Recorded[]): void {
    for (const { stream, revision, id, type, version, data, metadata, recordedAt } of events)
      this.hash.update(
        digest([stream, revision, id, type, version, data, metadata, recordedAt.toISOString()]),
      );
    this.count += events.length;
  }

  /** Once, after the last event. */
  end(): string {
    return this.hash.digest('hex');
  }
}
