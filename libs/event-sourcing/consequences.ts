import { commandIdFrom, digest } from './command-identity.js';
import type { Consequence, Entailed } from './consequence.js';
import type { Day, Fact } from './event.js';
import type { Instruction } from './instruction.js';
import { type InvalidInput, Refusal } from './refusal.js';
import { type AnyStreamKind, streamOf } from './stream-kind.js';
import type { OpenStream } from './stream-memory.js';
import type { Timed } from './timeline.js';

export type Refused = { readonly instruction: Instruction; readonly refusal: Refusal | InvalidInput };

/** A fact that may entail others. */
interface Cause {
  readonly instruction: Instruction;
  readonly fact: Fact;
  readonly day: Day;
  /** Of one that was recorded before, what it entailed is recorded too, or was refused then. */
  readonly isNew: boolean;
}

/** What follows from a fact that stands. */
interface Owed {
  /** The fact, as it was said first. */
  readonly cause: Timed;
  readonly consequence: Consequence;
  readonly entailed: Entailed;
}

const WITH_ITS_CAUSE = 'Ce dont cela découlait a été corrigé.';

/** The unit of work, as consequences see it. */
interface Work {
  open(kind: AnyStreamKind, reference: string): Promise<OpenStream>;
  /** @param refusals where a refusal is put */
  handle(instruction: Instruction, refusals: Refused[]): Promise<void>;
}

/** What follows from the facts of a unit of work: recorded with them, annulled with them, back with them. */
export class Consequences {
  private readonly causes: Cause[] = [];
  readonly skipped: Refused[] = [];

  /** @param refusals of what is essential to its cause */
  constructor(
    private readonly declared: readonly Consequence[],
    private readonly work: Work,
    private readonly refusals: Refused[],
  ) {}

  /** A correction entails nothing of its own. */
  follow(instruction: Instruction, facts: readonly Fact[], day: Day, isNew: boolean): void {
    if ('command' in instruction.does)
      this.causes.push(...facts.map((fact) => ({ instruction, fact, day, isNew })));
  }

  /** What follows from what was decided, and from that. */
  async handleAll(): Promise<void> {
    for (let cause = this.causes.shift(); cause; cause = this.causes.shift()) {
      const { instruction, fact } = cause;
      for (const consequence of this.declared) {
        if (consequence.of.category !== instruction.kind.category || !consequence.facts.includes(fact.type))
          continue;
        for (const entailed of consequence.entailed(fact, instruction.reference))
          await this.handleConsequence(cause, consequence, entailed);
      }
    }
  }

  private async handleConsequence(cause: Cause, consequence: Consequence, entailed: Entailed): Promise<void> {
    const receiver = await this.work.open(consequence.to, entailed.reference);
    const instruction = entailedBy(cause, consequence, entailed, receiver);
    if (cause.isNew || receiver.state.ofCommand(instruction.id).length > 0)
      await this.work.handle(instruction, consequence.essential ? this.refusals : this.skipped);
  }

  /** After a correction: what followed from a fact goes with it; what went with it comes back with it. */
  async bringInLine(instruction: Instruction, cause: OpenStream): Promise<void> {
    const its = this.declared.filter(({ of }) => of.category === instruction.kind.category);
    if (its.length === 0 || !('correcting' in instruction.does)) return;
    const { fallen, risen } = cause.state.lastShift;
    const [before, after] = [fallen, risen].map((facts) => owedBy(its, instruction.reference, cause, facts));
    const lost = [...before!].filter(([key]) => !after!.has(key));
    const regained = [...after!].filter(([key]) => !before!.has(key));
    if (lost.length > 0) await this.annulWhatFollowed(instruction, cause, its, lost);
    if (regained.length > 0) await this.bringBack(instruction, cause, regained);
  }

  /** What a correction that was recorded before took with it, or brought back. */
  async recordedWith(instruction: Instruction, cause: OpenStream): Promise<readonly Timed[]> {
    const { id, kind, reference, does } = instruction;
    const its = this.declared.filter(({ of }) => of.category === kind.category);
    if (its.length === 0 || !('correcting' in does)) return [];
    const found = new Map<string, Timed>();
    for (const { consequence, entailed } of owedBy(its, reference, cause, cause.state.events()).values()) {
      const receiver = await this.work.open(consequence.to, entailed.reference);
      for (const event of receiver.state.events()) {
        const { corrects, commandId } = event.metadata;
        if (!corrects || commandIdFrom(id, receiver.stream, String(corrects.revision)) !== commandId)
          continue;
        const nested = { ...instruction, id: commandId, kind: consequence.to, reference: entailed.reference };
        for (const one of [event, ...(await this.recordedWith(nested, receiver))]) found.set(one.id, one);
      }
    }
    return [...found.values()];
  }

