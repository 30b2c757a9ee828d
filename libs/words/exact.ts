import Big from 'big.js';
import { z } from 'zod';
import { registerSpoken } from './spoken.js';

/**
 * A number with all its decimals, as text: `12345678901234567.89`. `U` is what it counts, and what counts
 * different things neither adds up nor compares.
 */
export type Exact<U extends string> = string & z.core.$brand<U>;

const MAX_DIGITS = 20;
const HUNDREDTHS = 2;

/** A number of a file as its text has it, where a JavaScript number would not say the same. */
export class SourceNumber {
  constructor(readonly text: string) {}
}
// What is told of it where something else is expected.
Object.defineProperty(SourceNumber, 'name', { value: 'nombre décimal' });

/** As people write numbers: `1 234,50`, `-3.5`. */
const SAID = /^[-−]?(?:\d+|\d{1,3}(?:[ \u00a0\u202f]\d{3})+)(?:[.,]\d+)?$/;

/** @param decimals of which all are always told; absent: six at most, and none that is zero at the end */
function exact<U extends string>(unit: U, like: string, decimals?: number): z.ZodType<Exact<U>> {
  const most = decimals ?? 6;
  const message = `un nombre comme ${like}, à ${most} décimales au plus`;
  const textOf = (text: string): string | undefined => {
    const plain = text
      .replace('−', '-')
      .replace(/[ \u00a0\u202f]/g, '')
      .replace(',', '.');
    const [, integer, fraction = ''] = /^-?0*(\d+?)(?:\.(\d+?)0*)?$/.exec(plain) ?? [];
    if (integer === undefined || integer.length > MAX_DIGITS) return undefined;
    return fraction.replace(/^0$/, '').length > most ? undefined : new Big(plain).plus(0).toFixed(decimals);
  };
  const held = z
    .string({ error: `${message}, en texte` })
    .refine((text) => SAID.test(text) && textOf(text) === text, message)
    .brand<U>();
  const said = (schema: z.ZodType<string | number | SourceNumber>) =>
    schema.transform((given, context) => {
      const text = given instanceof SourceNumber ? given.text : String(given);
      const read = SAID.test(text) ? textOf(text) : undefined;
      if (read === undefined) context.addIssue({ code: 'custom', message });
      return (read ?? '') as Exact<U>;
    });
  const inText = said(z.string({ error: `${message}, en texte : "${like}"` }).regex(SAID, message));
  const asNumber = z.custom<SourceNumber>((given) => given instanceof SourceNumber).meta({ type: 'number' });
  const inFile = said(z.union([z.string().regex(SAID, message), z.int(), asNumber], { error: message }));
  registerSpoken(held, { request: () => inText, file: () => inFile });
  return held as unknown as z.ZodType<Exact<U>>;
}

export type Nombre = Exact<'nombre'>;
export type AE = Exact<'AE'>;
export type EJ = Exact<'EJ'>;
export type ETPT = Exact<'ETPT'>;

/** A number of whatever is counted or measured. */
export const nombre = exact('nombre', '12.5');
/** Euros of an autorisation d’engagement. */
export const ae = exact('AE', '400000.00', HUNDREDTHS);
/** Euros of an engagement juridique. */
export const ej = exact('EJ', '250000.00', HUNDREDTHS);
/** Full-time equivalents over a year. */
export const etpt = exact('ETPT', '3.50', HUNDREDTHS);

/** The sum of what counts the same. */
export const somme = <U extends 'AE' | 'EJ' | 'ETPT'>(...terms: readonly Exact<U>[]): Exact<U> =>
  terms.reduce((sum, one) => sum.plus(one), new Big(0)).toFixed(HUNDREDTHS) as Exact<U>;

/** Below 0 where the first is less, above where it is more. */
export const comparer = <U extends string>(a: Exact<U>, b: Exact<U>): number => new Big(a).cmp(b);

/** As people read it: `1 234,5`. */
export const nombreEnClair = (value: string | null): string => {
  if (value === null) return 'non communiquée';
  const [integer, fraction] = value.split('.') as [string, string?];
  return `${integer.replace(/\B(?=(\d{3})+$)/g, '\u202f')}${fraction ? `,${fraction}` : ''}`;
};
