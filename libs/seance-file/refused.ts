import {
  type ContentDiffers,
  digest,
  EFFECTIVE_DAY,
  type InputIssue,
  type Instruction,
  InvalidInput,
  Refusal,
  type Refusals,
} from '../event-sourcing/index.js';
import { nomDe } from '../registre/index.js';
import { compte } from '../words/index.js';
import { type ParsedFile, partsOf } from './seance-file.js';

/** Facts of a file that are recorded already, but otherwise. */
export class FichierModifie extends Error {
  override readonly name = 'FichierModifie';
  constructor(
    readonly fichier: string,
    readonly ecarts: readonly Ecart[],
    /** The facts of its séance that it says no more, by name. */
    readonly horsFichier: readonly string[],
  ) {
    super(`${fichier} : ${compte(ecarts.length, 'fait enregistré')} autrement ; rien n’a été enregistré.`);
  }
}

export interface Ecart {
  readonly path: string;
  readonly line: number | undefined;
  readonly evenement: string;
  readonly champ: string;
  readonly enregistre: unknown;
  readonly fichier: unknown;
  /** The command that would record the file's version of the event as a correction: one for all its fields. */
  readonly correction: string;
}

/** The faults of a file, each at its line: what is refused for one cause is told once. */
export function located({ refusals }: Refusals, { lineOf }: ParsedFile): InvalidInput {
  // All else that is said of a committee that does not exist follows from that.
  const causes = refusals.filter(
    ({ refusal }) => refusal instanceof Refusal && refusal.code === 'comite-inconnu',
  );
  const found = new Map<string, { readonly issue: InputIssue; readonly elsewhere: number[] }>();
  for (const { instruction, refusal } of causes.length > 0 ? causes : refusals) {
    const path = instruction.path ?? '';
    const line = lineOf(partsOf(path));
    const code = refusal instanceof Refusal ? ` [${refusal.code}]` : '';
    // The same of the same thing is one fault, wherever else it shows.
    const same = refusal instanceof Refusal && refusal.details ? digest([code, refusal.details]) : path;
    const known = found.get(same);
    if (!known) {
      const issue = { path, message: `${refusal.message}${code}`, ...(line !== undefined && { line }) };
      found.set(same, { issue, elsewhere: [] });
    } else if (line !== undefined && line !== known.issue.line && !known.elsewhere.includes(line))
      known.elsewhere.push(line);
  }
  return new InvalidInput(
    [...found.values()].map(({ issue, elsewhere }) =>
      elsewhere.length === 0
        ? issue
        : { ...issue, message: `${issue.message} (de même ${lignes(elsewhere)})` },
    ),
  );
}

const lignes = (all: readonly number[]): string =>
  `${all.length > 1 ? 'lignes' : 'ligne'} ${all.slice(0, 10).join(', ')}${all.length > 10 ? ', …' : ''}`;

/** What a file says otherwise than it is recorded, and the command that would correct it. */
export function ecartsDe({ differences }: ContentDiffers, { lineOf }: ParsedFile): Ecart[] {
  return differences.flatMap(({ instruction, recorded, fields }) => {
    const path = instruction.path ?? '';
    const evenement = nomDe(recorded);
    const line = lineOf(partsOf(path));
    const champs = fields
      .filter(({ field }) => field !== EFFECTIVE_DAY)
      .map(({ field, given }) => quoted(`${field}=${JSON.stringify(given ?? null)}`));
    const jour = fields.find(({ field }) => field === EFFECTIVE_DAY);
    const effectif = jour ? ` --effectif ${String(jour.given)}` : '';
    const autres = champs.length > 0 ? ` --champ ${champs.join(' ')}` : '';
    const shown = fields.length > 0 ? fields : [sourceDifference(instruction, recorded.metadata.source)];
    return shown.map(({ field, recorded: enregistre, given }) => ({
      path,
      line,
      evenement,
      champ: field,
      enregistre,
      fichier: given,
      correction:
        fields.length > 0
          ? `minutier corriger ${evenement}${autres}${effectif} --motif '…'`
          : 'la source citée ne se corrige qu’avec le fait : reprenez dans le fichier celle qui est enregistrée',
    }));
  });
}

/** For a POSIX shell. */
const quoted = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`;

const sourceDifference = (instruction: Instruction, recorded: object | undefined) => ({
  field: 'source',
  recorded: recorded ?? null,
  given: instruction.source ?? null,
});
