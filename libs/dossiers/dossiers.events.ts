import { z } from 'zod';
import { catalogueOf, type FactsOf, type Link } from '../event-sourcing/index.js';
import { decision } from '../decisions/index.js';
import { version } from '../plan-produit/index.js';
import {
  citer,
  dateFloue,
  dossier,
  motDe,
  nameOf,
  nombre,
  nombreEnClair,
  sansPoint,
  seance,
  texte,
} from '../words/index.js';

const MOTS = '[a-z0-9]+(?:-[a-z0-9]+)*';

export const jalon = nameOf({
  word: 'jalon',
  under: dossier,
  after: 'jalon',
  own: MOTS,
  example: 'mise-en-production',
  one: 'un jalon',
});
export const element = nameOf({
  word: 'element',
  under: dossier,
  after: 'element',
  own: MOTS,
  example: 'guide',
  one: 'un élément',
});

/** What a situation means, beside its words. */
export const CODES = ['non-demarre', 'en-cours', 'sans-avancement', 'livre', 'autre'] as const;
export const ISSUES = ['abouti', 'abandonne'] as const;

const propre = z.string().regex(new RegExp(`^${MOTS}$`));
const ici = { seance: seance.schema.optional() };
const motif = { motif: texte };

/** Their names are the storage format. */
export const facts = {
  DossierOuvert: z.strictObject({
    seance: seance.schema,
    titre: texte.describe('À la lettre'),
    parent: dossier.schema.optional().describe('Le dossier dont il est une partie'),
    nouveau: z.literal(true).optional().describe('Présenté comme nouveau'),
    origine: decision.schema.optional().describe('La décision dont il découle'),
  }),
  DossierRattache: z.strictObject({
    ...ici,
    parent: dossier.schema.nullable().describe('null : d’aucun autre dossier'),
    ...motif,
  }),
  PartenaireAssocie: z.strictObject({
    ...ici,
    nom: texte.describe('Une institution ou un groupe'),
    role: texte.describe('Ce qu’il fait, dans les mots de la source'),
  }),
  ConventionConstatee: z.strictObject({ ...ici, avec: texte, duree: texte.optional(), texte }),
  SitePiloteDesigne: z.strictObject({
    ...ici,
    site: texte,
    etape: texte.optional().describe('Ce dont il est le pilote'),
  }),
  SituationRapportee: z.strictObject({
    ...ici,
    texte: texte.describe('À la lettre'),
    code: z.enum(CODES),
  }),
  JalonFixe: z.strictObject({
    ...ici,
    jalon: propre,
    intitule: texte.describe('À la lettre'),
    prevu: dateFloue.optional().describe('Quand il est prévu ; absent : non communiqué'),
  }),
  JalonRevu: z.strictObject({ ...ici, jalon: propre, prevu: dateFloue, ...motif }),
  JalonAtteint: z.strictObject({
    ...ici,
    jalon: propre,
    le: dateFloue.describe('Le jour où il l’a été'),
  }),
  JalonAbandonne: z.strictObject({ ...ici, jalon: propre, ...motif }),
  ElementDecrit: z.strictObject({
    ...ici,
    element: propre,
    texte: texte.describe('À la lettre'),
    contexte: texte.optional().describe('Sous quel titre'),
    version: version.schema.optional().describe('La version qui l’apporte'),
  }),
  ElementLivre: z.strictObject({
    ...ici,
    element: propre,
    le: dateFloue.optional().describe('Le jour de la livraison, s’il est dit'),
  }),
  ElementExclu: z.strictObject({
    ...ici,
    element: propre,
    texte: texte.describe('Ce qui est exclu, à la lettre'),
    contexte: texte.optional().describe('Sous quel titre'),
  }),
  CibleTechniqueFixee: z.strictObject({ ...ici, composant: texte, cible: texte }),
  ChiffreRapporte: z.strictObject({
    ...ici,
    objet: texte,
    valeur: nombre.nullable().describe('null : non communiquée'),
    periode: texte.optional().describe('De quand il est, dans les mots de la source'),
  }),
  EtudeRendue: z.strictObject({ ...ici, conclusion: texte, motifs: texte.optional() }),
  DossierSuspendu: z.strictObject({ ...ici, ...motif }),
  DossierRepris: z.strictObject({ ...ici, motif: texte.optional() }),
  DossierClos: z.strictObject({ ...ici, issue: z.enum(ISSUES), ...motif }),
};
export type DossierEvent = FactsOf<typeof facts>;

interface Dit {
  readonly seance?: string | undefined;
  readonly jalon?: string;
  readonly element?: string;
  readonly version?: string | undefined;
  readonly origine?: string | undefined;
  readonly parent?: string | null | undefined;
}

