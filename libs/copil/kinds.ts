import type { Guard } from '../event-sourcing/index.js';
import { MOTIFS, seanceDe } from '../faits/index.js';
import { type NamedKind, namedKind } from '../room/index.js';
import { type Comite, comiteDecider, exigerInstitue } from './comite.decider.js';
import { comiteFacts } from './comite.events.js';
import { exigerConnue, personneDecider } from './personne.decider.js';
import { personneFacts } from './personne.events.js';
import {
  exigerPointDeLaSeance,
  exigerPointInscrit,
  exigerPointReporte,
  exigerSeanceNonClose,
  type Seance,
  seanceDecider,
} from './seance.decider.js';
import { seanceFacts } from './seance.events.js';

export const comiteKind: NamedKind = namedKind({
  category: 'comite',
  pattern: MOTIFS.comite,
  decider: comiteDecider,
  facts: comiteFacts,
  correctionGuards: (_reference, _target, replacement) =>
    replacement?.type === 'MandatConfie' ? mandatPossible(replacement.data) : [],
});

export const personneKind: NamedKind = namedKind({
  category: 'personne',
  pattern: MOTIFS.personne,
  decider: personneDecider,
  facts: personneFacts,
});

export const seanceKind: NamedKind = namedKind({
  category: 'seance',
  pattern: MOTIFS.seance,
  decider: seanceDecider,
  facts: seanceFacts,
  ordered: true,
  milestones: ['SeancePlanifiee', 'SeanceDatee', 'SeanceCloturee'],
  correctionGuards: (seance, _target, replacement) => {
    if (replacement?.type === 'SeanceOuverte')
      return assistanceConnue(replacement.data.presences, replacement.data.invites);
    if (replacement?.type === 'PointInscrit' && replacement.data.reporteDe)
      return [pointReporte(replacement.data.reporteDe, seance)];
    return [];
  },
});

/** A séance is one of a committee. */
export const comiteConnu = (comite: string): Guard => ({
  kind: comiteKind,
  reference: comite,
  check: (state) => exigerInstitue(state as Comite, comite),
});

/** Nothing is recorded at a séance that does not exist or is closed. */
export const seanceNonClose = (seance: string): Guard => ({
  kind: seanceKind,
  reference: seance,
  check: (state) => exigerSeanceNonClose(state as Seance, seance),
});

/** What is said of an item is said of one that is on an agenda. */
export const pointInscrit = (point: string, seance: string): Guard => ({
  kind: seanceKind,
  reference: seanceDe(point),
  check: (state) => {
    exigerPointDeLaSeance(point, seance);
    exigerPointInscrit(state as Seance, point);
  },
});

/** A person has a mandate, or is there, once registered. */
export const personneConnue = (personne: string): Guard => ({
  kind: personneKind,
  reference: personne,
  check: (state) => exigerConnue(state as Parameters<typeof exigerConnue>[0], personne),
});

/** Everyone whom the opening of a séance names. */
export const assistanceConnue = (
  ...listes: readonly (readonly { readonly personne: string }[])[]
): readonly Guard[] => listes.flat().map(({ personne }) => personneConnue(personne));

/** A seat goes to someone who is registered, and from someone who is. */
export const mandatPossible = ({
  personne,
  remplace,
}: {
  readonly personne: string;
  readonly remplace?: string | undefined;
}): readonly Guard[] => [personneConnue(personne), ...(remplace ? [personneConnue(remplace)] : [])];

/** An item is carried over to a séance only from one that was put off. */
export const pointReporte = (point: string, seance: string): Guard => ({
  kind: seanceKind,
  reference: seanceDe(point),
  check: (state) => exigerPointReporte(state as Seance, point, seance),
});
