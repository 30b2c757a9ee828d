import { seanceNonCloseSiDite } from '../copil/index.js';
import { decisionPrise } from '../decisions/index.js';
import { type Check, checked, Refusal } from '../event-sourcing/index.js';
import { existing, type NamedKind, namedKind } from '../room/index.js';
import { comiteDe, dossier } from '../words/index.js';
import { aPourPartie, dossierDecider, type EtatDossier, exigerPasClos } from './dossiers.decider.js';
import { dossierFacts, element, jalon } from './dossiers.events.js';

export const dossierKind: NamedKind<EtatDossier> = namedKind({
  category: 'dossier',
  name: dossier,
  parts: [jalon, element],
  decider: dossierDecider,
  facts: dossierFacts,
  hasPart: (state, part) => aPourPartie(state, part.split('/').slice(dossier.depth).join('/')),
  roles: {
    'dit-a': ['dit à', 'a dit'],
    'partie-de': ['partie de', 'comprend'],
    'apporte-par': ['apporté par', 'apporte'],
    'decoule-de': ['découle de', 'a donné lieu à'],
  },
  maySay: ({ data }) => seanceNonCloseSiDite(data.seance),
  holds({ type, data }, reference, on) {
    if (type === 'JalonAtteint' || type === 'ElementLivre') exigerPasse(data.le?.auPlusTot, on);
    return [
      ...('parent' in data && data.parent ? [sousUnAutre(data.parent, reference)] : []),
      ...('origine' in data && data.origine ? [decisionPrise(data.origine)] : []),
      ...('version' in data && data.version ? [existing(data.version)] : []),
    ];
  },
});

/** A dossier is a part of one of its committee that is open, and of none that is a part of it. */
function sousUnAutre(parent: string, reference: string): Check {
  if (comiteDe(parent) !== comiteDe(reference))
    throw new Refusal('autre-comite', `Le dossier ${parent} est d’un autre comité.`, { parent });
  return checked(dossierKind, parent, (state: EtatDossier) => {
    exigerPasClos(state, parent);
    return sansCycle(parent, reference);
  });
}

/** @param seen those below: what is refused for a cycle of its own does not send what else is said round it */
function sansCycle(ancetre: string, reference: string, seen: readonly string[] = []): readonly Check[] {
  if (ancetre === reference)
    throw new Refusal('parent-cyclique', `Le dossier ${reference} serait une partie de lui-même.`);
  if (seen.includes(ancetre)) return [];
  return [
    checked(dossierKind, ancetre, (state: EtatDossier) =>
      state?.parent ? sansCycle(state.parent, reference, [...seen, ancetre]) : [],
    ),
  ];
}

/** Of what was reached or delivered, the first day that it can have been. */
function exigerPasse(jour: string | null | undefined, on: string): void {
  if (jour && jour > on)
    throw new Refusal('atteint-dans-le-futur', `Ce qui est du ${jour} n’a pas encore eu lieu le ${on}.`);
}
