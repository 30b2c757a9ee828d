import { type Check, checked } from '../event-sourcing/index.js';
import { comiteDe, MOTIFS, seanceDe } from '../faits/index.js';
import { type NamedKind, namedKind } from '../room/index.js';
import { type Comite, comiteDecider, exigerInstitue } from './comite.decider.js';
import { comiteFacts } from './comite.events.js';
import { exigerConnue, type Personne, personneDecider } from './personne.decider.js';
import { personneFacts } from './personne.events.js';
import {
  exigerPasClose,
  exigerPointDeLaSeance,
  exigerPointInscrit,
  exigerPointReporte,
  exigerSeanceNonClose,
  type Seance,
  seanceDecider,
} from './seance.decider.js';
import { seanceFacts } from './seance.events.js';

export const comiteKind: NamedKind<Comite> = namedKind({
  category: 'comite',
  pattern: MOTIFS.comite,
  decider: comiteDecider,
  facts: comiteFacts,
  holds({ type, data }) {
    if (type !== 'MandatConfie') return [];
    return [personneConnue(data.personne), ...(data.remplace ? [personneConnue(data.remplace)] : [])];
  },
});

export const personneKind: NamedKind<Personne> = namedKind({
  category: 'personne',
  pattern: MOTIFS.personne,
  decider: personneDecider,
  facts: personneFacts,
});

export const seanceKind: NamedKind<Seance> = namedKind({
  category: 'seance',
  pattern: MOTIFS.seance,
  decider: seanceDecider,
  facts: seanceFacts,
  ordered: true,
  milestones: ['SeancePlanifiee', 'SeanceDatee', 'SeanceCloturee'],
  holds({ type, data }, seance) {
    if (type === 'SeancePlanifiee') return [comiteConnu(comiteDe(seance))];
    if (type === 'SeanceOuverte')
      return [...data.presences, ...data.invites].map(({ personne }) => personneConnue(personne));
    return type === 'PointInscrit' && data.reporteDe ? [pointReporte(data.reporteDe, seance)] : [];
  },
});

/** A séance is one of a committee. */
const comiteConnu = (comite: string): Check =>
  checked(comiteKind, comite, (state) => exigerInstitue(state, comite));

/** Nothing is recorded at a séance that does not exist or is closed. */
export const seanceNonClose = (seance: string): Check =>
  checked(seanceKind, seance, (state) => exigerSeanceNonClose(state, seance));

/** Nothing is added to what was said on the occasion of a séance that is closed. */
export const seancePasClose = (seance: string): Check =>
  checked(seanceKind, seance, (state) => exigerPasClose(state, seance));

/** What is said of an item is said of one that is on an agenda. */
export const pointInscrit = (point: string, seance: string): Check =>
  checked(seanceKind, seanceDe(point), (state) => {
    exigerPointDeLaSeance(point, seance);
    exigerPointInscrit(state, point);
  });

/** A person has a mandate, or is there, once registered. */
const personneConnue = (personne: string): Check =>
  checked(personneKind, personne, (state) => exigerConnue(state, personne));

/** An item is carried over to a séance only from one that was put off. */
const pointReporte = (point: string, seance: string): Check =>
  checked(seanceKind, seanceDe(point), (state) => exigerPointReporte(state, point, seance));
