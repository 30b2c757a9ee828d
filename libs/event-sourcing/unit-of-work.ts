import { commandIdFrom, contentDigest, digest, eventId } from './command-identity.js';
import type { Consequence } from './consequence.js';
import { Consequences, type Refused } from './consequences.js';
import { type Correcting, decide, decideCorrection } from './decider.js';
import {
  AMENDMENT,
  ANNULMENT,
  type Correction,
  type Day,
  type Fact,
  type NewEvent,
  type Recorded,
  WITHDRAWAL,
} from './event.js';
import { ConcurrencyConflict, type Entry, type EventStore, type Expected } from './event-store.js';
import { type AnyCatalogue, checkFact } from './fact-catalogue.js';
import {
  type Amendment,
  ContentDiffers,
  type Difference,
  earlier,
  EFFECTIVE_DAY,
  effectiveDayOf,
  type Handled,
  type Instruction,
  Refusals,
} from './instruction.js';
import {
  amendsIts,
  differencesOf,
  digestOf,
  isOf,
  own,
  saysMore,
  saysOtherwise,
  withItsId,
} from './recorded-before.js';
import { InvalidInput, Refusal } from './refusal.js';
import { type AnyStreamKind, type Check, rulesOf, streamOf } from './stream-kind.js';
import type { OpenStream, StreamMemory } from './stream-memory.js';

const OPENED_AT_ONCE = 32;

/** What a fact is recorded with. */
interface Said {
  readonly commandDigest: string;
  readonly statedOn: Day;
  readonly effectiveOn: Day;
  readonly corrects: Correction | undefined;
  readonly source: object | undefined;
}

/** What is said, in this unit of work, of an occasion that is over. */
interface Amended {
  readonly amendment: Amendment;
  /** The first instruction that says of it. */
  readonly instruction: Instruction;
  /** The id of the first event that was decided so. */
  readonly event: string;
}

export class UnitOfWork {
  private readonly streams = new Map<string, OpenStream>();
  private readonly pending: { stream: string; event: NewEvent; revision: number }[] = [];
  private readonly checked = new Set<string>();
  private readonly seen = new Set<string>();
  private readonly repeated: Recorded[] = [];
  private readonly differences: Difference[] = [];
  private readonly refusals: Refused[] = [];
  /** What was recorded before of what is said, as it is said now or otherwise. */
  readonly known: Recorded[] = [];
  private readonly amended = new Map<string, Amended>();

  private readonly following: Consequences;

  constructor(
    private readonly memory: StreamMemory,
    consequences: readonly Consequence[],
    private readonly today?: Day,
  ) {
    const work = {
      open: (kind: AnyStreamKind, reference: string) => this.open(kind, reference),
      handle: (instruction: Instruction, refusals: Refused[]) => this.handle(instruction, refusals),
    };
    this.following = new Consequences(consequences, work, this.refusals);
  }

  /** The streams that are written to, all at once: one after another they would cost a round trip each. */
  async openAll(instructions: readonly Instruction[]): Promise<void> {
    const named = new Map(instructions.map((one) => [streamOf(one.kind, one.reference), one]));
    const all = [...named.values()];
    for (let from = 0; from < all.length; from += OPENED_AT_ONCE)
      await Promise.all(
        all.slice(from, from + OPENED_AT_ONCE).map(({ kind, reference }) => this.open(kind, reference)),
      );
  }

  async handleAll(instructions: readonly Instruction[]): Promise<void> {
    for (const [index, instruction] of instructions.entries()) {
      await this.handle(instruction);
      if (instructions[index + 1]?.phase !== instruction.phase || index + 1 === instructions.length)
        await this.following.handleAll();
    }
    for (const one of this.amended.values()) await this.tellAmended(one);
  }

