import type { Annulment, Day, Fact } from './event.js';
import { ANNULMENT, withdrawalIn } from './event.js';
import type { Days } from './states-by-day.js';
import type { Timed } from './timeline.js';
import { Refusal } from './refusal.js';
import { StreamState } from './stream-state.js';

export interface Command {
  readonly type: string;
  readonly data: object;
}

/** The data of a type of facts. */
export type DataOf<F extends Fact, T extends F['type']> = Extract<F, { readonly type: T }>['data'];

/** Commands with the data of the facts that they lead to: `{ RetirerIndicateur: 'IndicateurRetire' }`. */
export type CommandsOf<F extends Fact, M extends Readonly<Record<string, F['type']>>> = {
  readonly [T in keyof M & string]: { readonly type: T; readonly data: DataOf<F, M[T]> };
}[keyof M & string];

/** The fact that such a command leads to. */
export const factsOf = <F extends Fact, M extends Readonly<Record<string, F['type']>>>(
  types: M,
  { type, data }: CommandsOf<F, M>,
): readonly F[] => [{ type: types[type], data } as unknown as F];

/**
 * The rules of one kind of thing, pure: time, author and ids arrive in the command.
 * `decide` refuses by throwing a `Refusal`; `evolve` is total.
 */
export interface Decider<C extends Command, S, F extends Fact> {
  readonly initial: S;
  /** @param days for rules that must hold on more days than the last */
  decide(command: C, state: S, days: Days<S>): readonly F[];
  evolve(state: S, fact: F): S;
  /** What a fact is of, where a stream tells of many things, each of which begins with its own first fact. */
  partOf?(fact: F): string | undefined;
  /**
   * Refuses a correction that this kind of thing does not bear; `replacement` is null for an annulment, which may be
   * one of many that withdraw all that was recorded at once.
   */
  correctable?(target: F, replacement: F | null, state: S, withdraws: boolean): void;
  /** Whether a fact may be replaced by one of another type; without it, none may. */
  retypable?(target: F, replacement: F): boolean;
}

/** A correction of the event at a revision: another fact in its place, or nothing (an annulment). */
export type Correcting<F extends Fact> =
  | { readonly revision: number; readonly replacement: F; readonly effectiveOn?: string }
  | { readonly revision: number; readonly motif: string; readonly withdraws?: string };

type Folding<S, F extends Fact> = Pick<Decider<Command, S, F>, 'initial' | 'evolve' | 'partOf'>;

/** What the events of one stream come to, as commands see it. */
export function stateOf<S, F extends Fact>(
  decider: Folding<S, F>,
  events: readonly Timed<F>[],
): StreamState<S, F> {
  const state = new StreamState<S, F>(decider);
  for (const event of events) state.add(event);
  return state;
}

/** The state that commands decide on: everything known, with no limit on when it was true. */
export const currentState = <S, F extends Fact>(decider: Folding<S, F>, events: readonly Timed<F>[]): S =>
  stateOf(decider, events).current;

/**
 * Decides, and refuses a fact that would be true before the thing itself exists.
 * @param statedOn the day on which it is said
 * @param effectiveOn the day from which what was decided is true
 */
export function decide<C extends Command, S, F extends Fact>(
  decider: Decider<C, S, F>,
  state: StreamState<S, F>,
  command: C,
  statedOn: Day,
  effectiveOn: (facts: readonly F[]) => Day,
  { ordered = false, amends = false }: { ordered?: boolean | undefined; amends?: boolean } = {},
): readonly F[] {
  const facts = decider.decide(command, state.current, state.days(statedOn, amends));
  if (ordered || facts.length === 0) return facts;
  const day = effectiveOn(facts);
  for (const fact of facts) {
    const opened = state.openingOf(fact);
    if (!opened) continue;
    if (day < opened.metadata.effectiveOn) throw tooEarly(day, opened.metadata.effectiveOn);
    requireSaidAfter(decider, state, opened, statedOn);
  }
  return facts;
}

/** What is said takes its place by its day: before that of the opening, it would fold into what is not there. */
function requireSaidAfter<S, F extends Fact>(
  { initial, partOf }: Pick<Decider<Command, S, F>, 'initial' | 'partOf'>,
  state: StreamState<S, F>,
  opened: Timed<F>,
  statedOn: Day,
): void {
  const { statedOn: opening } = state.originOf(opened).metadata;
  if ((initial !== undefined && !partOf) || statedOn >= opening) return;
  throw new Refusal(
    'fait-anterieur-a-l-ouverture',
    `Ce qui est dit le ${statedOn} l’est avant que ce qu’il concerne soit ouvert, le ${opening}.`,
    { statedOn, opening },
  );
}

/** Decides a correction: only a standing event may be corrected, and an annulment annuls whole. */
export function decideCorrection<C extends Command, S, F extends Fact>(
  decider: Decider<C, S, F>,
  state: StreamState<S, F>,
  correcting: Correcting<F>,
): { fact: F | Annulment; target: Timed<F> } {
  const target = state.at(correcting.revision);
  if (!target)
    throw new Refusal('evenement-inconnu', `Aucun événement n’a la révision ${correcting.revision} ici.`, {
      revision: correcting.revision,
    });
  if (!state.stands(target.revision))
    throw new Refusal(
      'evenement-deja-corrige',
      'Cet événement a déjà été corrigé ou annulé : corrigez ou annulez plutôt sa correction.',
      { revision: correcting.revision },
    );
  const replacement = 'replacement' in correcting ? correcting.replacement : null;
  if (target.type === ANNULMENT && replacement)
    throw new Refusal('annulation-irremplacable', 'Une annulation ne se remplace pas : elle s’annule.');
  const withdrawal = target.type === ANNULMENT ? withdrawalIn(target) : undefined;
  if (withdrawal !== undefined)
    throw new Refusal(
      'import-annule',
      'Ce fait a été annulé avec tout un import : il ne se rétablit pas seul, le fichier s’importe à nouveau.',
      { import: withdrawal },
    );
  if (target.type !== ANNULMENT) {
    decider.correctable?.(target, replacement, state.current, 'withdraws' in correcting);
    if (replacement && replacement.type !== target.type && !decider.retypable?.(target, replacement))
      throw new Refusal(
        'type-immuable',
        `${target.type} ne se remplace pas par ${replacement.type} : annulez ce fait, et enregistrez l’autre.`,
      );
  }
  const opened = target.type === ANNULMENT ? undefined : state.openingOf(target);
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
