import { Refusal } from '../refusal.js';

interface Found {
  /** The identity of the log. */
  readonly log: string;
  /** The identity of the log that the views came from. */
  readonly views?: string;
  readonly copyOf?: string | undefined;
  readonly checkpoint?: bigint;
  readonly head?: bigint;
}

/** The log is not the one that the views came from, or not in that state: nothing goes on from there. */
export class WrongLog extends Refusal {
  constructor(
    readonly reason: 'other' | 'behind' | 'unfinished',
    found: Found,
  ) {
    super(`journal-${CODES[reason]}`, SENTENCES[reason](found), { ...found, ...asText(found) });
  }
}

const CODES = { other: 'autre', behind: 'en-arriere', unfinished: 'inacheve' } as const;

const asText = ({ checkpoint, head }: Found) => ({
  ...(checkpoint !== undefined && { checkpoint: checkpoint.toString() }),
  ...(head !== undefined && { head: head.toString() }),
});

const SENTENCES: Record<keyof typeof CODES, (found: Found) => string> = {
  other: ({ log, views }) =>
    `Les vues viennent du journal ${views}, celui-ci est ${log} : rien n’est lu ni enregistré. ` +
    'Désignez l’ancien, ou reprenez les vues depuis celui-ci : minutier rebuild --adopter.',
  behind: ({ log, checkpoint, head }) =>
    `Les vues ont lu le journal ${log} jusqu’à la position ${checkpoint}, il s’arrête à ${head} : ` +
    'il a été vidé ou restauré d’un état antérieur. Restaurez-le, ou reprenez les vues : minutier rebuild --adopter.',
  unfinished: ({ log, copyOf }) =>
    `Le journal ${log} est une copie inachevée de ${copyOf ?? 'un autre'} : relancez minutier log copy.`,
};
