import { simple } from './simple.js';

/** A calendar day, `YYYY-MM-DD`. */
type Jour = string;

export type Precision =
  | 'jour'
  | 'semaine'
  | 'decade'
  | 'mois'
  | 'trimestre'
  | 'semestre'
  | 'annee'
  | 'intervalle'
  | 'relative'
  | 'inconnue';

/** A date as the committee says it: the words, and what they certainly mean. */
export interface DateFloue {
  /** To the letter. */
  readonly texte: string;
  /** First day that the words allow; null where they set none. */
  readonly auPlusTot: Jour | null;
  /** Last day that the words allow; null where they set none. */
  readonly auPlusTard: Jour | null;
  readonly precision: Precision;
  /** The event that the date hangs on: `campagne 2018`, `migration`. */
  readonly relatifA?: string;
  /** ISO 8601-2 (EDTF), where it can say it. */
  readonly edtf?: string;
  /** Whether the bounds rest on something else than the words, such as the year of the séance. */
  readonly infere: boolean;
  readonly motif?: string;
}

const MOIS = [
  'janvier',
  'fevrier',
  'mars',
  'avril',
  'mai',
  'juin',
  'juillet',
  'aout',
  'septembre',
  'octobre',
  'novembre',
  'decembre',
];

type Bornes = Omit<DateFloue, 'texte' | 'infere'>;

const jour = (annee: number, mois: number, quantieme: number): Jour =>
  new Date(Date.UTC(annee, mois - 1, quantieme)).toISOString().slice(0, 10);

const dernierDuMois = (annee: number, mois: number): Jour => jour(annee, mois + 1, 0);

const INCONNUE: Bornes = { auPlusTot: null, auPlusTard: null, precision: 'inconnue' };

const unJour = (annee: number, mois: number, quantieme: number): Bornes | undefined => {
  const date = jour(annee, mois, quantieme);
  return date.endsWith(String(quantieme).padStart(2, '0')) && mois >= 1 && mois <= 12
    ? { auPlusTot: date, auPlusTard: date, precision: 'jour', edtf: date }
    : undefined;
};

const plage = (auPlusTot: Jour, auPlusTard: Jour, precision: Precision, edtf?: string): Bornes => ({
  auPlusTot,
  auPlusTard,
  precision,
  edtf: edtf ?? `${auPlusTot}/${auPlusTard}`,
});

/** ISO 8601 week: Monday to Sunday, week 1 has the year's first Thursday. */
function semaine(annee: number, numero: number): Bornes | undefined {
  if (numero < 1 || numero > 53) return undefined;
  const quatre = new Date(Date.UTC(annee, 0, 4));
  const lundi = 4 - ((quatre.getUTCDay() + 6) % 7) + (numero - 1) * 7;
  if (!jour(annee, 1, lundi + 3).startsWith(`${annee}-`)) return undefined;
  return plage(jour(annee, 1, lundi), jour(annee, 1, lundi + 6), 'semaine');
}

const DECADES: Record<string, (annee: number, mois: number) => [Jour, Jour]> = {
  debut: (annee, mois) => [jour(annee, mois, 1), jour(annee, mois, 10)],
  mi: (annee, mois) => [jour(annee, mois, 11), jour(annee, mois, 20)],
  fin: (annee, mois) => [jour(annee, mois, 21), dernierDuMois(annee, mois)],
};

const mois = (annee: number, numero: number): Bornes =>
  plage(
    jour(annee, numero, 1),
    dernierDuMois(annee, numero),
    'mois',
    `${annee}-${String(numero).padStart(2, '0')}`,
  );

/** A way of saying a date; `annee` is the year said, or the one that was given beside the words. */
interface Tournure {
  readonly forme: RegExp;
  bornes(parties: readonly string[], annee: (dite?: string) => number): Bornes | undefined;
}

/** Of each month, what it is called in full and for short; a full stop may follow. */
const ABREGES = ['janv', 'fevr?', 'mars', 'avr', 'mai', 'juin', 'juil', 'aout', 'sept?', 'oct', 'nov', 'dec'];
const NOM_DU_MOIS = `(${MOIS.map((nom, index) => `${nom}|${ABREGES[index]}\\b\\.?`).join('|')})`;
const ANNEE = '(?: (\\d{4}))?';
const rang = (nom: string): number =>
  ABREGES.findIndex((abrege, index) => nom === MOIS[index] || new RegExp(`^${abrege}\\.?$`).test(nom)) + 1;

