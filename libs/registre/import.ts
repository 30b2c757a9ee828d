import {
  commandIdFrom,
  ContentDiffers,
  type Handled,
  type HandleOptions,
  type InputIssue,
  type Instruction,
  InvalidInput,
  Refusal,
  Refusals,
} from '../event-sourcing/index.js';
import { dateDite, dateFloueDe, sourceDe } from '../faits/index.js';
import { type CitedSource, MOMENTS, type Planned } from '../room/index.js';
import { evenementNomme, nomDe, remplacement } from './corrections.js';
import { faultOf, findEvidence } from './evidence.js';
import { rooms } from './rooms.js';
import type { Registre } from './registre.js';
import { type ParsedFile, parseSeanceFile, partsOf } from './seance-file.js';

export interface Importe {
  readonly fichier: string;
  readonly seance: string;
  readonly handled: Handled;
  /** Whether the words were checked against the evidence. */
  readonly preuve: 'verifiee' | 'absente' | 'sans';
}

export interface ImportOptions extends Pick<HandleOptions, 'dryRun'> {
  /** Folders where evidence is looked for. */
  readonly sources: readonly string[];
  /** Given on the command line: before the file's own. */
  readonly author?: string | undefined;
  /** From the environment: where the file has none. */
  readonly defaultAuthor?: string | undefined;
}

/** Facts of a file that are recorded already, but otherwise. */
export class FichierModifie extends Error {
  override readonly name = 'FichierModifie';
  constructor(
    readonly fichier: string,
    readonly ecarts: readonly Ecart[],
  ) {
    super(`${fichier} : ${ecarts.length} fait(s) déjà enregistré(s) autrement ; rien n’a été enregistré.`);
  }
}

export interface Ecart {
  readonly path: string;
  readonly line: number | undefined;
  readonly evenement: string;
  readonly champ: string;
  readonly enregistre: unknown;
  readonly fichier: unknown;
  /** The command that would record the file's version as a correction. */
  readonly correction: string;
}

/**
 * Records a séance file in one atomic append: wholly or not at all.
 * @throws InvalidInput every fault, with path and line @throws FichierModifie
 */
export async function importer(
  registre: Registre,
  name: string,
  text: string,
  options: ImportOptions,
): Promise<Importe> {
  const parsed = parseSeanceFile(name, text);
  const { file } = parsed;
  const seance = `${file.comite}/${file.numero}`;
  const author = options.author ?? file.auteur ?? options.defaultAuthor;
  if (!author)
    throw new InvalidInput([
      { path: 'auteur', message: 'aucun auteur : dans le fichier, --auteur ou MINUTIER_AUTEUR' },
    ]);
  const planned = plan(parsed, seance);
  const preuve = verifySources(parsed, planned, options.sources);
  const statedOn = jourDe(parsed);
  const instructions = [
    ...planned.map((one) => instructionOf(one, parsed, { seance, author, statedOn })),
    ...(await corrections(registre, parsed, { seance, author, statedOn })),
  ];
  try {
    const handled = await registre.execute(instructions, { ...(options.dryRun && { dryRun: true }) });
    return { fichier: name, seance, handled, preuve };
  } catch (error) {
    if (error instanceof Refusals) throw located(error, parsed);
    if (error instanceof ContentDiffers) throw new FichierModifie(name, ecartsDe(error, parsed));
    throw error;
  }
}

function plan({ file }: ParsedFile, seance: string): Planned[] {
  const planned: Planned[] = [];
  for (const { section } of rooms)
    section?.compile(file, { comite: file.comite, seance, plan: (one) => planned.push(one) });
  return planned.toSorted((a, b) => MOMENTS.indexOf(a.moment) - MOMENTS.indexOf(b.moment));
}

/** The latest day that the séance can have been: it must be known, since it orders all that was said. */
function jourDe({ file, lineOf }: ParsedFile): string {
  const { jour } = file.seance as { jour: ReturnType<typeof dateDite.parse> };
  const { auPlusTard, texte } = dateFloueDe(jour);
  if (auPlusTard) return auPlusTard;
  const line = lineOf(['seance', 'jour']);
  throw new InvalidInput([
    {
      path: 'seance.jour',
      message: `« ${texte} » ne dit pas le dernier jour possible de la séance : donnez auPlusTard (et le motif)`,
      ...(line !== undefined && { line }),
    },
  ]);
}

interface Entete {
  readonly seance: string;
  readonly author: string;
  readonly statedOn: string;
}

function instructionOf(
  planned: Planned,
  { file }: ParsedFile,
  { seance, author, statedOn }: Entete,
): Instruction {
  const { kind, reference, command, act, source, effectiveOn, guards, path } = planned;
  const ofCommittee = planned.moment === 'comite';
  return {
    id: commandIdFrom('seance-file', ofCommittee ? file.comite : seance, kind.category, reference, act),
    kind,
    reference,
    act: { command },
    author,
    statedOn,
    path,
    ...(effectiveOn && { effectiveOn }),
    ...(guards && { guards }),
    ...(source && file.preuve && { source: sourceDe(source, file.preuve) }),
  };
}

async function corrections(registre: Registre, { file }: ParsedFile, entete: Entete): Promise<Instruction[]> {
  const instructions: Instruction[] = [];
  for (const [index, { evenement, champs, annule, motif }] of file.corrections.entries()) {
    const nomme = await evenementNomme(registre, evenement);
    const correcting = annule ? { revision: nomme.event.revision, motif } : remplacement(nomme, champs ?? {});
    instructions.push({
      id: commandIdFrom('seance-file', entete.seance, 'correction', evenement),
      kind: nomme.kind,
      reference: nomme.reference,
      act: { correcting },
      author: entete.author,
      statedOn: entete.statedOn,
      source: { motif },
      path: `corrections[${index}]`,
    });
  }
  return instructions;
}

/** With a piece of evidence, every fact cites it, and every citation is checked where the evidence is at hand. */
function verifySources(
  { file, lineOf }: ParsedFile,
  planned: readonly Planned[],
  folders: readonly string[],
): Importe['preuve'] {
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
  cited: CitedSource | undefined,
  preuve: { fichier: string; sha256: string } | undefined,
  lines: readonly string[] | undefined,
): string | undefined {
  if (!preuve) return cited && 'source sans preuve : l’en-tête doit nommer le document (preuve)';
  if (!cited)
    return `source manquante : le fichier s’appuie sur ${preuve.fichier}, chaque fait doit le citer`;
  return lines && faultOf(sourceDe(cited, preuve), lines);
}

function located({ refusals }: Refusals, { lineOf }: ParsedFile): Refusal | InvalidInput {
  const issues = refusals.map(({ instruction, refusal }): InputIssue => {
    const line = lineOf(partsOf(instruction.path ?? ''));
    const code = refusal instanceof Refusal ? ` [${refusal.code}]` : '';
    return {
      path: instruction.path ?? '',
      message: `${refusal.message}${code}`,
      ...(line !== undefined && { line }),
    };
  });
  return new InvalidInput(issues);
}

function ecartsDe({ differences }: ContentDiffers, { lineOf }: ParsedFile): Ecart[] {
  return differences.flatMap(({ instruction, recorded, fields }) => {
    const path = instruction.path ?? '';
    const evenement = nomDe(recorded);
    const line = lineOf(partsOf(path));
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
          ? `minutier corriger ${evenement} --champ ${quoted(`${field}=${JSON.stringify(given ?? null)}`)} --motif '…'`
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
