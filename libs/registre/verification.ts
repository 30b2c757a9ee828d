import type { Verified, VerifyOptions } from '../event-sourcing/index.js';
import { kinds } from './rooms.js';
import type { Registre } from './registre.js';

/** Compares the rows of all views, brought up to date, with what the log tells. */
export async function verifyRows(
  registre: Registre,
  sample?: number,
  onProgress?: VerifyOptions['onProgress'],
): Promise<Verified> {
  await registre.logWatch.requireLog();
  await registre.upTo(await registre.store.head());
  return registre.books.verify(registre.store, kinds, {
    sample,
    ...(onProgress && { onProgress }),
  });
}
