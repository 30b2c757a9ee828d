type Jour = string;

/** A year, or a half, a quarter, a month of it: `2018`, `2018-S1`, `2018-T1`, `2018-03`. */
export type Periode = string;

/** The pattern of a period. */
export const PERIODE = '(?:19|20|21)\\d{2}(?:-(?:T[1-4]|S[12]|0[1-9]|1[0-2]))?';

const PAR_AN: Readonly<Record<string, number>> = { S: 2, T: 4, '': 12 };

function lire(periode: Periode): { annee: number; lettre: string; rang: number; parAn: number } {
  const [annee, reste = ''] = periode.split('-') as [string, string?];
  const lettre = reste.replace(/\d/g, '');
  return {
    annee: Number(annee),
    lettre,
    rang: Number(reste.replace(/\D/g, '') || 1),
    parAn: reste ? PAR_AN[lettre]! : 1,
  };
}

const jour = (annee: number, mois: number, quantieme: number): Jour =>
  new Date(Date.UTC(annee, mois, quantieme)).toISOString().slice(0, 10);

/** The first and the last day of a period. */
export function joursDe(periode: Periode): { du: Jour; au: Jour } {
  const { annee, rang, parAn } = lire(periode);
  const mois = 12 / parAn;
  return { du: jour(annee, (rang - 1) * mois, 1), au: jour(annee, rang * mois, 0) };
}

/** The period of the same length that follows. */
export function suivante(periode: Periode): Periode {
  const { annee, lettre, rang, parAn } = lire(periode);
  if (parAn === 1) return String(annee + 1);
  const [an, prochain] = rang === parAn ? [annee + 1, 1] : [annee, rang + 1];
  return `${an}-${lettre}${lettre ? prochain : String(prochain).padStart(2, '0')}`;
}

/** In order of their ends, then of their beginnings. */
export function comparerPeriodes(a: Periode, b: Periode): number {
  const [x, y] = [a, b].map((one) => `${joursDe(one).au} ${joursDe(one).du}`) as [string, string];
  return x < y ? -1 : x > y ? 1 : 0;
}
