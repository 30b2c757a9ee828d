import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Source } from '../faits/index.js';

const blanks = (text: string): string => text.replace(/\s+/g, ' ').trim();

/** The lines of a piece of evidence, if a file with its SHA-256 is in one of the folders. */
export function findEvidence(folders: readonly string[], sha256: string): readonly string[] | undefined {
  for (const folder of folders)
    for (const entry of entriesOf(folder)) {
      if (!entry.isFile()) continue;
      const content = readFileSync(join(folder, entry.name));
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