  /** That what was said on an occasion is so no more is told of the occasion itself, as true as long as it. */
  private async tellAmended({ amendment, instruction, event }: Amended): Promise<void> {
    const { of, motif } = amendment;
    const { state } = await this.open(of.kind, of.reference);
    const { author, statedOn, path } = instruction;
    const last = state.standing().at(-1)?.metadata;
    await this.handle({
      id: commandIdFrom('amended', event),
      kind: of.kind,
      reference: of.reference,
      does: { command: of.occasion!.amended({ le: this.today ?? statedOn, motif }) },
      author,
      statedOn: state.lastStated || statedOn,
      ...(last && { effectiveOn: last.effectiveOn }),
      amends: amendment,
      ...(path !== undefined && { path }),
    });
  }

  private async handle(given: Instruction, refusals = this.refusals): Promise<void> {
    const open = await this.open(given.kind, given.reference);
    if (given.madeAt !== undefined && open.loaded > given.madeAt)
      throw new ConcurrencyConflict(open.stream, given.madeAt, open.loaded);
    const instruction = withItsId(given, open);
    const refuse = (refusal: Refusal | InvalidInput) =>
      void refusals.push({ instruction, refusal: naming(instruction, refusal) });
    if (this.seen.has(instruction.id)) return refuse(TWICE);
    this.seen.add(instruction.id);
    const before = open.state.ofCommand(instruction.id) as Recorded[];
    this.known.push(...before);
    if (before.length > 0) {
      // Said again as an amendment, it is to stand, whatever was said since.
      if (!instruction.amends && isOf(instruction, before)) this.repeated.push(...before);
      else {
        const differences = differencesOf(instruction, open, before);
        if (differences.length === 0) this.repeated.push(...before);
        else if (await this.mayAdd(instruction, differences))
          return this.sayMore(instruction, differences, refusals);
        this.differences.push(...differences);
      }
      this.following.follow(instruction, own(instruction, before), before[0]!.metadata.effectiveOn, false);
      this.repeated.push(...((await this.following.recordedWith(instruction, open)) as Recorded[]));
      return;
    }
    try {
      const { facts, effectiveOn } = await this.record(instruction, open);
      this.following.follow(instruction, facts, effectiveOn, true);
      await this.following.bringInLine(instruction, open);
    } catch (error) {
      if (!(error instanceof Refusal || error instanceof InvalidInput)) throw error;
      refuse(error);
    }
  }

  /** As long as the occasion lasts, what is said again may say more; an amendment says otherwise. */
  private async mayAdd(
    { occasion, amends }: Instruction,
    differences: readonly Difference[],
  ): Promise<boolean> {
    if (amends) return differences.every(saysOtherwise);
    if (!occasion || !differences.every(saysMore)) return false;
    try {
      await this.require([occasion]);
      return true;
    } catch (error) {
      if (error instanceof Refusal) return false;
      throw error;
    }
  }

  private async sayMore(
    { asKnown: _, ...instruction }: Instruction,
    differences: readonly Difference[],
    refusals: Refused[],
  ) {
    for (const { recorded, fields, fact } of differences) {
      const day = fields.find(({ field }) => field === EFFECTIVE_DAY)?.given as Day | undefined;
      await this.handle(
        {
          ...instruction,
          id: commandIdFrom('more', instruction.id, String(recorded.revision)),
          does: {
            correcting: {
              revision: recorded.revision,
              replacement: fact!,
              ...(day !== undefined && { effectiveOn: day }),
            },
          },
        },
        refusals,
      );
    }
  }

  /** Nothing goes on unless every instruction was accepted. */
  settle(): void {
    if (this.differences.length > 0) throw new ContentDiffers(this.differences);
    if (this.refusals.length > 0) throw new Refusals(this.refusals);
  }

