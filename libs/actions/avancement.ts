import type { Code } from './actions.events.js';

const simple = (texte: string): string =>
  texte
    .normalize('NFD')
    .replace(/\p{Diacritic}/gu, '')
    .toLowerCase()
    .replace(/\s+/g, ' ')
    .trim();

const TOURNURES: readonly (readonly [RegExp, Code])[] = [
  [/^non communique/, 'non-communique'],
  [/^(fait|realise|termine|clos|effectue)(e|es|s)?(?=$| ?[.(,;]| (le|en|au|dans|depuis|lors) )/, 'fait'],
  [/^livre(e|es|s)?(?=$| ?[.(,;]| (le|en|au|dans|depuis|lors) )/, 'livre'],
  [/^(.*, )?en attente/, 'en-attente'],
  [/^en cours/, 'en-cours'],
  [/^point dedie/, 'point-dedie'],
  [/^(a faire|non (commence|demarre)(e|es|s)?)/, 'a-faire'],
  [/^(avant |prochaine? |prevu|planifie|d[eè]s )/, 'planifie'],
];

/** The canonical code of the words of a progress; words that are not known get `autre`, never a guess. */
export const codeDe = (texte: string): Code =>
  TOURNURES.find(([motif]) => motif.test(simple(texte)))?.[1] ?? 'autre';
