import { setTimeout as sleep } from 'node:timers/promises';
import { digest, eventId } from './command-identity.js';
import type { Command, Correcting, Decider } from './decider.js';
import { currentState, decide, decideCorrection } from './decider.js';
import type { Annulment, Day, Fact, NewEvent, Recorded } from './event.js';
import { ANNULMENT } from './event.js';
import type { Entry, EventStore, Expected } from './event-store.js';
import { CommandMismatch, ConcurrencyConflict } from './event-store.js';
import type { AnyCatalogue } from './fact-catalogue.js';
import { checkFact, upcast } from './fact-catalogue.js';
import { InvalidInput, Refusal } from './refusal.js';
import { originOf, standing, type Timed } from './timeline.js';

/** One kind of stream: its category, its rules, its stored facts. */
export interface StreamKind<C extends Command = Command, S = unknown, F extends Fact = Fact> {
  readonly category: string;
  readonly decider: Decider<C, S, F>;
  readonly facts: AnyCatalogue;
  /** Whether its facts fold in the order in which they are recorded, whatever the day on which they were said. */
  readonly ordered?: boolean;
  /** What must hold elsewhere for a fact to be corrected; `replacement` is null for an annulment. */
  correctionGuards?(reference: string, target: F, replacement: F | null): readonly Guard[];
}

// The handler works on any kind: each kind's own types are checked where the kind is declared.
// eslint-disable-next-line @typescript-eslint/no-explicit-any
export type AnyStreamKind = StreamKind<any, any, any>;

/** A kind's rules, as those who only pass facts through see them. */
const rulesOf = (kind: AnyStreamKind): Decider<Command, unknown, Fact> =>
  kind.decider as Decider<Command, unknown, Fact>;

/** A condition on another stream that must still hold when the events are appended. */
export interface Guard {
  readonly kind: AnyStreamKind;
  readonly reference: string;
  /** Throws a Refusal when the state does not allow the command. */
  check(state: unknown): void;
}

/** A command with all that its events will carry. */
export interface Instruction {
  readonly id: string;
  readonly kind: AnyStreamKind;
  readonly reference: string;
  readonly act: { readonly command: Command } | { readonly correcting: Correcting<Fact> };
  readonly author: string;
  readonly statedOn: Day;
  /** Defaults to the day on which the fact was stated. */
  readonly effectiveOn?: Day;
  readonly source?: object;
  readonly guards?: readonly Guard[];
  /** Where the instruction stands in its input, for error messages: `actions[2]`. */
  readonly path?: string;
}

export interface Difference {
  readonly instruction: Instruction;
  /** The event that is in the log. */
  readonly recorded: Recorded;
  /** Fields whose value differs, as paths into the event's data; empty when only the source or date differs. */
  readonly fields: readonly { field: string; recorded: unknown; given: unknown }[];
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
}

/** An event that this call wrote (or, in a dry run, would write). */
export interface Written extends NewEvent {
  readonly stream: string;
  readonly revision: number;
}

export interface HandleOptions {
  /** How often a conflict is tried again. */
  readonly attempts?: number;
  /** Decide and return what would be recorded, and append nothing. */
  readonly dryRun?: boolean;
}

const DEFAULT_ATTEMPTS = 8;

/**
 * Reads, folds, decides, and appends the events of all instructions in one atomic append.
 * Each instruction decides on what the earlier ones of the batch have just decided.
 * @throws Refusals @throws ContentDiffers @throws ConcurrencyConflict after `attempts` conflicts
 */
export async function handleCommands(
  store: EventStore,
  instructions: readonly Instruction[],
  options: HandleOptions = {},
): Promise<Handled> {
  const attempts = options.attempts ?? DEFAULT_ATTEMPTS;
  for (let attempt = 1; ; attempt += 1) {
    const work = new UnitOfWork(store);
    for (const instruction of instructions) await work.handle(instruction);
    work.settle();
    const fresh = work.fresh();
    if (fresh.length === 0 || options.dryRun) return work.result(0n);
    try {
      const { position } = await store.append(work.entries());
      return work.result(position);
    } catch (error) {
      const worthARetry = error instanceof ConcurrencyConflict || error instanceof CommandMismatch;
      if (!worthARetry || attempt >= attempts) throw error;
      await sleep(Math.random() * 5 * attempt);
    }
  }
}

interface OpenStream {
  readonly kind: AnyStreamKind;
  readonly stream: string;
  /** As loaded, or decided in this batch. */
  readonly events: (Recorded | Recorded<Annulment>)[];
  readonly loaded: number;
}

