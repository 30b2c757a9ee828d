import type { Command } from 'commander';
import { InvalidInput, type Logged, type Verified, type WrongRow } from '../../libs/event-sourcing/index.js';
import { type Empreinte, empreinteA } from '../../libs/log/index.js';
import {
  journal,
  Explications,
  type Ligne,
  type Noeud,
  pourquoi,
  rectifications,
  type Registre,
  type ResolvedBasis,
  resolveBasis,
  streamNamed,
  verifyRows,
  viewNamed,
  views,
} from '../../libs/registre/index.js';
import { compte, jourEnFrancais } from '../../libs/words/index.js';
import { EXIT } from '../failure.js';
import { print, printJson, printRaw } from '../output.js';
import { counter, progress, withJson, withBasis, withRegistre } from './session.js';
import { doctor, type Constat } from './doctor.js';
import { entete, titre } from './views.command.js';

export function inspectCommands(program: Command): void {
  withJson(withBasis(program.command('pourquoi <reference>')))
    .description('pourquoi une chose est comme elle est : la chaîne des événements et des décisions')
    .option('--impact', 'à l’inverse : tout ce que la chose a entraîné')
    .option('--limit <n>', 'au plus n liens de la chose elle-même (200)')
    .option('--cursor <suite>', 'la suite d’une réponse précédente')
    .action(async (reference: string, options: PourquoiFlags) =>
      withRegistre(async (_registre, _environment, bus) => {
        const limit = entier('limit', options.limit) ?? 200;
        const { basis, racine, next } = await bus.read('pourquoi', (registre) =>
          pourquoi(registre, reference, { ...options, limit }),
        );
        if (options.json) return printJson({ ...entete(basis), racine, next });
        const title = titre(`${options.impact ? 'Ce qu’entraîne' : 'Pourquoi'} ${reference}`, basis);
        const rest = next === null ? [] : [`… la suite : --cursor ${next}`];
        print([title, ...chaine(racine), ...rest].join('\n'));
      }),
    );

  withJson(program.command('journal'))
    .description('le journal lui-même, dans l’ordre')
    .option('--stream <flux>', 'un flux (action-apogee-rof/1/A3) ou une référence (apogee-rof/1/A3)')
    .option('--type <type>', 'un type d’événement')
    .option('--after <n>', 'après cette position')
    .option('--limit <n>', 'au plus n événements')
    .option('--follow', 'attend les suivants, jusqu’à Ctrl-C ; avec --json, un document par ligne')
    .action(async (options: JournalFlags) =>
      withRegistre(async (_registre, _environment, bus) => {
        const demande = {
          stream: options.stream,
          type: options.type,
          after: BigInt(entier('after', options.after) ?? 0),
          limit: entier('limit', options.limit),
        };
        if (options.follow) return bus.read('journal', (registre) => follow(registre, demande, options));
        const lignes: Ligne[] = [];
        const empreinte = await bus.read('journal', async (registre) => {
          const explications = new Explications(registre);
          let last: bigint | undefined;
          for await (const event of journal(registre, demande)) {
            last = event.position;
            const ligne = await explications.de(event);
            if (options.json) lignes.push(ligne);
            else print(ligneEnClair(ligne));
          }
          return last === undefined ? null : empreinteA(registre, last);
        });
        if (options.json) printJson({ items: lignes, empreinte });
        else if (empreinte) print(empreinteEnClair(empreinte).join('\n'));
      }),
    );

  withJson(program.command('rectifications'))
    .description('tout ce qui a été corrigé, annulé ou rectifié entre deux moments : quoi, pourquoi, par qui')
    .option('--from <P>', 'après quel moment : séance, instant, position:<n> ; absent : depuis le début')
    .option('--to <P>', 'jusqu’à quel moment ; absent : maintenant')
    .option('--comite <comite>', 'un seul comité')
    .action(async ({ json, ...demande }: { from?: string; to?: string; comite?: string; json?: boolean }) =>
      withRegistre(async (_registre, _environment, bus) => {
        const { from, to, items, next } = await bus.read('rectifications', (registre) =>
          rectifications(registre, demande),
        );
        if (json) return printJson({ from: entete(from).asOf, to: entete(to).asOf, items, next });
        const nom = ({ seance, position }: ResolvedBasis) => seance ?? `la position ${position}`;
        print(
          [
            `Rectifications, ${demande.from === undefined ? 'depuis le début' : `après ${nom(from)}`} et jusqu’à ${nom(to)} — ${items.length}`,
            ...items.map(ligneEnClair),
          ].join('\n'),
        );
      }),
    );

  withJson(program.command('empreinte'))
    .description('l’empreinte du journal : un fait changé, ajouté ou retiré avant ce moment la change')
    .option('--as-of <P>', 'jusqu’où : une séance (apogee-rof/2), un instant ISO, position:<n>')
    .action(async ({ asOf, json }: { asOf?: string; json?: boolean }) =>
      withRegistre(async (_registre, _environment, bus) => {
        const { basis, empreinte } = await bus.read('empreinte', async (registre) => {
          const known = await resolveBasis(registre, { asOf });
          return { basis: known, empreinte: await empreinteA(registre, known.position) };
        });
        if (json) printJson({ asOf: entete(basis).asOf, empreinte });
        else print(empreinteEnClair(empreinte).join('\n'));
      }),
    );

  withJson(program.command('rebuild [vue...]'))
    .description('reconstruit des vues à côté des vivantes, compare, et bascule')
    .option(
      '--adopter',
      'd’abord, reprend toutes les vues depuis le journal désigné : après une restauration',
    )
    .action(async (names: string[], options: { adopter?: boolean; json?: boolean }) =>
      withRegistre(
        async (registre) => {
          const chosen = names.length > 0 ? names.map(knownView) : views;
          const results = await registre.projector.rebuild(chosen);
          if (options.json) return printJson({ vues: results });
          for (const { view, events, position, identical } of results)
            print(
              `${view} : ${compte(events, 'événement relu')} jusqu’à la position ${position}, ${
                identical === null
                  ? 'sans version comparable'
                  : identical
                    ? 'identique'
                    : 'DIFFÉRENTE de la vue remplacée'
              }.`,
            );
        },
        { adopt: options.adopter ?? false },
      ),
    );

  withJson(program.command('verify-views'))
    .description('compare les vues, ligne à ligne, à ce que dit le journal ; sortie 1 si elles diffèrent')
    .option(
      '--sample <n>',
      'n moments (P, D) au hasard dans chaque vue, au lieu de toutes les versions de toutes les lignes',
    )
    .action(async ({ sample, json }: { sample?: string; json?: boolean }) =>
      withRegistre(async (_registre, _environment, bus) => {
        const verified = await bus.read('verify-views', (registre) =>
          verifyRows(registre, entier('sample', sample), progress()),
        );
        if (json) printJson(verified);
        else print(verifieEnClair(verified));
        if (verified.wrong.length > 0) process.exitCode = EXIT.refused;
      }),
    );

  withJson(program.command('doctor'))
    .description('ce qui est configuré, joignable, en retard, à l’écart ; et quoi faire')
    .option('--empreinte <sha256>', 'si le journal mène toujours à cette empreinte, imprimée autrefois')
    .action(async (options: { json?: boolean; empreinte?: string }) => {
      const constats = await doctor(options.empreinte, counter());
      if (options.json) printJson({ constats });
      else print(constats.map(constatEnClair).join('\n'));
      const worst = constats.find(({ etat }) => etat === 'injoignable') ? EXIT.unreachable : EXIT.done;
      process.exitCode = constats.some(({ etat }) => etat === 'probleme') ? EXIT.refused : worst;
    });
}

