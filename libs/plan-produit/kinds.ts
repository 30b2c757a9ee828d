import { seanceNonCloseSiDite } from '../copil/index.js';
import { decisionPrise } from '../decisions/index.js';
import { Refusal } from '../event-sourcing/index.js';
import { existing, type NamedKind, namedKind } from '../room/index.js';
import { aPourPartie, type Plan, planDecider } from './plan-produit.decider.js';
import { contenu, plan, planFacts, version } from './plan-produit.events.js';

export const planKind: NamedKind<Plan> = namedKind({
  category: 'plan',
  name: plan,
  parts: [version, contenu],
  decider: planDecider,
  facts: planFacts,
  hasPart: (state, part) => aPourPartie(state, part.slice(part.split('/', 3).join('/').length + 1)),
  roles: {
    'dit-a': ['dit à', 'a dit'],
    'voulu-par': ['voulu par', 'a voulu'],
    'fait-partie-de': ['fait partie de', 'comprend'],
    'prevu-dans': ['prévu dans', 'contient'],
  },
  maySay: ({ data }) => seanceNonCloseSiDite(data.seance),
  holds({ type, data }, _reference, on) {
    if (type === 'VersionLivree' || type === 'ContenuLivre') exigerPasse(data.le?.auPlusTot, on);
    return [
      ...('decision' in data && data.decision ? [decisionPrise(data.decision)] : []),
      ...('dossier' in data && data.dossier ? [existing(data.dossier)] : []),
    ];
  },
});

/** Of a delivery, the first day that it can have been. */
function exigerPasse(jour: string | null | undefined, on: string): void {
  if (jour && jour > on)
    throw new Refusal('livree-dans-le-futur', `Une livraison du ${jour} n’a pas encore eu lieu le ${on}.`);
}
