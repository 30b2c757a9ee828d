import { z } from 'zod';
import { references, texte } from '../faits/index.js';
import { type Act, type ActContext, instructionOf } from '../room/index.js';
import type { DecisionCommand } from './decisions.decider.js';
import { NATURES, option, RELATIONS, sujet } from './decisions.events.js';
import { decisionKind, steps } from './kinds.js';

const act = <Body>(definition: Act<Body>): Act<Body> => definition;

const relations = z
  .array(z.strictObject({ relation: z.enum(RELATIONS), decision: references.decision }))
  .default([]);

const numerote = (seance: string, context: ActContext): Promise<string> =>
  context.allocate(decisionKind, `${seance}/D`);

const instruct = async (
  reference: string,
  command: DecisionCommand,
  said: { readonly seance: string },
  context: ActContext,
) =>
  Promise.all(
    steps(reference, command).map((step) =>
      instructionOf({ kind: decisionKind, ...step, seance: said.seance }, context),
    ),
  );

export const decisionsActs = [
  act({
    on: 'decisions',
    summary: 'Prendre une décision ou rendre un avis',
    numberTaken: 'decision-deja-prise',
    body: z.strictObject({
      seance: references.seance,
      point: references.point.optional(),
      nature: z.enum(NATURES).default('decision'),
      sujet,
      intitule: texte,
      texte: texte.optional(),
      relations,
    }),
    instruct: async (data, _reference, context) => {
      const reference = await numerote(data.seance, context);
      return instruct(reference, { type: 'PrendreDecision', data }, data, context);
    },
  }),
  act({
    on: 'questions',
    summary: 'Poser une question qui attend un arbitrage',
    numberTaken: 'decision-deja-prise',
    body: z.strictObject({
      seance: references.seance,
      point: references.point.optional(),
      sujet,
      intitule: texte,
      texte: texte.optional(),
      options: z.array(option).default([]),
    }),
    instruct: async (data, _reference, context) => {
      const reference = await numerote(data.seance, context);
      return instruct(reference, { type: 'PoserQuestion', data }, data, context);
    },
  }),
  act({
    on: 'decisions',
    path: 'arbitrage',
    summary: 'Rendre l’arbitrage d’une question posée',
    body: z.strictObject({
      seance: references.seance,
      point: references.point.optional(),
      options: z.array(option).min(1).optional().describe('Absentes : celles de la question'),
      choix: z.string(),
      motifs: texte,
      relations,
    }),
    instruct: (data, reference, context) =>
      instruct(reference, { type: 'RendreArbitrage', data }, data, context),
  }),
];
