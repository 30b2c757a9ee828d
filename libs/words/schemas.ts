import { z } from 'zod';
import { citer } from './codes.js';
import { dateEnDoute, lireDate, type DateFloue } from './date-floue.js';
import { localeError } from './faults.js';
import { PERIODE } from './periode.js';
import { registerSpoken } from './spoken.js';

z.config({ localeError });

/** Text of people: something to read, storable anywhere. */
export const texte = z
  .string({ error: 'un texte' })
  .trim()
  .min(1, 'ne peut pas être vide')
  .max(4000, 'au plus 4000 caractères')
  .refine(
    (value) => value.isWellFormed() && !value.includes('\0'),
    'contient un caractère qui ne s’enregistre pas',
  );

/** Whether a day of the right form is one of the calendar. */
export const jourExiste = (value: string): boolean => {
  const date = new Date(`${value}T00:00:00Z`);
  return !Number.isNaN(date.getTime()) && date.toISOString().startsWith(value);
};

export const jour = z
  .string({ error: 'un jour AAAA-MM-JJ' })
  .regex(/^(19|20|21)\d{2}-\d{2}-\d{2}$/, 'un jour AAAA-MM-JJ, de 1900 à 2199')
  .refine(jourExiste, 'ce jour n’existe pas');

const UNE_PERIODE = 'une période comme 2018-T1, 2018-S1, 2018-03 ou 2018';
export const periode = z
  .string({ error: 'une période' })
  .regex(new RegExp(`^${PERIODE}$`), UNE_PERIODE)
  .describe('Une année, ou son semestre, son trimestre, son mois');
// Without quotes, a year in a file is a number.
registerSpoken(periode, {
  request: () => periode,
  file: () => z.union([periode, z.int()], { error: UNE_PERIODE }).transform(String).pipe(periode),
});

/** The number of a séance: what its reference can hold and still sort as people count. */
export const numeroDeSeance = z.int({ error: 'un nombre entier' }).min(1).max(99_999);

const precisions = [
  'jour',
  'semaine',
  'decade',
  'mois',
  'trimestre',
  'semestre',
  'annee',
  'intervalle',
  'relative',
  'inconnue',
] as const;

const bornes = {
  auPlusTot: jour.nullable().describe('Premier jour possible ; null : inconnu'),
  auPlusTard: jour.nullable().describe('Dernier jour possible ; null : inconnu'),
  motif: texte.optional().describe('Ce sur quoi reposent des bornes déduites'),
};

const dansLOrdre = (date: { auPlusTot?: string | null; auPlusTard?: string | null }): boolean =>
  !date.auPlusTot || !date.auPlusTard || date.auPlusTot <= date.auPlusTard;

/** A fuzzy date as it is stored. */
export const dateFloue = z
  .strictObject({
    texte,
    ...bornes,
    precision: z.enum(precisions),
    relatifA: texte.optional(),
    edtf: z.string().optional(),
    infere: z.boolean(),
  })
  .refine(dansLOrdre, 'auPlusTot est après auPlusTard')
  .meta({ id: 'DateFloue' });

/** How far something has slipped, as `Glissement`. */
export const glissement = z.strictObject({ min: z.int().nullable(), max: z.int().nullable() });

/**
 * A fuzzy date as people give it: its words alone, or its words with a year, or with the bounds that they mean.
 */
export const dateDite = z
  .union(
    [
      texte,
      z
        .strictObject({
          texte,
          sansBornes: z
            .literal(true)
            .optional()
            .describe('Ces mots ressemblent à une date et n’en sont pas une : ils n’ont pas de bornes'),
          annee: z
            .int({ error: 'une année' })
            .min(1900)
            .max(2200)
            .optional()
            .describe('L’année que les mots ne disent pas'),
          auPlusTot: bornes.auPlusTot.optional(),
          auPlusTard: bornes.auPlusTard.optional(),
          motif: bornes.motif,
        })
        .refine(dansLOrdre, 'auPlusTot est après auPlusTard'),
    ],
    { error: 'une date se dit en mots : « 27/09/2018 », « fin septembre 2018 »' },
  )
  .superRefine((dite, context) => {
    const doute = douteDe(dite);
    if (doute !== undefined) context.addIssue({ code: 'custom', message: doute });
  })
  .describe('Une date dans les mots du comité : « 12/02 », « fin septembre 2018 », « avant campagne 2018 »')
  .meta({ id: 'DateDite' });

const SE_COMPRENNENT = '27/09/2018, 27 septembre 2018, fin sept. 2018, 1er semestre 2018';
const SANS_BORNES = '{ texte: …, sansBornes: true } si elle n’a pas de bornes';

function douteDe(dite: string | Extract<DateDite, object>): string | undefined {
  const { texte: mots, annee, sansBornes, ...bornees } = typeof dite === 'string' ? { texte: dite } : dite;
  if (sansBornes || 'auPlusTot' in bornees || 'auPlusTard' in bornees) return undefined;
  const doute = dateEnDoute(mots, annee);
  if (doute === undefined) return undefined;
  return doute === 'annee'
    ? `« ${mots} » : de quelle année ? { texte: '${mots}', annee: 2018 } la dit ; ${SANS_BORNES}`
    : `« ${mots} » ressemble à une date et ne se comprend pas : ${SE_COMPRENNENT} se comprennent ; ` +
        `{ texte: …, auPlusTot: …, auPlusTard: … } dit ce qu’elle veut dire ; ${SANS_BORNES}`;
}

