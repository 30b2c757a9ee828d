import { categoryOf, isStray, type Logged, type Stray } from '../event.js';
import type { EventStore } from '../event-store.js';
import { NewerFact, readFact, strayFrom } from '../fact-catalogue.js';
import type { AnyStreamKind } from '../stream-kind.js';
import type { StreamMemory } from '../stream-memory.js';
import type { ViewEvent } from './view.js';

/** A stretch of the log as views read it. */
export interface Page {
  readonly events: readonly ViewEvent[];
  readonly strays: readonly Stray[];
  /** Of the last of them, whatever it is; the position that was read after where there is none. */
  readonly position: bigint;
  /** How many there are of all. */
  readonly length: number;
  /** Where it ends because of an event that this release does not know. */
  readonly newer?: NewerFact;
}

/** The log as all views of a process read it: once, in today's format, around what is none of ours. */
export class LogReader {
  private readonly kinds: ReadonlyMap<string, AnyStreamKind>;

  constructor(
    private readonly store: EventStore,
    kinds: readonly AnyStreamKind[],
    private readonly memory?: StreamMemory,
  ) {
    this.kinds = new Map(kinds.map((kind) => [kind.category, kind]));
  }

  async pageAfter(position: bigint, limit: number): Promise<Page> {
    return this.read(position, await this.store.readAll(position, limit));
  }

  /** Streams of kinds that this release does not have are other releases' business. */
  read(after: bigint, logged: readonly Logged[]): Page {
    const events: ViewEvent[] = [];
    const strays: Stray[] = [];
    let position = after;
    let length = 0;
    for (const one of logged) {
      const read = this.readOne(one);
      if (read instanceof NewerFact) return { events, strays, position, length, newer: read };
      position = one.position;
      length += 1;
      if (!read) continue;
      if (isStray(read)) strays.push(read);
      else events.push(read);
    }
    return { events, strays, position, length };
  }

  /** The events of a stream up to a revision. */
  readonly historyOf = async (stream: string, revision: number): Promise<readonly ViewEvent[]> => {
    const known = this.memory?.upTo(stream, revision);
    if (known) return known;
    const events: ViewEvent[] = [];
    for (const one of await this.store.readStream(stream)) {
      if (one.revision > revision) break;
      const read = this.readOne(one);
      if (read instanceof NewerFact) throw read;
      if (read && !isStray(read)) events.push(read);
    }
    return events;
  };

  private readOne(one: Logged): ViewEvent | Stray | NewerFact | undefined {
    if (isStray(one)) return one;
    const kind = this.kinds.get(categoryOf(one.stream));
    if (!kind) return undefined;
    try {
      return readFact(kind.facts, one) ?? strayFrom(kind.facts, one);
    } catch (error) {
      if (error instanceof NewerFact) return error;
      throw error;
    }
  }
}
