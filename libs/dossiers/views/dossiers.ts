import { z } from 'zod';
import {
  atLeast,
  contains,
  includes,
  isOneOf,
  namedBy,
  namedWhere,
  notAfter,
  passedSince,
} from '../../event-sourcing/index.js';
import { json, published, sourceOf } from '../../room/index.js';
import {
  comiteDe,
  dateFloue,
  glissement,
  glissementEnClair,
  jourEnClair,
  motDe,
  nombreEnClair,
  numeroDe,
  sourceEnClair,
  sourceLue,
} from '../../words/index.js';
import type { Dossier, Element, Jalon } from '../dossiers.decider.js';
import { CODES, facts, ISSUES } from '../dossiers.events.js';
import { dossierKind } from '../kinds.js';

const STATUTS = ['ouvert', 'suspendu', 'clos'] as const;
const sansSeance = { seance: true } as const;

const questions = namedBy(
  { view: 'decisions', by: 'dossier', where: ['statut', 'en-attente'] },
  { description: 'Questions en attente d’un arbitrage' },
);
const silence = passedSince(
  { view: 'seances', number: 'numero', where: ['statut', 'close'], since: 'situationNumero' },
  { description: 'Combien de séances closes depuis que sa situation a été rapportée, ou qu’il est ouvert' },
);

/** The milestone that is awaited first: those without a day come last. */
const prochain = ({ jalons }: Dossier): Jalon | undefined =>
  jalons.filter(({ statut }) => statut === 'attendu').toSorted((a, b) => rang(a).localeCompare(rang(b)))[0];
const rang = ({ prevu }: Jalon): string => prevu?.auPlusTard ?? '9999';

const enUnMot = ({
  intitule,
  prevu,
}: {
  intitule: string;
  prevu: z.infer<typeof dateFloue> | null;
}): string => `${intitule}${prevu ? `, ${jourEnClair(prevu)}` : ''}`;

const elementEnClair = ({ texte, contexte, statut }: Element): string =>
  `${contexte ? `${contexte} : ` : ''}${texte}${statut === 'decrit' ? '' : ` (${motDe(statut)})`}`;

