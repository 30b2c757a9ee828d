import { createHash } from 'node:crypto';
import { digest, isStray, type Logged } from '../event-sourcing/index.js';

/** One SHA-256 over events in their order, whatever holds them: over all but their positions. */
export class LogDigest {
  private readonly hash = createHash('sha256');
  count = 0;

  add(events: readonly Logged[]): void {
    for (const one of events) {
      const { stream, revision, id, type, recordedAt } = one;
      const said = isStray(one) ? [one.stray] : [one.version, one.data, one.metadata];
      this.hash.update(digest([stream, revision, id, type, ...said, recordedAt.toISOString()]));
    }
    this.count += events.length;
  }

  /** Once, after the last event. */
  end(): string {
    return this.hash.digest('hex');
  }
}
