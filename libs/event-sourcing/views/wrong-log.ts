interface Found {
  /** The identity of the log. */
  readonly log: string;
  /** The identity of the log that the views came from. */
  readonly views?: string;
  readonly copyOf?: string | undefined;
  readonly checkpoint?: bigint;
  readonly head?: bigint;
  /** What the views know and the log does not tell: a view, and some of its keys. */
  readonly view?: string;
  readonly lost?: readonly string[];
}

/** The log is not the one that the views came from, or not in that state: nothing goes on from there. */
export class WrongLog extends Error {
  override readonly name = 'WrongLog';
  constructor(
    readonly reason: 'other' | 'behind' | 'unfinished' | 'poorer',
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
  poorer: ({ log, view, lost = [] }) => `log ${log} no longer tells what ${view} knows: ${lost.join(', ')}`,
};