  /**
   * Whether a stream has gone on since it was read: what was refused may have been so on some streams as they were
   * before another's append and others as they are after it.
   */
  async hasMoved(store: EventStore): Promise<boolean> {
    const all = [...this.streams.values()];
    if (all.length < 2) return false;
    for (let from = 0; from < all.length; from += OPENED_AT_ONCE) {
      const moved = await Promise.all(
        all.slice(from, from + OPENED_AT_ONCE).map(async ({ stream, loaded }) => {
          const last = (await store.readStream(stream, Math.max(loaded, 0))).at(-1);
          return last !== undefined && last.revision > loaded;
        }),
      );
      if (moved.includes(true)) return true;
    }
    return false;
  }

  fresh(): readonly NewEvent[] {
    return this.pending.map(({ event }) => event);
  }

  entries(): Entry[] {
    const written = new Set(this.pending.map(({ stream }) => stream));
    const checks = [...this.checked]
      .filter((stream) => !written.has(stream))
      .map((stream) => ({ stream, expected: expectedAt(this.streams.get(stream)!.loaded), events: [] }));
    const writes: { stream: string; expected: Expected; events: NewEvent[] }[] = [];
    for (const { stream, event, revision } of this.pending) {
      const last = writes.at(-1);
      if (last?.stream === stream) last.events.push(event);
      else writes.push({ stream, expected: expectedAt(revision - 1), events: [event] });
    }
    return [...checks, ...writes];
  }

  result(position: bigint): Handled {
    const last = this.repeated.reduce((max, event) => (event.position > max ? event.position : max), 0n);
    const recorded = this.pending.map(({ stream, event, revision }) => ({ ...event, stream, revision }));
    return {
      position: position || last,
      recorded,
      alreadyThere: this.repeated,
      skipped: this.following.skipped,
    };
  }

  end(): void {
    for (const open of this.streams.values()) this.memory.giveBack(open);
  }

  private async record(instruction: Instruction, open: OpenStream) {
    const { kind, occasion, amends } = instruction;
    if (occasion && !amends && 'command' in instruction.does) await this.require([occasion]);
    const { facts, effectiveOn, corrects, checks } = this.decideOne(instruction, open);
    // What is refused for what does not hold elsewhere is taken as said by what follows it: that is not wrong too.
    const refusal = await this.require(checks, amends).then(() => undefined, asRefusal);
    const amendment = amends ?? (await this.amendmentBy(instruction, open));
    const source = sourceWith(instruction, amendment);
    const said = {
      commandDigest: digestOf(instruction, facts),
      statedOn: placeIn(open, instruction),
      effectiveOn,
    };
    if (kind.ordered && 'command' in instruction.does && facts.length > 0)
      this.bringAlong(instruction, open, said, facts.length);
    facts.forEach((fact, index) =>
      this.append(instruction, open, index, fact, { ...said, corrects, source }),
    );
    if (refusal) throw refusal;
    if (amendment && facts.length > 0) this.amend(amendment, instruction);
    return { facts, effectiveOn };
  }

  private amend(amendment: Amendment, instruction: Instruction): void {
    const { of, motif } = amendment;
    const key = digest([streamOf(of.kind, of.reference), motif]);
    if (!this.amended.has(key))
      this.amended.set(key, { amendment, instruction, event: eventId(instruction.id, 0) });
  }

  /** What a correction amends, though it does not say so: what it corrects was said on an occasion that is over. */
  private async amendmentBy(
    { kind, reference, does, source }: Instruction,
    open: OpenStream,
  ): Promise<Amendment | undefined> {
    if (!('correcting' in does) || 'withdraws' in does.correcting) return undefined;
    const said = originalOf(open, does.correcting.revision);
    for (const check of (said && kind.maySay?.(said, reference)) ?? []) {
      if (!check.occasion) continue;
      const { state } = await this.open(check.kind, check.reference);
      if (!check.occasion.isOver(state.current)) continue;
      const { motif = '' } = (source ?? does.correcting) as { motif?: string };
      return { of: check, motif };
    }
    return undefined;
  }

