import type { Command } from 'commander';
import type { Filter } from '../../libs/event-sourcing/index.js';
import {
  type Champ,
  type Differences,
  diff,
  lire,
  lireUn,
  type PointResolu,
  published,
} from '../../libs/registre/index.js';
import type { Published } from '../../libs/room/index.js';
import { InvalidInput } from '../../libs/event-sourcing/index.js';
import { print, printJson } from '../output.js';
import { withJson, withPoint, withRegistre } from './session.js';
import { draw, table } from './table.js';

interface ViewOptions extends Record<string, unknown> {
  readonly asOf?: string;
  readonly effectiveAt?: string;
  readonly comite?: string;
  readonly json?: boolean;
}

const kebab = (name: string): string => name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);

/** One command per published view: `minutier actions [référence] --as-of apogee-rof/1 --statut ouverte`. */
export function viewCommands(program: Command): void {
  for (const one of published) {
    const { view, screen } = one;
    const command = withJson(
      withPoint(program.command(`${view.name} [reference]`).description(screen.title)),
    );
    command.option('--comite <comite>', 'un seul comité');
    const filters = Object.entries<Filter>(view.filters ?? {});
    for (const [name, { description }] of filters) command.option(`--${kebab(name)} <valeur>`, description);
    command.action(async (reference: string | undefined, options: ViewOptions) =>
      withRegistre(async (registre) => {
        if (reference !== undefined) {
          const { point, item } = await lireUn(registre, view, reference, options);
          if (options.json) printJson({ ...entete(point), item });
          else print(`${titre(screen.title, point)}\n${fiche(item)}`);
          return;
        }
        const given = filters.filter(([name]) => options[name] !== undefined);
        const { point, items } = await lire(registre, view, {
          ...options,
          filters: Object.fromEntries(given.map(([name]) => [name, String(options[name])])),
        });
        if (options.json) printJson({ ...entete(point), items, next: null });
        else print(tableau(one, point, items));
      }),
    );
  }
}

export function diffCommand(program: Command): void {
  withJson(program.command('diff <vue>'))
    .description('ce qui a changé dans une vue entre deux points')
    .requiredOption('--from <P>', 'le premier point : séance, instant, position:<n>')
    .option('--to <P>', 'le second point ; absent : maintenant')
    .option('--effective-at <D>', 'ce qui était vrai : un jour AAAA-MM-JJ')
    .option('--comite <comite>', 'un seul comité')
    .action(async (name: string, options: { from: string; to?: string; json?: boolean }) => {
      const one = vue(name);
      await withRegistre(async (registre) => {
        const differences = await diff(registre, one.view, options);
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

export const entete = (point: PointResolu) => ({
  asOf: { position: point.position.toString(), seance: point.seance },
  effectiveAt: point.effectiveOn ?? null,
});

export const titre = (title: string, point: PointResolu): string =>
  `${title} — ${point.seance ? `au COPIL ${point.seance}` : `position ${point.position}`}${
    point.effectiveOn ? `, au ${point.effectiveOn}` : ''
  }`;

export function tableau(
  one: Published,
  point: PointResolu,
  items: readonly Record<string, unknown>[],
): string {
  const compte =
    items.length === 0 ? 'Aucune ligne.' : `${table(one.screen, items)}\n${items.length} ligne(s).`;
  return `${titre(one.screen.title, point)}\n${compte}`;
}

const lisible = (value: unknown): string => {
  if (value === null || value === undefined) return '—';
  if (Array.isArray(value)) return value.length === 0 ? '—' : value.map((one) => lisible(one)).join('\n');
  if (typeof value === 'object')
    return Object.entries(value)
      .filter(([, inner]) => inner !== null && inner !== undefined)
      .map(([key, inner]) => `${key} : ${typeof inner === 'object' ? JSON.stringify(inner) : String(inner)}`)
      .join(', ');
  return String(value);
};

function fiche(item: Record<string, unknown>): string {
  const width = Math.max(...Object.keys(item).map((name) => name.length));
  return Object.entries(item)
    .map(([name, value]) => {
      const text = lisible(value).replace(/\n/g, `\n${' '.repeat(width + 2)}`);
      return `${name.padEnd(width)}  ${text}`;
    })
    .join('\n');
}

const enMots = (value: unknown): string => {
  const dite = value as { texte?: string } | null;
  return lisible(dite?.texte ?? value).replace(/\n/g, ' ; ');
};

const par = (evenement: Champ['evenement']): string =>
  evenement ? `${evenement.evenement}, ${evenement.author}` : '';

/** A field that holds a structure is told only where it has words of its own. */
const seDit = ({ avant, apres }: Champ): boolean =>
  [avant, apres].every((value) => {
    const plain = value === null || typeof value !== 'object' || Array.isArray(value);
    return plain ? !Array.isArray(value) || value.every((one) => typeof one === 'string') : 'texte' in value;
  });

/** One line per changed field: what it was, what it is, which event brought it and who recorded it. */
export function differencesEnClair({ screen }: Published, differences: Differences): string {
  const { from, to, ajoutes, changes, retires } = differences;
  const name = (point: PointResolu) => point.seance ?? `position ${point.position}`;
  const label = (item: Record<string, unknown>) =>
    enMots(item.intitule ?? item.institution ?? item.jour ?? '');
  const lines: string[][] = [
    ...ajoutes.map(({ reference, item, evenement }) => [
      reference,
      '+ ajout',
      '',
      label(item),
      par(evenement),
    ]),
    ...changes.flatMap(({ reference, champs }) =>
      champs
        .filter(seDit)
        .map(({ champ, avant, apres, evenement }, index) => [
          index === 0 ? reference : '',
          champ,
          enMots(avant),
          enMots(apres),
          par(evenement),
        ]),
    ),
    ...retires.map(({ reference, item, evenement }) => [
      reference,
      '− retrait',
      label(item),
      '',
      par(evenement),
    ]),
  ];
  const head = `${screen.title} : de ${name(from)} à ${name(to)} — ${ajoutes.length} ajout(s), ${changes.length} changement(s), ${retires.length} retrait(s)`;
  if (lines.length === 0) return head;
  const columns = [
    { heading: 'Référence', grow: 0 },
    { heading: 'Champ', grow: 0 },
    { heading: 'Avant', grow: 2 },
    { heading: 'Après', grow: 3 },
    { heading: 'Événement, auteur', grow: 2 },
  ];
  return `${head}\n${draw(columns, lines)}`;
}
