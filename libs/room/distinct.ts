import type { Name } from '../words/index.js';
import { namesOf } from './kind.js';
import { fieldsOf, type Room } from './room.js';

/** Two rooms that would answer to one name: one of them has to change. */
export class RoomsClash extends Error {
  override readonly name = 'RoomsClash';
}

/**
 * The same rooms, no two of which answer to one name: of a room, a category of streams, a form of references, a
 * view, a part of a séance's file, or a path over HTTP.
 * @throws RoomsClash each clash, with both rooms
 */
export function distinct(rooms: readonly Room[]): readonly Room[] {
  const holders = new Map<string, string>();
  const clashes: string[] = [];
  for (const room of rooms)
    for (const name of saidBy(room)) {
      const holder = holders.get(name);
      if (holder === undefined) holders.set(name, room.name);
      else clashes.push(`${name}: ${holder} and ${room.name}`);
    }
  const names = rooms.flatMap((room) => room.kinds.flatMap(namesOf).map((name) => ({ room, name })));
  names.forEach((one, index) => {
    for (const other of names.slice(index + 1))
      if (overlap(one.name, other.name))
        clashes.push(
          `reference ${other.name.word} like ${one.name.word}: ${one.room.name} and ${other.room.name}`,
        );
  });
  if (clashes.length > 0) throw new RoomsClash(`two rooms under one name:\n${clashes.join('\n')}`);
  return rooms;
}

const ANY_SEANCE = 'comite/1';

function saidBy(room: Room): string[] {
  const { name, kinds, published, internal = [], sayings } = room;
  return [
    `room ${name}`,
    ...kinds.map(({ category }) => `category ${category}`),
    ...[...published.map(({ view }) => view), ...internal].map((view) => `view ${view.name}`),
    ...fieldsOf(room, ANY_SEANCE).map(([field]) => `file ${field}`),
    ...sayings.map(({ act }) => `path ${act.on}/${act.path ?? ''}`),
  ];
}

/** Whether one reference may be a name of both: told by their letters, and by references of either. */
const overlap = (one: Name, other: Name): boolean =>
  [...probes(one), ...probes(other)].some((probe) => one.pattern.test(probe) && other.pattern.test(probe));

/** References of a name, of several lengths. */
const probes = ({ example }: Name): string[] => [
  example,
  ...['1', '12', '2018', '123456'].map((digits) => example.replace(/\d+(?!.*\d)/, digits)),
];
