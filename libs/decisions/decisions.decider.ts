import { type CommandsOf, type DataOf, type Decider, factsOf } from '../event-sourcing/decider.js';
import { Refusal } from '../event-sourcing/refusal.js';
import { comiteDe } from '../words/reference.js';
import type { DecisionEvent, Relation } from './decisions.events.js';

type Data<T extends DecisionEvent['type']> = DataOf<DecisionEvent, T>;
const FACTS = {
  PrendreDecision: 'DecisionPrise',
  PoserQuestion: 'QuestionPosee',
  AffecterDecision: 'DecisionAffectee',
} as const;

export type DecisionCommand =
  | CommandsOf<DecisionEvent, typeof FACTS>
  | {
      readonly type: 'RendreArbitrage';
      /** Without options, those of the question hold. */
      readonly data: Omit<Data<'ArbitrageRendu'>, 'options'> &
        Partial<Pick<Data<'ArbitrageRendu'>, 'options'>>;
    };

export type StatutDeDecision = 'en-attente' | 'en-vigueur' | 'amendee' | 'remplacee' | 'revoquee';

export interface Decision {
  readonly nature: 'decision' | 'avis' | 'arbitrage';
  readonly statut: StatutDeDecision;
  readonly seance: string;
  readonly point?: string | undefined;
  readonly sujet: string;
  readonly dossier?: string | undefined;
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
      case 'PoserQuestion':
        if (decision) throw dejaPrise();
        return factsOf(FACTS, command);
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
    if (replacement?.type === 'ArbitrageRendu') choixParmi(replacement.data.options, replacement.data.choix);
    if (target.type === 'QuestionPosee' && !replacement && decision && decision.statut !== 'en-attente')
      throw new Refusal('question-arbitree', 'Cette question est arbitrée : annulez d’abord son arbitrage.');
    if (replacement && relationsPerdues(replacement, target).length > 0)
      throw new Refusal(
        'relation-ajoutee',
        'Une correction ne touche pas d’autres décisions : prenez-en une nouvelle, qui les touche.',
      );
  },
};

/** The decisions that a fact touches, and that its correction would touch no more. */
function relationsPerdues(
  target: DecisionEvent,
  replacement: DecisionEvent | null,
): Data<'DecisionPrise'>['relations'] {
  const liees = (fact: DecisionEvent | null) => (fact && 'relations' in fact.data ? fact.data.relations : []);
  return liees(target).filter(
    ({ relation, decision }) =>
      !liees(replacement).some((gardee) => gardee.relation === relation && gardee.decision === decision),
  );
}

/** A decision touches others, and undoes none of another committee's. */
export function exigerTouchable(relation: Relation, decision: string, par: string): void {
  if (decision === par)
    throw new Refusal('relation-a-soi', `La décision ${par} ne peut pas se toucher elle-même.`, { decision });
  if (relation !== 'confirme' && comiteDe(decision) !== comiteDe(par))
    throw new Refusal(
      'decision-d-un-autre-comite',
      `La décision ${decision} est d’un autre comité : celui-ci peut la confirmer, non la changer.`,
      { decision },
    );
}

/** A decision never stays replaced by nothing, unseen. */
export function exigerPrise(decision: EtatDecision, reference: string): void {
  if (!decision)
    throw new Refusal('decision-inconnue', `La décision ${reference} n’existe pas.`, { decision: reference });
}

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
  choixParmi(options, data.choix);
  return [{ type: 'ArbitrageRendu', data: { ...data, options } }];
}

function choixParmi(options: Data<'ArbitrageRendu'>['options'], choix: string): void {
  if (!options.some(({ option }) => option === choix))
    throw new Refusal(
      'option-inconnue',
      `« ${choix} » n’est pas une des options (${options.map(({ option }) => option).join(', ') || 'aucune'}).`,
      { choix },
    );
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
