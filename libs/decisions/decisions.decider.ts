import type { Decider } from '../event-sourcing/index.js';
import { Refusal } from '../event-sourcing/refusal.js';
import type { DecisionEvent, Relation } from './decisions.events.js';

type Data<T extends DecisionEvent['type']> = Extract<DecisionEvent, { type: T }>['data'];

export type DecisionCommand =
  | { readonly type: 'PrendreDecision'; readonly data: Data<'DecisionPrise'> }
  | { readonly type: 'PoserQuestion'; readonly data: Data<'QuestionPosee'> }
  | {
      readonly type: 'RendreArbitrage';
      /** Without options, those of the question hold. */
      readonly data: Omit<Data<'ArbitrageRendu'>, 'options'> & {
        readonly options?: Data<'ArbitrageRendu'>['options'] | undefined;
      };
    }
  | { readonly type: 'AffecterDecision'; readonly data: Data<'DecisionAffectee'> };

export type StatutDeDecision = 'en-attente' | 'en-vigueur' | 'amendee' | 'remplacee' | 'revoquee';

export interface Decision {
  readonly nature: 'decision' | 'avis' | 'arbitrage';
  readonly statut: StatutDeDecision;
  readonly seance: string;
  readonly point?: string | undefined;
  readonly sujet: string;
  readonly intitule: string;
  readonly texte?: string | undefined;
  readonly options: Data<'QuestionPosee'>['options'];
  readonly choix: string | null;
  readonly motifs: string | null;
  /** Where an arbitration was rendered, when that is not where the question was put. */
  readonly arbitreeA: string | null;
  readonly relations: Data<'DecisionPrise'>['relations'];
  /** What later decisions did to it. */
  readonly effets: readonly Data<'DecisionAffectee'>[];
}

export type EtatDecision = Decision | undefined;

const STATUT: Record<Exclude<Relation, 'confirme'>, StatutDeDecision> = {
  amende: 'amendee',
  remplace: 'remplacee',
  revoque: 'revoquee',
};

export const decisionDecider: Decider<DecisionCommand, EtatDecision, DecisionEvent> = {
  initial: undefined,

  decide(command, decision) {
    switch (command.type) {
      case 'PrendreDecision':
        if (decision) throw dejaPrise();
        return [{ type: 'DecisionPrise', data: command.data }];
      case 'PoserQuestion':
        if (decision) throw dejaPrise();
        return [{ type: 'QuestionPosee', data: command.data }];
      case 'RendreArbitrage':
        return arbitrer(command.data, decision);
      case 'AffecterDecision':
        return affecter(command.data, decision);
    }
  },

  evolve(decision, { type, data }) {
    switch (type) {
      case 'DecisionPrise':
        return { ...RIEN, ...data, statut: 'en-vigueur' };
      case 'QuestionPosee':
        return { ...RIEN, ...data, nature: 'arbitrage', statut: 'en-attente' };
      case 'ArbitrageRendu':
        return decision && { ...decision, ...rendu(data), statut: 'en-vigueur' };
      case 'DecisionAffectee':
        return (
          decision && {
            ...decision,
            statut: data.relation === 'confirme' ? decision.statut : STATUT[data.relation],
            effets: [...decision.effets, data],
          }
        );
    }
  },

  correctable(target, replacement, decision) {
    if (target.type !== 'DecisionPrise' && target.type !== 'ArbitrageRendu') return;
    const gardees = replacement && 'relations' in replacement.data ? replacement.data.relations : [];
    const perdues = target.data.relations.filter(
      ({ relation, decision: cible }) =>
        !gardees.some((gardee) => gardee.relation === relation && gardee.decision === cible),
    );
    if (perdues.length > 0 && decision)
      throw new Refusal(
        'decision-liee',
        `Cette décision en touche d’autres (${perdues.map(({ decision: cible }) => cible).join(', ')}) : ` +
          'annulez d’abord ce qu’elle leur a fait, dans leur propre histoire.',
        { decisions: perdues.map(({ decision: cible }) => cible) },
      );
  },
};

const RIEN: Pick<Decision, 'options' | 'choix' | 'motifs' | 'arbitreeA' | 'relations' | 'effets'> = {
  options: [],
  choix: null,
  motifs: null,
  arbitreeA: null,
  relations: [],
  effets: [],
};

const rendu = ({ seance, options, choix, motifs, relations }: Data<'ArbitrageRendu'>) => ({
  options,
  choix,
  motifs,
  relations,
  arbitreeA: seance,
});

const dejaPrise = (): Refusal =>
  new Refusal('decision-deja-prise', 'Cette référence de décision est déjà prise.');

type Arbitrage = Extract<DecisionCommand, { type: 'RendreArbitrage' }>['data'];

function arbitrer(data: Arbitrage, decision: EtatDecision): DecisionEvent[] {
  if (!decision) throw new Refusal('question-inconnue', 'Aucune question n’est posée sous cette référence.');
  if (decision.nature !== 'arbitrage' || decision.statut !== 'en-attente')
    throw new Refusal('arbitrage-non-attendu', 'Cette question n’attend pas, ou plus, d’arbitrage.');
  const options = data.options ?? decision.options;
  if (!options.some(({ option }) => option === data.choix))
    throw new Refusal(
      'option-inconnue',
      `« ${data.choix} » n’est pas une des options (${options.map(({ option }) => option).join(', ') || 'aucune'}).`,
      { choix: data.choix },
    );
  return [{ type: 'ArbitrageRendu', data: { ...data, options } }];
}

function affecter(data: Data<'DecisionAffectee'>, decision: EtatDecision): DecisionEvent[] {
  if (!decision) throw new Refusal('decision-inconnue', 'La décision visée n’existe pas.');
  if (decision.statut === 'en-attente')
    throw new Refusal('decision-en-attente', 'La question visée n’est pas encore arbitrée.');
  if (decision.statut === 'remplacee' || decision.statut === 'revoquee')
    throw new Refusal(
      'decision-plus-en-vigueur',
      `La décision visée n’est plus en vigueur (${decision.statut} par ${decision.effets.at(-1)?.par}).`,
      { par: decision.effets.at(-1)?.par },
    );
  return [{ type: 'DecisionAffectee', data }];
}
