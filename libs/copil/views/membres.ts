import type { ViewDefinition } from '../../event-sourcing/index.js';
import { comiteDe, type DateFloue } from '../../words/index.js';
import type { Published } from '../../room/index.js';
import type { ComiteEvent } from '../comite.events.js';

interface MembreRow {
  readonly comite: string;
  readonly personne: string;
  readonly institution: string;
  readonly fonction: string | null;
  readonly du: DateFloue | null;
  readonly remplace: string | null;
  readonly actif: boolean;
  readonly fin: { readonly motif: string; readonly le: DateFloue | null } | null;
}

type Membres = ReadonlyMap<string, MembreRow>;

const view: ViewDefinition<Membres, MembreRow, ComiteEvent> = {
  name: 'membres',
  version: 2,
  categories: ['comite'],
  columns: {
    comite: { type: 'text', description: 'Comité' },
    personne: { type: 'text', description: 'Référence de la personne' },
    institution: { type: 'text', description: 'Institution représentée' },
    fonction: { type: 'text', description: 'Fonction ; null : non communiquée' },
    du: { type: 'json', description: 'Début du mandat, s’il est connu' },
    remplace: { type: 'text', description: 'La personne dont le siège est repris' },
    actif: { type: 'boolean', description: 'Mandat en cours' },
    fin: { type: 'json', description: 'Fin du mandat et son motif' },
  },
  computed: {
    nom: {
      type: 'text',
      description: 'Nom de la personne',
      sql: ({ alias, relation, known }) =>
        `(SELECT p.nom FROM ${relation('personnes')} p WHERE p.key = ${alias}.personne AND ${known('p')})`,
    },
  },
  filters: {
    institution: {
      description: 'Nom de l’institution, en tout ou partie',
      sql: ({ alias }, value) => `strpos(lower(${alias}.institution), lower(${value})) > 0`,
    },
    actif: {
      description: 'oui ou non',
      values: ['oui', 'non'],
      sql: ({ alias }, value) => `${alias}.actif = (${value} = 'oui')`,
    },
  },
  initial: new Map(),
  evolve(membres, { type, data }) {
    switch (type) {
      case 'ComiteInstitue':
        return membres;
      case 'MandatConfie':
        return new Map(membres).set(data.mandat, {
          comite: comiteDe(data.mandat),
          personne: data.personne,
          institution: data.institution,
          fonction: data.fonction,
          du: data.du ?? null,
          remplace: data.remplace ?? null,
          actif: true,
          fin: null,
        });
      case 'MandatTermine': {
        const membre = membres.get(data.mandat);
        const fin = { motif: data.motif, le: data.le ?? null };
        return membre ? new Map(membres).set(data.mandat, { ...membre, actif: false, fin }) : membres;
      }
    }
  },
  rows: (membres) => membres,
  scope: comiteDe,
};

export const membres: Published = {
  view,
  screen: {
    title: 'Membres du comité',
    columns: [
      { heading: 'Mandat', text: (row) => String(row.reference) },
      { heading: 'Personne', grow: 1, text: (row) => String(row.nom ?? row.personne) },
      { heading: 'Institution', grow: 1, text: (row) => String(row.institution) },
      { heading: 'Fonction', grow: 2, text: (row) => String(row.fonction ?? 'non communiquée') },
      { heading: 'Remplace', text: (row) => String(row.remplace ?? '') },
      { heading: 'En cours', text: (row) => (row.actif ? 'oui' : 'non') },
    ],
  },
};
