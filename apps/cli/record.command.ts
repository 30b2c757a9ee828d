import type { Bus } from '../../libs/bus/index.js';
import { randomUUID } from 'node:crypto';
import type { Command } from 'commander';
import { z } from 'zod';
import { readEnvironment } from '../../libs/config/index.js';
import {
  checkFact,
  type Correcting,
  type Fact,
  type Handled,
  InvalidInput,
  requireInput,
} from '../../libs/event-sourcing/index.js';
import { compte, jour, taken } from '../../libs/words/index.js';
import {
  ecartesDe,
  eventNamed,
  Explications,
  type LigneExpliquee,
  type NamedEvent,
  type Registre,
  remplacement,
} from '../../libs/registre/index.js';
import {
  type ImportAnnule,
  type Importe,
  type ImportOptions,
  modele,
  modeleEnYaml,
  seanceFileJsonSchema,
} from '../../libs/seance-file/index.js';
import { FileRefused, horsFichierEnClair, Interrupted } from '../failure.js';
import { readText } from './read-text.js';
import { print, printJson, printRaw } from '../output.js';
import { asJson } from './act.command.js';
import { empreinteEnClair } from './inspect.command.js';
import { authorOf, type Common, withJson, withRegistre } from './session.js';
import { phraseOf } from './words.js';

interface ImportFlags extends Common {
  readonly dryRun?: boolean;
}

export function recordCommands(program: Command): void {
  withJson(program.command('import <fichier...>'))
    .description('enregistre des fichiers de séance (YAML ou JSON), chacun en une fois ou pas du tout')
    .option('--auteur <id>', 'qui enregistre, à la place de l’auteur du fichier')
    .option('--dry-run', 'montre les événements qui seraient enregistrés, et n’enregistre rien')
    .addHelpText('after', '\n« minutier modele --schema » donne le schéma JSON documenté de ces fichiers.')
    .action(async (files: string[], options: ImportFlags) => {
      const { maxFileBytes } = readEnvironment();
      const texts = files.map((file) => [file, readText(file, maxFileBytes)] as const);
      await withRegistre(async (_, environment, bus) => {
        const done: Importe[] = [];
        for (const [file, text] of texts) {
          const imported = await importOne(bus, file, text, {
            sources: environment.sources,
            author: options.auteur,
            defaultAuthor: environment.author,
            ...(options.dryRun && { dryRun: true }),
          }).catch((error: unknown) => {
            throw new Interrupted(error, {
              imports: done.map((one) => resume(one, options.dryRun ?? false)),
            });
          });
          done.push(imported);
          if (!options.json) print(importeEnClair(imported, options.dryRun ?? false));
        }
        if (options.json) printJson({ imports: done.map((one) => resume(one, options.dryRun ?? false)) });
      });
    });

  withJson(program.command('annuler-import <fichier>'))
    .description(
      'annule en une fois tout ce qu’un fichier a enregistré ; il peut ensuite être importé à nouveau',
    )
    .option('--auteur <id>', 'qui annule')
    .option('--dry-run', 'montre ce qui serait annulé, et n’annule rien')
    .requiredOption('--motif <texte>', 'pourquoi')
    .action(async (file: string, given: ImportFlags & { readonly motif: string }) => {
      const { motif, auteur: author, dryRun = false, json } = taken(given);
      const { maxFileBytes } = readEnvironment();
      const text = readText(file, maxFileBytes);
      await withRegistre(async (_, { author: defaultAuthor }, bus) => {
        const options = { motif, author, defaultAuthor, dryRun };
        const annule = await bus.record({ what: 'withdrawal', name: file, text, options });
        const { seance, handled, retires, laisses } = annule;
        if (json)
          printJson({
            fichier: file,
            seance,
            position: handled.position,
            evenements: handled.recorded,
            retires,
            laisses,
          });
        else print(annuleEnClair(annule, dryRun));
      });
    });

  program
    .command('modele [comite]')
    .description('un fichier pour la prochaine séance, prérempli de ce qui est connu')
    .option('--json', 'en JSON plutôt qu’en YAML')
    .option('--schema', 'le schéma JSON du fichier de séance')
    .action(async (comite: string | undefined, options: { json?: boolean; schema?: boolean }) => {
      if (options.schema) return printJson(seanceFileJsonSchema());
      if (comite === undefined) throw new InvalidInput([{ path: 'comite', message: 'pour quel comité ?' }]);
      return withRegistre(async (_registre, _environment, bus) => {
        const file = await bus.read('modele', (registre) => modele(registre, comite));
        if (options.json) printJson(file);
        else printRaw(modeleEnYaml(file).trimEnd());
      });
    });

  withJson(program.command('corriger <evenement>'))
    .description('remplace un événement (référence@révision ou position:<n>), sans rien effacer')
    .option(
      '--champ <nom=valeur...>',
      'un champ et sa nouvelle valeur : code=fait, echeance.auPlusTard=2018-09-30',
    )
    .option('--type <type>', 'un autre type d’événement, dont --champ donne tous les champs')
    .option('--effectif <jour>', 'le jour depuis lequel le fait est vrai')
    .option('--auteur <id>', 'qui corrige')
    .requiredOption('--motif <texte>', 'pourquoi')
    .action(async (name: string, given: CorrigerFlags) =>
      correct(name, given, (nomme, options) => {
        const champs = champsDe(options.champ ?? []);
        if (Object.keys(champs).length === 0 && options.effectif === undefined && options.type === undefined)
          throw new InvalidInput([
            { path: 'champ', message: 'que faut-il corriger ? --champ, --type ou --effectif' },
          ]);
        const correcting = remplacement(nomme, champs, {
          where: { seance: nomme.reference },
          type: options.type,
          effectif: effectifDe(options.effectif),
        });
        if ('replacement' in correcting) checkFact(nomme.kind.facts, correcting.replacement);
        return correcting;
      }),
    );

  withJson(program.command('annuler <evenement>'))
    .description(
      'annule un événement, comme s’il n’avait pas été enregistré ; annuler une annulation la lève',
    )
    .option('--auteur <id>', 'qui annule')
    .requiredOption('--motif <texte>', 'pourquoi')
    .action(async (name: string, given: CorrigerFlags) =>
      correct(name, given, ({ event }, { motif }) => ({ revision: event.revision, motif })),
    );
}

