import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { projectRoot } from '../../libs/config/index.js';
import { type AnyView, digest, type Recorded, referenceOf } from '../../libs/event-sourcing/index.js';
import type { Room } from '../../libs/room/index.js';
import { rooms, views } from '../../libs/registre/index.js';

/** Each fact type of a kind once, as it is stored, in the order of its catalogue: a history that says all. */
function historyOf(room: Room, category: string): Recorded[] {
  const kind = room.kinds.find((one) => one.category === category)!;
  const reference = kind.name.example;
  return Object.entries(kind.facts).flatMap(([type, { version }], revision) => {
    const file = join(projectRoot(), 'libs', room.name, 'stored', `${type}.${version}.json`);
    if (!existsSync(file)) throw new Error(`${file} is missing`);
    const { data } = JSON.parse(readFileSync(file, 'utf8')) as { data: object };
    const metadata = {
      author: 'a',
      commandId: 'c',
      commandDigest: 'd',
      statedOn: '2018-06-30',
      effectiveOn: '2018-06-30',
      source: { motif: 'exemple' },
    };
    return {
      ...{ type, version, data, metadata, revision },
      id: `e${revision}`,
      stream: `${category}-${reference}`,
      position: BigInt(revision + 1),
      recordedAt: new Date(0),
    };
  });
}

/** The rows after each of the facts. */
function rowsOf(view: AnyView, room: Room, category: string): string {
  let state: unknown = view.initial;
  return digest(
    historyOf(room, category).map((event) => {
      state = view.evolve(state, event, event);
      return [...(view.rows(state, referenceOf(event.stream)) as Iterable<unknown>)];
    }),
  );
}

interface Frozen {
  readonly version: number;
  readonly rows: Readonly<Record<string, string>>;
}

describe.each(rooms.map((room) => [room.name, room] as const))('what is shown of %s', (name, room) => {
  const categories = room.kinds.map(({ category }) => category);
  const its = views.filter((view) => view.categories.some((one) => categories.includes(one)));
  const frozen = JSON.parse(
    readFileSync(join(projectRoot(), 'libs', name, 'stored', 'views.json'), 'utf8'),
  ) as Record<string, Frozen>;

  it.each(its.map((view) => [view.name, view] as const))(
    'in %s has another version where it is other rows of the same facts',
    (_, view) => {
      const folded = view.categories.filter((one) => categories.includes(one));
      const rows = Object.fromEntries(folded.map((category) => [category, rowsOf(view, room, category)]));
      // Rows that differ: raise the version of the view, then freeze both.
      expect({ [view.name]: { version: view.version, rows } }).toEqual({ [view.name]: frozen[view.name] });
    },
  );
});
