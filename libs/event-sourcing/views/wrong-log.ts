interface Found {
  /** The identity of the log. */
  readonly log: string;
  /** The identity of the log that the views came from. */
  readonly views?: string;
  readonly copyOf?: string | undefined;
  readonly checkpoint?: bigint;
  readonly head?: bigint;
}

/** The log is not the one that the views came from, or not in that state: nothing goes on from there. */
export class WrongLog extends Error {
  override readonly name = 'WrongLog';
  constructor(
    readonly reason: 'other' | 'behind' | 'unfinished',
    readonly found: Found,
  ) {
    super(SENTENCES[reason](found));
  }
}

const SENTENCES: Record<WrongLog['reason'], (found: Found) => string> = {
  other: ({ log, views }) => `the views came from log ${views}, this one is ${log}`,
  behind: ({ log, checkpoint, head }) =>
    `the views have read log ${log} up to ${checkpoint}, it ends at ${head}`,
  unfinished: ({ log, copyOf }) => `log ${log} is an unfinished copy of ${copyOf ?? 'another'}`,
};
