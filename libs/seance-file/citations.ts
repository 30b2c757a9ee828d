import { type InputIssue, InvalidInput } from '../event-sourcing/index.js';
import type { Planned } from '../room/index.js';
import { type SourceAvecMots, sourceDe } from '../words/index.js';
import { faultOf, findEvidence } from './evidence.js';
import { type ParsedFile, partsOf } from './seance-file.js';

/** Whether the words of a file were checked: the evidence was found, was not, or the file has none. */
export type Preuve = 'verifiee' | 'absente' | 'sans';

/** With a piece of evidence, every fact cites it, and every citation is checked where the evidence is at hand. */
export function verifySources(
  { file, lineOf }: ParsedFile,
  planned: readonly Planned[],
  folders: readonly string[],
): Preuve {
  const { preuve } = file;
  const lines = preuve && findEvidence(folders, preuve.sha256);
  const issues = planned.flatMap(({ path, source, alsoCited = [] }): InputIssue[] => {
    const cited = [source, ...alsoCited];
    const fault = cited.map((one) => faultAt(one, preuve, lines)).find((found) => found !== undefined);
    const line = lineOf([...partsOf(path), 'source']);
    return fault ? [{ path: `${path}.source`, message: fault, ...(line !== undefined && { line }) }] : [];
  });
  if (issues.length > 0) throw new InvalidInput(issues);
  return !preuve ? 'sans' : lines ? 'verifiee' : 'absente';
}

function faultAt(
  cited: SourceAvecMots | undefined,
  preuve: { fichier: string; sha256: string } | undefined,
  lines: readonly string[] | undefined,
): string | undefined {
  if (!preuve) return cited && 'source sans preuve : l’en-tête doit nommer le document (preuve)';
  if (!cited)
    return `source manquante : le fichier s’appuie sur ${preuve.fichier}, chaque fait doit le citer`;
  return lines && faultOf(sourceDe(cited, preuve), lines);
}