/** What was just recorded, with what it changed. */
function expliques(registre: Registre, { recorded, position }: Handled): Promise<LigneExpliquee[]> {
  const explications = new Explications(registre);
  const recordedAt = new Date();
  return Promise.all(recorded.map((event) => explications.de({ ...event, position, recordedAt })));
}

interface CorrigerFlags extends Common {
  readonly champ?: string[];
  readonly type?: string;
  readonly effectif?: string;
  readonly motif: string;
}

async function correct(
  name: string,
  given: CorrigerFlags,
  correctingOf: (nomme: NamedEvent, options: CorrigerFlags) => Correcting<Fact>,
): Promise<void> {
  const options = taken(given);
  await withRegistre(async (_, environment, bus) => {
    const author = authorOf(options, environment);
    const nomme = await bus.read('evenement', (registre) => eventNamed(registre, name));
    const { kind, reference } = nomme;
    const handled = await bus.record({
      what: 'correction',
      kind,
      reference,
      correcting: correctingOf(nomme, options),
      motif: options.motif,
      asker: { commandId: randomUUID(), author, keyed: false },
    });
    if (options.json) printJson({ position: handled.position, evenements: handled.recorded });
    else {
      const lignes = await bus.read('journal', (registre) => expliques(registre, handled));
      print(lignes.map(({ evenement, sentence }) => `${evenement}  ${sentence}`).join('\n'));
    }
  });
}

function effectifDe(effectif: string | undefined): string | undefined {
  if (effectif === undefined) return undefined;
  return requireInput(z.object({ effectif: jour }), { effectif }).effectif;
}

