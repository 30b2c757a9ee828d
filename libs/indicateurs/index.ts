import type { Room } from '../room/index.js';
import { indicateurKind } from './kinds.js';
import { indicateursSayings } from './indicateurs.sayings.js';
import { indicateurs as screen } from './views/indicateurs.js';
import { valeurs } from './views/valeurs.js';

export const indicateurs: Room = {
  name: 'indicateurs',
  kinds: [indicateurKind],
  published: [screen, valeurs],
  sayings: indicateursSayings,
};
