import { readFileSync } from 'node:fs';
import type { Command } from 'commander';
import {
  ensureLogin,
  migrate,
  openDatabase,
  ownedDatabase,
  readEnvironment,
} from '../../libs/config/index.js';
import { InvalidInput } from '../../libs/event-sourcing/index.js';
import { ourMigrations } from '../../libs/registre/index.js';
import { print, printJson } from '../output.js';
import { readText } from './read-text.js';
import { withJson } from './session.js';

interface MigrateFlags {
  readonly login?: string;
  readonly motDePasse?: string;
  readonly renouveler?: boolean;
  readonly json?: boolean;
}

export function migrateCommands(program: Command): void {
  withJson(program.command('migrate [adresse]'))
    .description('prépare la base pour cette version, avec l’adresse de son propriétaire')
    .option('--login <nom>', 'le compte de l’application (minutier_<base>)')
    .option('--mot-de-passe <fichier>', 'son mot de passe, dans un fichier ; - : l’entrée')
    .option('--renouveler', 'lui donne un autre mot de passe')
    .addHelpText(
      'after',
      `
L’adresse (ou DATABASE_URL) est celle du propriétaire du journal : à ne donner qu’ici. La commande affiche celle de
l’application, dont le compte ne peut qu’ajouter des faits : c’est elle que DATABASE_URL donne partout ailleurs.
La base embarquée se prépare d’elle-même à chaque démarrage.`,
    )
    .action(async (address: string | undefined, { json, ...flags }: MigrateFlags) => {
      const environment = readEnvironment();
      const migrations = ourMigrations();
      const owner = address ?? environment.databaseUrl;
      if (owner === undefined) {
        const { description, close } = await openDatabase(environment, migrations);
        close();
        if (json) return printJson({ migrations: migrations.length, base: description });
        return print(`La ${description} est prête (${migrations.length} migrations).`);
      }
      if (!/^postgres(ql)?:\/\//.test(owner))
        throw new InvalidInput([
          { path: 'adresse', message: 'une adresse postgresql://proprietaire@hote/base' },
        ]);
      const password = secretIn(flags.motDePasse, environment.maxFileBytes);
      // The role first: migrations give it its rights.
      const login = await ensureLogin(owner, { login: flags.login, renew: flags.renouveler, password });
      await migrate(ownedDatabase(owner).owner, migrations);
      if (json)
        return printJson({
          migrations: migrations.length,
          compte: login.login,
          cree: login.created,
          motDePasseDonne: login.passwordSet,
          adresse: login.address,
        });
      print(
        [
          `La base est prête (${migrations.length} migrations).`,
          `Compte de l’application : ${login.login}${login.created ? ', créé' : ''}.`,
          ...(login.passwordSet
            ? []
            : ['Son mot de passe reste le même : il manque ci-dessous. --renouveler en donne un autre.']),
          `DATABASE_URL=${login.address}`,
        ].join('\n'),
      );
    });
}

function secretIn(file: string | undefined, maxBytes: number): string | undefined {
  if (file === undefined) return undefined;
  const text = file === '-' ? readFileSync(0, 'utf8') : readText(file, maxBytes);
  const secret = text.replace(/\r?\n$/, '');
  if (secret === '' || /\p{Cc}/u.test(secret))
    throw new InvalidInput([{ path: 'mot-de-passe', message: 'une ligne de texte, et une seule' }]);
  return secret;
}
