import { z } from 'zod';
import { columns, equals, published, sourceOf } from '../../room/index.js';
import { comiteDe, sourceEnClair, sourceLue } from '../../words/index.js';
import type { Decision } from '../decisions.decider.js';
import { facts, NATURES } from '../decisions.events.js';
import { decisionKind } from '../kinds.js';

interface DecisionRow extends Decision {
  readonly comite: string;
  readonly source: object | null;
}

const STATUTS = ['en-attente', 'en-vigueur', 'amendee', 'remplacee', 'revoquee'] as const;
const TOUTES = [...NATURES, 'arbitrage'] as const;

export const decisions = published(decisionKind, {
  view: 'decisions',
  version: 3,
  title: 'Décisions, arbitrages et avis',
  columns: columns<DecisionRow>({
    comite: { type: 'text', description: 'Comité' },
    seance: { type: 'text', description: 'Séance où elle est née' },
    point: { type: 'text', description: 'Point de l’ordre du jour' },
    nature: { type: 'text', description: `Nature : ${TOUTES.join(', ')}` },
    statut: {
      type: 'text',
      description: `Statut : ${STATUTS.join(', ')}`,
    },
    sujet: { type: 'text', description: 'Sujet' },
    intitule: { type: 'text', description: 'Intitulé' },
    texte: { type: 'text', description: 'Texte' },
    options: {
      type: 'json',
      description: 'Options d’un arbitrage',
      schema: facts.questionPosee.shape.options,
      words: (options) => options.map(({ option, texte }) => `${option} : ${texte}`),
    },
    choix: { type: 'text', description: 'Option retenue' },
    motifs: { type: 'text', description: 'Motifs de l’arbitrage' },
    arbitreeA: { type: 'text', description: 'Séance de l’arbitrage', from: ['choix'] },
    relations: {
      type: 'json',
      description: 'Ce qu’elle fait à d’autres décisions',
      schema: facts.decisionPrise.shape.relations,
      words: (relations) => relations.map(({ relation, decision }) => `${relation} ${decision}`),
    },
    effets: {
      type: 'json',
      description: 'Ce que d’autres décisions lui ont fait',
      schema: z.array(facts.decisionAffectee),
      words: (effets) => effets.map(({ relation, par }) => `${relation} par ${par}`),
    },
    source: { type: 'json', description: 'Où elle a été lue', schema: sourceLue, words: sourceEnClair },
  }),
  filters: {
    sujet: equals('sujet', 'Sujet'),
    statut: equals('statut', 'Statut', STATUTS),
    nature: equals('nature', 'Nature', TOUTES),
    enVigueur: {
      description: 'oui : celles qui font foi (en vigueur ou amendées) ; non : les autres',
      values: ['oui', 'non'],
      sql: ({ alias }, value) => `(${alias}.statut IN ('en-vigueur', 'amendee')) = (${value} = 'oui')`,
    },
    seance: equals('seance', 'Séance'),
  },
  kept: { source: sourceOf('DecisionPrise', 'QuestionPosee') },
  rows: (decision, reference, kept): [string, DecisionRow][] =>
    decision ? [[reference, { ...decision, comite: comiteDe(reference), ...kept }]] : [],
  screen: [
    { heading: 'Nature', of: 'nature' },
    { heading: 'Sujet', of: 'sujet' },
    { heading: 'Intitulé', grow: 3, of: 'intitule' },
    { heading: 'Statut', of: 'statut' },
    { heading: 'Options, choix, liens', grow: 3, text: (row) => suite(row) },
  ],
});

function suite(row: DecisionRow): string {
  if (row.statut === 'en-attente') return row.options.map(({ texte }) => `◦ ${texte}`).join('\n');
  const retenue = row.options.find(({ option }) => option === row.choix);
  return [
    ...(retenue ? [`Retenu : ${retenue.texte} (${row.motifs})`] : []),
    ...row.relations.map(({ relation, decision }) => `${relation} ${decision}`),
    ...row.effets.map(({ relation, par }) => `${relation} par ${par}`),
  ].join('\n');
}
