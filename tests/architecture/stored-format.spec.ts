import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { projectRoot } from '../../libs/config/index.js';
import {
  ANNULMENT,
  checkFact,
  describe as factOf,
  type Recorded,
  UnknownFact,
  upcast,
} from '../../libs/event-sourcing/index.js';
import { rooms } from '../../libs/registre/index.js';

interface Frozen {
  readonly type: string;
  readonly version: number;
  readonly data: object;
}

const facts = rooms.flatMap((room) =>
  room.kinds.flatMap((kind) =>
    Object.entries(kind.facts).flatMap(([type, { version }]) =>
      Array.from({ length: version }, (_, n) => ({ room: room.name, kind, type, version: n + 1 })),
    ),
  ),
);

const recorded = (kind: { category: string }, frozen: Frozen): Recorded => ({
  ...frozen,
  id: 'e',
  stream: `${kind.category}-apogee-rof/1/A1`,
  revision: 0,
  position: 1n,
  recordedAt: new Date(0),
  metadata: {
    author: 'a',
    commandId: 'c',
    commandDigest: 'd',
    statedOn: '2018-06-30',
    effectiveOn: '2018-06-30',
  },
});

describe('the stored format', () => {
  it.each(facts.map((fact) => [fact.type, fact.version, fact] as const))(
    'of %s in version %i has a frozen example that is read, checked and told today',
    (type, version, { room, kind }) => {
      const file = join(projectRoot(), 'libs', room, 'stored', `${type}.${version}.json`);
      expect(existsSync(file)).toBe(true);
      const frozen = JSON.parse(readFileSync(file, 'utf8')) as Frozen;
      expect(frozen).toMatchObject({ type, version });
      const event = upcast(kind.facts, recorded(kind, frozen));
      expect(checkFact(kind.facts, { type, data: event.data }).fact.data).toEqual(event.data);
      expect(factOf(kind.facts, type).sentence(event.data)).toMatch(/\.$/);
      kind.decider.evolve(kind.decider.initial, event);
    },
  );

  it('of a version that this program does not know is refused, not misread', () => {
    const [fact] = facts;
    expect(() =>
      upcast(fact!.kind.facts, recorded(fact!.kind, { type: fact!.type, version: 99, data: {} })),
    ).toThrow(UnknownFact);
    expect(() =>
      upcast(fact!.kind.facts, recorded(fact!.kind, { type: 'Inconnu', version: 1, data: {} })),
    ).toThrow(UnknownFact);
  });

  it('is upcast step by step', () => {
    const facts = {
      Compte: {
        version: 3,
        schema: undefined as never,
        upcasters: [(data: object) => ({ ...data, b: 1 }), (data: object) => ({ ...data, c: 2 })],
        sentence: () => '',
      },
    };
    const kind = { category: 'compte' };
    expect(upcast(facts, recorded(kind, { type: 'Compte', version: 1, data: { a: 0 } })).data).toEqual({
      a: 0,
      b: 1,
      c: 2,
    });
    expect(upcast(facts, recorded(kind, { type: 'Compte', version: 2, data: { a: 0 } })).data).toEqual({
      a: 0,
      c: 2,
    });
    expect(upcast(facts, recorded(kind, { type: ANNULMENT, version: 1, data: { motif: 'x' } })).data).toEqual(
      { motif: 'x' },
    );
  });
});
