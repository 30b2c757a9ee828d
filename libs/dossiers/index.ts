import type { Room } from '../room/index.js';
import { dossiersSayings } from './dossiers.sayings.js';
import { dossierKind } from './kinds.js';
import { dossiers as screen } from './views/dossiers.js';
import { jalons } from './views/jalons.js';

export const dossiers: Room = {
  name: 'dossiers',
  kinds: [dossierKind],
  published: [screen, jalons],
  sayings: dossiersSayings,
};