  private async annulWhatFollowed(
    instruction: Instruction,
    cause: OpenStream,
    its: readonly Consequence[],
    lost: readonly (readonly [string, Owed])[],
  ): Promise<void> {
    const still = owedBy(its, instruction.reference, cause, cause.state.standing());
    for (const [key, owed] of lost) {
      if (still.has(key)) continue;
      const receiver = await this.work.open(owed.consequence.to, owed.entailed.reference);
      const { state } = receiver;
      // Under a correction of it, it stands again until it is annulled itself.
      const left = () => state.standing().findLast((event) => isOf(owed, state.originOf(event)));
      for (let one = left(); one; one = left()) await this.annulWith(instruction, owed, receiver, one);
    }
  }

  private async bringBack(
    instruction: Instruction,
    cause: OpenStream,
    regained: readonly (readonly [string, Owed])[],
  ): Promise<void> {
    const commands = new Set(cause.state.events().map(({ metadata }) => metadata.commandId));
    for (const [, owed] of regained) {
      const receiver = await this.work.open(owed.consequence.to, owed.entailed.reference);
      const { state, stream } = receiver;
      const went = state.annulments().filter(({ metadata: { corrects, commandId } }) => {
        const target = state.at(corrects!.revision);
        const withIt = [...commands].some(
          (id) => commandIdFrom(id, stream, String(corrects!.revision)) === commandId,
        );
        return target && withIt && isOf(owed, state.originOf(target));
      });
      for (const one of went.reverse()) await this.annulWith(instruction, owed, receiver, one);
    }
  }

  private async annulWith(
    { id, author, statedOn, source, path, amends, does }: Instruction,
    { consequence: { to: kind }, entailed: { reference } }: Owed,
    { stream }: OpenStream,
    { revision }: Timed,
  ): Promise<void> {
    const correcting =
      'correcting' in does && 'motif' in does.correcting ? does.correcting : { motif: WITH_ITS_CAUSE };
    const refused: Refused[] = [];
    const instruction: Instruction = {
      id: commandIdFrom(id, stream, String(revision)),
      kind,
      reference,
      does: { correcting: { ...correcting, revision } },
      author,
      statedOn,
      ...(source && { source }),
      ...(amends && { amends }),
      ...(path !== undefined && { path }),
    };
    await this.work.handle(instruction, refused);
    for (const { refusal } of refused)
      throw new Refusal(
        'consequence-engagee',
        `Ce qui en découle (${reference}@${revision}) ne s’annule pas avec : ${refusal.message}`,
        { evenement: `${reference}@${revision}` },
      );
  }
}

/** The instruction of a consequence: by whom, when and where its cause was said. */
function entailedBy(
  { instruction, day }: Cause,
  consequence: Consequence,
  entailed: Entailed,
  receiver: OpenStream,
): Instruction {
  const { id, author, statedOn, source, path, occasion, amends, phase } = instruction;
  const opened = receiver.state.opening()?.metadata.effectiveOn ?? '';
  const effectiveOn = opened > day ? opened : day;
  return {
    id: instruction.consequenceId?.(consequence, entailed) ?? commandIdFrom(id, entailed.part),
    kind: consequence.to,
    reference: entailed.reference,
    does: { command: entailed.command },
    author,
    statedOn,
    ...(source && { source }),
    ...(path !== undefined && { path }),
    ...(occasion && { occasion }),
    ...(amends && { amends }),
    ...(phase !== undefined && { phase }),
    ...(effectiveOn < statedOn && { effectiveOn }),
  };
}

/** What facts of a thing entail, by what tells each apart. */
function owedBy(
  its: readonly Consequence[],
  reference: string,
  { state }: OpenStream,
  facts: readonly Timed[],
): Map<string, Owed> {
  const owed = new Map<string, Owed>();
  for (const consequence of its)
    for (const fact of facts) {
      if (!consequence.facts.includes(fact.type)) continue;
      for (const entailed of consequence.entailed(fact, reference)) {
        const { part, command } = entailed;
        const key = digest([streamOf(consequence.to, entailed.reference), part, command.data]);
        owed.set(key, { cause: state.originOf(fact), consequence, entailed });
      }
    }
  return owed;
}

/** Whether an event of the receiver is what followed: it says that, and was said with its cause. */
function isOf({ cause, consequence: { of, to }, entailed }: Owed, { data, metadata }: Timed): boolean {
  const { author, statedOn } = cause.metadata;
  const sameDay = of.ordered || to.ordered || metadata.statedOn === statedOn;
  return sameDay && metadata.author === author && digest(data) === digest(entailed.command.data);
}
