import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stringify } from 'yaml';

interface SeanceFile {
  /** Returns its path. */
  write(content: object): string;
  writeText(text: string): string;
  remove(): void;
}

/** A séance's file where a command line finds it, written over by the next one. */
export function seanceFile(): SeanceFile {
  const folder = mkdtempSync(join(tmpdir(), 'minutier-seance-'));
  const path = join(folder, 'seance.yaml');
  const writeText = (text: string): string => {
    writeFileSync(path, text);
    return path;
  };
  return {
    write: (content) => writeText(stringify(content)),
    writeText,
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}

/** The file of a séance of a fictitious committee that was held: its other parts as YAML. */
export const seanceTenue = (numero: number, jour: string, parts: string, comite = 'calliope'): string => `
version: 1
comite: ${comite}
numero: ${numero}
auteur: moi
seance: { jour: ${jour} }
ouverture: {}
${parts}
cloture: {}
`;
