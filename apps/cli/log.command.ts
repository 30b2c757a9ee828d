import type { Command } from 'commander';
import { readEnvironment } from '../../libs/config/index.js';
import { InvalidInput } from '../../libs/event-sourcing/index.js';
import { copyLog } from '../../libs/log/index.js';
import { compte } from '../../libs/words/index.js';
import { print, printJson } from '../output.js';
import { counter, withJson } from './session.js';

interface CopyFlags {
  readonly from?: string;
  readonly to?: string;
  readonly json?: boolean;
}

export function logCommands(program: Command): void {
  const log = program.command('log').description('le journal entier : copie, sauvegarde, restauration');
  withJson(log.command('copy'))
    .description('copie un journal entier, tel quel, dans un journal vide ; reprend une copie interrompue')
    .option(
      '--from <url|fichier>',
      'postgres://…, kurrentdb://… ou un fichier ; absent : le journal du registre',
    )
    .option('--to <url|fichier>', 'de même ; absent : le journal du registre')
    .addHelpText(
      'after',
      `
Sauvegarder : minutier log copy --to journal.ndjson.gz
Restaurer   : minutier log copy --from journal.ndjson.gz   (dans un registre vide)`,
    )
    .action(async ({ from, to, json }: CopyFlags) => {
      if (from === to)
        throw new InvalidInput([{ path: 'from', message: 'donnez --from, --to, ou les deux, différents' }]);
      const copie = await copyLog({ from, to }, readEnvironment(), counter());
      if (json) return printJson(copie);
      const { de, vers, evenements, repris, sha256 } = copie;
      print(
        [
          `${compte(evenements, 'événement copié')}${repris > 0 ? `, dont ${repris} déjà là` : ''} ; la copie, relue, est égale à l’original.`,
          `  de   : ${de.description} (journal ${de.journal})`,
          `  vers : ${vers.description} (journal ${vers.journal})`,
          `  SHA-256 de tous les événements : ${sha256}`,
        ].join('\n'),
      );
    });
}
