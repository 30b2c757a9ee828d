import { describe, expect, it } from '@jest/globals';
import { nameOf } from './name.js';
import { comite, seance } from './reference.js';
import { spoken } from './spoken.js';

const action = nameOf({ word: 'action', under: seance, letter: 'A', example: 'A3', one: 'une action' });
const indicateur = nameOf({
  word: 'indicateur',
  under: comite,
  after: 'indicateur',
  own: '[a-z]+',
  example: 'delai',
  one: 'un indicateur',
});

describe('a name', () => {
  it.each([
    [action, 'sifac/4/A12', 'A12', 'sifac/4'],
    [indicateur, 'sifac/indicateur/delai', 'delai', 'sifac'],
  ])('in a file is whole, or what is its own there: %#', (name, whole, own, holder) => {
    const said = spoken(name.schema, { seance: 'sifac/4' });
    expect(said.parse(own)).toBe(whole);
    expect(said.parse(whole)).toBe(whole);
    expect(name.holderOf(whole)).toBe(holder);
    expect(name.ownOf(whole)).toBe(own);
    expect(`${name.prefixIn('sifac/4')}${own}`).toBe(whole);
    expect(name.local('sifac/4').safeParse(whole).success).toBe(false);
    expect(spoken(name.schema, 'request').safeParse(own).success).toBe(false);
  });

  it('of a part of a thing begins in a file with what is that thing’s own', () => {
    const plan = nameOf({
      ...{ word: 'plan', under: comite, after: 'plan', own: '[a-z]+', example: 'sifac', one: 'un plan' },
    });
    const version = nameOf({
      ...{ word: 'version', under: plan, own: '\\d+(?:\\.\\d+)*', example: '5.10', one: 'une version' },
    });
    const contenu = nameOf({
      ...{
        word: 'contenu',
        under: plan,
        after: 'contenu',
        own: '[a-z]+',
        example: 'ines',
        one: 'un contenu',
      },
    });
    for (const [name, said, whole] of [
      [version, 'sifac/5.10', 'sifac/plan/sifac/5.10'],
      [contenu, 'sifac/contenu/ines', 'sifac/plan/sifac/contenu/ines'],
    ] as const) {
      const schema = spoken(name.schema, { seance: 'sifac/4' });
      expect([schema.parse(said), schema.parse(whole)]).toEqual([whole, whole]);
      expect(name.local('sifac/4').parse(said)).toBe(whole);
      expect(schema.safeParse(name.ownOf(whole)).success).toBe(false);
      expect(name.holderOf(whole)).toBe('sifac/plan/sifac');
    }
  });

  it('says how things are called where something else is given', () => {
    const { error } = spoken(action.schema, { seance: 'sifac/4' }).safeParse('B1');
    expect(error?.issues[0]!.message).toBe('une action comme A3 ou apogee-rof/2/A3');
  });
});
