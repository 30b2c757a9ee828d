import {
  type AnyStreamKind,
  commandIdFrom,
  ContentDiffers,
  type Handled,
  type HandleOptions,
  type InputIssue,
  type Instruction,
  InvalidInput,
  NotFound,
  Refusals,
  recordedOf,
} from '../event-sourcing/index.js';
import { isSaidElsewhere, nommesDans, seancePasClose } from '../copil/index.js';
import { type DateFloue, sourceDe } from '../words/index.js';
import { type Connus, PHASES, type Planned } from '../room/index.js';
import {
  aujourdhui,
  consequences,
  dayOfSeance,
  eventNamed,
  historyOfSeance,
  nomDe,
  type Registre,
  remplacement,
  rooms,
  stateOfSeance,
} from '../registre/index.js';
import { type Empreinte, empreinteDeCloture } from '../log/index.js';
import { type Preuve, verifySources } from './citations.js';
import { factsOfSeance } from './facts-of-seance.js';
import { ecartsDe, FichierModifie, located } from './refused.js';
import { type ParsedFile, parseSeanceFile, partsOf } from './seance-file.js';

export interface Importe {
  readonly fichier: string;
  readonly seance: string;
  readonly handled: Handled;
  readonly preuve: Preuve;
  /** Events of the séance that stand and that this file does not say, by name; looked for when it is taken again. */
  readonly horsFichier: readonly string[];
  /** What was recorded and may have been meant otherwise: to be looked at. */
  readonly doutes: readonly InputIssue[];
  /** Of the log, where the file closes its séance; null: not made now. */
  readonly empreinte?: Empreinte | null;
}

export interface ImportOptions extends Pick<HandleOptions, 'dryRun'> {
  /** Folders where evidence is looked for. */
  readonly sources: readonly string[];
  /** Given on the command line: before the file's own. */
  readonly author?: string | undefined;
  /** From the environment: where the file has none. */
  readonly defaultAuthor?: string | undefined;
}

/**
 * Records a séance file in one atomic append: wholly or not at all.
 * @throws InvalidInput every fault, with path and line @throws FichierModifie
 */
export async function importFile(
  registre: Registre,
  name: string,
  text: string,
  options: ImportOptions,
): Promise<Importe> {
  const { parsed, planned, acts, entete } = await actsOf(registre, name, text, options);
  const { seance, amends } = entete;
  const preuve = verifySources(parsed, planned, options.sources);
  const { corrections, issues } = await correctionsOf(registre, parsed, entete);
  if (issues.length > 0) throw new InvalidInput([...issues, ...(await faultsOf(registre, acts, parsed))]);
  try {
    const handled = await registre.execute([...acts, ...corrections], {
      ...(options.dryRun && { dryRun: true }),
    });
    return {
      fichier: name,
      seance,
      handled,
      preuve,
      doutes: doutesDe(parsed, planned, acts, handled),
      horsFichier:
        amends || handled.alreadyThere.length === 0
          ? []
          : await horsFichier(registre, seance, [...handled.recorded, ...handled.alreadyThere]),
      ...(!options.dryRun && (await empreinteDe(registre, handled))),
    };
  } catch (error) {
    if (error instanceof Refusals) throw located(error, parsed);
    if (!(error instanceof ContentDiffers)) throw error;
    const known = await recordedOf(registre.store, acts, { consequences, today: aujourdhui() });
    const said = [...known, ...error.differences.map(({ recorded }) => recorded)];
    const plusDits = amends ? [] : await horsFichier(registre, seance, said);
    throw new FichierModifie(name, ecartsDe(error, parsed), plusDits);
  }
}

interface Acts {
  readonly parsed: ParsedFile;
  readonly planned: readonly Planned[];
  readonly acts: readonly Instruction[];
  readonly entete: Entete;
}

