import type { Given } from '../event-sourcing/specify.js';
import { lireDate } from '../words/index.js';
import type { ComiteEvent } from './comite.events.js';
import type { SeanceEvent } from './seance.events.js';

export const jour = lireDate('2018-06-12');

export const planifiee: Given<SeanceEvent> = {
  type: 'SeancePlanifiee',
  data: { comite: 'apogee-rof', numero: 2, jour },
};
export const inscrit = (point: string): Given<SeanceEvent> => ({
  type: 'PointInscrit',
  data: { point, titre: `Titre de ${point}` },
});
export const ouverte: Given<SeanceEvent> = { type: 'SeanceOuverte', data: { presences: [], invites: [] } };
export const issue = (point: string): Given<SeanceEvent> => ({
  type: 'IssueDonnee',
  data: { point, issue: 'information', texte: 'Dit.' },
});
export const cloturee: Given<SeanceEvent> = { type: 'SeanceCloturee', data: {} };

export const institue: Given<ComiteEvent> = { type: 'ComiteInstitue', data: { nom: 'Apogée/ROF' } };
export const mandat = (n: number): Given<ComiteEvent> => ({
  type: 'MandatConfie',
  data: {
    mandat: `apogee-rof/M${n}`,
    personne: `apogee-rof/p0${n}`,
    institution: 'Université de Lille',
    fonction: null,
  },
});
