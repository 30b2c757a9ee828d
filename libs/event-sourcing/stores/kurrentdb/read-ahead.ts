const KEPT = 4;
const IDLE_MILLISECONDS = 5000;

/** Reads under way, by the position after which each goes on: a new one for each page would cost more than the page. */
export class ReadAhead<T> {
  private readonly going = new Map<bigint, { readonly reading: T; readonly idle: NodeJS.Timeout }>();

  /** @param end leaves a read that nobody goes on with */
  constructor(private readonly end: (reading: T) => unknown) {}

  take(after: bigint): T | undefined {
    const found = this.going.get(after);
    if (!found) return undefined;
    clearTimeout(found.idle);
    this.going.delete(after);
    return found.reading;
  }

  keep(after: bigint, reading: T): void {
    this.drop(after);
    const idle = setTimeout(() => this.drop(after), IDLE_MILLISECONDS).unref();
    this.going.set(after, { reading, idle });
    for (const oldest of this.going.keys()) {
      if (this.going.size <= KEPT) break;
      this.drop(oldest);
    }
  }

  close(): void {
    for (const after of [...this.going.keys()]) this.drop(after);
  }

  private drop(after: bigint): void {
    const reading = this.take(after);
    if (reading !== undefined) void Promise.resolve(this.end(reading)).catch(() => undefined);
  }
}