/** What a file says, as what would record it. @throws InvalidInput */
export async function actsOf(
  registre: Registre,
  name: string,
  text: string,
  options: Pick<ImportOptions, 'author' | 'defaultAuthor'>,
): Promise<Acts> {
  const parsed = parseSeanceFile(name, text);
  const { file } = parsed;
  const seance = `${file.comite}/${file.numero}`;
  const author = options.author ?? file.auteur ?? options.defaultAuthor;
  if (!author)
    throw new InvalidInput([
      { path: 'auteur', message: 'aucun auteur : dans le fichier, --auteur ou MINUTIER_AUTEUR' },
    ]);
  const planned = plan(parsed, seance, await registre.connus(file.comite, nommesDans(file)));
  const amends = await amendmentBy(registre, parsed, seance);
  const statedOn = await jourDe(registre, parsed, seance);
  const entete = { seance, author, statedOn, amends };
  return { parsed, planned, entete, acts: planned.map((one) => instructionFor(one, parsed, entete)) };
}

async function empreinteDe(registre: Registre, handled: Handled): Promise<Pick<Importe, 'empreinte'>> {
  const empreinte = await empreinteDeCloture(registre, handled);
  return empreinte === undefined ? {} : { empreinte };
}

/** @throws InvalidInput every fault of what is read in the light of what is known, with its line */
function plan({ file, lineOf }: ParsedFile, seance: string, connus: Connus): Planned[] {
  const context = { comite: file.comite, seance, connus, file };
  const issues: InputIssue[] = [];
  const planned = rooms.flatMap(({ sayings }) =>
    sayings.flatMap((saying) => {
      try {
        return saying.planned(context);
      } catch (error) {
        if (!(error instanceof InvalidInput)) throw error;
        issues.push(...error.issues);
        return [];
      }
    }),
  );
  if (issues.length > 0)
    throw new InvalidInput(
      issues.map((issue) => {
        const line = lineOf(partsOf(issue.path));
        return { ...issue, ...(line !== undefined && { line }) };
      }),
    );
  return planned.toSorted((a, b) => PHASES.indexOf(a.phase) - PHASES.indexOf(b.phase));
}

/** Of what is recorded now. */
function doutesDe(
  { lineOf }: ParsedFile,
  planned: readonly Planned[],
  acts: readonly Instruction[],
  { recorded }: Handled,
): InputIssue[] {
  const now = new Set(recorded.map(({ metadata }) => metadata.commandId));
  return planned.flatMap(({ path, doubts = [] }, index) => {
    if (!now.has(acts[index]!.id)) return [];
    const line = lineOf(partsOf(path));
    return doubts.map((message) => ({ path, message, ...(line !== undefined && { line }) }));
  });
}

/** Only a séance that is closed is amended. */
async function amendmentBy(
  { store }: Registre,
  { file: { rectificatif }, lineOf }: ParsedFile,
  seance: string,
): Promise<Instruction['amends']> {
  if (!rectificatif) return undefined;
  const { statut } = stateOfSeance(await historyOfSeance(store, seance).catch(orNone));
  if (statut === 'close') return { of: seancePasClose(seance), motif: rectificatif.motif };
  const line = lineOf(['rectificatif']);
  throw new InvalidInput([
    {
      path: 'rectificatif',
      message: `la séance ${seance} n’est pas close : ce qui s’y dit encore s’y dit sans rectificatif`,
      ...(line !== undefined && { line }),
    },
  ]);
}

const orNone = (error: unknown): [] => {
  if (error instanceof NotFound) return [];
  throw error;
};

/** The latest day that the séance can have been: it must be known, since it orders all that was said. */
async function jourDe({ store }: Registre, { file, lineOf }: ParsedFile, seance: string): Promise<string> {
  const said = (file.seance as { jour: DateFloue } | undefined)?.jour;
  if (!said && file.rectificatif) return dayOfSeance(store, seance, aujourdhui());
  if (!said)
    throw new InvalidInput([{ path: 'seance', message: 'quel jour ? seance: { jour: … }', line: 1 }]);
  const { auPlusTard, texte } = said;
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
  readonly amends: Instruction['amends'];
}

