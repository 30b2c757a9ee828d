import { comite, nameOf, seance } from '../words/index.js';

export const mandat = nameOf({
  word: 'mandat',
  under: comite,
  letter: 'M',
  example: 'M1',
  one: 'un mandat',
});
export const personne = nameOf({
  word: 'personne',
  under: comite,
  own: 'p\\d+',
  example: 'p01',
  one: 'une personne',
  note: 'Identifiant de la personne ; son nom ne figure que là où elle est enregistrée',
});
export const point = nameOf({
  word: 'point',
  under: seance,
  letter: 'P',
  own: 'P[1-9]\\d*(?:\\.[1-9]\\d*)*',
  example: 'P4.2',
  one: 'un point',
});