export const dossiers = published(dossierKind, {
  view: 'dossiers',
  version: 1,
  title: 'Dossiers',
  kept: { source: sourceOf('DossierOuvert') },
  rows(dossier, reference, kept) {
    if (!dossier) return [];
    const { jalons: _, situation, ...its } = dossier;
    const jalon = prochain(dossier);
    const row = {
      ...its,
      comite: comiteDe(reference),
      situation: situation?.texte ?? null,
      code: situation?.code ?? null,
      situationSeance: situation?.seance ?? null,
      situationNumero: numeroDe(situation?.seance ?? its.seance),
      prochainJalon: jalon
        ? {
            jalon: `${reference}/jalon/${jalon.jalon}`,
            intitule: jalon.intitule,
            prevu: jalon.prevu ?? null,
            glissement: jalon.glissement,
          }
        : null,
      prochainAuPlusTard: jalon?.prevu?.auPlusTard ?? null,
      nomsDesPartenaires: its.partenaires.map(({ nom }) => nom),
      nomsDesSites: its.sites.map(({ site }) => site),
      versions: [...new Set(its.elements.flatMap(({ version }) => version ?? []))],
      ...kept,
    };
    return [[reference, row]];
  },
  columns: {
    comite: { type: 'text', description: 'Comité' },
    seance: { type: 'text', description: 'Séance où il a été ouvert' },
    titre: { type: 'text', description: 'Titre, à la lettre' },
    parent: { type: 'text', description: 'Dossier dont il est une partie' },
    nouveau: { type: 'boolean', description: 'Présenté comme nouveau' },
    origine: { type: 'text', description: 'Décision dont il découle' },
    statut: { type: 'text', description: `Statut : ${STATUTS.join(', ')}`, words: motDe },
    issue: { type: 'text', description: `Issue : ${ISSUES.join(', ')}`, words: motDe },
    motif: { type: 'text', description: 'Motif de ce statut' },
    situation: { type: 'text', description: 'Situation, à la lettre' },
    code: {
      type: 'text',
      description: `Code de la situation : ${CODES.join(', ')}`,
      words: motDe,
      from: ['situation'],
    },
    situationSeance: { type: 'text', description: 'Séance où elle a été rapportée', from: ['situation'] },
    situationNumero: {
      type: 'integer',
      description: 'Numéro de cette séance, ou de celle où il a été ouvert',
      from: ['situation'],
    },
    prochainJalon: {
      ...json(
        'Prochain jalon',
        z.strictObject({
          jalon: z.string(),
          intitule: z.string(),
          prevu: dateFloue.nullable(),
          glissement: glissement.nullable(),
        }),
        (un) => `${enUnMot(un)}${un.glissement ? ` (glissement ${glissementEnClair(un.glissement)})` : ''}`,
      ),
    },
    prochainAuPlusTard: {
      type: 'date',
      description: 'Dernier jour possible du prochain jalon',
      from: ['prochainJalon'],
    },
    partenaires: json('Partenaires', z.array(facts.PartenaireAssocie.omit(sansSeance)), (all) =>
      all.map(({ nom, role }) => `${nom} (${role})`),
    ),
    nomsDesPartenaires: { type: 'text[]', description: 'Noms des partenaires', from: ['partenaires'] },
    conventions: json('Conventions', z.array(facts.ConventionConstatee.omit(sansSeance)), (all) =>
      all.map(({ avec, duree, texte }) => `${avec}${duree ? `, ${duree}` : ''} : ${texte}`),
    ),
    sites: json('Sites pilotes', z.array(facts.SitePiloteDesigne.omit(sansSeance)), (all) =>
      all.map(({ site, etape }) => `${site}${etape ? ` (${etape})` : ''}`),
    ),
    nomsDesSites: { type: 'text[]', description: 'Noms des sites pilotes', from: ['sites'] },
    elements: json(
      'Ce qui en est décrit',
      z.array(facts.ElementDecrit.omit(sansSeance).extend({ statut: z.enum(['decrit', 'livre', 'exclu']) })),
      (all) => all.map(elementEnClair),
    ),
    versions: { type: 'text[]', description: 'Versions qui apportent ses éléments', from: ['elements'] },
    cibles: json('Cibles techniques', z.array(facts.CibleTechniqueFixee.omit(sansSeance)), (all) =>
      all.map(({ composant, cible }) => `${composant} : ${cible}`),
    ),
    chiffres: json('Chiffres rapportés', z.array(facts.ChiffreRapporte.omit(sansSeance)), (all) =>
      all.map(
        ({ objet, valeur, periode }) =>
          `${objet} : ${nombreEnClair(valeur)}${periode ? ` (${periode})` : ''}`,
      ),
    ),
    etudes: json('Études rendues', z.array(facts.EtudeRendue.omit(sansSeance)), (all) =>
      all.map(({ conclusion, motifs }) => `${conclusion}${motifs ? ` : ${motifs}` : ''}`),
    ),
    source: json('Où il a été lu', sourceLue, sourceEnClair),
  },
  computed: { questions, silence },
  filteredBy: { parent: null, statut: STATUTS, code: CODES },
  filters: {
    clos: isOneOf('statut', ['clos'], 'oui : les dossiers clos ; non : les autres'),
    titre: includes('titre', 'Une partie du titre'),
    partenaire: contains('nomsDesPartenaires', 'Un des partenaires'),
    site: contains('nomsDesSites', 'Un des sites pilotes'),
    version: contains('versions', 'Une version qui en apporte des éléments'),
    jalonAvant: notAfter('prochainAuPlusTard', 'Prochain jalon au plus tard ce jour, AAAA-MM-JJ'),
    sansAvancementDepuis: atLeast(silence, 'Situation non rapportée depuis au moins n séances'),
    sujet: namedWhere({ view: 'decisions', by: 'dossier' }, 'sujet', 'Sujet d’une décision qui le concerne'),
  },
  screen: [
    { heading: 'Titre', grow: 2, of: 'titre' },
    { heading: 'Statut', of: 'statut' },
    { heading: 'Situation', grow: 2, of: 'situation' },
    { heading: 'Prochain jalon', grow: 2, of: 'prochainJalon' },
    { heading: 'Partenaires', grow: 1, of: 'partenaires' },
    { heading: 'En attente', of: 'questions' },
  ],
});
