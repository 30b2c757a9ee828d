/** A text without what people write now so, now otherwise: case, accents, the kind of apostrophe and of space. */
export const simple = (texte: string): string =>
  texte
    .normalize('NFD')
    .replace(/\p{Diacritic}/gu, '')
    .toLowerCase()
    .replace(/’/g, "'")
    .replace(/\s+/g, ' ')
    .trim();

/** The one of some codes that is meant: `excusé` is `excuse`, « sans décision » is `sans-decision`. */
export const codeDit = <C extends string>(codes: readonly C[], dit: string): C | undefined =>
  codes.find((code) => code === dit) ?? codes.find((code) => simple(code) === simple(dit).replace(/ /g, '-'));

/** How many letters must be changed, added or left out, at least, to make one text of another. */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i += 1) {
    const next = [i];
    for (let j = 1; j <= b.length; j += 1)
      next.push(Math.min(next[j - 1]! + 1, row[j]! + 1, row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1)));
    row = next;
  }
  return row[b.length]!;
}

const chiffres = (texte: string): string => texte.replace(/\D/g, '');

/** The one of some names that another one, which is none of them, is likely a slip of the pen for. Numbers are no slips. */
export function plusProche(noms: readonly string[], dit: string): string | undefined {
  const lettres = simple(dit);
  const proches = noms
    .map((nom) => [nom, distance(simple(nom), lettres)] as const)
    .filter(([nom, ecart]) => {
      const longueur = Math.max(nom.length, lettres.length);
      return chiffres(nom) === chiffres(dit) && ecart <= (longueur >= 9 ? 2 : longueur >= 5 ? 1 : 0);
    });
  return proches.toSorted(([, a], [, b]) => a - b)[0]?.[0];
}
