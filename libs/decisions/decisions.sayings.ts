import { z } from 'zod';
import { sayingsOf } from '../room/index.js';
import { texte } from '../words/index.js';
import type { DecisionCommand } from './decisions.decider.js';
import { facts, NATURES } from './decisions.events.js';
import { decisionKind } from './kinds.js';
import { decisions } from './views/decisions.js';

const say = sayingsOf<DecisionCommand>(decisionKind);
const { DecisionPrise, QuestionPosee, ArbitrageRendu } = facts;
const NEW = { opens: 'numbered', taken: 'decision-deja-prise', at: 'seance', phase: 'decisions' } as const;
const relations = DecisionPrise.shape.relations.prefault([]);

export const decisionsSayings = [
  say({
    ...NEW,
    on: 'decisions',
    summary: 'Prendre une décision ou rendre un avis',
    verb: 'prendre-decision',
    main: 'intitule',
    list: { name: 'decisions', description: 'Les décisions prises et les avis rendus' },
    deed: 'PrendreDecision',
    said: DecisionPrise.extend({ nature: z.enum(NATURES).default('decision'), relations }),
    command: 'PrendreDecision',
  }),
  say({
    ...NEW,
    phase: 'suites',
    on: 'questions',
    summary: 'Poser une question qui attend un arbitrage',
    verb: 'poser-question',
    main: 'intitule',
    list: { name: 'questions', description: 'Les questions laissées en attente d’un arbitrage' },
    deed: 'PoserQuestion',
    said: QuestionPosee.extend({ options: QuestionPosee.shape.options.default([]) }),
    command: 'PoserQuestion',
  }),
  say({
    on: 'decisions',
    path: 'arbitrage',
    summary: 'Rendre l’arbitrage d’une question posée',
    verb: 'rendre-arbitrage',
    main: 'choix',
    at: 'seance',
    phase: 'suites',
    list: {
      name: 'arbitrages',
      description: 'Les arbitrages rendus',
      recalls: { intitule: texte.optional().describe('Rappel, sans effet') },
      blanks: ['choix', 'motifs'],
      prefill: async ({ rows }) =>
        (await rows(decisions.view, { statut: 'en-attente' })).map(({ reference, intitule }) => ({
          decision: reference,
          intitule,
          choix: null,
          motifs: null,
        })),
    },
    deed: 'RendreArbitrage',
    said: ArbitrageRendu.extend({
      options: ArbitrageRendu.shape.options.optional().describe('Absentes : celles de la question'),
      relations,
    }),
    command: 'RendreArbitrage',
  }),
];
