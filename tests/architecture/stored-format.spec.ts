import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { projectRoot } from '../../libs/config/index.js';
import { z } from 'zod';
import {
  ANNULMENT,
  type AnyCatalogue,
  checkFact,
  contentDigest,
  describe as factOf,
  type Recorded,
  NewerFact,
  readFact,
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

const read = (catalogue: AnyCatalogue, event: Recorded): Recorded => readFact(catalogue, event) as Recorded;

describe('the stored format', () => {
  it.each(facts.map((fact) => [fact.type, fact.version, fact] as const))(
    'of %s in version %i has a frozen example that is read, checked and told today',
    (type, version, { room, kind }) => {
      const file = join(projectRoot(), 'libs', room, 'stored', `${type}.${version}.json`);
      expect(existsSync(file)).toBe(true);
      const frozen = JSON.parse(readFileSync(file, 'utf8')) as Frozen;
      expect(frozen).toMatchObject({ type, version });
      const event = read(kind.facts, recorded(kind, frozen));
      expect(checkFact(kind.facts, { type, data: event.data }).fact.data).toEqual(event.data);
      expect(factOf(kind.facts, type).sentence(event.data, kind.name.example)).toMatch(/\.$/);
      kind.decider.evolve(kind.decider.initial, event);
      const links = factOf(kind.facts, type).links?.(event.data, kind.name.example) ?? [];
      for (const { role } of links) expect(kind.roles?.[role]).toHaveLength(2);
    },
  );

  it.each(facts.map((fact) => [fact.type, fact.version, fact] as const))(
    'of %s in version %i is said at no séance that is closed',
    (type, version, { room, kind }) => {
      const file = join(projectRoot(), 'libs', room, 'stored', `${type}.${version}.json`);
      const { data } = read(kind.facts, recorded(kind, JSON.parse(readFileSync(file, 'utf8')) as Frozen));
      const { seance } = data as { seance?: string };
      if (seance === undefined) return;
      const asked = kind.maySay?.({ type, data }, 'apogee-rof/1/A1') ?? [];
      const closed = asked.filter((one) => one.kind.category === 'seance' && one.reference === seance);
      expect(closed.length).toBeGreaterThan(0);
      expect(() => closed.map(({ rule }) => rule({ statut: 'close', points: [] }))).toThrow(/est close/);
    },
  );

  it('of what this program does not know is a newer release’s where it bears our digest, else a stranger’s', () => {
    const { kind, type } = facts[0]!;
    for (const unknown of [
      { type, version: 99, data: {} },
      { type: 'Inconnu', version: 1, data: {} },
    ]) {
      const event = recorded(kind, unknown);
      expect(readFact(kind.facts, event)).toBeUndefined();
      const digest = contentDigest(event.stream, event);
      const signed = { ...event, metadata: { ...event.metadata, digest } };
      expect(() => readFact(kind.facts, signed)).toThrow(NewerFact);
      expect(readFact(kind.facts, { ...signed, data: { other: true } })).toBeUndefined();
    }
  });

  it('is upcast step by step', () => {
    const facts = {
      Compte: {
        version: 3,
        schema: z.looseObject({ a: z.int(), c: z.int() }),
        upcasters: [(data: object) => ({ ...data, b: 1 }), (data: object) => ({ ...data, c: 2 })],
        sentence: () => '',
      },
    };
    const kind = { category: 'compte' };
    expect(read(facts, recorded(kind, { type: 'Compte', version: 1, data: { a: 0 } })).data).toEqual({
      a: 0,
      b: 1,
      c: 2,
    });
    expect(read(facts, recorded(kind, { type: 'Compte', version: 2, data: { a: 0 } })).data).toEqual({
      a: 0,
      c: 2,
    });
    expect(readFact(facts, recorded(kind, { type: 'Compte', version: 1, data: { a: 'x' } }))).toBeUndefined();
    const annulment = recorded(kind, { type: ANNULMENT, version: 1, data: { motif: 'x' } });
    expect(readFact(facts, annulment)).toBeUndefined();
    const corrects = { id: 'e', revision: 0 };
    const whole = { ...annulment, metadata: { ...annulment.metadata, corrects } };
    expect(read(facts, whole).data).toEqual({ motif: 'x' });
  });
});
