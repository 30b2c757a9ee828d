import type { Logged } from '../../event.js';

const BLOCK = 1000;

type ReadAll = (after: bigint, limit: number) => Promise<Logged[]>;

interface Block {
  /** Of its last event. */
  readonly position: bigint;
  /** The latest instant recorded up to there. */
  readonly latest: number;
}

/**
 * Finds positions by instants. Several clocks record, so instants may go back along the log; their running
 * maximum does not. It is read once, from the start, and then followed.
 */
export class RecordingClock {
  private readonly blocks: Block[] = [];
  private reading: Promise<void> = Promise.resolve();

  constructor(private readonly readAll: ReadAll) {}

  /** The last position before the running maximum of recorded instants passes an instant. */
  async positionAt(instant: Date): Promise<bigint> {
    this.reading = this.reading.catch(() => undefined).then(() => this.readOn());
    await this.reading;
    const wanted = instant.getTime();
    const after = this.blocks.findLast(({ latest }) => latest <= wanted)?.position ?? 0n;
    const passing = this.blocks.find(({ latest }) => latest > wanted);
    if (!passing) return after;
    let last = after;
    for (const event of await this.readAll(after, BLOCK)) {
      if (event.recordedAt.getTime() > wanted) return last;
      last = event.position;
    }
    return last;
  }

  /** Goes on after the last block; each holds what one page brought, the last one of a reading perhaps less. */
  private async readOn(): Promise<void> {
    for (;;) {
      const { position: after, latest: before } = this.blocks.at(-1) ?? { position: 0n, latest: -Infinity };
      const page = await this.readAll(after, BLOCK);
      if (page.length === 0) return;
      const latest = page.reduce((max, { recordedAt }) => Math.max(max, recordedAt.getTime()), before);
      this.blocks.push({ position: page.at(-1)!.position, latest });
      if (page.length < BLOCK) return;
    }
  }
}
