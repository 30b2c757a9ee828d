import type { Consequence, Entailed } from './consequence.js';
import type { Command, Correcting } from './decider.js';
import type { Day, Fact, NewEvent, Recorded } from './event.js';
import type { InvalidInput, Refusal } from './refusal.js';
import type { AnyStreamKind, Check } from './stream-kind.js';

/** Ids of another author's commands are none of ours, where an author is named. */
export interface FormerId {
  readonly id: string;
  readonly author?: string;
}

/** What is said of an occasion that is over. */
export interface Amendment {
  /** That it is not over: that alone need not hold. */
  readonly of: Check;
  readonly motif: string;
}

/** A command with all that its events will carry. */
export interface Instruction {
  readonly id: string;
  readonly kind: AnyStreamKind;
  readonly reference: string;
  /** What it is about, where that is a part of the thing: by its whole reference. */
  readonly part?: string;
  readonly does: { readonly command: Command } | { readonly correcting: Correcting<Fact> };
  readonly author: string;
  readonly statedOn: Day;
  /** Where the fact itself does not say its day; else it is the day on which it was stated. */
  readonly effectiveOn?: Day;
  readonly source?: object;
  /** The id under which an earlier release recorded the same, where ids were made otherwise. */
  readonly former?: FormerId;
  /** Its id instead where what was recorded under the first one, on another day, was annulled since. */
  readonly idOnceAnnulled?: string;
  /** What must allow that anything new be said on this occasion: a séance that is not closed. */
  readonly occasion?: Check;
  /** Adds to what was said on an occasion that is over, or says it otherwise: its facts say so. */
  readonly amends?: Amendment;
  /** The last revision of its thing that it was made for: where that went on since, others were faster. */
  readonly madeAt?: number;
  /** Where the instruction stands in its input, for error messages: `actions[2]`. */
  readonly path?: string;
  /** Which of the things that are said at once it is one of: what these entail follows when all of them are decided. */
  readonly phase?: string;
  /** What it does instead, and under which id, in the light of what stands of its thing; undefined: the same. */
  asKnown?(
    standing: readonly Recorded[],
    originOf: (event: Recorded) => Recorded,
  ): Pick<Instruction, 'id' | 'does'> | undefined;
  /** The id of what it entails; by default it is made of its own. */
  consequenceId?(consequence: Consequence, entailed: Entailed): string;
}

/** The field under which a difference of the effective day is told. */
export const EFFECTIVE_DAY = 'effectif';

export interface Difference {
  readonly instruction: Instruction;
  /** The event that is in the log. */
  readonly recorded: Recorded;
  /** Fields whose value differs, as paths into the event's data; empty when only the source differs. */
  readonly fields: readonly { field: string; recorded: unknown; given: unknown }[];
  /** The fact as it is given now. */
  readonly fact: Fact | undefined;
}

/** Command ids that are in the log already with another content: nothing was written. */
export class ContentDiffers extends Error {
  override readonly name = 'ContentDiffers';
  constructor(readonly differences: readonly Difference[]) {
    super(`${differences.length} command(s) recorded already with another content`);
  }
}

/** Every instruction that a rule refused: nothing was written. */
export class Refusals extends Error {
  override readonly name = 'Refusals';
  constructor(readonly refusals: readonly { instruction: Instruction; refusal: Refusal | InvalidInput }[]) {
    super(refusals.map(({ refusal }) => refusal.message).join(' ; '));
  }
}

export interface Handled {
  /** The last position written, or for an all-repeated batch the last position of the original. */
  readonly position: bigint;
  readonly recorded: readonly Written[];
  readonly alreadyThere: readonly Recorded[];
  /** What would have followed, and was refused by what it would have changed. */
  readonly skipped: readonly {
    readonly instruction: Instruction;
    readonly refusal: Refusal | InvalidInput;
  }[];
}

/** An event that this call wrote (or, in a dry run, would write). */
export interface Written extends NewEvent {
  readonly stream: string;
  readonly revision: number;
}

/** The day that a command gives: the caller's, or the one that its facts say; all of them are true from it. */
export function dayGiven({ kind, does, effectiveOn }: Instruction, facts: readonly Fact[]): Day | undefined {
  if (effectiveOn !== undefined || 'correcting' in does) return effectiveOn;
  const days = facts.map(({ type, data }) => kind.facts[type]?.effectiveOn?.(data));
  return days.find((day) => day) ?? undefined;
}

/** Never later than the day of the séance that reports it. */
export const effectiveDayOf = (instruction: Instruction, facts: readonly Fact[]): Day =>
  earlier(dayGiven(instruction, facts) ?? instruction.statedOn, instruction.statedOn);

export const earlier = (a: Day, b: Day): Day => (a < b ? a : b);
