import type { Room } from './room.js';

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
    for (const name of namesOf(room)) {
      const holder = holders.get(name);
      if (holder === undefined) holders.set(name, room.name);
      else clashes.push(`${name}: ${holder} and ${room.name}`);
    }
  if (clashes.length > 0) throw new RoomsClash(`two rooms under one name:\n${clashes.join('\n')}`);
  return rooms;
}

function namesOf({ name, kinds, published, internal = [], acts, section }: Room): string[] {
  return [
    `room ${name}`,
    ...kinds.flatMap(({ category, pattern }) => [`category ${category}`, `reference ${pattern.source}`]),
    ...[...published.map(({ view }) => view), ...internal].map((view) => `view ${view.name}`),
    ...Object.keys(section?.fields ?? {}).map((field) => `file ${field}`),
    ...acts.map(({ on, path = '' }) => `path ${on}/${path}`),
  ];
}
