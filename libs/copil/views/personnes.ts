import { columns, viewOf } from '../../room/index.js';
import { personneKind } from '../kinds.js';
import { facts, type PersonneEvent } from '../personne.events.js';

type PersonneRow = NonNullable<PersonneEvent['data']>;

/** The one view that holds names; others join it when they are read. */
export const personnes = viewOf(personneKind, {
  name: 'personnes',
  version: 2,
  columns: columns<PersonneRow>({
    nom: { type: 'text', description: 'Nom' },
    courriels: {
      type: 'json',
      description: 'Adresses',
      schema: facts.PersonneEnregistree.shape.courriels.unwrap(),
      words: (courriels) => courriels.map(({ adresse }) => adresse),
    },
  }),
  rows: (personne, reference): [string, PersonneRow][] =>
    personne ? [[reference, { nom: personne.nom, courriels: personne.courriels }]] : [],
});
