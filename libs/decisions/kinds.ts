import { pointInscrit, seanceNonClose } from '../copil/index.js';
import { type Check, checked } from '../event-sourcing/index.js';
import { seanceDe } from '../words/index.js';
import { existing, type NamedKind, namedKind } from '../room/index.js';
import { decisionDecider, type EtatDecision, exigerPrise, exigerTouchable } from './decisions.decider.js';
import { decision, decisionFacts } from './decisions.events.js';

export const decisionKind: NamedKind<EtatDecision> = namedKind({
  category: 'decision',
  name: decision,
  decider: decisionDecider,
  facts: decisionFacts,
  roles: {
    'prise-a': ['à la séance', 'a traité'],
    'au-point': ['au point', 'a porté sur'],
    'sur-dossier': ['sur le dossier', 'a fait l’objet de'],
    confirme: ['confirme', 'est confirmée par'],
    amende: ['amende', 'est amendée par'],
    remplace: ['remplace', 'est remplacée par'],
    revoque: ['révoque', 'est révoquée par'],
    'confirme-par': ['confirmée par', 'a confirmé'],
    'amende-par': ['amendée par', 'a amendé'],
    'remplace-par': ['remplacée par', 'a remplacé'],
    'revoque-par': ['révoquée par', 'a révoqué'],
  },
  maySay: ({ data }) => [seanceNonClose('seance' in data ? data.seance : seanceDe(data.par))],
  holds({ type, data }, reference) {
    if (type === 'DecisionAffectee')
      return [checked(decisionKind, reference, () => exigerTouchable(data.relation, reference, data.par))];
    return [
      ...(data.point ? [pointInscrit(data.point, data.seance)] : []),
      ...('dossier' in data && data.dossier ? [existing(data.dossier)] : []),
    ];
  },
});

/** What follows from a decision follows from one that was taken. */
export const decisionPrise = (reference: string): Check =>
  checked(decisionKind, reference, (state) => exigerPrise(state, reference));
