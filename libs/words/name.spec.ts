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

  it('says how things are called where something else is given', () => {
    const { error } = spoken(action.schema, { seance: 'sifac/4' }).safeParse('B1');
    expect(error?.issues[0]!.message).toBe('une action comme A3 ou apogee-rof/2/A3');
  });
});
