import { commandIdFrom, digest } from './command-identity.js';
import { stateOf } from './decider.js';
import { AMENDMENT, amendmentIn, ANNULMENT, type Fact, type Recorded, withdrawalIn } from './event.js';
import {
  type Amendment,
  dayGiven,
  type Difference,
  EFFECTIVE_DAY,
  effectiveDayOf,
  type Instruction,
} from './instruction.js';
import { Refusal } from './refusal.js';
import { type AnyStreamKind, rulesOf, streamOf } from './stream-kind.js';
import type { OpenStream } from './stream-memory.js';
import type { Timed } from './timeline.js';

const FORMULA = '2:';

/**
 * All that a command records: what it does to what, its source, and the day that it gives. The day on which it
 * was stated is that of the séance, told once by the séance. Storage format: another formula is another prefix.
 */
export const digestOf = (instruction: Instruction, facts: readonly Fact[]): string =>
  FORMULA + digest({ ...firstFormula(instruction), effectiveOn: dayGiven(instruction, facts) ?? null });

const firstFormula = ({ kind, reference, does, source }: Instruction) => ({
  stream: streamOf(kind, reference),
  act: does,
  source,
});

/** Whether an event was recorded by this very command, told by the formula of its time. */
export function isOf(instruction: Instruction, before: readonly Recorded[]): boolean {
  const { commandDigest } = before[0]!.metadata;
  if (!commandDigest.startsWith(FORMULA)) return commandDigest === digest(firstFormula(instruction));
  return commandDigest === digestOf(instruction, own(instruction, before));
}

/** What a command brought along is no saying of its own. */
export const own = (instruction: Instruction, before: readonly Recorded[]): readonly Recorded[] =>
  'command' in instruction.does ? before.filter(({ metadata }) => !metadata.corrects) : before;

/** What it does in the light of what stands. What was annulled may be said again at another séance: that is another command. */
export function withItsId(given: Instruction, { state }: OpenStream): Instruction {
  const instruction = {
    ...given,
    ...given.asKnown?.(state.standing() as Recorded[], (event) => state.originOf(event) as Recorded),
  };
  const { idOnceAnnulled, statedOn, former } = instruction;
  const id = idAnew(instruction, state);
  if (former && state.ofCommand(id).length === 0) {
    const recorded = state.ofCommand(former.id);
    const isOurs = recorded.every(({ metadata }) => (former.author ?? metadata.author) === metadata.author);
    if (recorded.length > 0 && isOurs) return { ...instruction, id: former.id };
  }
  if (id !== instruction.id) return { ...instruction, id };
  if (idOnceAnnulled === undefined) return instruction;
  const before = state.ofCommand(id);
  const annulled = before.length > 0 && before.every((event) => !state.standingFor(event));
  const elsewhere = before.every(({ metadata }) => metadata.statedOn !== statedOn);
  return annulled && elsewhere ? { ...instruction, id: idOnceAnnulled } : instruction;
}

/** Under another id where what was recorded under the first was withdrawn, or is said anew by another amendment. */
function idAnew({ id, amends }: Instruction, state: OpenStream['state']): string {
  for (let said = id; ;) {
    const [first, ...more] = state.ofCommand(said);
    if (!first || [first, ...more].some((event) => state.standingFor(event))) return said;
    const annulled = state.annulmentOf(first);
    if (!annulled || !(withdrawalIn(annulled) ?? (amends && amends.motif !== amendmentIn(first)?.motif)))
      return said;
    said = commandIdFrom('anew', said, String(annulled.revision));
  }
}

/**
 * Decides the command again on what preceded its first recording, and compares field by field with what
 * stands in its place today. A fact that was corrected to what is now given differs no more.
 */
export function differencesOf(
  instruction: Instruction,
  { state, size }: OpenStream,
  before: readonly Recorded[],
): Difference[] {
  const known = state.events().slice(0, size);
  const first = Math.min(...before.map(({ revision }) => revision));
  const past = known.filter((event) => event.revision < first);
  const facts = redecide(instruction, past);
  return own(instruction, before).flatMap((original, index) => {
    const recorded = (state.standingFor(original) as Recorded | undefined) ?? original;
    const fields = [
      ...fieldDifferences(recorded.data, facts[index]?.data ?? {}),
      ...dayDifference(instruction, facts, recorded),
    ];
    const isCorrected = recorded !== original;
    const source = sourceOf(recorded);
    const otherSource = !isCorrected && asTaken(source) !== asTaken(instruction.source ?? null);
    return fields.length > 0 || otherSource ? [{ instruction, recorded, fields, fact: facts[index] }] : [];
  });
}

