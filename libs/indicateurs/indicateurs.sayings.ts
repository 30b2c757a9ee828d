import { sayingsOf } from '../room/index.js';
import { suivante, texte } from '../words/index.js';
import type { IndicateurCommand } from './indicateurs.decider.js';
import { facts } from './indicateurs.events.js';
import { indicateurKind } from './kinds.js';
import { indicateurs } from './views/indicateurs.js';

const say = sayingsOf<IndicateurCommand>(indicateurKind);
const SAID = { on: 'indicateurs', at: 'seance?', phase: 'actions' } as const;

export const indicateursSayings = [
  say({
    ...SAID,
    summary: 'Définir un indicateur à une séance',
    verb: 'definir-indicateur',
    main: 'intitule',
    opens: 'named',
    at: 'seance',
    list: { name: 'indicateurs', description: 'Les indicateurs définis à cette séance' },
    deed: 'definir',
    said: facts.IndicateurDefini,
    since: 'depuis',
    command: 'DefinirIndicateur',
  }),
  say({
    ...SAID,
    path: 'definition',
    summary: 'Revoir la définition d’un indicateur à partir d’une période',
    verb: 'reviser-definition',
    main: 'des',
    list: { name: 'definitions', description: 'Les définitions revues' },
    deed: ({ des }) => `definition:${des}`,
    said: facts.DefinitionRevue,
    command: 'ReviserDefinition',
  }),
  say({
    ...SAID,
    path: 'valeur',
    summary: 'Constater la valeur d’une période',
    verb: 'constater-valeur',
    main: 'valeur',
    list: {
      name: 'valeurs',
      description: 'Les valeurs constatées, une par période',
      recalls: {
        intitule: texte.optional().describe('Rappel, sans effet'),
        attendue: texte.nullable().optional().describe('La période qui suit la dernière connue, sans effet'),
      },
      blanks: ['periode'],
      prefill: async ({ rows }) =>
        (await rows(indicateurs.view, { statut: 'suivi' })).map(({ reference, intitule, derniere }) => ({
          indicateur: reference,
          intitule,
          attendue: derniere === null ? null : suivante(derniere as string),
          periode: null,
          valeur: null,
        })),
    },
    deed: ({ periode }) => `valeur:${periode}`,
    said: facts.ValeurConstatee,
    command: 'ConstaterValeur',
  }),
  say({
    ...SAID,
    path: 'retraitement',
    summary: 'Retraiter la valeur d’une période : le chiffre lui-même a changé',
    verb: 'rectifier-valeur',
    main: 'valeur',
    list: { name: 'retraitements', description: 'Les valeurs retraitées' },
    deed: ({ periode }) => `retraitement:${periode}`,
    said: facts.ValeurRectifiee.extend({ motif: texte.describe('Pourquoi il a changé').default('') }),
    command: 'RectifierValeur',
  }),
  say({
    ...SAID,
    path: 'retrait',
    summary: 'Retirer un indicateur',
    verb: 'retirer-indicateur',
    main: 'motif',
    list: { name: 'retraits', description: 'Les indicateurs retirés' },
    deed: 'retrait',
    said: facts.IndicateurRetire,
    command: 'RetirerIndicateur',
  }),
];
