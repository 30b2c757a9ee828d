import { json, viewOf } from '../../room/index.js';
import { personneKind } from '../kinds.js';
import { facts } from '../personne.events.js';

const { courriels } = facts.PersonneEnregistree.shape;

/** The one view that holds names; others join it when they are read. */
export const personnes = viewOf(personneKind, {
  name: 'personnes',
  version: 2,
  rows: (personne, reference) =>
    personne ? [[reference, { nom: personne.nom, courriels: personne.courriels }]] : [],
  columns: {
    nom: { type: 'text', description: 'Nom' },
    courriels: json('Adresses', courriels.unwrap(), (all) => all.map(({ adresse }) => adresse)),
  },
});