class UnitOfWork {
  private readonly streams = new Map<string, OpenStream>();
  private readonly pending: { stream: string; event: NewEvent; revision: number }[] = [];
  private readonly guarded = new Set<string>();
  private readonly seen = new Set<string>();
  private readonly repeated: Recorded[] = [];
  private readonly differences: Difference[] = [];
  private readonly refusals: { instruction: Instruction; refusal: Refusal | InvalidInput }[] = [];

  constructor(private readonly store: EventStore) {}

  async handle(instruction: Instruction): Promise<void> {
    const open = await this.open(instruction.kind, instruction.reference);
    const commandDigest = digestOf(instruction);
    if (this.seen.has(instruction.id)) return this.refuse(instruction, TWICE);
    this.seen.add(instruction.id);
    const before = open.events.filter((event) => event.metadata.commandId === instruction.id);
    if (before.length > 0) {
      if (before[0]!.metadata.commandDigest === commandDigest) this.repeated.push(...before);
      else {
        const differences = differencesOf(instruction, open, before);
        if (differences.length === 0) this.repeated.push(...before);
        this.differences.push(...differences);
      }
      return;
    }
    try {
      for (const guard of this.guardsOf(instruction, open)) await this.guard(guard);
      this.record(instruction, open, commandDigest);
    } catch (error) {
      if (!(error instanceof Refusal || error instanceof InvalidInput)) throw error;
      this.refuse(instruction, error);
    }
  }

  private refuse(instruction: Instruction, refusal: Refusal | InvalidInput): void {
    this.refusals.push({ instruction, refusal });
  }

  private guardsOf({ kind, reference, act, guards = [] }: Instruction, open: OpenStream): readonly Guard[] {
    if ('command' in act) return guards;
    const target = open.events[act.correcting.revision];
    const replacement = 'replacement' in act.correcting ? act.correcting.replacement : null;
    if (!target || target.type === ANNULMENT) return guards;
    return [...guards, ...(kind.correctionGuards?.(reference, target, replacement) ?? [])];
  }

  /** Nothing goes on unless every instruction was accepted. */
  settle(): void {
    if (this.differences.length > 0) throw new ContentDiffers(this.differences);
    if (this.refusals.length > 0) throw new Refusals(this.refusals);
  }

  fresh(): readonly NewEvent[] {
    return this.pending.map(({ event }) => event);
  }

  entries(): Entry[] {
    const checks = [...this.guarded]
      .filter((stream) => !this.pending.some((one) => one.stream === stream))
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
    return { position: position || last, recorded, alreadyThere: this.repeated };
  }

  private record(instruction: Instruction, open: OpenStream, commandDigest: string): void {
    const { kind, author, source } = instruction;
    const statedOn = placeIn(open, instruction);
    const decided = this.decideOne({ ...instruction, statedOn }, open);
    decided.facts.forEach((fact, index) => {
      const { fact: checked, version } = checkFact(kind.facts, fact);
      const revision = (open.events.at(-1)?.revision ?? -1) + 1;
      const metadata = {
        author,
        commandId: instruction.id,
        commandDigest,
        statedOn,
        effectiveOn: decided.effectiveOn,
        ...(decided.corrects && { corrects: decided.corrects }),
        ...(source && { source }),
      };
      const event = { id: eventId(instruction.id, index), version, metadata, ...checked };
      this.pending.push({ stream: open.stream, event, revision });
      open.events.push({
        ...event,
        stream: open.stream,
        revision,
        position: PENDING + BigInt(this.pending.length),
        recordedAt: new Date(0),
      });
    });
  }

  private decideOne(instruction: Instruction, open: OpenStream) {
    const { kind, act, statedOn } = instruction;
    if ('command' in act) {
      const effectiveOn = earlier(instruction.effectiveOn ?? statedOn, statedOn);
      return { facts: decide(rulesOf(kind), open.events, act.command, effectiveOn), effectiveOn };
    }
    if ('replacement' in act.correcting) checkFact(kind.facts, act.correcting.replacement);
    const correcting = dated(kind.facts, open.events, act.correcting);
    const { fact, target } = decideCorrection(rulesOf(kind), open.events, correcting);
    keepIdentity(kind.facts, target, fact);
    const given = 'effectiveOn' in correcting ? correcting.effectiveOn : undefined;
    return {
      facts: [fact],
      effectiveOn: earlier(
        given ?? target.metadata.effectiveOn,
        originOf<Timed>(target, open.events).metadata.statedOn,
      ),
      corrects: { id: target.id, revision: target.revision },
    };
  }

