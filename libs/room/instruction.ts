import type { AnyStreamKind, Command, Correcting, Day, Fact, Instruction } from '../event-sourcing/index.js';
import type { ActContext } from './act.js';

interface Given {
  readonly kind: AnyStreamKind;
  readonly reference: string;
  readonly part?: string;
  readonly command: Command;
  /** The séance at which it was said; without one it was said today. */
  readonly seance?: string | undefined;
  /** The séance that it precedes: it is stated today, or on the day of the séance if that is earlier. */
  readonly before?: string | undefined;
  /** What is recorded after the fact was stated on this day at the latest. */
  readonly statedBy?: Day | null | undefined;
  readonly amends?: Instruction['amends'];
  /** Where the fact itself does not say its day. */
  readonly effectiveOn?: Day | null | undefined;
}

/** An instruction for a command that came from outside. */
export async function instructionOf(given: Given, context: ActContext): Promise<Instruction> {
  const { today } = context;
  const latest = given.before ? await context.dayOf(given.before) : given.statedBy;
  const said = latest && latest < today ? latest : today;
  const statedOn = given.seance ? await context.dayOf(given.seance) : said;
  return {
    id: context.commandId,
    kind: given.kind,
    reference: given.reference,
    ...(given.part !== undefined && { part: given.part }),
    does: { command: given.command },
    author: context.author,
    ...(context.former && { former: context.former }),
    statedOn,
    ...(given.effectiveOn && { effectiveOn: given.effectiveOn }),
    ...(given.amends && { amends: given.amends }),
  };
}

/** An instruction that corrects the event at a revision of a stream. */
export const correctionOf = (
  given: { kind: AnyStreamKind; reference: string; correcting: Correcting<Fact> },
  context: Pick<ActContext, 'commandId' | 'author' | 'former'> & { statedOn: Day },
): Instruction => ({
  id: context.commandId,
  kind: given.kind,
  reference: given.reference,
  does: { correcting: given.correcting },
  author: context.author,
  ...(context.former && { former: context.former }),
  statedOn: context.statedOn,
});
