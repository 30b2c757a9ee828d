import {
  AccessDeniedError,
  AppendConsistencyViolationError,
  AppendRecordSizeExceededError,
  MaxAppendSizeExceededError,
  TransactionMaxSizeExceededError,
  WrongExpectedVersionError,
} from '@kurrent/kurrentdb-client';
import { InvalidEvent, LogChanged, StoreUnavailable } from '../../event-store.js';

/** Whether the server refused an append because a stream is not where it was expected. */
export const isConflict = (error: unknown): boolean =>
  error instanceof WrongExpectedVersionError || error instanceof AppendConsistencyViolationError;

/** One small family, whatever the client throws: some of its errors have no type, no code, or no message. */
export function translate(error: unknown): Error {
  if (error instanceof StoreUnavailable || error instanceof InvalidEvent || error instanceof LogChanged)
    return error;
  if (error instanceof TypeError || error instanceof RangeError) return error;
  if (
    error instanceof MaxAppendSizeExceededError ||
    error instanceof AppendRecordSizeExceededError ||
    error instanceof TransactionMaxSizeExceededError
  )
    return new InvalidEvent('the events are larger than the server takes', { cause: error });
  const { type, message } = error as { type?: string; message?: string };
  const what = error instanceof AccessDeniedError ? 'access denied to this user' : message || type;
  return new StoreUnavailable(`KurrentDB: ${what ?? String(error)}`, { cause: error });
}

/** The client's own deadlines do not hold against a server that is frozen. The outcome is then unknown. */
export async function within<T>(milliseconds: number, work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(
      () => reject(new StoreUnavailable(`KurrentDB: no answer within ${milliseconds} ms`)),
      milliseconds,
    );
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
    work.catch(() => undefined);
  }
}

/** Like `within` for many steps of one work: the time counts from each step, with one timer for all. */
export class Progress {
  private at = Date.now();
  private readonly timer: NodeJS.Timeout;
  private fail: (error: Error) => void = () => undefined;
  private readonly late: Promise<never>;

  constructor(milliseconds: number) {
    this.late = new Promise<never>((_, reject) => (this.fail = reject));
    this.late.catch(() => undefined);
    this.timer = setInterval(() => {
      if (Date.now() - this.at > milliseconds)
        this.fail(new StoreUnavailable(`KurrentDB: no answer within ${milliseconds} ms`));
    }, milliseconds / 4);
  }

  async of<T>(step: Promise<T>): Promise<T> {
    const done = await Promise.race([step, this.late]);
    this.at = Date.now();
    return done;
  }

  end(): void {
    clearInterval(this.timer);
  }
}
