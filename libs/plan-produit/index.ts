import type { Room } from '../room/index.js';
import { planKind } from './kinds.js';
import { planProduitSayings } from './plan-produit.sayings.js';
import { contenus } from './views/contenus.js';
import { planProduit as screen } from './views/plan-produit.js';

export const planProduit: Room = {
  name: 'plan-produit',
  kinds: [planKind],
  published: [screen, contenus],
  sayings: planProduitSayings,
};
export { version } from './plan-produit.events.js';
