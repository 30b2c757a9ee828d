import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';
import { FileRefused } from '../failure.js';

const MEGABYTE = 2 ** 20;

const refused = (file: string, message: string): FileRefused =>
  new FileRefused(file, [{ path: '', message }]);

/**
 * The text of a file that a person names, decoded strictly: what is no UTF-8 would stay wrong in the log for good.
 * @throws FileRefused it is no ordinary file (nothing waits for the other end of a pipe), too large, or no UTF-8
 */
export function readText(file: string, maxBytes: number): string {
  const bytes = readOrdinary(file, maxBytes);
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw refused(file, 'ce fichier n’est pas en UTF-8');
  }
}

function readOrdinary(file: string, maxBytes: number): Buffer {
  const descriptor = openSync(file, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    const stats = fstatSync(descriptor);
    if (stats.isDirectory()) throw refused(file, 'c’est un dossier');
    if (!stats.isFile()) throw refused(file, 'ce n’est pas un fichier ordinaire');
    const tooLarge = () =>
      refused(
        file,
        `ce fichier fait plus de ${Math.floor(maxBytes / MEGABYTE)} Mo : MINUTIER_MAX_FICHIER en dit la limite`,
      );
    if (stats.size > maxBytes) throw tooLarge();
    // A file of the system says that it is empty, one that grows has become larger.
    const chunks: Buffer[] = [];
    for (let size = 0; ;) {
      const chunk = Buffer.alloc(Math.max(64 * 1024, stats.size + 1 - size));
      const read = readSync(descriptor, chunk);
      if (read === 0) return Buffer.concat(chunks);
      chunks.push(chunk.subarray(0, read));
      if ((size += read) > maxBytes) throw tooLarge();
    }
  } finally {
    closeSync(descriptor);
  }
}
