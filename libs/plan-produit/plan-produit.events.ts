import { z } from 'zod';
import { catalogueOf, type FactsOf, type Link } from '../event-sourcing/index.js';
import { decision } from '../decisions/index.js';
import { citer, comite, dateFloue, dossier, nameOf, sansPoint, seance, texte } from '../words/index.js';

const MOTS = '[a-z0-9]+(?:-[a-z0-9]+)*';

export const plan = nameOf({
  word: 'plan',
  under: comite,
  after: 'plan',
  own: MOTS,
  example: 'apogee',
  one: 'un plan produit',
});
export const version = nameOf({
  word: 'version',
  under: plan,
  own: '[a-z0-9]+(?:[.-][a-z0-9]+)*',
  example: '5.10',
  one: 'une version',
  note: 'Son produit et son numéro, ou comment elle s’appelle tant qu’elle n’en a pas : apogee/5.10, apogee/septembre-2018',
});
export const contenu = nameOf({
  word: 'contenu',
  under: plan,
  after: 'contenu',
  own: MOTS,
  example: 'parcoursup',
  one: 'un contenu',
});

const numero = z
  .string({ error: 'un numéro de version comme 5.10' })
  .regex(/^\d+(?:\.\d+)*$/, 'un numéro de version comme 5.10');
const ici = { seance: seance.schema.optional() };
const propre = {
  version: z.string().regex(/^[a-z0-9]+(?:[.-][a-z0-9]+)*$/),
  contenu: z.string().regex(new RegExp(`^${MOTS}$`)),
};
const parDecision = { decision: decision.schema.optional().describe('La décision qui le veut') };

/** Their names are the storage format. */
export const facts = {
  PlanPresente: z.strictObject({
    seance: seance.schema,
    annee: z.int().min(1900).max(2199).describe('L’année du plan'),
    texte: texte.optional().describe('Ce qui en est dit, à la lettre'),
  }),
  VersionAnnoncee: z.strictObject({
    ...ici,
    version: propre.version,
    numero: numero.nullable().describe('null : la version n’a pas encore de numéro'),
    prevue: dateFloue.optional().describe('Quand elle est prévue ; absente : non communiqué'),
    conjointe: texte.optional().describe('Avec quel autre produit elle est livrée'),
  }),
  VersionNumerotee: z.strictObject({ ...ici, version: propre.version, numero }),
  VersionReplanifiee: z.strictObject({
    ...ici,
    version: propre.version,
    prevue: dateFloue,
    motif: texte,
    ...parDecision,
  }),
  VersionLivree: z.strictObject({
    ...ici,
    version: propre.version,
    le: dateFloue.describe('Le jour de la livraison'),
  }),
  VersionRetiree: z.strictObject({ ...ici, version: propre.version, motif: texte }),
  ContenuInscrit: z.strictObject({
    ...ici,
    contenu: propre.contenu,
    version: propre.version,
    element: texte.describe('Ce qui est à livrer, à la lettre'),
    dossier: dossier.schema.optional().describe('Le dossier dont il fait partie'),
    ...parDecision,
  }),
  ContenuDeplace: z.strictObject({
    ...ici,
    contenu: propre.contenu,
    de: propre.version,
    vers: propre.version,
    motif: texte.optional(),
    ...parDecision,
  }),
  ContenuLivre: z.strictObject({
    ...ici,
    contenu: propre.contenu,
    le: dateFloue.optional().describe('Le jour de la livraison, s’il est dit'),
  }),
  ContenuRetire: z.strictObject({ ...ici, contenu: propre.contenu, motif: texte, ...parDecision }),
};
export type PlanEvent = FactsOf<typeof facts>;

interface Dit {
  readonly seance?: string | undefined;
  readonly version?: string;
  readonly contenu?: string;
  readonly decision?: string | undefined;
  readonly dossier?: string | undefined;
}

/** What a fact refers to, from the version or the content that it tells of. */
const liens = (
  { seance: a, version: v, contenu: c, decision: par, dossier: de }: Dit,
  reference: string,
): Link[] => {
  const from =
    c !== undefined ? `${reference}/contenu/${c}` : v !== undefined ? `${reference}/${v}` : reference;
  return [
    ...(a ? [{ from, role: 'dit-a', to: a }] : []),
    ...(par ? [{ from, role: 'voulu-par', to: par }] : []),
    ...(de ? [{ from, role: 'fait-partie-de', to: de }] : []),
    ...(c !== undefined && v !== undefined ? [{ from, role: 'prevu-dans', to: `${reference}/${v}` }] : []),
  ];
};

export const planFacts = catalogueOf(facts, {
  PlanPresente: {
    identity: ['annee'],
    sentence: ({ annee, texte: mots }) =>
      `Le plan produit ${annee} est présenté${mots ? ` : ${citer(mots)}` : ', son contenu n’est pas communiqué'}.`,
    links: liens,
  },
  VersionAnnoncee: {
    identity: ['version'],
    sentence: ({ version: une, numero: no, prevue, conjointe }) =>
      `Version ${no ?? une} annoncée${no === null ? ', sans numéro' : ''} ; prévue : ${
        prevue ? sansPoint(prevue.texte) : 'non communiqué'
      }${conjointe ? `, avec ${conjointe}` : ''}.`,
    links: liens,
  },
  VersionNumerotee: {
    identity: ['version'],
    sentence: ({ version: une, numero: no }) => `La version ${une} a le numéro ${no}.`,
    links: liens,
  },
  VersionReplanifiee: {
    identity: ['version'],
    sentence: ({ version: une, prevue, motif }) =>
      `La version ${une} est prévue désormais : ${sansPoint(prevue.texte)} (${sansPoint(motif)}).`,
    links: liens,
  },
  VersionLivree: {
    identity: ['version'],
    effectiveOn: ({ le }) => le.auPlusTard,
    sentence: ({ version: une, le }) => `La version ${une} est livrée : ${sansPoint(le.texte)}.`,
    links: liens,
  },
  VersionRetiree: {
    identity: ['version'],
    sentence: ({ version: une, motif }) => `La version ${une} est retirée du plan : ${sansPoint(motif)}.`,
    links: liens,
  },
  ContenuInscrit: {
    identity: ['contenu'],
    sentence: ({ version: une, element }) => `Contenu inscrit à la version ${une} : ${citer(element)}.`,
    links: liens,
  },
  ContenuDeplace: {
    identity: ['contenu'],
    sentence: ({ contenu: un, de, vers, motif }) =>
      `Le contenu ${un} passe de la version ${de} à la version ${vers}${motif ? ` (${sansPoint(motif)})` : ''}.`,
    links: (data, reference) => liens({ ...data, version: data.vers }, reference),
  },
  ContenuLivre: {
    identity: ['contenu'],
    effectiveOn: ({ le }) => le?.auPlusTard,
    sentence: ({ contenu: un, le }) => `Le contenu ${un} est livré${le ? ` : ${sansPoint(le.texte)}` : ''}.`,
    links: liens,
  },
  ContenuRetire: {
    identity: ['contenu'],
    sentence: ({ contenu: un, motif }) => `Le contenu ${un} est retiré : ${sansPoint(motif)}.`,
    links: liens,
  },
});