export type DateDite = z.infer<typeof dateDite>;

export function dateFloueDe(dite: DateDite): DateFloue;
export function dateFloueDe(dite: DateDite | undefined): DateFloue | undefined;
export function dateFloueDe(dite: DateDite | undefined): DateFloue | undefined {
  if (dite === undefined) return undefined;
  if (typeof dite === 'string') return lireDate(dite);
  const lue = lireDate(dite.texte, dite.annee);
  const bornee = dite.auPlusTot !== undefined || dite.auPlusTard !== undefined;
  if (!bornee) return { ...lue, ...(dite.motif && { motif: dite.motif }) };
  const { edtf, ...sansEdtf } = lue;
  void edtf;
  return {
    ...sansEdtf,
    auPlusTot: dite.auPlusTot === undefined ? lue.auPlusTot : dite.auPlusTot,
    auPlusTard: dite.auPlusTard === undefined ? lue.auPlusTard : dite.auPlusTard,
    precision: lue.precision === 'inconnue' ? 'intervalle' : lue.precision,
    infere: true,
    ...(dite.motif && { motif: dite.motif }),
  };
}

const dite = dateDite.transform((said) => dateFloueDe(said));
registerSpoken(dateFloue, { request: () => dite, file: () => dite });

/** Where a fact was read: the evidence by name and SHA-256, its lines, the words. No person's name in the words. */
export const source = z.strictObject({
  fichier: texte,
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
  debut: z.int().min(1),
  fin: z.int().min(1),
  verbatim: texte,
  nature: z.enum(['asserted', 'inferred']),
  motif: texte.optional(),
});
export type Source = z.infer<typeof source>;

const lignes = z
  .union([z.int().min(1), z.string().regex(/^\d+(-\d+)?$/, 'une ligne (12) ou des lignes (12-14)')], {
    error: 'une ligne (12) ou des lignes (12-14)',
  })
  .describe('La ligne, ou les lignes « 12-14 », de la preuve');

/** The same in a séance file, whose header names the evidence; its lines alone where the fact has the very words. */
export const sourceCitee = z
  .union([
    lignes,
    z
      .strictObject({
        lignes,
        verbatim: texte
          .optional()
          .describe('Les mots de la preuve, sans nom de personne ; absents : ceux du fait lui-même'),
        nature: z
          .enum(['asserted', 'inferred'])
          .default('asserted')
          .describe('asserted : la preuve le dit ; inferred : le secrétariat le déduit'),
        motif: texte.optional().describe('De quoi une déduction est faite'),
      })
      .refine(({ nature, motif }) => nature === 'asserted' || motif !== undefined, {
        path: ['motif'],
        message: 'une déduction (inferred) dit son motif',
      }),
  ])
  .transform((citee) => (typeof citee === 'object' ? citee : { lignes: citee, nature: 'asserted' as const }))
  .meta({ id: 'SourceCitee' });

export type SourceCitee = z.output<typeof sourceCitee>;
export type SourceAvecMots = SourceCitee & { readonly verbatim: string };

/** With the words that it cites: its own, or those of the fact. */
export const avecMots = (citee: SourceCitee, mots: string): SourceAvecMots => ({
  ...citee,
  verbatim: citee.verbatim ?? mots,
});

export function sourceDe(citee: SourceAvecMots, preuve: { fichier: string; sha256: string }): Source {
  const [debut, fin = debut] = String(citee.lignes).split('-').map(Number);
  const { verbatim, nature, motif } = citee;
  return { ...preuve, debut: debut!, fin: fin!, verbatim, nature, ...(motif && { motif }) };
}

const rectificatif = z
  .strictObject({ de: texte.describe('La séance, close'), motif: texte })
  .optional()
  .describe('Ce que le fait rectifie, et pourquoi');

const importAnnule = texte.optional().describe('La séance dont tout un import a été annulé');

/** What stands as the source of a recorded fact: where it was read, the reason of a correction, what it amends. */
export const sourceLue = z.union([
  source.extend({ rectificatif }),
  z.strictObject({ motif: texte.optional(), rectificatif, importAnnule }),
]);

export function sourceEnClair(lue: object): string {
  const {
    fichier,
    debut,
    fin,
    verbatim,
    nature,
    motif,
    rectificatif: de,
    importAnnule: annule,
  } = lue as Partial<Source> & {
    rectificatif?: { de: string; motif: string };
    importAnnule?: string;
  };
  const lignes = debut === fin ? `ligne ${debut}` : `lignes ${debut}-${fin}`;
  return [
    fichier === undefined
      ? de?.motif !== motif && motif
      : `${fichier}, ${lignes} : ${citer(verbatim!)}${nature === 'inferred' ? `, déduit : ${motif}` : ''}`,
    de && `rectificatif de ${de.de} : ${de.motif}`,
    annule !== undefined && `import de ${annule} annulé`,
  ]
    .filter(Boolean)
    .join(' ; ');
}
