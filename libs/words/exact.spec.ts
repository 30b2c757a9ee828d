import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { type AE, ae, comparer, type EJ, ej, type ETPT, etpt, nombre, SourceNumber, somme } from './exact.js';
import { spoken } from './spoken.js';

const inFile = spoken(nombre, { seance: 'sifac/4' });
const inRequest = spoken(nombre, 'request');

describe('an exact number', () => {
  it.each([
    ['12,5', '12.5'],
    ['12.50', '12.5'],
    ['1 234 567,25', '1234567.25'],
    ['1\u202f234', '1234'],
    ['−3', '-3'],
    ['-0', '0'],
    ['007', '7'],
    ['12345678901234567.89', '12345678901234567.89'],
  ])('said as « %s » is %s, in a file and in a request', (said, held) => {
    expect(inFile.parse(said)).toBe(held);
    expect(inRequest.parse(said)).toBe(held);
    expect(nombre.parse(held)).toBe(held);
  });

  it('is read from the source of a file, not from what JavaScript makes of it', () => {
    expect(inFile.parse(new SourceNumber('12345678901234567.89'))).toBe('12345678901234567.89');
    expect(inFile.parse(14)).toBe('14');
    expect(inFile.safeParse(14.5).success).toBe(false);
  });

  it('is text in a request', () => {
    for (const number of [14, 14.5, new SourceNumber('14.5')])
      expect(inRequest.safeParse(number).error?.issues[0]!.message).toContain('en texte');
  });

  it.each(['', 'douze', '1e3', '0x10', '.5', '5.', '1.234.567', '1 23', '12 %', '1.2345678', '1'.repeat(21)])(
    'is not « %s »',
    (said) => {
      for (const schema of [inFile, inRequest])
        expect(schema.safeParse(said).error?.issues[0]!.message).toMatch(/^un nombre comme 12\.5/);
    },
  );

  it('in euros has two decimals, and no third', () => {
    const said = spoken(ae, { seance: 'sifac/4' });
    expect(said.parse('400000')).toBe('400000.00');
    expect(said.safeParse('0.125').success).toBe(false);
    expect(ae.safeParse('400000').success).toBe(false);
  });

  it('adds up to the last cent, whatever the order', () => {
    const cents = fc.bigInt({ min: -(10n ** 19n), max: 10n ** 19n });
    const euros = (value: bigint): AE => {
      const digits = (value < 0n ? -value : value).toString().padStart(3, '0');
      return spoken(ae, 'request').parse(
        `${value < 0n ? '-' : ''}${digits.slice(0, -2)}.${digits.slice(-2)}`,
      );
    };
    fc.assert(
      fc.property(fc.array(cents, { maxLength: 20 }), cents, (all, other) => {
        const total = all.reduce((a, b) => a + b, 0n);
        expect(somme(...all.map(euros))).toBe(euros(total));
        expect(somme(...all.map(euros).toReversed())).toBe(euros(total));
        expect(comparer(euros(total), euros(other))).toBe(total < other ? -1 : total > other ? 1 : 0);
      }),
    );
  });

  it('does not compile where it would be added to what counts something else', () => {
    const [a, b, t]: [AE, EJ, ETPT] = [ae.parse('1.00'), ej.parse('2.00'), etpt.parse('0.40')];
    // @ts-expect-error euros that may be committed, and euros that are
    expect(somme(a, b)).toBe('3.00');
    // @ts-expect-error people, and euros
    expect(somme(t, b)).toBe('2.40');
    // @ts-expect-error the same for what is compared
    expect(comparer(a, b)).toBe(-1);
  });
});