export const empreinteEnClair = (empreinte: Empreinte | null | undefined): string[] =>
  empreinte === undefined
    ? []
    : [
        empreinte
          ? `  Empreinte du journal jusqu’à la position ${empreinte.position} : ${empreinte.sha256}`
          : '  L’empreinte du journal n’est pas encore faite : minutier empreinte',
      ];

interface PourquoiFlags {
  readonly impact?: boolean;
  readonly limit?: string;
  readonly cursor?: string;
  readonly json?: boolean;
}

interface JournalFlags {
  readonly stream?: string;
  readonly type?: string;
  readonly after?: string;
  readonly limit?: string;
  readonly follow?: boolean;
  readonly json?: boolean;
}

function entier(path: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  if (!/^\d{1,15}$/.test(text))
    throw new InvalidInput([{ path, message: `« ${text} » n’est pas un entier` }]);
  return Number(text);
}

function knownView(name: string) {
  const view = viewNamed(name);
  if (!view)
    throw new InvalidInput([
      { path: 'vue', message: `« ${name} » n’est pas une vue : ${views.map((one) => one.name).join(', ')}` },
    ]);
  return view;
}

async function follow(
  registre: Registre,
  { stream, type, after }: { stream?: string | undefined; type?: string | undefined; after: bigint },
  { json }: JournalFlags,
): Promise<void> {
  const stop = new AbortController();
  process.once('SIGINT', () => stop.abort());
  process.once('SIGTERM', () => stop.abort());
  const only = stream === undefined ? undefined : streamNamed(stream);
  const told = async (event: Logged) => new Explications(registre).de(event);
  for await (const batch of registre.store.subscribe(after, stop.signal))
    for (const event of batch) {
      if ((only !== undefined && event.stream !== only) || (type !== undefined && event.type !== type))
        continue;
      if (json) printRaw(JSON.stringify(await told(event)));
      else print(ligneEnClair(await told(event)));
    }
}

