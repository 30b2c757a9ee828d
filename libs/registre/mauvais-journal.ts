import type { WrongLog } from '../event-sourcing/index.js';

interface MauvaisJournal {
  readonly code: string;
  /** In French, with what can be done. */
  readonly message: string;
}

/** What to say of a log that the views cannot go on from. */
export const mauvaisJournal = ({ reason, found }: WrongLog): MauvaisJournal => SENTENCES[reason](found);

const SENTENCES: Record<WrongLog['reason'], (found: WrongLog['found']) => MauvaisJournal> = {
  other: ({ log, views }) => ({
    code: 'journal-autre',
    message:
      `Les vues viennent du journal ${views}, celui-ci est ${log} : rien n’est lu ni enregistré. ` +
      'Désignez l’ancien, ou reprenez les vues depuis celui-ci : minutier rebuild --adopter.',
  }),
  behind: ({ log, checkpoint, head }) => ({
    code: 'journal-en-arriere',
    message:
      `Les vues ont lu le journal ${log} jusqu’à la position ${checkpoint}, il s’arrête à ${head} : ` +
      'il a été vidé ou restauré d’un état antérieur. Restaurez-le, ou reprenez les vues : minutier rebuild --adopter.',
  }),
  unfinished: ({ log, copyOf }) => ({
    code: 'journal-inacheve',
    message: `Le journal ${log} est une copie inachevée de ${copyOf ?? 'un autre'} : relancez minutier log copy.`,
  }),
};
