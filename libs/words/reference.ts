import { nameOf } from './name.js';

/** What everything in a register hangs on. */
export const comite = nameOf({
  word: 'comite',
  own: '[a-z0-9]+(?:-[a-z0-9]+)*',
  example: 'apogee-rof',
  one: 'un comité',
});
export const seance = nameOf({
  word: 'seance',
  under: comite,
  own: '[1-9]\\d*',
  example: '2',
  one: 'une séance',
});

/** Things that several rooms refer to, each in its own way; the room of their name tells of them. */
export const dossier = nameOf({
  word: 'dossier',
  under: comite,
  after: 'dossier',
  own: '[a-z0-9]+(?:-[a-z0-9]+)*',
  example: 'archivage',
  one: 'un dossier',
});

export const comiteDe = (reference: string): string => {
  const slash = reference.indexOf('/');
  return slash < 0 ? reference : reference.slice(0, slash);
};

/** The séance in which a thing was recorded: the first two parts of its reference. */
export const seanceDe = (reference: string): string => reference.split('/').slice(0, 2).join('/');

export const numeroDe = (seance: string): number => Number(seance.split('/')[1]);
