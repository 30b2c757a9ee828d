import type { AnyStreamKind, EventStore } from '../event-sourcing/index.js';
import { isStray, StreamDamaged, streamOf } from '../event-sourcing/index.js';

/**
 * The reference of a new thing: the first number never used after a prefix, or the one that the same
 * command was given before. A number is never used again, not even that of an annulled thing.
 */
export async function allocate(
  store: EventStore,
  kind: AnyStreamKind,
  prefix: string,
  commandId: string,
): Promise<string> {
  for (let number = 1; ; number += 1) {
    const reference = `${prefix}${number}`;
    try {
      const [first] = await store.readStream(streamOf(kind, reference));
      if (!first || (!isStray(first) && first.metadata.commandId === commandId)) return reference;
    } catch (error) {
      // A thing whose history was deleted keeps its number.
      if (!(error instanceof StreamDamaged)) throw error;
    }
  }
}
