import type { Fact, Recorded } from './event.js';
import { isStray, ours } from './event.js';
import type { EventStore } from './event-store.js';
import { readFact } from './fact-catalogue.js';
import { type AnyStreamKind, rulesOf, streamOf } from './stream-kind.js';
import { StreamState } from './stream-state.js';

/** Streams shorter than that are read again sooner than they are kept. */
const WORTH_KEEPING = 50;
const KEPT_EVENTS = 200_000;

/** A stream as one unit of work has it: what was read of the log, and behind it what is decided. */
export interface OpenStream {
  readonly kind: AnyStreamKind;
  readonly stream: string;
  readonly state: StreamState<unknown, Fact>;
  /** The last revision in the log, -1 where there is none. */
  readonly loaded: number;
  /** How many events of ours that is. */
  readonly size: number;
  readonly lastId: string | undefined;
}

/** The events of a thing in today's format, without what is none of ours. @throws NewerFact */
export async function readHistory(
  store: EventStore,
  kind: AnyStreamKind,
  reference: string,
): Promise<Recorded[]> {
  const logged = await store.readStream(streamOf(kind, reference));
  return ours(logged).flatMap((event) => readFact(kind.facts, event) ?? []);
}

/**
 * Long streams of which the states are kept from one command to the next: each then reads and folds only what
 * has come since. A state is taken by one unit of work at a time; another one reads the log meanwhile.
 */
export class StreamMemory {
  private readonly kept = new Map<string, OpenStream>();
  private events = 0;

  constructor(private readonly store: EventStore) {}

  async open(kind: AnyStreamKind, reference: string): Promise<OpenStream> {
    const stream = streamOf(kind, reference);
    const known = this.take(stream);
    if (known) {
      const tail = await this.store.readStream(stream, known.loaded);
      // Another event there, or none: it is another log, or an older state of it.
      if (tail[0]?.id === known.lastId) return this.read(known, tail.slice(1));
    }
    const fresh = { kind, stream, state: new StreamState<unknown, Fact>(rulesOf(kind)), size: 0 };
    return this.read({ ...fresh, loaded: -1, lastId: undefined }, await this.store.readStream(stream));
  }

  /** What was decided may have been recorded: whoever takes the stream next sees that, and forgets what was not. */
  giveBack(open: OpenStream): void {
    if (open.size < WORTH_KEEPING || open.size > KEPT_EVENTS) return;
    this.take(open.stream);
    this.kept.set(open.stream, open);
    this.events += open.size;
    for (const [oldest] of this.kept) {
      if (this.events <= KEPT_EVENTS) break;
      this.take(oldest);
    }
  }

  /** The events of a stream up to a revision, where they are held here. */
  upTo(stream: string, revision: number): readonly Recorded[] | undefined {
    const known = this.kept.get(stream);
    if (!known || known.loaded < revision) return undefined;
    const recorded = (known.state.events() as Recorded[]).slice(0, known.size);
    return recorded.filter((event) => event.revision <= revision);
  }

  private take(stream: string): OpenStream | undefined {
    const known = this.kept.get(stream);
    if (!known) return undefined;
    this.kept.delete(stream);
    this.events -= known.size;
    return known;
  }

  private read(open: OpenStream, logged: Awaited<ReturnType<EventStore['readStream']>>): OpenStream {
    let { size } = open;
    for (const one of logged) {
      const event = isStray(one) ? undefined : readFact(open.kind.facts, one);
      if (!event) continue;
      if (!open.state.confirm(size, event)) {
        open.state.rewind(size);
        open.state.add(event);
      }
      size += 1;
    }
    open.state.rewind(size);
    const last = logged.at(-1);
    return {
      ...open,
      size,
      ...(last && { loaded: last.revision, lastId: last.id }),
    };
  }
}
