import { categoryOf, referenceOf } from '../event.js';
import { StoreUnavailable } from '../event-store.js';
import { RowCheck } from './row-check.js';
import { type Change, isUsualSequence, StreamFold } from './stream-fold.js';
import type { AnyView, ViewEvent } from './view.js';

/** The rows and facts that may be kept of all streams. */
const KEPT = 300_000;

/** The events of a stream up to a revision, from the log or from what a process still knows of it. */
export type HistoryOf = (stream: string, revision: number) => Promise<readonly ViewEvent[]>;

export interface Parked {
  readonly event: ViewEvent;
  readonly error: unknown;
}

/**
 * What a page of events did to one view, in memory: nothing of it counts before it is written. Changes are kept
 * by stream, so that one that cannot be written parks its own stream only.
 */
export interface Folded {
  readonly changes: ReadonlyMap<string, readonly Change[]>;
  readonly parked: readonly Parked[];
}

/**
 * The states of streams under fold, of one generation of one view, as of the last event folded. What it holds
 * is bounded; what is dropped is folded from the log again when it is needed.
 */
export class Folder {
  private readonly folds = new Map<string, StreamFold>();
  private readonly rows: RowCheck;
  private size = 0;

  constructor(
    readonly view: AnyView,
    private readonly historyOf: HistoryOf,
  ) {
    this.rows = new RowCheck(view);
  }

  async fold(events: readonly ViewEvent[], parked: ReadonlySet<string>): Promise<Folded> {
    const changes = new Map<string, Change[]>();
    const failed = new Map<string, Parked>();
    for (const event of events) {
      const { stream } = event;
      if (parked.has(stream) || failed.has(stream)) continue;
      if (!this.view.categories.includes(categoryOf(stream))) continue;
      try {
        const applied = this.apply(event);
        const fresh = applied instanceof Promise ? await applied : applied;
        for (const change of fresh) this.rows.check(change);
        if (fresh.length === 0) continue;
        const its = changes.get(stream);
        if (its) its.push(...fresh);
        else changes.set(stream, [...fresh]);
      } catch (error) {
        if (error instanceof StoreUnavailable) throw error;
        this.forget(stream);
        failed.set(stream, { event, error });
      }
    }
    return { changes, parked: [...failed.values()] };
  }

  forget(stream: string): void {
    this.size -= this.folds.get(stream)?.size ?? 0;
    this.folds.delete(stream);
  }

  /** At once for the usual event of a stream that is held, else after a look at the log. */
  private apply(event: ViewEvent): readonly Change[] | Promise<readonly Change[]> {
    const held =
      this.folds.get(event.stream) ?? (event.revision === 0 ? this.keep(this.begin(event)) : undefined);
    return (held && this.counting(held, event)) ?? this.applyFromLog(event, held);
  }

  private async applyFromLog(event: ViewEvent, held: StreamFold | undefined): Promise<readonly Change[]> {
    const before = await this.historyOf(event.stream, event.revision - 1);
    const fold = held ?? this.keep(this.begin(event));
    const size = fold.size;
    if (!held && isUsualSequence([...before, event])) for (const earlier of before) fold.apply(earlier);
    else fold.unfold(before);
    this.grow(event.stream, fold.size - size);
    return this.counting(fold, event)!;
  }

  private begin({ stream }: ViewEvent): StreamFold {
    return new StreamFold(this.view, stream, this.view.scope(referenceOf(stream)));
  }

  private keep(fold: StreamFold): StreamFold {
    this.folds.set(fold.stream, fold);
    this.grow(fold.stream, fold.size);
    return fold;
  }

  private counting(fold: StreamFold, event: ViewEvent): readonly Change[] | undefined {
    const before = fold.size;
    const changes = fold.apply(event);
    if (fold.size !== before) this.grow(event.stream, fold.size - before);
    return changes;
  }

  /** Counts, and makes room when there is too much, oldest streams first. */
  private grow(newest: string, by: number): void {
    this.size += by;
    if (this.size <= KEPT) return;
    for (const [stream, fold] of this.folds) {
      if (stream === newest) continue;
      this.folds.delete(stream);
      this.size -= fold.size;
      if (this.size < KEPT / 2) break;
    }
  }
}
