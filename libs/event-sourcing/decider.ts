import type { Annulment, Fact } from './event.js';
import { ANNULMENT } from './event.js';
import type { Timed } from './timeline.js';
import { fold, opening, standing } from './timeline.js';
import { Refusal } from './refusal.js';

export interface Command {
  readonly type: string;
  readonly data: object;
}

/**
 * The rules of one kind of thing, pure: time, author and ids arrive in the command.
 * `decide` refuses by throwing a `Refusal`; `evolve` is total.
 */
export interface Decider<C extends Command, S, F extends Fact> {
  readonly initial: S;
  decide(command: C, state: S): readonly F[];
  evolve(state: S, fact: F): S;
  /** Refuses a correction that this kind of thing does not bear; `replacement` is null for an annulment. */
  correctable?(target: F, replacement: F | null, state: S): void;
  /** Whether a fact may be replaced by one of another type; without it, none may. */
  retypable?(target: F, replacement: F): boolean;
}

/** A correction of the event at a revision: another fact in its place, or nothing (an annulment). */
export type Correcting<F extends Fact> =
  | { readonly revision: number; readonly replacement: F; readonly effectiveOn?: string }
  | { readonly revision: number; readonly motif: string };

/** The state that commands decide on: everything known, with no limit on when it was true. */
export function currentState<C extends Command, S, F extends Fact>(
  decider: Decider<C, S, F>,
  events: readonly Timed<F>[],
): S {
  return fold(standing(events), decider.initial, (state, event) => decider.evolve(state, event));
}

/** Decides, and refuses a fact that would be true before the thing itself exists. */
export function decide<C extends Command, S, F extends Fact>(
  decider: Decider<C, S, F>,
  events: readonly Timed<F>[],
  command: C,
  effectiveOn: string,
): readonly F[] {
  const facts = decider.decide(command, currentState(decider, events));
  const opened = opening(events);
  if (facts.length > 0 && opened && effectiveOn < opened.metadata.effectiveOn)
    throw tooEarly(effectiveOn, opened.metadata.effectiveOn);
  return facts;
}

/** Decides a correction: only a standing event may be corrected, and an annulment annuls whole. */
export function decideCorrection<C extends Command, S, F extends Fact>(
  decider: Decider<C, S, F>,
  events: readonly Timed<F>[],
  correcting: Correcting<F>,
): { fact: F | Annulment; target: Timed<F> } {
  const target = events.find((event) => event.revision === correcting.revision);
  if (!target)
    throw new Refusal('evenement-inconnu', `Aucun événement n’a la révision ${correcting.revision} ici.`, {
      revision: correcting.revision,
    });
  const stands = standing(events, { annulments: true }).some((event) => event.id === target.id);
  if (!stands)
    throw new Refusal(
      'evenement-deja-corrige',
      'Cet événement a déjà été corrigé ou annulé : corrigez ou annulez plutôt sa correction.',
      { revision: correcting.revision },
    );
  const replacement = 'replacement' in correcting ? correcting.replacement : null;
  if (target.type === ANNULMENT && replacement)
    throw new Refusal('annulation-irremplacable', 'Une annulation ne se remplace pas : elle s’annule.');
  if (target.type !== ANNULMENT) {
    decider.correctable?.(target, replacement, currentState(decider, events));
    if (replacement && replacement.type !== target.type && !decider.retypable?.(target, replacement))
      throw new Refusal(
        'type-immuable',
        `${target.type} ne se remplace pas par ${replacement.type} : annulez ce fait, et enregistrez l’autre.`,
      );
  }
  const opened = opening(events);
  const effectiveOn = 'effectiveOn' in correcting ? correcting.effectiveOn : undefined;
  if (
    effectiveOn !== undefined &&
    opened &&
    opened.id !== target.id &&
    effectiveOn < opened.metadata.effectiveOn
  )
    throw tooEarly(effectiveOn, opened.metadata.effectiveOn);
  const fact: F | Annulment = replacement ?? {
    type: ANNULMENT,
    data: { motif: 'motif' in correcting ? correcting.motif : '' },
  };
  return { fact, target };
}

const tooEarly = (effectiveOn: string, opening: string): Refusal =>
  new Refusal(
    'fait-anterieur-a-l-ouverture',
    `Un fait du ${effectiveOn} précède l’ouverture de ce qu’il concerne (${opening}).`,
    { effectiveOn, opening },
  );
