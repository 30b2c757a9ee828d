import { type NewerFact, referenceOf, type StreamDamaged, type WrongLog } from '../event-sourcing/index.js';

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
  poorer: ({ log, view, lost = [] }) => ({
    code: 'journal-appauvri',
    message:
      `Le journal ${log} ne dit plus ce que la vue ${view} connaît (${lost.join(', ')}…) : des événements y manquent, ` +
      'et rien n’est remplacé. Restaurez-le ; ou, si c’est bien lui qui fait foi : minutier rebuild --adopter.',
  }),
  unfinished: ({ log, copyOf }) => ({
    code: 'journal-inacheve',
    message: `Le journal ${log} est une copie inachevée de ${copyOf ?? 'un autre'} : relancez minutier log copy.`,
  }),
};

/** What to say of a stream of which events are missing. */
export const fluxIncomplet = ({ stream, revision }: Pick<StreamDamaged, 'stream' | 'revision'>): string =>
  `L’histoire de ${referenceOf(stream)} est incomplète dans le journal : il y manque la révision ${revision}. ` +
  'Elle a été supprimée ou tronquée hors de Minutier : rien ne s’y décide. Restaurez le journal (minutier doctor).';

/** What to say of a fact that a newer release has recorded. */
export const faitPlusRecent = ({ event: { stream, revision, type, version } }: NewerFact): string =>
  `Une version plus récente de Minutier a enregistré ${referenceOf(stream)}@${revision} (${type}, version ${version}) : ` +
  'cette version-ci ne sait pas le lire. Mettez-la à jour.';
