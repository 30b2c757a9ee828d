import { z } from 'zod';
import { catalogueOf, type FactsOf, type Link } from '../event-sourcing/index.js';
import { point } from '../copil/index.js';
import { citer, compte, dossier, nameOf, sansPoint, seance, texte } from '../words/index.js';

export const decision = nameOf({
  word: 'decision',
  under: seance,
  letter: 'D',
  example: 'D1',
  one: 'une décision',
});

export const NATURES = ['decision', 'avis'] as const;
export const RELATIONS = ['confirme', 'amende', 'remplace', 'revoque'] as const;
export type Relation = (typeof RELATIONS)[number];

export const sujet = z
  .string({ error: 'un sujet comme civilite-usuelle' })
  .max(120)
  .regex(/^[a-z0-9]+(-[a-z0-9]+)*$/, 'un sujet comme civilite-usuelle')
  .describe('Ce dont il est question, d’une séance à l’autre');

export const option = z.strictObject({
  option: z
    .string()
    .max(120)
    .regex(/^[a-z0-9-]+$/, 'un code comme memo-etudiant'),
  texte,
});

const relations = z
  .array(z.strictObject({ relation: z.enum(RELATIONS), decision: decision.schema }))
  .describe('Ce que la décision fait à d’autres');

const ou = { seance: seance.schema, point: point.schema.optional() };

const surDossier = { dossier: dossier.schema.optional().describe('Le dossier dont il est question') };

/** Their names are the storage format. */
export const facts = {
  DecisionPrise: z.strictObject({
    ...ou,
    nature: z.enum(NATURES),
    sujet,
    ...surDossier,
    intitule: texte,
    texte: texte.optional(),
    relations,
  }),
  QuestionPosee: z.strictObject({
    ...ou,
    sujet,
    ...surDossier,
    intitule: texte,
    texte: texte.optional(),
    options: z.array(option),
  }),
  ArbitrageRendu: z.strictObject({
    ...ou,
    options: z.array(option).min(1),
    choix: z.string().describe('Le code de l’option retenue'),
    motifs: texte,
    relations,
  }),
  DecisionAffectee: z.strictObject({ relation: z.enum(RELATIONS), par: decision.schema }),
};
export type DecisionEvent = FactsOf<typeof facts>;

type Relations = z.infer<typeof relations>;
/** What the former version said is said in this one, which can say more. */
const asItWas = (data: object): object => data;

interface Dit {
  readonly seance: string;
  readonly point?: string | undefined;
  readonly dossier?: string | undefined;
  readonly relations?: Relations;
}

const liens = (data: Dit): Link[] => [
  { role: 'prise-a', to: data.seance },
  ...(data.dossier ? [{ role: 'sur-dossier', to: data.dossier }] : []),
  ...(data.point ? [{ role: 'au-point', to: data.point }] : []),
  ...(data.relations ?? []).map(({ relation, decision: to }) => ({ role: relation, to })),
];

const PARTICIPES: Record<Relation, string> = {
  confirme: 'confirmée',
  amende: 'amendée',
  remplace: 'remplacée',
  revoque: 'révoquée',
};

export const decisionFacts = catalogueOf(facts, {
  DecisionPrise: {
    version: 2,
    upcasters: [asItWas],
    identity: ['seance'],
    sentence: ({ nature, intitule }) =>
      `${nature === 'avis' ? 'Avis rendu' : 'Décision prise'} : ${citer(intitule)}.`,
    links: liens,
  },
  QuestionPosee: {
    version: 2,
    upcasters: [asItWas],
    identity: ['seance'],
    sentence: ({ intitule, options }) =>
      `Question posée, en attente d’arbitrage : ${citer(intitule)} (${compte(options.length, 'option')}).`,
    links: liens,
  },
  ArbitrageRendu: {
    identity: ['seance'],
    sentence: ({ choix, motifs }) => `Arbitrage rendu : option ${citer(choix)} (${sansPoint(motifs)}).`,
    links: liens,
  },
  DecisionAffectee: {
    identity: ['par'],
    sentence: ({ relation, par }) => `La décision est ${PARTICIPES[relation]} par ${par}.`,
    links: ({ relation, par }) => [{ role: `${relation}-par`, to: par }],
  },
});
