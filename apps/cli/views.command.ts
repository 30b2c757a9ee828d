import type { Command } from 'commander';
import type { Filter } from '../../libs/event-sourcing/index.js';
import {
  type Champ,
  type Differences,
  diff,
  readView,
  readItem,
  type ResolvedBasis,
  published,
  type Reponse,
} from '../../libs/registre/index.js';
import { compte, jourEnFrancais, nombreEnClair } from '../../libs/words/index.js';
import { columnsOf, inWords, type Published } from '../../libs/room/index.js';
import { InvalidInput } from '../../libs/event-sourcing/index.js';
import { print, printJson } from '../output.js';
import { withJson, withBasis, withRegistre } from './session.js';
import { draw, records, table } from './table.js';
import { kebab } from './words.js';

interface ViewOptions extends Record<string, unknown> {
  readonly asOf?: string;
  readonly effectiveAt?: string;
  readonly comite?: string;
  readonly json?: boolean;
}

/** One command per published view: `minutier actions [référence] --as-of apogee-rof/1 --statut ouverte`. */
export function viewCommands(program: Command): void {
  for (const one of published) {
    const { view, screen } = one;
    const command = withJson(
      withBasis(program.command(`${view.name} [reference]`).description(screen.title)),
    );
    command.option('--comite <comite>', 'un seul comité');
    const filters = Object.entries<Filter>(view.filters ?? {});
    for (const [name, { description }] of filters) command.option(`--${kebab(name)} <valeur>`, description);
    command.action(async (reference: string | undefined, options: ViewOptions) =>
      withRegistre(async (_registre, _environment, bus) => {
        if (reference !== undefined) {
          const { basis, item } = await bus.read(view.name, (registre) =>
            readItem(registre, view, reference, options),
          );
          if (options.json) printJson({ ...entete(basis), item });
          else print(`${titre(screen.title, basis)}\n${fiche(one, item)}`);
          return;
        }
        const given = filters.filter(([name]) => options[name] !== undefined);
        const { basis, items, totaux } = await bus.read(view.name, (registre) =>
          readView(registre, view, {
            ...options,
            filters: Object.fromEntries(given.map(([name]) => [name, String(options[name])])),
          }),
        );
        if (options.json) printJson({ ...entete(basis), items, next: null, ...(totaux && { totaux }) });
        else print([tableau(one, basis, items), ...totauxEnClair(one, totaux)].join('\n'));
      }),
    );
  }
}

export function diffCommand(program: Command): void {
  withJson(program.command('diff <vue>'))
    .description('ce qui a changé dans une vue entre deux moments')
    .requiredOption('--from <P>', 'le premier moment : séance, instant, position:<n>')
    .option('--to <P>', 'le second moment ; absent : maintenant')
    .option('--effective-at <D>', 'ce qui était vrai : un jour AAAA-MM-JJ')
    .option('--comite <comite>', 'un seul comité')
    .action(async (name: string, options: { from: string; to?: string; json?: boolean }) => {
      const one = vue(name);
      await withRegistre(async (_registre, _environment, bus) => {
        const differences = await bus.read('diff', (registre) => diff(registre, one.view, options));
        if (options.json) {
          const { from, to, ...rest } = differences;
          printJson({ from: entete(from).asOf, to: entete(to).asOf, ...rest });
        } else print(differencesEnClair(one, differences));
      });
    });
}

export function vue(name: string): Published {
  const found = published.find(({ view }) => view.name === name);
  if (!found)
    throw new InvalidInput([
      {
        path: 'vue',
        message: `« ${name} » n’est pas une vue : ${published.map(({ view }) => view.name).join(', ')}`,
      },
    ]);
  return found;
}

export const entete = (basis: ResolvedBasis) => ({
  asOf: {
    position: basis.position.toString(),
    seance: basis.seance,
    ...(basis.rectificatifs.length > 0 && { rectificatifs: basis.rectificatifs }),
  },
  effectiveAt: basis.effectiveOn ?? null,
});

export const titre = (title: string, basis: ResolvedBasis): string =>
  [
    `${title} — ${basis.seance ? `au COPIL ${basis.seance}` : `position ${basis.position}`}${
      basis.effectiveOn ? `, au ${jourEnFrancais(basis.effectiveOn)}` : ''
    }`,
    ...rectifieeEnClair(basis),
  ].join('\n');