/** Values are JSON where they can be, and text where they cannot. */
function champsDe(pairs: readonly string[]): Record<string, unknown> {
  return Object.fromEntries(
    pairs.map((pair) => {
      const at = pair.indexOf('=');
      if (at < 1)
        throw new InvalidInput([{ path: 'champ', message: `« ${pair} » : un champ s’écrit nom=valeur` }]);
      return [pair.slice(0, at), asJson(pair.slice(at + 1))];
    }),
  );
}

export async function importOne(
  bus: Bus,
  file: string,
  text: string,
  options: ImportOptions,
): Promise<Importe> {
  try {
    return await bus.record({ what: 'file', name: file, text, options });
  } catch (error) {
    if (error instanceof InvalidInput) throw new FileRefused(file, error.issues);
    throw error;
  }
}

const PREUVE: Record<Importe['preuve'], string> = {
  verifiee: 'citations vérifiées dans la preuve',
  absente: 'citations non vérifiées : la preuve n’est dans aucun dossier de MINUTIER_SOURCES',
  sans: 'sans preuve',
};

function annuleEnClair(
  { fichier, seance, handled, retires, laisses }: ImportAnnule,
  dryRun: boolean,
): string {
  const done = dryRun
    ? `${fichier} : import de ${seance}, ${compte(retires.length, 'fait')} à annuler.`
    : `${fichier} : import de ${seance}, ${compte(retires.length, 'fait annulé')}, jusqu’à la position ${handled.position}.`;
  return [
    done,
    ...retires.map(({ evenement, sentence }) => `  ${evenement}  ${sentence}`).filter(() => dryRun),
    ...(laisses.length > 0 ? [`Laissé, d’autres s’en servent : ${laisses.join(', ')}.`] : []),
  ].join('\n');
}

const ecartesEnClair = ({ handled }: Importe): string[] =>
  ecartesDe(handled).map(({ reference, message }) => `Sans suite pour ${reference} : ${message}`);

function doutesEnClair({ fichier, doutes }: Importe): string[] {
  if (doutes.length === 0) return [];
  return [
    'À vérifier :',
    ...doutes.map(({ line, message }) => `  ${fichier}${line ? `:${line}` : ''} ${message}`),
  ];
}

export function importeEnClair(importe: Importe, dryRun: boolean): string {
  const { fichier, seance, handled, preuve } = importe;
  const { recorded, alreadyThere, position } = handled;
  const already = alreadyThere.length > 0 ? `, ${compte(alreadyThere.length, 'déjà enregistré')}` : '';
  if (dryRun)
    return [
      `${fichier} : ${compte(recorded.length, 'événement')} à enregistrer${already} (${PREUVE[preuve]}).`,
      ...recorded.map((event) => `  ${event.stream}@${event.revision} ${event.type} : ${phraseOf(event)}`),
      ...doutesEnClair(importe),
    ].join('\n');
  const done =
    recorded.length === 0
      ? `${fichier} : séance ${seance} déjà enregistrée, rien n’a changé (${compte(alreadyThere.length, 'événement')}).`
      : `${fichier} : séance ${seance}, ${compte(recorded.length, 'événement enregistré')} jusqu’à la position ${position}${already} (${PREUVE[preuve]}).`;
  return [
    done,
    ...ecartesEnClair(importe),
    ...doutesEnClair(importe),
    ...empreinteEnClair(importe.empreinte),
    ...horsFichierEnClair(importe.horsFichier),
  ].join('\n');
}

export const resume = (
  { fichier, seance, handled, preuve, horsFichier, doutes, empreinte }: Importe,
  dryRun: boolean,
) => ({
  fichier,
  seance,
  position: handled.position.toString(),
  enregistres: handled.recorded.length,
  dejaEnregistres: handled.alreadyThere.length,
  preuve,
  horsFichier,
  doutes,
  ecartes: ecartesDe(handled),
  ...(empreinte !== undefined && { empreinte }),
  ...(dryRun && { evenements: handled.recorded }),
});
