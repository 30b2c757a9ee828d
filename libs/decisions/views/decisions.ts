import type { ViewDefinition } from '../../event-sourcing/index.js';
import { comiteDe } from '../../words/index.js';
import type { Published } from '../../room/index.js';
import { type Decision, decisionDecider } from '../decisions.decider.js';
import type { DecisionEvent } from '../decisions.events.js';

interface DecisionRow extends Decision {
  readonly comite: string;
  readonly source: object | null;
}

const STATUTS = ['en-attente', 'en-vigueur', 'amendee', 'remplacee', 'revoquee'] as const;

interface DecisionConnue {
  readonly decision: Decision;
  readonly source: object | null;
}

const view: ViewDefinition<DecisionConnue | undefined, DecisionRow, DecisionEvent> = {
  name: 'decisions',
  version: 2,
  categories: ['decision'],
  columns: {
    comite: { type: 'text', description: 'Comité' },
    seance: { type: 'text', description: 'Séance où elle est née' },
    point: { type: 'text', description: 'Point de l’ordre du jour' },
    nature: { type: 'text', description: 'Nature : decision, arbitrage, avis' },
    statut: { type: 'text', description: `Statut : ${STATUTS.join(', ')}` },
    sujet: { type: 'text', description: 'Sujet' },
    intitule: { type: 'text', description: 'Intitulé' },
    texte: { type: 'text', description: 'Texte' },
    options: { type: 'json', description: 'Options d’un arbitrage' },
    choix: { type: 'text', description: 'Option retenue' },
    motifs: { type: 'text', description: 'Motifs de l’arbitrage' },
    arbitreeA: { type: 'text', description: 'Séance de l’arbitrage' },
    relations: { type: 'json', description: 'Ce qu’elle fait à d’autres décisions' },
    effets: { type: 'json', description: 'Ce que d’autres décisions lui ont fait' },
    source: { type: 'json', description: 'Où elle a été lue' },
  },
  filters: {
    sujet: { description: 'Sujet', sql: ({ alias }, value) => `${alias}.sujet = ${value}` },
    statut: {
      description: 'Statut',
      values: STATUTS,
      sql: ({ alias }, value) => `${alias}.statut = ${value}`,
    },
    nature: {
      description: 'Nature',
      values: ['decision', 'arbitrage', 'avis'],
      sql: ({ alias }, value) => `${alias}.nature = ${value}`,
    },
    enVigueur: {
      description: 'oui : celles qui font foi (en vigueur ou amendées) ; non : les autres',
      values: ['oui', 'non'],
      sql: ({ alias }, value) => `(${alias}.statut IN ('en-vigueur', 'amendee')) = (${value} = 'oui')`,
    },
    seance: { description: 'Séance', sql: ({ alias }, value) => `${alias}.seance = ${value}` },
  },
  initial: undefined,
  evolve(connue, event) {
    const decision = decisionDecider.evolve(connue?.decision, event);
    if (!decision || decision === connue?.decision) return connue;
    const ouvre = event.type === 'DecisionPrise' || event.type === 'QuestionPosee';
    return { decision, source: ouvre ? (event.metadata.source ?? null) : (connue?.source ?? null) };
  },
  rows: (connue, reference) =>
    connue ? [[reference, { ...connue.decision, comite: comiteDe(reference), source: connue.source }]] : [],
  scope: comiteDe,
};

function suite(row: DecisionRow): string {
  if (row.statut === 'en-attente') return row.options.map(({ texte }) => `◦ ${texte}`).join('\n');
  const retenue = row.options.find(({ option }) => option === row.choix);
  return [
    retenue && `Retenu : ${retenue.texte} (${row.motifs})`,
    ...row.relations.map(({ relation, decision }) => `${relation} ${decision}`),
    ...row.effets.map(({ relation, par }) => `${relation} par ${par}`),
  ]
    .filter(Boolean)
    .join('\n');
}

export const decisions: Published = {
  view,
  screen: {
    title: 'Décisions, arbitrages et avis',
    columns: [
      { heading: 'Référence', text: ({ reference }) => String(reference) },
      { heading: 'Nature', text: ({ nature }) => String(nature) },
      { heading: 'Sujet', text: ({ sujet }) => String(sujet) },
      { heading: 'Intitulé', grow: 3, text: ({ intitule }) => String(intitule) },
      { heading: 'Statut', text: ({ statut }) => String(statut) },
      { heading: 'Options, choix, liens', grow: 3, text: (row) => suite(row as unknown as DecisionRow) },
    ],
  },
};
