import {
  type AnyStreamKind,
  type EventStore,
  isStray,
  StreamDamaged,
  streamOf,
} from '../event-sourcing/index.js';

const PREFIXES_KEPT = 1000;

/** What a number stands for: nothing yet, or what a command began there. */
interface Use {
  readonly used: boolean;
  readonly commandId?: string;
}

/**
 * The numbers of new things: each follows the last one that the log holds after its prefix. None is ever used
 * again, not even that of an annulled thing, and no two requests of a process are given the same.
 */
export class Numbering {
  /** By prefix, the last number that is known to be used, or was given. */
  private readonly last = new Map<string, number>();
  private readonly giving = new Map<string, Promise<unknown>>();

  constructor(private readonly store: EventStore) {}

  /** The reference of a new thing. */
  async next(kind: AnyStreamKind, prefix: string): Promise<string> {
    const before = this.giving.get(prefix) ?? Promise.resolve();
    const given = before.then(() => this.search(kind, prefix));
    const settled = given.catch(() => undefined);
    this.giving.set(prefix, settled);
    try {
      return `${prefix}${await given}`;
    } finally {
      if (this.giving.get(prefix) === settled) this.giving.delete(prefix);
    }
  }

  /** What a command was given stays its own as long as nobody else has used it. */
  async isFor(
    kind: AnyStreamKind,
    reference: string,
    ...commandIds: (string | undefined)[]
  ): Promise<boolean> {
    const use = await this.useOf(kind, reference);
    return !use.used || commandIds.includes(use.commandId);
  }

  /** A number that was given and not used: the next one asks for it first, if nobody came after. */
  giveBack(reference: string): void {
    const [, prefix, digits] = /^(.*?)(\d+)$/.exec(reference)!;
    const number = Number(digits);
    if (this.last.get(prefix!) === number) this.keep(prefix!, number - 1);
  }

  /** In ever larger steps up to a number that is free, then between that and the last one that is not. */
  private async search(kind: AnyStreamKind, prefix: string): Promise<number> {
    const isUsed = async (number: number) => (await this.useOf(kind, `${prefix}${number}`)).used;
    let used = this.last.get(prefix) ?? 0;
    let free = used + 1;
    for (let step = 1; await isUsed(free); step *= 2) {
      used = free;
      free += step;
    }
    while (free - used > 1) {
      const middle = Math.floor((used + free) / 2);
      if (await isUsed(middle)) used = middle;
      else free = middle;
    }
    this.keep(prefix, free);
    return free;
  }

  private async useOf(kind: AnyStreamKind, reference: string): Promise<Use> {
    try {
      const [first] = await this.store.readStream(streamOf(kind, reference));
      if (!first) return { used: false };
      return isStray(first) ? { used: true } : { used: true, commandId: first.metadata.commandId };
    } catch (error) {
      // A thing whose history was deleted keeps its number.
      if (error instanceof StreamDamaged) return { used: true };
      throw error;
    }
  }

  private keep(prefix: string, number: number): void {
    this.last.delete(prefix);
    this.last.set(prefix, number);
    const [oldest] = this.last.keys();
    if (this.last.size > PREFIXES_KEPT) this.last.delete(oldest!);
  }
}
