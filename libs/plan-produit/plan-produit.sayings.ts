import { sayingsOf } from '../room/index.js';
import { texte } from '../words/index.js';
import { planKind } from './kinds.js';
import type { PlanCommand } from './plan-produit.decider.js';
import { contenu, facts, version } from './plan-produit.events.js';
import { planProduit } from './views/plan-produit.js';

const say = sayingsOf<PlanCommand>(planKind);
const HERE = { at: 'seance?', phase: 'suites' } as const;
const OF_VERSION = { ...HERE, name: version, part: 'version' } as const;
const OF_CONTENU = { ...HERE, name: contenu, part: 'contenu' } as const;
const { ContenuInscrit } = facts;
const DANS = 'La version du même plan, par ce qui lui est propre : 5.10';

export const planProduitSayings = [
  say({
    on: 'plans',
    summary: 'Constater qu’un plan produit a été présenté',
    verb: 'presenter-plan',
    main: 'annee',
    opens: 'named',
    at: 'seance',
    phase: 'dossiers',
    list: { name: 'plans', description: 'Les plans produit présentés à cette séance' },
    deed: ({ annee }) => `presenter:${annee}`,
    said: facts.PlanPresente,
    command: 'PresenterPlan',
  }),
  say({
    on: 'versions',
    summary: 'Annoncer une version d’un produit',
    verb: 'annoncer-version',
    main: 'prevue',
    ...OF_VERSION,
    opens: 'named',
    phase: 'dossiers',
    list: { name: 'versions', description: 'Les versions annoncées' },
    deed: 'annoncer',
    said: facts.VersionAnnoncee,
    since: 'depuis',
    command: 'AnnoncerVersion',
  }),
  say({
    on: 'contenus',
    summary: 'Inscrire un contenu à une version',
    verb: 'inscrire-contenu',
    main: 'element',
    ...OF_CONTENU,
    opens: 'named',
    list: { name: 'contenus', description: 'Les contenus inscrits à une version' },
    deed: 'inscrire',
    said: ContenuInscrit.extend({ version: ContenuInscrit.shape.version.describe(DANS) }),
    command: 'InscrireContenu',
  }),
  say({
    on: 'contenus',
    path: 'version',
    summary: 'Déplacer un contenu d’une version à une autre',
    verb: 'deplacer-contenu',
    main: 'vers',
    ...OF_CONTENU,
    list: { name: 'deplacements', description: 'Les contenus qui passent d’une version à une autre' },
    deed: 'deplacer',
    said: facts.ContenuDeplace,
    command: 'DeplacerContenu',
  }),
  say({
    on: 'versions',
    path: 'numero',
    summary: 'Donner son numéro à une version',
    verb: 'numeroter-version',
    main: 'numero',
    ...OF_VERSION,
    list: { name: 'numerotations', description: 'Les versions qui reçoivent leur numéro' },
    deed: 'numeroter',
    said: facts.VersionNumerotee,
    command: 'NumeroterVersion',
  }),
  say({
    on: 'versions',
    path: 'prevision',
    summary: 'Prévoir une version pour une autre date',
    verb: 'replanifier-version',
    main: 'prevue',
    ...OF_VERSION,
    list: { name: 'replanifications', description: 'Les versions prévues désormais pour une autre date' },
    deed: 'replanifier',
    said: facts.VersionReplanifiee,
    command: 'ReplanifierVersion',
  }),
  say({
    on: 'versions',
    path: 'livraison',
    summary: 'Constater la livraison d’une version',
    verb: 'livrer-version',
    main: 'le',
    ...OF_VERSION,
    list: {
      name: 'livraisons',
      description: 'Les versions livrées',
      recalls: { prevue: texte.nullable().optional().describe('Rappel, sans effet') },
      blanks: ['le'],
      prefill: async ({ rows }) =>
        (await rows(planProduit.view, { statut: 'annoncee' })).map(({ reference, prevue }) => ({
          version: reference,
          prevue: (prevue as { texte: string } | null)?.texte ?? null,
          le: null,
        })),
    },
    deed: 'livrer',
    said: facts.VersionLivree,
    command: 'LivrerVersion',
  }),
  say({
    on: 'versions',
    path: 'retrait',
    summary: 'Retirer une version du plan',
    verb: 'retirer-version',
    main: 'motif',
    ...OF_VERSION,
    list: { name: 'versionsRetirees', description: 'Les versions retirées du plan' },
    deed: 'retirer',
    said: facts.VersionRetiree,
    command: 'RetirerVersion',
  }),
  say({
    on: 'contenus',
    path: 'livraison',
    summary: 'Constater la livraison d’un contenu',
    verb: 'livrer-contenu',
    main: 'le',
    ...OF_CONTENU,
    list: {
      name: 'contenusLivres',
      description: 'Les contenus livrés',
      recalls: { element: texte.optional().describe('Rappel, sans effet') },
    },
    deed: 'livrer',
    said: facts.ContenuLivre,
    command: 'LivrerContenu',
  }),
  say({
    on: 'contenus',
    path: 'retrait',
    summary: 'Retirer un contenu du plan',
    verb: 'retirer-contenu',
    main: 'motif',
    ...OF_CONTENU,
    list: { name: 'contenusRetires', description: 'Les contenus retirés du plan' },
    deed: 'retirer',
    said: facts.ContenuRetire,
    command: 'RetirerContenu',
  }),
];