function instructionFor(
  planned: Planned,
  { file }: ParsedFile,
  { seance, author, statedOn, amends }: Entete,
): Instruction {
  const { kind, reference, command, deed, source, effectiveOn, path, precedes, phase, again } = planned;
  const idIn = (scope: string) => idOf(scope, kind, reference, deed);
  const asKnown: Instruction['asKnown'] = (standing, originOf) => {
    const told = again?.(standing, originOf, amends !== undefined);
    if (!told) return undefined;
    const id = 'id' in told ? told.id : idOf(seance, kind, reference, told.deed);
    return { id, does: { command: told.command } };
  };
  const ofCommittee = phase === 'comite';
  const today = aujourdhui();
  return {
    id: idIn(ofCommittee ? file.comite : seance),
    ...(ofCommittee && { idOnceAnnulled: idIn(seance) }),
    // What is told apart by words was, once, by words as they came.
    ...(deed !== deed.normalize('NFD') && {
      former: { id: idOf(ofCommittee ? file.comite : seance, kind, reference, deed.normalize('NFD')) },
    }),
    kind,
    reference,
    does: { command },
    author,
    statedOn: precedes && today < statedOn ? today : statedOn,
    path,
    phase,
    consequenceId: ({ to, deed }, entailed) =>
      idOf(seance, to, entailed.reference, `${deed}:${reference}:${entailed.part}`),
    ...(effectiveOn && { effectiveOn }),
    occasion: seancePasClose(seance),
    ...(amends && { amends }),
    ...(again && { asKnown }),
    ...(source && file.preuve && { source: sourceDe(source, file.preuve) }),
  };
}

/** Storage format. */
const idOf = (scope: string, { category }: AnyStreamKind, reference: string, deed: string): string =>
  commandIdFrom('seance-file', scope, category, reference, deed);

/** The corrections of a file; one that names nothing that could be corrected is a fault at its line. */
async function correctionsOf(
  registre: Registre,
  { file, lineOf }: ParsedFile,
  entete: Entete,
): Promise<{ corrections: Instruction[]; issues: InputIssue[] }> {
  const corrections: Instruction[] = [];
  const issues: InputIssue[] = [];
  for (const [index, one] of file.corrections.entries()) {
    const path = `corrections[${index}]`;
    try {
      corrections.push({ ...(await correctionOf(registre, one, entete)), path });
    } catch (error) {
      if (!(error instanceof NotFound || error instanceof InvalidInput)) throw error;
      const line = lineOf(partsOf(path));
      issues.push({ path, message: error.message, ...(line !== undefined && { line }) });
    }
  }
  return { corrections, issues };
}

async function correctionOf(
  registre: Registre,
  { evenement, champs, annule, effectif, motif }: ParsedFile['file']['corrections'][number],
  { seance, author, statedOn }: Entete,
): Promise<Instruction> {
  const nomme = await eventNamed(registre, evenement);
  const correcting = annule
    ? { revision: nomme.event.revision, motif }
    : remplacement(nomme, champs ?? {}, { where: { seance }, effectif });
  return {
    id: commandIdFrom('seance-file', seance, 'correction', evenement),
    kind: nomme.kind,
    reference: nomme.reference,
    does: { correcting },
    author,
    statedOn,
    source: { motif },
  };
}

/** What the rules would refuse of the acts of a file. */
async function faultsOf(
  registre: Registre,
  acts: readonly Instruction[],
  parsed: ParsedFile,
): Promise<readonly InputIssue[]> {
  try {
    await registre.execute(acts, { dryRun: true });
    return [];
  } catch (error) {
    if (error instanceof Refusals) return located(error, parsed).issues;
    if (error instanceof ContentDiffers) return [];
    throw error;
  }
}

/** A file that is taken again may say less than the register holds of its séance: that is told, not undone. */
async function horsFichier(
  registre: Registre,
  seance: string,
  dits: readonly { readonly id: string }[],
): Promise<string[]> {
  const said = new Set(dits.map(({ id }) => id));
  const others = await factsOfSeance(registre, seance);
  return others
    .filter(({ event, root }) => !said.has(root.id) && !said.has(event.id) && !isSaidElsewhere(event))
    .map(({ event }) => nomDe(event));
}
