import { type CommandsOf, type DataOf, type Decider, factsOf } from '../event-sourcing/decider.js';
import { Refusal } from '../event-sourcing/refusal.js';
import { type DateFloue, type Glissement, glissementEntre } from '../words/date-floue.js';
import { simple } from '../words/simple.js';
import type { ActionEvent } from './actions.events.js';

const FACTS = {
  DeciderAction: 'ActionDecidee',
  ConstaterAvancement: 'AvancementConstate',
  ReviserEcheance: 'EcheanceRevisee',
  AbandonnerAction: 'ActionAbandonnee',
} as const;
export type ActionCommand = CommandsOf<ActionEvent, typeof FACTS>;

export type Avancement = DataOf<ActionEvent, 'AvancementConstate'>;

export interface Action extends DataOf<ActionEvent, 'ActionDecidee'> {
  readonly statut: 'ouverte' | 'faite' | 'abandonnee';
  /** The last of each actor, and of all actors together (`acteur: null`), oldest first. */
  readonly avancements: readonly Avancement[];
  readonly echeanceInitiale?: DateFloue;
  readonly glissement: Glissement | null;
  readonly motifAbandon?: string;
  /** Of an action that recurs: each time that it was done, oldest first. */
  readonly occurrences: readonly Occurrence[];
  /** Whether the last progress ended an occurrence: the next one then begins anew. */
  readonly entreDeux: boolean;
}

/** One time that a recurring action was done: what each actor said. */
export interface Occurrence {
  readonly seance?: string | undefined;
  readonly avancements: readonly Avancement[];
}

export type EtatAction = Action | undefined;

export const actionDecider: Decider<ActionCommand, EtatAction, ActionEvent> = {
  initial: undefined,

  decide(command, action) {
    if (command.type === 'DeciderAction') {
      if (action) throw new Refusal('action-deja-decidee', 'Cette référence d’action est déjà prise.');
      return factsOf(FACTS, command);
    }
    if (!action) throw new Refusal('action-inconnue', 'Cette action n’existe pas.');
    if (action.statut === 'abandonnee')
      throw new Refusal('action-abandonnee', 'Cette action est abandonnée : elle n’avance plus.');
    return command.type === 'ConstaterAvancement' ? constater(command.data, action) : factsOf(FACTS, command);
  },

  correctable(_target, replacement, action) {
    if (replacement?.type === 'AvancementConstate' && action) acteurDe(replacement.data.acteur, action);
  },

  /** Words taken for a progress may have been a new due date, or a dropping; they never decided the action. */
  retypable: (target, replacement) => target.type !== 'ActionDecidee' && replacement.type !== 'ActionDecidee',

  evolve(action, { type, data }) {
    switch (type) {
      case 'ActionDecidee':
        return {
          ...data,
          statut: 'ouverte',
          avancements: [],
          glissement: null,
          occurrences: [],
          entreDeux: false,
          ...(data.echeance && { echeanceInitiale: data.echeance }),
        };
      case 'AvancementConstate':
        return action && avecAvancement(action, data);
      case 'EcheanceRevisee':
        return action && avecEcheance(action, data.echeance);
      case 'ActionAbandonnee':
        return action && { ...action, statut: 'abandonnee', motifAbandon: data.motif };
    }
  },
};

/** An actor as the action names it: earlier releases recorded letters and accents as they came. */
function acteurDe(acteur: string | null, action: Action): string | null {
  const nomme =
    action.acteurs.find((one) => one === acteur) ??
    action.acteurs.find((one) => acteur !== null && simple(one) === simple(acteur));
  if (acteur !== null && nomme === undefined)
    throw new Refusal(
      'acteur-inconnu',
      `« ${acteur} » n’est pas un acteur de cette action (${action.acteurs.join(', ')}).`,
      { acteur, acteurs: action.acteurs },
    );
  return nomme ?? null;
}

function constater(data: Avancement, action: Action): ActionEvent[] {
  return [{ type: 'AvancementConstate', data: { ...data, acteur: acteurDe(data.acteur, action) } }];
}

const TERMINE: readonly string[] = ['fait', 'livre'];

/** A progress for all actors stands for each of them, until they have said otherwise one by one. */
function avecAvancement(action: Action, data: Avancement): Action {
  const avant = action.entreDeux ? [] : action.avancements;
  const autres = data.acteur === null ? [] : avant.filter(({ acteur }) => acteur !== data.acteur);
  const tous = [...autres, data];
  const chacun = action.acteurs.every((acteur) => tous.some((one) => one.acteur === acteur));
  const avancements = chacun ? tous.filter(({ acteur }) => acteur !== null) : tous;
  const dernier = (acteur: string) =>
    avancements.find((one) => one.acteur === acteur) ?? avancements.find((one) => one.acteur === null);
  const faite = action.acteurs.every((acteur) => TERMINE.includes(dernier(acteur)?.code ?? ''));
  if (action.recurrence !== undefined && action.statut !== 'abandonnee')
    return apres({ ...action, avancements, entreDeux: faite }, data, faite);
  const statut = action.statut === 'abandonnee' ? 'abandonnee' : faite ? 'faite' : 'ouverte';
  return { ...action, avancements, statut };
}

/** What recurs is never done for good: an occurrence is, with its due date, and the next one is open. */
function apres(action: Action, { seance }: Avancement, faite: boolean): Action {
  if (!faite) return action;
  const { echeance: _, echeanceInitiale: __, ...encore } = action;
  const occurrence = { ...(seance !== undefined && { seance }), avancements: action.avancements };
  return { ...encore, glissement: null, occurrences: [...action.occurrences, occurrence] };
}

function avecEcheance(action: Action, echeance: DateFloue): Action {
  const echeanceInitiale = action.echeanceInitiale ?? echeance;
  const glissement = action.echeanceInitiale ? glissementEntre(action.echeanceInitiale, echeance) : null;
  return { ...action, echeance, echeanceInitiale, glissement };
}
