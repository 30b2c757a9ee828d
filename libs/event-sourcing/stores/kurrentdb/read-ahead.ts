const KEPT = 4;
const IDLE_MILLISECONDS = 5000;

interface Going<T> {
  readonly iterator: AsyncIterator<T>;
  readonly idle: NodeJS.Timeout;
}

/** Reads under way, by the position after which each goes on: a new one for each page would cost more than the page. */
export class ReadAhead<T> {
  private readonly going = new Map<bigint, Going<T>>();

  take(after: bigint): AsyncIterator<T> | undefined {
    const found = this.going.get(after);
    if (!found) return undefined;
    clearTimeout(found.idle);
    this.going.delete(after);
    return found.iterator;
  }

  keep(after: bigint, iterator: AsyncIterator<T>): void {
    this.drop(after);
    const idle = setTimeout(() => this.drop(after), IDLE_MILLISECONDS).unref();
    this.going.set(after, { iterator, idle });
    for (const oldest of this.going.keys()) {
      if (this.going.size <= KEPT) break;
      this.drop(oldest);
    }
  }

  close(): void {
    for (const after of [...this.going.keys()]) this.drop(after);
  }

  private drop(after: bigint): void {
    const iterator = this.take(after);
    void Promise.resolve(iterator?.return?.()).catch(() => undefined);
  }
}