  /**
   * In an ordered kind, what a fact comes after is true when it is: what was said to be true only later is
   * corrected to that day. So a séance that is held earlier than announced exists, with its agenda, when it is.
   */
  private bringAlong(
    instruction: Instruction,
    open: OpenStream,
    said: Pick<Said, 'commandDigest' | 'statedOn' | 'effectiveOn'>,
    from: number,
  ): void {
    const later = open.state.standing().filter(({ metadata }) => metadata.effectiveOn > said.effectiveOn);
    later.forEach(({ id, revision, type, data, metadata: { source } }, index) =>
      this.append(
        instruction,
        open,
        from + index,
        { type, data },
        { ...said, corrects: { id, revision }, source },
      ),
    );
  }

  private append(
    { id: commandId, kind, author }: Instruction,
    open: OpenStream,
    index: number,
    fact: Fact,
    { commandDigest, statedOn, effectiveOn, corrects, source }: Said,
  ): void {
    const { fact: checked, version } = checkFact(kind.facts, fact);
    const revision = Math.max(open.loaded, open.state.last?.revision ?? -1) + 1;
    const metadata = {
      author,
      commandId,
      commandDigest,
      statedOn,
      effectiveOn,
      ...(corrects && { corrects }),
      ...(source && { source }),
    };
    const said = { id: eventId(commandId, index), version, metadata, ...checked };
    const event = { ...said, metadata: { ...metadata, digest: contentDigest(open.stream, said) } };
    this.pending.push({ stream: open.stream, event, revision });
    open.state.add({ ...event, revision, position: PENDING + BigInt(this.pending.length) });
  }

  private decideOne(instruction: Instruction, open: OpenStream) {
    const { kind, reference, does } = instruction;
    if ('command' in does) {
      const dayOf = (decided: readonly Fact[]) => effectiveDayOf(instruction, decided);
      const { ordered } = kind;
      const amends = amendsIts(instruction.amends, kind, reference);
      const how = { ordered, amends };
      const facts = decide(rulesOf(kind), open.state, does.command, instruction.statedOn, dayOf, how);
      const checks = facts.flatMap((fact) => [
        ...(kind.maySay?.(fact, reference) ?? []),
        ...(kind.holds?.(fact, reference, instruction.statedOn) ?? []),
      ]);
      return { facts, effectiveOn: dayOf(facts), corrects: undefined, checks };
    }
    if ('replacement' in does.correcting) checkFact(kind.facts, does.correcting.replacement);
    const correcting = dated(kind.facts, open, does.correcting);
    const { fact, target } = decideCorrection(rulesOf(kind), open.state, correcting);
    keepIdentity(kind.facts, target, fact);
    const given = 'effectiveOn' in correcting ? correcting.effectiveOn : undefined;
    const { statedOn } = open.state.originOf(target).metadata;
    const replacement = fact.type === ANNULMENT ? null : fact;
    const checks =
      target.type === ANNULMENT
        ? []
        : [
            ...(kind.mayGo?.(target, replacement, reference) ?? []),
            ...((replacement && kind.holds?.(replacement, reference, statedOn)) ?? []),
          ];
    return {
      facts: [fact],
      effectiveOn: earlier(given ?? target.metadata.effectiveOn, statedOn),
      corrects: { id: target.id, revision: target.revision },
      checks,
    };
  }

  private async require(checks: readonly Check[], amends?: Amendment): Promise<void> {
    for (const { kind, reference, rule, occasion } of checks) {
      const open = await this.open(kind, reference);
      const isAmended = occasion && amendsIts(amends, kind, reference);
      if (isAmended && !occasion.isOver(open.state.current)) throw notOver(reference);
      const further = isAmended ? [] : (rule(open.state.current) ?? []);
      this.checked.add(open.stream);
      await this.require(further);
    }
  }

