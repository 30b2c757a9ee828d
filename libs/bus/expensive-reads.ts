import { Injectable } from '@nestjs/common';
import PQueue from 'p-queue';

const AT_ONCE = 2;
const WAITING = 16;

/** As many of the expensive questions wait as can be answered in time: whoever comes now may come again. */
export class TooManyWaiting extends Error {
  override readonly name = 'TooManyWaiting';
}

/** Reads that look at much: few at once, some that wait, and nothing else waits for them. */
@Injectable()
export class ExpensiveReads {
  private readonly queue = new PQueue({ concurrency: AT_ONCE });

  /** @throws TooManyWaiting */
  async run<T>(work: () => Promise<T>): Promise<T> {
    if (this.queue.size >= WAITING) throw new TooManyWaiting();
    return this.queue.add(work);
  }
}
