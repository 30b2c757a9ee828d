import type { Room } from '../room/index.js';
import { actionsSayings } from './actions.sayings.js';
import { actionKind } from './kinds.js';
import { actions as screen } from './views/actions.js';

export const actions: Room = {
  name: 'actions',
  kinds: [actionKind],
  published: [screen],
  sayings: actionsSayings,
};
