import { viewOf } from '../../room/index.js';
import { comiteKind } from '../kinds.js';
import type { Quorum } from '../comite.decider.js';

/** The rules of a committee, by the day from which each holds: séances are held against them when they are read. */
export const quorums = viewOf(comiteKind, {
  name: 'quorums',
  version: 1,
  rows: ({ quorums: all }, reference): [string, Quorum][] =>
    all.map((one) => [`${reference} ${one.depuis ?? ''}`, one]),
  columns: {
    depuis: { type: 'date', description: 'Premier jour de la règle' },
    minimum: { type: 'integer', description: 'Combien de membres au moins' },
    numerateur: { type: 'integer', description: 'De la part des membres' },
    denominateur: { type: 'integer', description: 'De la part des membres' },
  },
});
