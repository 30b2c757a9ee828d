import { simple } from '../words/index.js';
import { type Code, CODES } from './actions.events.js';

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

/** What words alone do not tell: that is asked of who knows, and recorded as it is said. */
export function doutesDe(texte: string): string[] {
  const code = codeDe(texte);
  if (code === 'autre')
    return [
      `« ${texte} » reçoit le code autre : si ces mots disent davantage, donnez code (${CODES.join(', ')})`,
    ];
  return code === 'non-communique'
    ? [
        `« ${texte} » : rien n’en a été dit (c’est ce qui est enregistré), ou cela n’a pas été fait (code: non-fait) ?`,
      ]
    : [];
}