/** Whether it was said as an amendment is no part of what is said. */
function sourceOf({ metadata }: Recorded): object | null {
  const { [AMENDMENT]: _, ...source } = (metadata.source ?? {}) as Record<string, unknown>;
  return Object.keys(source).length > 0 ? source : null;
}

function dayDifference(
  instruction: Instruction,
  facts: readonly Fact[],
  { metadata }: Recorded,
): Difference['fields'] {
  if (!('command' in instruction.does) || dayGiven(instruction, facts) === undefined) return [];
  const given = effectiveDayOf(instruction, facts);
  const { effectiveOn: recorded } = metadata;
  return given === recorded ? [] : [{ field: EFFECTIVE_DAY, recorded, given }];
}

function redecide(
  { kind, reference, does, statedOn, amends }: Instruction,
  past: readonly Timed[],
): readonly Fact[] {
  if ('correcting' in does)
    return 'replacement' in does.correcting
      ? [does.correcting.replacement]
      : [{ type: ANNULMENT, data: { motif: does.correcting.motif } }];
  try {
    const state = stateOf(rulesOf(kind), past);
    const days = state.days(statedOn, amendsIts(amends, kind, reference));
    return rulesOf(kind).decide(does.command, state.current, days);
  } catch (error) {
    if (error instanceof Refusal) return [];
    throw error;
  }
}

/** Whether an amendment is one of this very thing. */
export const amendsIts = (
  amends: Amendment | undefined,
  { category }: AnyStreamKind,
  reference: string,
): boolean => amends?.of.kind.category === category && amends.of.reference === reference;

/** Whether what is given is the same fact, said otherwise. */
export const saysOtherwise = ({ recorded, fields, fact }: Difference): boolean =>
  fact?.type === recorded.type && fields.length > 0;

/** Whether what is given only says what was recorded as not known. */
export const saysMore = ({ instruction, recorded, fields, fact }: Difference): boolean =>
  fact?.type === recorded.type &&
  fields.length > 0 &&
  fields.every(
    ({ field, recorded: known, given }) =>
      field !== EFFECTIVE_DAY && isMore(known, given, instruction.kind.facts[fact.type]?.unknown ?? []),
  );

/** A list says more where each thing that it had is still there, or says more itself. */
function isMore(known: unknown, given: unknown, unknown: readonly string[]): boolean {
  if (known === undefined || known === null || unknown.includes(known as string)) return true;
  if (Array.isArray(known) && Array.isArray(given)) {
    const left: unknown[] = [...(given as unknown[])];
    return known.every((one) => {
      const at = left.findIndex((other) => isMore(one, other, unknown));
      if (at >= 0) left.splice(at, 1);
      return at >= 0;
    });
  }
  if (isPlainObject(known) && isPlainObject(given))
    return Object.keys(known).every((key) => isMore(known[key], given[key], unknown));
  return asTaken(known) === asTaken(given);
}

/** As it would be taken today: earlier releases recorded accents and ends of lines as they came. */
const asTaken = (value: unknown): string =>
  digest(
    value === undefined
      ? undefined
      : (JSON.parse(JSON.stringify(value).normalize().replaceAll('\\r\\n', '\\n')) as unknown),
  );

/** The leaves at which two plain values differ, however their texts are spelt. */
export function fieldDifferences(recorded: unknown, given: unknown, field = ''): Difference['fields'] {
  if (asTaken(recorded) === asTaken(given)) return [];
  if (!isPlainObject(recorded) || !isPlainObject(given)) return [{ field, recorded, given }];
  const keys = [...new Set([...Object.keys(recorded), ...Object.keys(given)])];
  return keys.flatMap((key) => fieldDifferences(recorded[key], given[key], field ? `${field}.${key}` : key));
}

const isPlainObject = (value: unknown): value is Record<string, unknown> =>
  value !== null && typeof value === 'object' && !Array.isArray(value);
