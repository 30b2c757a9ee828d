import type { Guard } from '../event-sourcing/index.js';
import { MOTIFS, seanceDe } from '../faits/index.js';
import { type NamedKind, namedKind } from '../room/index.js';
import { comiteDecider } from './comite.decider.js';
import { comiteFacts } from './comite.events.js';
import { exigerConnue, personneDecider } from './personne.decider.js';
import { personneFacts } from './personne.events.js';
import {
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
});

/** Nothing is recorded at a séance that does not exist or is closed. */
export const seanceNonClose = (seance: string): Guard => ({
  kind: seanceKind,
  reference: seance,
  check: (state) => exigerSeanceNonClose(state as Seance, seance),
});

/** What is said of an item is said of one that is on an agenda. */
export const pointInscrit = (point: string): Guard => ({
  kind: seanceKind,
  reference: seanceDe(point),
  check: (state) => void exigerPointInscrit(state as Seance, point),
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

/** An item is carried over only from one that was put off. */
export const pointReporte = (point: string): Guard => ({
  kind: seanceKind,
  reference: seanceDe(point),
  check: (state) => exigerPointReporte(state as Seance, point),
});
