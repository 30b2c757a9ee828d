import { describe, expect, it } from '@jest/globals';
import type { Given } from '../event-sourcing/specify.js';
import { specify } from '../event-sourcing/specify.js';
import { decisionDecider } from './decisions.decider.js';
import type { DecisionEvent, Relation } from './decisions.events.js';

const { given } = specify(decisionDecider);
const decision = {
  seance: 'apogee-rof/1',
  nature: 'decision' as const,
  sujet: 'archivage',
  intitule: 'Archiver',
  relations: [],
};
const prise: Given<DecisionEvent> = { type: 'DecisionPrise', data: decision };
const question = {
  seance: 'apogee-rof/2',
  sujet: 'civilite-usuelle',
  intitule: 'Comment',
  options: [
    { option: 'memo', texte: 'Le mémo' },
    { option: 'acte', texte: 'À l’acte' },
  ],
};
const posee: Given<DecisionEvent> = { type: 'QuestionPosee', data: question };
const arbitrage = { seance: 'apogee-rof/3', choix: 'memo', motifs: 'moins coûteux', relations: [] };
const rendu: Given<DecisionEvent> = {
  type: 'ArbitrageRendu',
  data: { ...arbitrage, options: question.options },
};
const affectee = (relation: Relation): Given<DecisionEvent> => ({
  type: 'DecisionAffectee',
  data: { relation, par: 'apogee-rof/3/D1' },
});
const affecter = (relation: Relation) => ({
  type: 'AffecterDecision' as const,
  data: { relation, par: 'apogee-rof/3/D1' },
});
const statut = (...facts: Given<DecisionEvent>[]) =>
  facts.reduce((state, fact) => decisionDecider.evolve(state, fact), decisionDecider.initial)?.statut;

describe('a decision', () => {
  it('is taken once', () => {
    given().when({ type: 'PrendreDecision', data: decision }).then(prise);
    given(prise).when({ type: 'PrendreDecision', data: decision }).thenRefused('decision-deja-prise');
    given(prise).when({ type: 'PoserQuestion', data: question }).thenRefused('decision-deja-prise');
  });

  it.each([
    ['confirme', 'en-vigueur'],
    ['amende', 'amendee'],
    ['remplace', 'remplacee'],
    ['revoque', 'revoquee'],
  ] as const)('that another one « %s » is then %s', (relation, expected) => {
    given(prise).when(affecter(relation)).then(affectee(relation));
    expect(statut(prise, affectee(relation))).toBe(expected);
  });

  it('that is amended stays in force and can still be replaced', () => {
    given(prise, affectee('amende')).when(affecter('remplace')).then(affectee('remplace'));
  });

  it.each(['remplace', 'revoque'] as const)('that another one « %s » bears nothing more', (relation) => {
    given(prise, affectee(relation)).when(affecter('confirme')).thenRefused('decision-plus-en-vigueur');
  });

  it('must exist to be touched', () => {
    given().when(affecter('remplace')).thenRefused('decision-inconnue');
    given(posee).when(affecter('remplace')).thenRefused('decision-en-attente');
  });

  it('touches no other one by a correction', () => {
    const relations = [{ relation: 'remplace' as const, decision: 'apogee-rof/1/D1' }];
    const remplacante: DecisionEvent = { type: 'DecisionPrise', data: { ...decision, relations } };
    given(prise).whenCorrecting({ revision: 0, replacement: remplacante }).thenRefused('relation-ajoutee');
    given(remplacante).whenCorrecting({ revision: 0, replacement: prise }).then(prise);
  });
});

describe('a question', () => {
  it('waits for an arbitration, with one of its options', () => {
    given().when({ type: 'PoserQuestion', data: question }).then(posee);
    expect(statut(posee)).toBe('en-attente');
    given(posee).when({ type: 'RendreArbitrage', data: arbitrage }).then(rendu);
    expect(statut(posee, rendu)).toBe('en-vigueur');
  });

  it('is arbitrated once, among its options or those that are given then', () => {
    given(posee, rendu)
      .when({ type: 'RendreArbitrage', data: arbitrage })
      .thenRefused('arbitrage-non-attendu');
    given(prise).when({ type: 'RendreArbitrage', data: arbitrage }).thenRefused('arbitrage-non-attendu');
    given().when({ type: 'RendreArbitrage', data: arbitrage }).thenRefused('question-inconnue');
    given(posee)
      .when({ type: 'RendreArbitrage', data: { ...arbitrage, choix: 'autre' } })
      .thenRefused('option-inconnue');
    const options = [{ option: 'autre', texte: 'Autre voie' }];
    const data = { ...arbitrage, choix: 'autre', options };
    given(posee).when({ type: 'RendreArbitrage', data }).then({ type: 'ArbitrageRendu', data });
  });
});
