#!/usr/bin/env node
import { Command, CommanderError } from 'commander';
import { EXIT, type Failure, failureOf } from '../failure.js';
import { actCommands } from './act.command.js';
import { inspectCommands } from './inspect.command.js';
import { logCommands } from './log.command.js';
import { migrateCommands } from './migrate.command.js';
import { note, printJson } from '../output.js';
import { recordCommands } from './record.command.js';
import { serveCommands } from './serve.command.js';
import { AIDE, enFrancais, titreEnFrancais } from './usage.js';
import { diffCommand, viewCommands } from './views.command.js';

const program = new Command('minutier')
  .description('Le registre d’un comité de pilotage : ce qui a été décidé, quand, sur quelle connaissance.')
  .configureHelp({ showGlobalOptions: true, styleTitle: titreEnFrancais })
  .usage('[options] [commande]')
  .helpOption('-h, --help', AIDE)
  .helpCommand('help [commande]', 'l’aide d’une commande')
  .exitOverride()
  .configureOutput({ outputError: (text, write) => write(enFrancais(text)) })
  .addHelpText(
    'after',
    `
Moments : --as-of <comite>/<numero>, un instant ISO ou position:<n> ; --effective-at <jour>.
Sorties : 0 fait ; 1 refusé ou introuvable ; 2 mauvais usage ; 3 service injoignable.
Environnement : DATABASE_URL, KURRENTDB_URL, KURRENTDB_PREFIX, MINUTIER_HOME, MINUTIER_PORT, MINUTIER_HOST, MINUTIER_ALLOWED_HOSTS, MINUTIER_BEHIND_PROXY, MINUTIER_MAX_FICHIER, MINUTIER_AUTEUR, MINUTIER_SOURCES.`,
  );
serveCommands(program);
recordCommands(program);
actCommands(program);
viewCommands(program);
diffCommand(program);
inspectCommands(program);
logCommands(program);
migrateCommands(program);
inherit(program);

/** A subcommand's errors come back here too, rather than ending the process. */
function inherit(parent: Command): void {
  for (const command of parent.commands) {
    command
      .configureHelp({ styleTitle: titreEnFrancais })
      .helpOption('-h, --help', AIDE)
      .exitOverride()
      .showHelpAfterError('(--help montre l’usage)');
    if (command.commands.length > 0) command.usage('[options] [commande]');
    inherit(command);
  }
}

const usage = ({ exitCode, message }: CommanderError): Failure => ({
  exit: exitCode === 0 ? EXIT.done : EXIT.usage,
  code: 'usage',
  message: enFrancais(message),
});

process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  // Whoever read it has left: that is no failure; a disk that is full is one.
  if (error.code === 'EPIPE') process.exit(process.exitCode ?? EXIT.done);
  note(`La sortie ne s’écrit pas : ${error.code === 'ENOSPC' ? 'le disque est plein' : error.message}.`);
  process.exit(EXIT.refused);
});

try {
  await program.parseAsync();
} catch (error) {
  const failure = error instanceof CommanderError ? usage(error) : failureOf(error);
  process.exitCode = failure.exit;
  if (!(error instanceof CommanderError)) note(failure.message);
  if (failure.exit !== EXIT.done && process.argv.includes('--json')) {
    const { code, message, details, done } = failure;
    printJson({ ...done, erreur: { code, message, ...(details !== undefined && { details }) } });
  }
}
