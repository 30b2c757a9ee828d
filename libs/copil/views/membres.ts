import { z } from 'zod';
import { holds, includes, joined } from '../../event-sourcing/index.js';
import { json, published } from '../../room/index.js';
import { comiteDe, dateFloue, jourEnClair, texte } from '../../words/index.js';
import type { Mandat } from '../comite.decider.js';
import { comiteKind } from '../kinds.js';
import { mandat } from '../names.js';

interface MembreRow extends Omit<Mandat, 'mandat'> {
  readonly comite: string;
}

export const membres = published(comiteKind, {
  view: 'membres',
  version: 3,
  title: 'Membres du comité',
  name: mandat,
  columns: {
    comite: { type: 'text', description: 'Comité' },
    personne: { type: 'text', description: 'Référence de la personne' },
    institution: { type: 'text', description: 'Institution représentée' },
    fonction: { type: 'text', description: 'Fonction ; null : non communiquée' },
    du: json('Début du mandat, s’il est connu', dateFloue, jourEnClair),
    remplace: { type: 'text', description: 'La personne dont le siège est repris' },
    actif: { type: 'boolean', description: 'Mandat en cours', from: ['fin'] },
    fin: json(
      'Fin du mandat et son motif',
      z.strictObject({ motif: texte, le: dateFloue.nullable() }),
      ({ motif, le }) => `${motif}${le ? `, ${jourEnClair(le)}` : ''}`,
    ),
  },
  computed: {
    nom: joined(
      { view: 'personnes', by: 'personne', column: 'nom' },
      { type: 'text', description: 'Nom de la personne', from: ['personne'] },
    ),
  },
  filters: {
    institution: includes('institution', 'Nom de l’institution, en tout ou partie'),
    actif: holds('actif', 'oui ou non'),
  },
  rows: ({ mandats }): [string, MembreRow][] =>
    mandats.map(({ mandat: reference, ...membre }) => [
      reference,
      { ...membre, comite: comiteDe(reference) },
    ]),
  vide: 'Non communiqués : aucun membre n’est connu à ce moment.',
  screen: [
    { heading: 'Personne', grow: 1, text: ({ nom, personne }) => String(nom ?? personne) },
    { heading: 'Institution', grow: 1, of: 'institution' },
    { heading: 'Fonction', grow: 2, text: ({ fonction }) => fonction ?? 'non communiquée' },
    { heading: 'Remplace', of: 'remplace' },
    { heading: 'En cours', of: 'actif' },
  ],
});
