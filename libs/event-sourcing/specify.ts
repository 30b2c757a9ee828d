import { expect } from '@jest/globals';
import type { Command, Correcting, Decider } from './decider.js';
import { decide, decideCorrection, stateOf } from './decider.js';
import type { Day, Fact } from './event.js';
import { Refusal } from './refusal.js';
import type { Timed } from './timeline.js';

/** A fact of a specification, with the day from which it is true where that matters. */
export type Given<F extends Fact> = F & { readonly on?: Day };

const FIRST_DAY = '2018-01-30';

/** Given what has happened, when a command comes, then these facts follow, or this refusal. */
export function specify<C extends Command, S, F extends Fact>(decider: Decider<C, S, F>) {
  const timed = (facts: readonly Given<F>[]): Timed<F>[] =>
    facts.map(({ on = FIRST_DAY, ...fact }, revision) => ({
      ...(fact as unknown as F),
      id: `event-${revision}`,
      revision,
      position: BigInt(revision + 1),
      metadata: { author: 'a', commandId: `c${revision}`, commandDigest: '', statedOn: on, effectiveOn: on },
    }));
  return {
    given: (...facts: Given<F>[]) => ({
      when: (command: C, on: Day = '2018-06-30') =>
        outcome(() => decide(decider, stateOf(decider, timed(facts)), command, on, () => on)),
      /** What it says, said as an amendment, of what is over. */
      whenAmending: (command: C, on: Day = '2018-06-30') =>
        outcome(() =>
          decide(decider, stateOf(decider, timed(facts)), command, on, () => on, { amends: true }),
        ),
      whenCorrecting: (correcting: Correcting<F>) =>
        outcome(() => [decideCorrection(decider, stateOf(decider, timed(facts)), correcting).fact]),
    }),
  };
}

function outcome(run: () => readonly Fact[]) {
  return {
    then: (...expected: Fact[]): void => expect(run()).toEqual(expected),
    thenRefused: (code: string): void => {
      let refusal: unknown;
      try {
        run();
      } catch (error) {
        refusal = error;
      }
      expect(refusal).toBeInstanceOf(Refusal);
      expect((refusal as Refusal).code).toBe(code);
    },
  };
}
