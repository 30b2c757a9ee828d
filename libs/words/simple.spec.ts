import { describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { codeDit, plusProche, simple } from './simple.js';
import { spoken } from './spoken.js';

describe('words as people write them', () => {
  it('are the same whatever their case, accents, apostrophes and spaces', () => {
    expect(simple('  L’Université  d’ÉVRY ')).toBe("l'universite d'evry");
  });

  it.each([
    ['excusé', 'excuse'],
    ['Présent', 'present'],
    ['sans décision', 'sans-decision'],
    ['reporté', undefined],
  ])('« %s » is the code %s', (dit, code) => {
    const codes = ['present', 'excuse', 'sans-decision'] as const;
    expect(codeDit(codes, dit)).toBe(code);
    const said = spoken(z.enum(codes), 'request').safeParse(dit);
    expect(said.success ? said.data : undefined).toBe(code);
  });

  it.each([
    ['Ammue', 'Amue'],
    ['Universite de Lile', 'Université de Lille'],
    ['Paris 2', undefined],
    ['Rectorat', undefined],
    ['UM', undefined],
  ])('« %s » is a slip of the pen for %s', (dit, nom) => {
    expect(plusProche(['Amue', 'Université de Lille', 'Paris 1', 'UL'], dit)).toBe(nom);
  });
});
