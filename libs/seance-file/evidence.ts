import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { Source } from '../words/index.js';

/** What is larger is no text that people have read. */
const MAX_BYTES = 64 * 2 ** 20;

const blanks = (text: string): string => text.normalize('NFC').replace(/\s+/g, ' ').trim();

/** The lines of a piece of evidence, if a file with its SHA-256 is in one of the folders. */
export function findEvidence(folders: readonly string[], sha256: string): readonly string[] | undefined {
  for (const folder of folders)
    for (const entry of entriesOf(folder)) {
      const path = join(folder, entry.name);
      if (!entry.isFile() || statSync(path).size > MAX_BYTES) continue;
      const content = readFileSync(path);
      if (createHash('sha256').update(content).digest('hex') === sha256)
        return content.toString('utf8').split('\n');
    }
  return undefined;
}

function entriesOf(folder: string) {
  try {
    return readdirSync(folder, { withFileTypes: true });
  } catch (error) {
    if (['ENOENT', 'ENOTDIR'].includes((error as NodeJS.ErrnoException).code ?? '')) return [];
    throw error;
  }
}

/** What is wrong with a citation, or undefined: the words stand at those lines, white space apart. */
export function faultOf(source: Source, lines: readonly string[]): string | undefined {
  if (source.debut > source.fin || source.fin > lines.length)
    return `les lignes ${source.debut}-${source.fin} n’existent pas dans ${source.fichier} (${lines.length} lignes)`;
  const cited = blanks(lines.slice(source.debut - 1, source.fin).join(' '));
  return cited.includes(blanks(source.verbatim))
    ? undefined
    : `« ${source.verbatim} » n’est pas aux lignes ${source.debut}-${source.fin} de ${source.fichier} : « ${cited.slice(0, 160)} »`;
}