const liens = (
  { seance: a, jalon: j, element: e, version: v, origine, parent }: Dit,
  reference: string,
): Link[] => {
  const part = j !== undefined ? `/jalon/${j}` : e !== undefined ? `/element/${e}` : '';
  const from = `${reference}${part}`;
  return [
    ...(a ? [{ from, role: 'dit-a', to: a }] : []),
    ...(part ? [{ from, role: 'partie-de', to: reference }] : []),
    ...(v ? [{ from, role: 'apporte-par', to: v }] : []),
    ...(origine ? [{ from, role: 'decoule-de', to: origine }] : []),
    ...(parent ? [{ from, role: 'partie-de', to: parent }] : []),
  ];
};

const suite = (mots: string | undefined): string => (mots ? ` (${sansPoint(mots)})` : '');

export const dossierFacts = catalogueOf(facts, {
  DossierOuvert: {
    identity: ['seance'],
    sentence: ({ titre, nouveau }) => `Dossier ouvert : ${citer(titre)}${nouveau ? ', nouveau' : ''}.`,
    links: liens,
  },
  DossierRattache: {
    sentence: ({ parent, motif: pourquoi }) =>
      `Le dossier ${parent ? `est une partie de ${parent}` : 'n’est plus une partie d’un autre'} : ${sansPoint(pourquoi)}.`,
    links: liens,
  },
  PartenaireAssocie: {
    identity: ['nom'],
    sentence: ({ nom, role }) => `Partenaire : ${nom} (${sansPoint(role)}).`,
    links: liens,
  },
  ConventionConstatee: {
    sentence: ({ avec, duree, texte: mots }) =>
      `Convention avec ${avec}${duree ? `, ${duree}` : ''} : ${citer(mots)}.`,
    links: liens,
  },
  SitePiloteDesigne: {
    identity: ['site'],
    sentence: ({ site, etape }) => `Site pilote : ${site}${suite(etape)}.`,
    links: liens,
  },
  SituationRapportee: {
    sentence: ({ texte: mots, code }) =>
      `Situation : ${citer(mots)}${code === 'autre' ? '' : ` (${motDe(code)})`}.`,
    links: liens,
  },
  JalonFixe: {
    identity: ['jalon'],
    sentence: ({ intitule, prevu }) =>
      `Jalon fixé : ${citer(intitule)} ; prévu : ${prevu ? sansPoint(prevu.texte) : 'non communiqué'}.`,
    links: liens,
  },
  JalonRevu: {
    identity: ['jalon'],
    sentence: ({ jalon: un, prevu, motif: pourquoi }) =>
      `Le jalon ${un} est prévu désormais : ${sansPoint(prevu.texte)}${suite(pourquoi)}.`,
    links: liens,
  },
  JalonAtteint: {
    identity: ['jalon'],
    effectiveOn: ({ le }) => le.auPlusTard,
    sentence: ({ jalon: un, le }) => `Le jalon ${un} est atteint : ${sansPoint(le.texte)}.`,
    links: liens,
  },
  JalonAbandonne: {
    identity: ['jalon'],
    sentence: ({ jalon: un, motif: pourquoi }) => `Le jalon ${un} est abandonné : ${sansPoint(pourquoi)}.`,
    links: liens,
  },
  ElementDecrit: {
    identity: ['element'],
    sentence: ({ texte: mots, contexte }) => `Élément décrit : ${citer(mots)}${suite(contexte)}.`,
    links: liens,
  },
  ElementLivre: {
    identity: ['element'],
    effectiveOn: ({ le }) => le?.auPlusTard,
    sentence: ({ element: un, le }) => `L’élément ${un} est livré${le ? ` : ${sansPoint(le.texte)}` : ''}.`,
    links: liens,
  },
  ElementExclu: {
    identity: ['element'],
    sentence: ({ texte: mots, contexte }) => `Élément exclu : ${citer(mots)}${suite(contexte)}.`,
    links: liens,
  },
  CibleTechniqueFixee: {
    identity: ['composant'],
    sentence: ({ composant, cible }) => `Cible technique : ${composant}, ${sansPoint(cible)}.`,
    links: liens,
  },
  ChiffreRapporte: {
    identity: ['objet'],
    sentence: ({ objet, valeur, periode }) =>
      `Chiffre rapporté : ${objet}, ${nombreEnClair(valeur)}${suite(periode)}.`,
    links: liens,
  },
  EtudeRendue: {
    sentence: ({ conclusion, motifs }) => `Étude rendue : ${citer(conclusion)}${suite(motifs)}.`,
    links: liens,
  },
  DossierSuspendu: {
    sentence: ({ motif: pourquoi }) => `Dossier suspendu : ${sansPoint(pourquoi)}.`,
    links: liens,
  },
  DossierRepris: {
    sentence: ({ motif: pourquoi }) => `Dossier repris${suite(pourquoi)}.`,
    links: liens,
  },
  DossierClos: {
    sentence: ({ issue, motif: pourquoi }) => `Dossier clos, ${motDe(issue)} : ${sansPoint(pourquoi)}.`,
    links: liens,
  },
});
