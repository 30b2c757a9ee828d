import type { Room } from '../room/index.js';
import { fields } from './copil.file.js';
import { copilSayings } from './copil.sayings.js';
import { copilTemplate } from './copil.template.js';
import { comiteKind, personneKind, seanceKind } from './kinds.js';
import { membres } from './views/membres.js';
import { personnes } from './views/personnes.js';
import { quorums } from './views/quorums.js';
import { seances } from './views/seances.js';

export { nommesDans } from './copil.file.js';
export { point } from './names.js';
export {
  comiteKind,
  personneKind,
  pointInscrit,
  seanceKind,
  seanceNonClose,
  seanceNonCloseSiDite,
  seancePasClose,
} from './kinds.js';
export { isDating, isSaidElsewhere } from './seance.events.js';
export { quorum } from './views/seances.js';
export type { Seance } from './seance.decider.js';

export const copil: Room = {
  name: 'copil',
  kinds: [comiteKind, personneKind, seanceKind],
  published: [seances, membres],
  internal: [personnes, quorums],
  sayings: copilSayings,
  section: { fields, template: copilTemplate },
};