const TOURNURES: readonly Tournure[] = [
  { forme: /^(\d{4})-(\d{2})-(\d{2})$/, bornes: ([a, m, j]) => unJour(Number(a), Number(m), Number(j)) },
  { forme: /^(\d{4})-(0[1-9]|1[0-2])$/, bornes: ([a, m]) => mois(Number(a), Number(m)) },
  { forme: /^(\d{4})$/, bornes: ([a]) => plage(`${a}-01-01`, `${a}-12-31`, 'annee', a) },
  {
    forme: /^(?:le )?(\d{1,2})[/.-](\d{1,2})(?:[/.-](\d{4}))?$/,
    bornes: ([j, m, a], annee) => unJour(annee(a), Number(m), Number(j)),
  },
  {
    forme: new RegExp(`^(?:le )?(\\d{1,2})(?:er)? ${NOM_DU_MOIS}${ANNEE}$`),
    bornes: ([j, m, a], annee) => unJour(annee(a), rang(m!), Number(j)),
  },
  {
    forme: new RegExp(`^du (\\d{1,2})(?:er)? ${NOM_DU_MOIS} au (\\d{1,2})(?:er)? ${NOM_DU_MOIS}${ANNEE}$`),
    bornes: ([j1, m1, j2, m2, a], annee) => {
      const commence = unJour(rang(m1!) > rang(m2!) ? annee(a) - 1 : annee(a), rang(m1!), Number(j1));
      const finit = unJour(annee(a), rang(m2!), Number(j2));
      return commence && finit && plage(commence.auPlusTot!, finit.auPlusTard!, 'intervalle');
    },
  },
  {
    forme: new RegExp(`^(?:courant |en )?${NOM_DU_MOIS}${ANNEE}$`),
    bornes: ([m, a], annee) => mois(annee(a), rang(m!)),
  },
  {
    forme: new RegExp(`^(debut|mi|fin)[ -]${NOM_DU_MOIS}${ANNEE}$`),
    bornes: ([partie, m, a], annee) => plage(...DECADES[partie!]!(annee(a), rang(m!)), 'decade'),
  },
  {
    forme: /^(?:en )?semaine (\d{1,2})(?: (\d{4}))?$/,
    bornes: ([numero, a], annee) => semaine(annee(a), Number(numero)),
  },
  {
    forme: /^(1er|premier|2e|2eme|2nd|second|deuxieme) semestre(?: (\d{4}))?$/,
    bornes: ([numero, a], annee) =>
      /^(1|p)/.test(numero!)
        ? plage(`${annee(a)}-01-01`, `${annee(a)}-06-30`, 'semestre', `${annee(a)}-40`)
        : plage(`${annee(a)}-07-01`, `${annee(a)}-12-31`, 'semestre', `${annee(a)}-41`),
  },
  {
    forme: /^(?:t([1-4])|([1-4])(?:er|e|eme) trimestre)(?: (\d{4}))?$/,
    bornes: ([t, n, a], annee) => {
      const numero = Number(t ?? n);
      return plage(
        jour(annee(a), numero * 3 - 2, 1),
        dernierDuMois(annee(a), numero * 3),
        'trimestre',
        `${annee(a)}-${32 + numero}`,
      );
    },
  },
];

