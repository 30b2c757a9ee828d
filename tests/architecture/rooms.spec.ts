import { describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { rooms } from '../../libs/registre/index.js';
import { comite, nameOf } from '../../libs/words/index.js';
import { distinct, type Room, RoomsClash } from '../../libs/room/index.js';

describe('rooms', () => {
  const [copil, actions] = rooms as [Room, Room];
  const other: Room = { name: 'autre', kinds: [], published: [], sayings: [] };

  it.each<[string, Partial<Room>]>([
    ['room copil', { name: 'copil' }],
    [
      'category seance',
      {
        kinds: [{ ...copil.kinds[2]!, name: nameOf({ word: 'z', letter: 'Z', example: 'Z1', one: 'un z' }) }],
      },
    ],
    ['reference seance like seance', { kinds: [{ ...copil.kinds[2]!, category: 'z', parts: [] }] }],
    [
      'reference autre like seance',
      {
        kinds: [
          {
            ...copil.kinds[2]!,
            category: 'z',
            parts: [],
            name: nameOf({ word: 'autre', under: comite, own: '\\d{4}', example: '2018', one: 'un autre' }),
          },
        ],
      },
    ],
    ['view seances', { published: copil.published.slice(0, 1) }],
    ['view seances', { internal: [copil.published[0]!.view] }],
    ['file contradictions', { section: { fields: () => ({ contradictions: z.null() }) } }],
    ['path seances/cloture', { sayings: copil.sayings.filter(({ act }) => act.path === 'cloture') }],
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
