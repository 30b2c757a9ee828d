import { setTimeout as sleep } from 'node:timers/promises';
import type { Consequence } from './consequence.js';
import type { Day, Recorded } from './event.js';
import { CommandMismatch, ConcurrencyConflict, type EventStore } from './event-store.js';
import { type Handled, type Instruction, Refusals } from './instruction.js';
import { StreamMemory } from './stream-memory.js';
import { UnitOfWork } from './unit-of-work.js';

export interface HandleOptions {
  /** How often a conflict is tried again. */
  readonly attempts?: number;
  /** Decide and return what would be recorded, and append nothing. */
  readonly dryRun?: boolean;
  /** What a process keeps of long streams from one command to the next. */
  readonly memory?: StreamMemory;
  /** The day, where amendments are recorded of what they amend; absent: the one on which they are stated. */
  readonly today?: Day;
  /** What facts entail for other things. */
  readonly consequences?: readonly Consequence[];
}

const DEFAULT_ATTEMPTS = 8;
/** Who loses a race waits for a random while, longer each time: that lets more through than quick repetition. */
const MAX_PAUSE_MILLISECONDS = 200;

/** What the log holds of what instructions say, as they say it or otherwise, with what followed; in order of place in the log. */
export async function recordedOf(
  store: EventStore,
  instructions: readonly Instruction[],
  { memory = new StreamMemory(store), consequences = [], today }: HandleOptions = {},
): Promise<readonly Recorded[]> {
  const work = new UnitOfWork(memory, consequences, today);
  try {
    await work.openAll(instructions);
    await work.handleAll(instructions);
    const found = new Map(work.known.map((event) => [event.id, event]));
    return [...found.values()].toSorted((a, b) => (a.position < b.position ? -1 : 1));
  } finally {
    work.end();
  }
}

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
  const memory = options.memory ?? new StreamMemory(store);
  for (let attempt = 1; ; attempt += 1) {
    const work = new UnitOfWork(memory, options.consequences ?? [], options.today);
    try {
      await work.openAll(instructions);
      await work.handleAll(instructions);
      work.settle();
      const fresh = work.fresh();
      if (fresh.length === 0 || options.dryRun) return work.result(0n);
      const { position } = await store.append(work.entries());
      return work.result(position);
    } catch (error) {
      const worthARetry =
        error instanceof ConcurrencyConflict ||
        error instanceof CommandMismatch ||
        (error instanceof Refusals && (await work.hasMoved(store)));
      if (!worthARetry || attempt >= attempts) throw error;
      await sleep(Math.random() * Math.min(2 ** attempt * 4, MAX_PAUSE_MILLISECONDS));
    } finally {
      work.end();
    }
  }
}
