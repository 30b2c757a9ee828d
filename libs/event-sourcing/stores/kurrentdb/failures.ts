import {
  AccessDeniedError,
  AppendConsistencyViolationError,
  AppendRecordSizeExceededError,
  MaxAppendSizeExceededError,
  TransactionMaxSizeExceededError,
  WrongExpectedVersionError,
} from '@kurrent/kurrentdb-client';
import { InvalidEvent, LogChanged, StoreUnavailable, StreamDamaged } from '../../event-store.js';

/** Whether the server refused an append because a stream is not where it was expected. */
export const isConflict = (error: unknown): boolean =>
  error instanceof WrongExpectedVersionError || error instanceof AppendConsistencyViolationError;

/** One small family, whatever the client throws: some of its errors have no type, no code, or no message. */
export function translate(error: unknown): Error {
  if (
    error instanceof StoreUnavailable ||
    error instanceof InvalidEvent ||
    error instanceof LogChanged ||
    error instanceof StreamDamaged
  )
    return error;
  if (error instanceof TypeError || error instanceof RangeError) return error;
  if (
    error instanceof MaxAppendSizeExceededError ||
    error instanceof AppendRecordSizeExceededError ||
    error instanceof TransactionMaxSizeExceededError
  )
    return new InvalidEvent('the events are larger than the server takes', { cause: error });
  const { type, message = '' } = error as { type?: string; message?: string };
  // Where an append of several streams is denied, the client does not say so by type.
  const denied = error instanceof AccessDeniedError || /PERMISSION_DENIED|UNAUTHENTICATED/.test(message);
  const what = denied ? 'access denied to this user' : message || type;
  return new StoreUnavailable(`KurrentDB: ${what ?? String(error)}`, { cause: error });
}

/** The client's own deadlines do not hold against a server that is frozen. The outcome is then unknown. */
export async function within<T>(
  milliseconds: number,
  work: Promise<T>,
  tooLate: () => Error = () => new StoreUnavailable(`KurrentDB: no answer within ${milliseconds} ms`),
): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(tooLate()), milliseconds);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
    work.catch(() => undefined);
  }
}

/**
 * Like `within` for a work of many steps: the time counts from each, which the work tells by `moved`. Between
 * two, the server may be searching: it is asked whether it is there.
 */
export async function whileMoving<T>(
  milliseconds: number,
  work: (moved: () => void) => Promise<T>,
  isThere: () => Promise<unknown>,
): Promise<T> {
  let at = Date.now();
  let watch: NodeJS.Timeout | undefined;
  let asking = false;
  const late = new Promise<never>((_, reject) => {
    watch = setInterval(() => {
      if (Date.now() - at < milliseconds / 2 || asking) return;
      asking = true;
      isThere()
        .then(() => (at = Date.now()), reject)
        .finally(() => (asking = false));
    }, milliseconds / 4);
  });
  const done = work(() => (at = Date.now()));
  try {
    return await Promise.race([done, late]);
  } finally {
    clearInterval(watch);
    done.catch(() => undefined);
  }
}
