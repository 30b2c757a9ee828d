import { IDENTITY_LASTS_MILLISECONDS, StoreUnavailable } from '../event-sourcing/index.js';

/**
 * Whether the log is there, whole, and the one that the views came from. It is looked at as often as a writer
 * must; who reads views does not wait for a log that is known to be away.
 */
export class LogWatch {
  private away = false;
  private since = 0;
  private looking: Promise<void> | undefined;

  /** @param verify throws what is wrong with the log; StoreUnavailable: nobody knows */
  constructor(private readonly verify: () => Promise<void>) {}

  /** Before a command. @throws WrongLog @throws StoreUnavailable */
  async requireLog(): Promise<void> {
    if (this.away || !this.isFresh()) await this.look();
  }

  /** Before a read of views. @throws WrongLog */
  async isAway(): Promise<boolean> {
    if (this.isFresh()) return this.away;
    const looking = this.look();
    if (this.away) {
      looking.catch(() => undefined);
      return true;
    }
    try {
      await looking;
      return false;
    } catch (error) {
      if (error instanceof StoreUnavailable) return true;
      throw error;
    }
  }

  private isFresh(): boolean {
    return Date.now() - this.since < IDENTITY_LASTS_MILLISECONDS;
  }

  private look(): Promise<void> {
    const began = Date.now();
    this.looking ??= this.verify()
      .then(
        () => {
          this.away = false;
          this.since = began;
        },
        (error: unknown) => {
          this.away = error instanceof StoreUnavailable;
          this.since = this.away ? Date.now() : 0;
          throw error;
        },
      )
      .finally(() => (this.looking = undefined));
    return this.looking;
  }
}