  private async guard(guard: Guard): Promise<void> {
    const open = await this.open(guard.kind, guard.reference);
    guard.check(currentState(rulesOf(guard.kind), open.events));
    this.guarded.add(open.stream);
  }

  private async open(kind: AnyStreamKind, reference: string): Promise<OpenStream> {
    const stream = streamOf(kind, reference);
    const known = this.streams.get(stream);
    if (known) return known;
    const events = (await this.store.readStream(stream)).map((event) => upcast(kind.facts, event));
    const open = { kind, stream, events, loaded: events.at(-1)?.revision ?? -1 };
    this.streams.set(stream, open);
    return open;
  }
}

const TWICE = new Refusal('acte-en-double', 'Le même acte se trouve deux fois dans la même demande.');

/** The day on which a fact counts as stated: in an ordered kind never before what it was decided on. */
const placeIn = ({ kind, events }: OpenStream, { act, statedOn }: Instruction): Day =>
  kind.ordered && 'command' in act
    ? events.reduce((last, { metadata }) => (metadata.statedOn > last ? metadata.statedOn : last), statedOn)
    : statedOn;

/** A correction that says another day of the fact makes it effective from that day, unless it says so itself. */
function dated(
  facts: AnyCatalogue,
  events: readonly Recorded[],
  correcting: Correcting<Fact>,
): Correcting<Fact> {
  if (!('replacement' in correcting) || correcting.effectiveOn !== undefined) return correcting;
  const target = events.find(({ revision }) => revision === correcting.revision);
  if (!target || target.type === ANNULMENT) return correcting;
  const dayOf = ({ type, data }: Fact) => facts[type]?.effectiveOn?.(data) ?? undefined;
  const day = dayOf(correcting.replacement);
  return day === dayOf(target)
    ? correcting
    : { ...correcting, effectiveOn: day ?? originOf(target, events).metadata.statedOn };
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

export const streamOf = (kind: Pick<AnyStreamKind, 'category'>, reference: string): string =>
  `${kind.category}-${reference}`;

const expectedAt = (revision: number): Expected => (revision < 0 ? 'noStream' : revision);
const earlier = (a: Day, b: Day): Day => (a < b ? a : b);

const digestOf = ({ kind, reference, act, source }: Instruction): string =>
  digest({ stream: streamOf(kind, reference), act, source });

/**
 * Decides the command again on what preceded its first recording, and compares field by field with what
 * stands in its place today. A fact that was corrected to what is now given differs no more.
 */
function differencesOf(instruction: Instruction, open: OpenStream, before: Recorded[]): Difference[] {
  const past = open.events.filter((event) => event.revision < before[0]!.revision);
  const facts = redecide(instruction, past);
  const today = standing(open.events);
  return before.flatMap((original, index) => {
    const recorded =
      today.find((event) => originOf<Timed>(event, open.events).revision === original.revision) ?? original;
    const fields = fieldDifferences(recorded.data, facts[index]?.data ?? {});
    const corrected = recorded !== original;
    return corrected && fields.length === 0 ? [] : [{ instruction, recorded, fields }];
  });
}

function redecide({ kind, act }: Instruction, past: readonly Recorded[]): readonly Fact[] {
  if ('correcting' in act)
    return 'replacement' in act.correcting
      ? [act.correcting.replacement]
      : [{ type: ANNULMENT, data: { motif: act.correcting.motif } }];
  try {
    return rulesOf(kind).decide(act.command, currentState(rulesOf(kind), past));
  } catch (error) {
    if (error instanceof Refusal) return [];
    throw error;
  }
}

/** The leaves at which two plain values differ. */
export function fieldDifferences(recorded: unknown, given: unknown, field = ''): Difference['fields'] {
  if (digest(recorded) === digest(given)) return [];
  if (!isPlainObject(recorded) || !isPlainObject(given)) return [{ field, recorded, given }];
  const keys = [...new Set([...Object.keys(recorded), ...Object.keys(given)])];
  return keys.flatMap((key) => fieldDifferences(recorded[key], given[key], field ? `${field}.${key}` : key));
}

const isPlainObject = (value: unknown): value is Record<string, unknown> =>
  value !== null && typeof value === 'object' && !Array.isArray(value);