const ligneEnClair = ({
  position,
  recordedAt,
  effectiveOn,
  author,
  type,
  evenement,
  sentence,
}: Ligne): string =>
  `${position.padStart(5)}  ${recordedAt.slice(0, 19)}Z  effectif ${jourEnFrancais(effectiveOn)}  ${author}  ${evenement}  ${type}\n       ${sentence}`;

function chaine(noeud: Noeud, marge = ''): string[] {
  const { reference, lien, faits, liens, dejaVu, suite } = noeud;
  const head = `${marge}${lien ? `└ ${lien} ` : ''}${reference}${dejaVu ? ' (déjà montré)' : ''}`;
  const inner = `${marge}  `;
  return [
    head,
    ...faits.map(
      ({ statedOn, author, sentence, tient, evenement }) =>
        `${inner}• ${jourEnFrancais(statedOn)}, ${author} : ${sentence}${tient ? '' : ' [corrigé depuis]'}  (${evenement})`,
    ),
    ...liens.flatMap((one) => chaine(one, inner)),
    ...(suite ? [`${inner}… d’autres : minutier pourquoi ${reference}`] : []),
  ];
}

const FAUTES_DE_LIGNE: Record<WrongRow['fault'], string> = {
  changed: 'autre que ne dit le journal',
  missing: 'absente de la vue',
  unknown: 'inconnue du journal',
};

function verifieEnClair({ position, streams, versions, bases, wrong }: Verified): string {
  const compare = `${streams} flux jusqu’à la position ${position} : ${compte(versions, 'version comparée')}, et ${compte(bases, 'moment rejoué')} (P, D)`;
  if (wrong.length === 0) return `Les vues disent ce que dit le journal. ${compare}.`;
  return [
    `Les vues ne disent pas ce que dit le journal. ${compare}.`,
    ...wrong.flatMap(({ view, key, fault, position: at, effectiveOn, found, told }) => [
      `  ${view} ${key} (position:${at}${effectiveOn ? `, au ${effectiveOn}` : ''}) : ${FAUTES_DE_LIGNE[fault]}`,
      ...champsEnClair(found, told),
    ]),
    'Pour reconstruire une vue : minutier rebuild <vue>.',
  ].join('\n');
}

/** Only the fields that differ, where both have the row. */
function champsEnClair(found: object | null, told: object | null): string[] {
  if (!found || !told)
    return [`    vue     : ${JSON.stringify(found)}`, `    journal : ${JSON.stringify(told)}`];
  const [vue, journal] = [found, told] as Record<string, unknown>[];
  return Object.keys(vue!).flatMap((champ) => {
    const [un, autre] = [JSON.stringify(vue![champ]), JSON.stringify(journal![champ] ?? null)];
    return un === autre ? [] : [`    ${champ} : ${un} au lieu de ${autre}`];
  });
}

const MARQUES: Record<Constat['etat'], string> = {
  bien: '✓',
  information: '·',
  attention: '!',
  probleme: '✗',
  injoignable: '✗',
};

const constatEnClair = ({ sujet, etat, constat, remede }: Constat): string =>
  `${MARQUES[etat]} ${sujet} : ${constat}${remede ? `\n    → ${remede}` : ''}`;
