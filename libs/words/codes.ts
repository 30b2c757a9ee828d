/** What codes are called; one that is not here is called by its own words. */
const MOTS: Readonly<Record<string, string>> = {
  planifiee: 'planifiée',
  abandonnee: 'abandonnée',
  amendee: 'amendée',
  remplacee: 'remplacée',
  revoquee: 'révoquée',
  decision: 'décision',
  reporte: 'reporté',
  'sans-decision': 'sans décision',
  'non-communique': 'non communiqué',
  'a-faire': 'à faire',
  planifie: 'planifié',
  'point-dedie': 'point dédié',
  livre: 'livré',
  present: 'présent',
  excuse: 'excusé',
  inconnue: 'non communiquée',
  indetermine: 'indéterminé',
  retire: 'retiré',
  annoncee: 'annoncée',
  livree: 'livrée',
  retiree: 'retirée',
  prevu: 'prévu',
  decrit: 'décrit',
  abandonne: 'abandonné',
  'non-demarre': 'non démarré',
};

/** A code as people read it: `non-communique` is « non communiqué ». */
export const motDe = (code: string): string => MOTS[code] ?? code.replaceAll('-', ' ');

/** Quoted; what is quoted in it already has the inner quotes. */
export const citer = (texte: string): string => `« ${texte.replace(/«\s*/g, '“').replace(/\s*»/g, '”')} »`;

/** What must not stand at the beginning of a line, or at the end of one, is kept to its neighbour. */
export const insecable = (texte: string): string =>
  texte.replace(/« (?=\S)/g, '«\u00a0').replace(/(?<=\S) (?=[»:;?!](?:\s|$|[.,)]))/g, '\u00a0');

/** The end of a sentence that ends once, whatever a text ends with. */
export const sansPoint = (texte: string): string => texte.replace(/[.\s]+$/, '');

/** `1 événement`, `2 événements enregistrés`: a count, and all that agrees with it. */
export const compte = (nombre: number, ...mots: readonly string[]): string =>
  [String(nombre), ...mots.map((mot) => (nombre > 1 ? mot.replace(/(?<=\p{L})(?= |$)/gu, 's') : mot))].join(
    ' ',
  );
