import { z } from 'zod';
import { computes, isOneOf, QUORUM, through } from '../../event-sourcing/index.js';
import { quorum } from '../../copil/index.js';
import { json, published, sourceOf } from '../../room/index.js';
import { comiteDe, sourceEnClair, sourceLue, motDe } from '../../words/index.js';
import type { Decision } from '../decisions.decider.js';
import { facts, NATURES } from '../decisions.events.js';
import { decisionKind } from '../kinds.js';

const quorumDeLaSeance = through({ view: 'seances', by: ['arbitreeA', 'seance'] }, quorum, {
  description: `Quorum de la séance qui l’a prise : ${QUORUM.join(', ')} ; null : sans règle`,
  from: ['seance', 'arbitreeA'],
  words: motDe,
});

const STATUTS = ['en-attente', 'en-vigueur', 'amendee', 'remplacee', 'revoquee'] as const;
const TOUTES = [...NATURES, 'arbitrage'] as const;

export const decisions = published(decisionKind, {
  view: 'decisions',
  version: 4,
  title: 'Décisions, arbitrages et avis',
  kept: { source: sourceOf('DecisionPrise', 'QuestionPosee') },
  rows: (decision, reference, kept) =>
    decision ? [[reference, { ...decision, comite: comiteDe(reference), ...kept }]] : [],
  columns: {
    comite: { type: 'text', description: 'Comité' },
    seance: { type: 'text', description: 'Séance où elle est née' },
    point: { type: 'text', description: 'Point de l’ordre du jour' },
    nature: { type: 'text', description: `Nature : ${TOUTES.join(', ')}`, words: motDe },
    statut: { type: 'text', description: `Statut : ${STATUTS.join(', ')}`, words: motDe },
    sujet: { type: 'text', description: 'Sujet' },
    dossier: { type: 'text', description: 'Dossier dont il est question', indexed: true },
    intitule: { type: 'text', description: 'Intitulé' },
    texte: { type: 'text', description: 'Texte' },
    options: json('Options d’un arbitrage', facts.QuestionPosee.shape.options, (options) =>
      options.map(({ option, texte }) => `${option} : ${texte}`),
    ),
    choix: { type: 'text', description: 'Option retenue' },
    motifs: { type: 'text', description: 'Motifs de l’arbitrage' },
    arbitreeA: { type: 'text', description: 'Séance de l’arbitrage', from: ['choix'] },
    relations: json(
      'Ce qu’elle fait à d’autres décisions',
      facts.DecisionPrise.shape.relations,
      (relations) => relations.map(({ relation, decision }) => `${relation} ${decision}`),
    ),
    effets: json('Ce que d’autres décisions lui ont fait', z.array(facts.DecisionAffectee), (effets) =>
      effets.map(({ relation, par }) => `${relation} par ${par}`),
    ),
    source: json('Où elle a été lue', sourceLue, sourceEnClair),
  },
  computed: { quorum: quorumDeLaSeance },
  filteredBy: { sujet: null, dossier: null, statut: STATUTS, nature: TOUTES, seance: null },
  filters: {
    quorum: computes(quorumDeLaSeance, QUORUM),
    enVigueur: isOneOf(
      'statut',
      ['en-vigueur', 'amendee'],
      'oui : celles qui font foi (en vigueur ou amendées) ; non : les autres',
    ),
  },
  screen: [
    { heading: 'Nature', of: 'nature' },
    { heading: 'Sujet', of: 'sujet' },
    { heading: 'Intitulé', grow: 3, of: 'intitule' },
    {
      heading: 'Statut',
      text: ({ statut, quorum: etat }) =>
        [
          motDe(statut),
          ...(etat === 'non-atteint' ? ['prise sans quorum'] : []),
          ...(etat === 'indetermine' ? ['quorum indéterminé'] : []),
        ].join('\n'),
    },
    { heading: 'Options, choix, liens', grow: 3, text: (row) => suite(row) },
  ],
});

function suite(row: Decision): string {
  if (row.statut === 'en-attente') return row.options.map(({ texte }) => `◦ ${texte}`).join('\n');
  const retenue = row.options.find(({ option }) => option === row.choix);
  return [
    ...(retenue ? [`Retenu : ${retenue.texte} (${row.motifs})`] : []),
    ...row.relations.map(({ relation, decision }) => `${relation} ${decision}`),
    ...row.effets.map(({ relation, par }) => `${relation} par ${par}`),
  ].join('\n');
}
