import { describe, expect, it } from '@jest/globals';
import { rooms } from '../../libs/registre/index.js';
import { distinct, type Room, RoomsClash } from '../../libs/room/index.js';

describe('rooms', () => {
  const [copil, actions] = rooms as [Room, Room];
  const other: Room = { name: 'autre', kinds: [], published: [], acts: [] };

  it.each<[string, Partial<Room>]>([
    ['room copil', { name: 'copil' }],
    ['category seance', { kinds: [{ ...copil.kinds[2]!, pattern: /^z$/ }] }],
    ['reference', { kinds: [{ ...copil.kinds[2]!, category: 'z' }] }],
    ['view seances', { published: copil.published.slice(0, 1) }],
    ['view seances', { internal: [copil.published[0]!.view] }],
    [
      'file contradictions',
      { section: { ...copil.section!, fields: { contradictions: copil.section!.fields.contradictions! } } },
    ],
    ['path seances/cloture', { acts: copil.acts.filter(({ path }) => path === 'cloture') }],
  ])('may not share with another its %s', (name, shared) => {
    expect(() => distinct([copil, actions, { ...other, ...shared }])).toThrow(RoomsClash);
    expect(() => distinct([copil, actions, { ...other, ...shared }])).toThrow(
      new RegExp(`${name}.*: copil and (autre|copil)`),
    );
  });

  it('that share nothing stand side by side', () => {
    expect(distinct([copil, actions, other])).toHaveLength(3);
  });
});
