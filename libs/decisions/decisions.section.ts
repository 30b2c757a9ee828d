import { z } from 'zod';
import { referenceDans, references, sourceCitee, texte } from '../faits/index.js';
import type { FileContext, FileSection } from '../room/index.js';
import type { DecisionCommand } from './decisions.decider.js';
import { NATURES, option, RELATIONS, sujet } from './decisions.events.js';
import { decisionKind, steps } from './kinds.js';

const source = sourceCitee.optional();
const localDecision = z.string().regex(/^D[1-9]\d*$/, 'un numéro de décision comme D1');
const decision = z.union([references.decision, localDecision], {
  error: 'une décision comme D1 ou apogee-rof/1/D2',
});
const point = z
  .string()
  .regex(/^P[1-9]\d*(\.[1-9]\d*)*$/, 'un point comme P4.2')
  .optional();
const relations = z
  .array(z.strictObject({ relation: z.enum(RELATIONS), decision }))
  .default([])
  .describe('Ce qu’elle confirme, amende, remplace ou révoque');

const fields = {
  decisions: z
    .array(
      z.strictObject({
        decision: localDecision,
        nature: z.enum(NATURES).default('decision'),
        sujet,
        intitule: texte,
        texte: texte.optional(),
        point,
        relations,
        source,
      }),
    )
    .default([])
    .describe('Les décisions prises et les avis rendus'),
  questions: z
    .array(
      z.strictObject({
        decision: localDecision,
        sujet,
        intitule: texte,
        texte: texte.optional(),
        options: z.array(option).default([]),
        point,
        source,
      }),
    )
    .default([])
    .describe('Les questions laissées en attente d’un arbitrage'),
  arbitrages: z
    .array(
      z.strictObject({
        decision: decision.describe('La question, telle qu’elle a été posée'),
        intitule: texte.optional().describe('Rappel, sans effet'),
        options: z.array(option).min(1).optional().describe('Absentes : celles de la question'),
        choix: z.string().nullable().describe('Le code de l’option retenue ; null : pas encore arbitré'),
        motifs: texte.nullable(),
        point,
        relations,
        source,
      }),
    )
    .default([])
    .describe('Les arbitrages rendus'),
};

type Fichier = z.infer<z.ZodObject<typeof fields>>;

export const decisionsSection: FileSection = {
  fields,
  compile(input, context) {
    const file = input as Fichier;
    const plan = planner(context);
    const { seance } = context;
    const situe = (numero: string | undefined) => ({
      seance,
      ...(numero && { point: `${seance}/${numero}` }),
    });
    const liees = (donnees: Fichier['decisions'][number]['relations']) =>
      donnees.map(({ relation, decision: cible }) => ({
        relation,
        decision: referenceDans(context.seance, cible),
      }));
    file.decisions.forEach(
      ({ decision: local, point: numero, relations: donnees, source: citee, ...rest }, index) => {
        const data = { ...rest, ...situe(numero), relations: liees(donnees) };
        plan(local, `decisions[${index}]`, { type: 'PrendreDecision', data }, citee);
      },
    );
    file.questions.forEach(({ decision: local, point: numero, source: citee, ...rest }, index) => {
      plan(
        local,
        `questions[${index}]`,
        { type: 'PoserQuestion', data: { ...rest, ...situe(numero) } },
        citee,
      );
    });
    file.arbitrages.forEach(
      ({ decision: cible, point: numero, relations: donnees, source: citee, ...rest }, index) => {
        const { choix, motifs, options } = rest;
        if (choix === null || motifs === null) return;
        const data = {
          ...situe(numero),
          choix,
          motifs,
          relations: liees(donnees),
          ...(options && { options }),
        };
        plan(cible, `arbitrages[${index}]`, { type: 'RendreArbitrage', data }, citee);
      },
    );
  },
};

const planner =
  (context: FileContext) =>
  (
    cible: string,
    path: string,
    command: DecisionCommand,
    citee: z.infer<typeof sourceCitee> | undefined,
  ): void => {
    for (const step of steps(referenceDans(context.seance, cible), command))
      context.plan({
        kind: decisionKind,
        reference: step.reference,
        moment: step.part ? 'effets' : 'decisions',
        path,
        act: step.part ? `affecter:${referenceDans(context.seance, cible)}:${step.part}` : command.type,
        command: step.command,
        ...(citee && { source: citee }),
      });
  };
