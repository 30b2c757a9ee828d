import { when } from '../room/index.js';
import type { DecisionCommand } from './decisions.decider.js';
import type { DecisionEvent } from './decisions.events.js';
import { decisionKind } from './kinds.js';

/** What a decision does to others stands in their histories too, or it is not taken. */
export const quandUneDecisionEnToucheDAutres = when<DecisionEvent>(decisionKind, {
  facts: ['DecisionPrise', 'ArbitrageRendu'],
  essential: true,
  deed: 'affecter',
}).then<DecisionCommand>(decisionKind, ({ data }, par) =>
  'relations' in data
    ? data.relations.map(({ relation, decision }) => ({
        reference: decision,
        part: `${relation}:${decision}`,
        command: { type: 'AffecterDecision', data: { relation, par } },
      }))
    : [],
);
