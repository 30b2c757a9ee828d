import type { ViewDefinition } from '../../event-sourcing/index.js';
import { comiteDe } from '../../words/index.js';
import type { PersonneEvent } from '../personne.events.js';

type PersonneRow = { readonly nom: string | null; readonly courriels: object[] | null };

/** The one view that holds names; others join it when they are read. */
export const personnes: ViewDefinition<PersonneRow | undefined, PersonneRow, PersonneEvent> = {
  name: 'personnes',
  version: 1,
  categories: ['personne'],
  columns: {
    nom: { type: 'text', description: 'Nom' },
    courriels: { type: 'json', description: 'Adresses' },
  },
  initial: undefined,
  evolve: (_personne, { data }) => ({ nom: data.nom, courriels: data.courriels ?? null }),
  rows: (personne, reference) => (personne ? [[reference, personne]] : []),
  scope: comiteDe,
};