  private async open(kind: AnyStreamKind, reference: string): Promise<OpenStream> {
    const stream = streamOf(kind, reference);
    const known = this.streams.get(stream);
    if (known) return known;
    const open = await this.memory.open(kind, reference);
    this.streams.set(stream, open);
    return open;
  }
}

function asRefusal(error: unknown): Refusal | InvalidInput {
  if (error instanceof Refusal || error instanceof InvalidInput) return error;
  throw error;
}

/** A refusal names what it is about. */
function naming({ reference }: Instruction, refusal: Refusal | InvalidInput): Refusal | InvalidInput {
  if (!(refusal instanceof Refusal) || A_REFERENCE.test(refusal.message)) return refusal;
  if (refusal.message.includes(reference)) return refusal;
  return new Refusal(refusal.code, `${reference} : ${refusal.message}`, refusal.details);
}

const A_REFERENCE = /[a-z0-9]\/[A-Za-z0-9]/;

const notOver = (reference: string): Refusal =>
  new Refusal(
    'rectificatif-premature',
    `${reference} n’est pas close : ce qui s’y dit encore s’y dit sans rectificatif.`,
    { reference },
  );

/** The fact that an event or its annulments are about. */
function originalOf({ state }: OpenStream, revision: number): Fact | undefined {
  for (let one = state.at(revision); one; one = state.at(one.metadata.corrects!.revision))
    if (one.type !== ANNULMENT) return one;
  return undefined;
}

function sourceWith({ source, does }: Instruction, amendment: Amendment | undefined): object | undefined {
  const withdraws =
    'correcting' in does && 'withdraws' in does.correcting ? does.correcting.withdraws : undefined;
  if (!amendment && withdraws === undefined) return source;
  return {
    ...source,
    ...(amendment && { [AMENDMENT]: { de: amendment.of.reference, motif: amendment.motif } }),
    ...(withdraws !== undefined && { [WITHDRAWAL]: withdraws }),
  };
}

const TWICE = new Refusal('acte-en-double', 'Le même acte se trouve deux fois dans la même demande.');

/**
 * The day on which a fact counts as stated: in an ordered kind never before what it was decided on. That is
 * its place, and moves nothing else: it is true from its own day.
 */
const placeIn = ({ kind, state }: OpenStream, { does, statedOn }: Instruction): Day =>
  kind.ordered && 'command' in does && state.lastStated > statedOn ? state.lastStated : statedOn;

/** A correction that says another day of the fact makes it effective from that day, unless it says so itself. */
function dated(facts: AnyCatalogue, { state }: OpenStream, correcting: Correcting<Fact>): Correcting<Fact> {
  if (!('replacement' in correcting) || correcting.effectiveOn !== undefined) return correcting;
  const target = state.at(correcting.revision);
  if (!target || target.type === ANNULMENT) return correcting;
  const dayOf = ({ type, data }: Fact) => facts[type]?.effectiveOn?.(data) ?? undefined;
  const day = dayOf(correcting.replacement);
  return day === dayOf(target)
    ? correcting
    : { ...correcting, effectiveOn: day ?? state.originOf(target).metadata.statedOn };
}

/** A correction says otherwise what was said of a thing; it does not say it of another thing. */
function keepIdentity(facts: AnyCatalogue, target: Fact, fact: Fact): void {
  if (fact.type !== target.type) return;
  const identity: readonly string[] = facts[target.type]?.identity ?? [];
  const field = identity.find(
    (name) =>
      digest((target.data as Record<string, unknown>)[name]) !==
      digest((fact.data as Record<string, unknown>)[name]),
  );
  if (field)
    throw new Refusal(
      'identite-immuable',
      `« ${field} » ne se corrige pas : annulez ce fait ici, et enregistrez-le là où il doit être.`,
      { field },
    );
}

/** Decided but not yet appended: after everything that is in the log. */
const PENDING = 1n << 62n;

const expectedAt = (revision: number): Expected => (revision < 0 ? 'noStream' : revision);
