/**
 * References, as people and files write them: `apogee-rof` a committee, `apogee-rof/2` a séance,
 * `apogee-rof/2/A3` an action, `…/D2` a decision, `…/P4.2` an agenda item, `apogee-rof/M1` a mandate,
 * `apogee-rof/p01` a person.
 */
const COMITE = '[a-z0-9]+(?:-[a-z0-9]+)*';
const SEANCE = `${COMITE}/[1-9]\\d*`;

export const MOTIFS = {
  comite: new RegExp(`^${COMITE}$`),
  seance: new RegExp(`^${SEANCE}$`),
  action: new RegExp(`^${SEANCE}/A[1-9]\\d*$`),
  decision: new RegExp(`^${SEANCE}/D[1-9]\\d*$`),
  point: new RegExp(`^${SEANCE}/P[1-9]\\d*(?:\\.[1-9]\\d*)*$`),
  mandat: new RegExp(`^${COMITE}/M[1-9]\\d*$`),
  personne: new RegExp(`^${COMITE}/p\\d+$`),
} as const;

export const comiteDe = (reference: string): string => {
  const slash = reference.indexOf('/');
  return slash < 0 ? reference : reference.slice(0, slash);
};

/** The séance in which a thing was recorded: the first two parts of its reference. */
export const seanceDe = (reference: string): string => reference.split('/').slice(0, 2).join('/');

export const numeroDe = (seance: string): number => Number(seance.split('/')[1]);

/** `A3` in the file of a séance is `apogee-rof/2/A3`; a whole reference stays as it is. */
export const referenceDans = (seance: string, reference: string): string =>
  reference.includes('/') ? reference : `${seance}/${reference}`;
