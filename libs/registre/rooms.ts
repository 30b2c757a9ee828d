import { actions } from '../actions/index.js';
import { copil } from '../copil/index.js';
import { decisions } from '../decisions/index.js';
import { dossiers } from '../dossiers/index.js';
import { distinct, type NamedKind, type Published, type Room } from '../room/index.js';
import type { AnyView, Consequence } from '../event-sourcing/index.js';
import { indicateurs } from '../indicateurs/index.js';
import { planProduit } from '../plan-produit/index.js';
import { liens } from './liens.js';

/** The rooms of the register, in the order in which people think of them. A new room is a folder and a name here. */
export const rooms: readonly Room[] = distinct([
  copil,
  actions,
  decisions,
  dossiers,
  planProduit,
  indicateurs,
]);

export const kinds: readonly NamedKind[] = rooms.flatMap((room) => room.kinds);

export const consequences: readonly Consequence[] = rooms.flatMap((room) => room.consequences ?? []);

export const published: readonly Published[] = rooms.flatMap((room) => room.published);

export const views: readonly AnyView[] = [
  ...published.map(({ view }) => view),
  ...rooms.flatMap((room) => room.internal ?? []),
  liens(kinds),
];

/** The kind of stream whose things are named like this. */
export const kindOf = (reference: string): NamedKind | undefined =>
  kinds.find(({ name }) => name.pattern.test(reference));

/** Whose stream tells of a thing: of a part, that of the thing that it is a part of. */
export function holderOf(reference: string): { kind: NamedKind; holder: string; part?: string } | undefined {
  for (const kind of kinds) {
    if (kind.name.pattern.test(reference)) return { kind, holder: reference };
    const part = kind.parts?.find(({ pattern }) => pattern.test(reference));
    if (part) return { kind, holder: part.holderOf(reference), part: part.ownOf(reference) };
  }
  return undefined;
}
