import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stringify } from 'yaml';

/** A séance's file where a command line finds it, written over by the next one. */
export function seanceFile(): { write(content: object): string; remove(): void } {
  const folder = mkdtempSync(join(tmpdir(), 'minutier-seance-'));
  const path = join(folder, 'seance.yaml');
  return {
    write(content) {
      writeFileSync(path, stringify(content));
      return path;
    },
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}
