import type { Room } from '../room/index.js';
import { actionsActs } from './actions.acts.js';
import { actionsSection } from './actions.section.js';
import { actionsTemplate } from './actions.template.js';
import { actionKind } from './kinds.js';
import { actions as screen } from './views/actions.js';

export const actions: Room = {
  name: 'actions',
  kinds: [actionKind],
  published: [screen],
  acts: actionsActs,
  section: actionsSection,
  template: actionsTemplate,
};