/** Beside what was known at a séance, that it was amended since. */
function rectifieeEnClair({ seance, rectificatifs }: ResolvedBasis): string[] {
  if (rectificatifs.length === 0) return [];
  const { le, motif } = rectificatifs.at(-1)!;
  const fois = rectificatifs.length === 1 ? 'une fois' : `${rectificatifs.length} fois, la dernière`;
  return [
    `La séance ${seance} a été rectifiée depuis, ${fois} le ${jourEnFrancais(le)} (${motif}) : sans --as-of, telle qu’elle est aujourd’hui.`,
  ];
}

export function tableau(
  one: Published,
  basis: ResolvedBasis,
  items: readonly Record<string, unknown>[],
): string {
  const { vide = 'Aucune ligne.' } = one.screen;
  const shown = items.length === 0 ? vide : `${table(one, items)}\n${compte(items.length, 'ligne')}.`;
  return `${titre(one.screen.title, basis)}\n${shown}`;
}

/** Of what has no term, nothing is said: nought is a number. */
export const totauxEnClair = ({ view }: Published, totaux: Reponse['totaux'] = {}): string[] =>
  Object.entries(totaux)
    .filter(([, { termes, nonCommuniques }]) => termes + nonCommuniques > 0)
    .map(([name, { somme, termes, nonCommuniques }]) =>
      [
        view.totals![name]!.description,
        ' : ',
        somme === null ? compte(termes, 'communiquée') : nombreEnClair(somme),
        nonCommuniques > 0
          ? `, ${nonCommuniques} non ${nonCommuniques > 1 ? 'communiquées' : 'communiquée'}`
          : '',
      ].join(''),
    );

/** A thing by itself, as a sheet: what is known of it, each in its words. */
function fiche({ view, name }: Published, item: Record<string, unknown>): string {
  const told = Object.entries(columnsOf(view)).map(
    ([column, how]) => [intitule(how.description), inWords(how, item[column]).join('\n')] as const,
  );
  return records([[name.title, String(item.reference)], ...told]);
}

/** The first words of what a column is. */
const intitule = (description: string): string => /^[^,;:(]*/.exec(description)![0].trim();

const par = (evenement: Champ['evenement']): string =>
  evenement ? `${evenement.evenement}, ${evenement.author}` : '';

/** What was and what is, in words; of a list, only what differs. */
function enMots({ view }: Published, { champ, avant, apres }: Champ): readonly [string, string] {
  const column = columnsOf(view)[champ]!;
  const [before, after] = [inWords(column, avant), inWords(column, apres)];
  const only = (these: readonly string[], those: readonly string[]) =>
    these.filter((one) => !those.includes(one)).join('\n') || '—';
  return [only(before, after), only(after, before)];
}

/** What an added or withdrawn thing is about. */
const label = ({ view, screen }: Published, item: Record<string, unknown>): string =>
  screen.columns
    .filter(({ of, grow }) => of !== undefined && grow !== undefined)
    .map(({ of }) => inWords(columnsOf(view)[of!]!, item[of!]).join(' ; '))
    .join(', ');

/** One line per changed field: what it was, what it is, which event brought it and who recorded it. */
export function differencesEnClair(one: Published, differences: Differences): string {
  const { from, to, ajoutes, changes, retires } = differences;
  const name = (basis: ResolvedBasis) => basis.seance ?? `position ${basis.position}`;
  const lines: string[][] = [
    ...ajoutes.map(({ reference, item, evenement }) => [
      reference,
      '+ ajout',
      '',
      label(one, item),
      par(evenement),
    ]),
    ...changes.flatMap(({ reference, champs }) =>
      champs.map((champ, index) => [
        index === 0 ? reference : '',
        champ.champ,
        ...enMots(one, champ),
        par(champ.evenement),
      ]),
    ),
    ...retires.map(({ reference, item, evenement }) => [
      reference,
      '− retrait',
      label(one, item),
      '',
      par(evenement),
    ]),
  ];
  const head = `${one.screen.title} : de ${name(from)} à ${name(to)} — ${compte(ajoutes.length, 'ajout')}, ${compte(changes.length, 'changement')}, ${compte(retires.length, 'retrait')}`;
  if (lines.length === 0) return head;
  const columns = [
    { heading: one.name.title, grow: 0 },
    { heading: 'Champ', grow: 0 },
    { heading: 'Avant', grow: 2 },
    { heading: 'Après', grow: 3 },
    { heading: 'Événement, auteur', grow: 2 },
  ];
  return `${head}\n${draw(columns, lines)}`;
}
