import { type Check, checked, type Occasion } from '../event-sourcing/index.js';
import { comite, comiteDe, seance, seanceDe } from '../words/index.js';
import { mandat, personne, point } from './names.js';
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
  type SeanceCommand,
  seanceDecider,
} from './seance.decider.js';
import { seanceFacts } from './seance.events.js';

export const comiteKind: NamedKind<Comite> = namedKind({
  category: 'comite',
  name: comite,
  parts: [mandat],
  decider: comiteDecider,
  facts: comiteFacts,
  roles: {
    'confie-a': ['confié à', 'a reçu'],
    remplace: ['remplace', 'est remplacée par'],
  },
  holds({ type, data }) {
    if (type !== 'MandatConfie') return [];
    return [personneConnue(data.personne), ...(data.remplace ? [personneConnue(data.remplace)] : [])];
  },
});

export const personneKind: NamedKind<Personne> = namedKind({
  category: 'personne',
  name: personne,
  decider: personneDecider,
  facts: personneFacts,
});

export const seanceKind: NamedKind<Seance> = namedKind({
  category: 'seance',
  name: seance,
  parts: [point],
  decider: seanceDecider,
  facts: seanceFacts,
  roles: {
    reprend: ['reprend', 'est repris par'],
    concerne: ['concerne', 'est en cause à'],
  },
  ordered: true,
  milestones: ['SeancePlanifiee', 'SeanceDatee', 'SeanceCloturee'],
  maySay: ({ type }, reference) => (type === 'SeanceRectifiee' ? [] : [seancePasClose(reference)]),
  holds({ type, data }, reference) {
    if (type === 'SeancePlanifiee') return [comiteConnu(comiteDe(reference))];
    if (type === 'SeanceOuverte')
      return [
        ...data.presences.flatMap(({ personne: une, suppleant }) => [une, ...(suppleant ? [suppleant] : [])]),
        ...data.invites.map((one) => one.personne),
      ].map(personneConnue);
    return type === 'PointInscrit' && data.reporteDe ? [pointReporte(data.reporteDe, reference)] : [];
  },
});

/** A séance is one of a committee. */
const comiteConnu = (reference: string): Check =>
  checked(comiteKind, reference, (state) => exigerInstitue(state, reference));

const seanceQuiDure: Occasion = {
  isOver: ({ statut }: Seance) => statut === 'close',
  amended: (data): SeanceCommand => ({ type: 'RectifierSeance', data }),
};

/** Nothing is recorded at a séance that does not exist or is closed, but in a rectificatif. */
export const seanceNonClose = (reference: string): Check =>
  checked(seanceKind, reference, (state) => exigerSeanceNonClose(state, reference), seanceQuiDure);

/** The same of what need not be said at one. */
export const seanceNonCloseSiDite = (seance: string | undefined): readonly Check[] =>
  seance === undefined ? [] : [seanceNonClose(seance)];

/** Nothing is added to what was said on the occasion of a séance that is closed. */
export const seancePasClose = (reference: string): Check =>
  checked(seanceKind, reference, (state) => exigerPasClose(state, reference), seanceQuiDure);

/** What is said of an item is said of one that is on an agenda. */
export const pointInscrit = (reference: string, a: string): Check =>
  checked(seanceKind, seanceDe(reference), (state) => {
    exigerPointDeLaSeance(reference, a);
    exigerPointInscrit(state, reference);
  });

/** A person has a mandate, or is there, once registered. */
const personneConnue = (reference: string): Check =>
  checked(personneKind, reference, (state) => exigerConnue(state, reference));

/** An item is carried over to a séance only from one that was put off. */
const pointReporte = (reference: string, par: string): Check =>
  checked(seanceKind, seanceDe(reference), (state) => exigerPointReporte(state, reference, par));