const LIEES = /^(?:avant|apres|prochaine?|d[eè]s|rentree)\b(?: (?:la |le |les |l')?)?(.*)$/;

/**
 * Reads a date in the words of French minutes. Words that are not understood are kept with no bounds;
 * nothing is guessed. `anneeParDefaut` is used where the words name no year, and then the date is inferred.
 */
export function lireDate(texte: string, anneeParDefaut?: number): DateFloue {
  const { bornes, infere } = bornesDe(simple(texte), anneeParDefaut);
  return { texte, ...bornes, infere };
}

const MOT_DE_MOIS = `\\b(?:${[...MOIS, ...ABREGES].join('|')})\\b`;
const JOUR_OU_MOIS = new RegExp(`\\d{1,2}[/.-]\\d{1,2}|${MOT_DE_MOIS}`);
const DE_DATE = new RegExp(`\\d|${MOT_DE_MOIS}|\\b(?:semestre|trimestre|semaine)\\b`);

/** What is not understood of what could be a date: its year alone, or its words; undefined: it is understood, or none. */
export function dateEnDoute(texte: string, annee?: number): 'annee' | 'mots' | undefined {
  const { auPlusTot, auPlusTard, precision } = lireDate(texte, annee);
  if (auPlusTot !== null || auPlusTard !== null) return undefined;
  if (!(precision === 'relative' ? JOUR_OU_MOIS : DE_DATE).test(simple(texte))) return undefined;
  return lireDate(texte, annee ?? 2000).auPlusTard === null ? 'mots' : 'annee';
}

/** A day or so that stands somewhere in a text: « Communiqué le 12/07 ». */
export function dateDans(texte: string): string | undefined {
  const mots = simple(texte);
  const trouve = new RegExp(
    `\\b(\\d{1,2}/\\d{1,2}(?:/\\d{4})?|(?:\\d{1,2}(?:er)? )?(?:${MOIS.join('|')}) \\d{4})(?!\\S*\\d)`,
  ).exec(mots)?.[1];
  return trouve !== undefined && lireDate(trouve, 2000).auPlusTard !== null ? trouve : undefined;
}

/** Bounds that can be stored: days of the centuries that a register knows, in order. */
const sontDesJours = ({ auPlusTot, auPlusTard }: Bornes): boolean =>
  [auPlusTot, auPlusTard].every((borne) => borne !== null && /^(19|20|21)\d{2}-\d{2}-\d{2}$/.test(borne)) &&
  auPlusTot! <= auPlusTard!;

function bornesDe(mots: string, anneeParDefaut?: number): { bornes: Bornes; infere: boolean } {
  let infere = false;
  const annee = (dite?: string): number => {
    if (dite) return Number(dite);
    infere = true;
    return anneeParDefaut ?? NaN;
  };
  for (const { forme, bornes } of TOURNURES) {
    const trouve = forme.exec(mots);
    if (!trouve) continue;
    try {
      const lues = bornes(trouve.slice(1), annee);
      if (lues && sontDesJours(lues)) return { bornes: lues, infere };
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
    }
    return { bornes: INCONNUE, infere: false };
  }
  return liee(mots, anneeParDefaut) ?? { bornes: INCONNUE, infere: false };
}

/** "avant campagne 2018", "prochaine migration": a date that hangs on an event, with no bound of its own. */
function liee(mots: string, anneeParDefaut?: number): { bornes: Bornes; infere: boolean } | undefined {
  const trouve = LIEES.exec(mots);
  if (!trouve?.[1]) return undefined;
  const complement = trouve[1];
  if (mots.startsWith('avant ')) {
    const { bornes, infere } = bornesDe(complement, anneeParDefaut);
    const { auPlusTard } = bornes;
    if (auPlusTard)
      return {
        bornes: { auPlusTot: null, auPlusTard, precision: 'intervalle', edtf: `../${auPlusTard}` },
        infere,
      };
  }
  const relatifA = mots.startsWith('rentree') ? mots : complement;
  return { bornes: { auPlusTot: null, auPlusTard: null, precision: 'relative', relatifA }, infere: false };
}

/** Days from one day to another; negative backwards. */
export const joursEntre = (de: Jour, a: Jour): number =>
  Math.round((Date.parse(a) - Date.parse(de)) / 86_400_000);

/** Days between a first date and the present one: no less than `min`, no more than `max`; null is unknown. */
export interface Glissement {
  readonly min: number | null;
  readonly max: number | null;
}

export function glissementEntre(initiale: DateFloue, actuelle: DateFloue): Glissement {
  const ecart = (de: Jour | null, a: Jour | null) => (de && a ? joursEntre(de, a) : null);
  return {
    min: ecart(initiale.auPlusTard, actuelle.auPlusTot),
    max: ecart(initiale.auPlusTot, actuelle.auPlusTard),
  };
}

/** As people read it: `30 à 60 j`. */
export const glissementEnClair = ({ min, max }: Glissement): string =>
  `${min ?? '?'}${min === max ? '' : ` à ${max ?? '?'}`} j`;

/** `2018-09-27` → `27/09/2018` */
export const jourEnFrancais = (jour: Jour): string => jour.split('-').reverse().join('/');

/** The words, and what they mean where that is not the same. */
export function jourEnClair(jour: DateFloue | undefined | null): string {
  if (!jour) return '';
  const { texte, auPlusTot, auPlusTard, infere } = jour;
  const dit = (borne: Jour | null) => (borne === null ? '…' : jourEnFrancais(borne));
  if (!auPlusTot && !auPlusTard) return texte;
  const bornes = auPlusTot === auPlusTard ? dit(auPlusTot) : `${dit(auPlusTot)} → ${dit(auPlusTard)}`;
  if (auPlusTot === auPlusTard && [auPlusTot, bornes].includes(texte)) return bornes;
  return `${texte} [${bornes}${infere ? ', déduit' : ''}]`;
}
