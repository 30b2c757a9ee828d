import type { Room } from '../room/index.js';
import { decisionsActs } from './decisions.acts.js';
import { decisionsSection } from './decisions.section.js';
import { decisionKind } from './kinds.js';
import { decisions as screen } from './views/decisions.js';

export { decisionPrise } from './kinds.js';

export const decisions: Room = {
  name: 'decisions',
  kinds: [decisionKind],
  published: [screen],
  acts: decisionsActs,
  section: decisionsSection,
  template: async ({ rows }) => ({
    decisions: [],
    questions: [],
    arbitrages: (await rows(screen.view, { statut: 'en-attente' })).map(({ reference, intitule }) => ({
      decision: reference,
      intitule,
      choix: null,
      motifs: null,
    })),
  }),
};
