/**
 * A rule says no. `code` is stable and kebab-case, `message` is a sentence for people, in French.
 * It is never a bug and never worth a retry.
 */
export class Refusal extends Error {
  override readonly name = 'Refusal';
  constructor(
    readonly code: string,
    message: string,
    readonly details: Readonly<Record<string, unknown>> = {},
  ) {
    super(message);
  }
}

/** A thing that was named does not exist (404 rather than 409 at the HTTP door). */
export class NotFound extends Error {
  override readonly name = 'NotFound';
  constructor(
    readonly code: string,
    message: string,
  ) {
    super(message);
  }
}

/** What was given cannot be understood: each issue says where and what. */
export interface InputIssue {
  /** A path such as `actions[2].intitule`; empty for the whole. */
  readonly path: string;
  readonly message: string;
  /** One-based, where the input is a file. */
  readonly line?: number;
}

const MAX_ISSUES = 50;
const MAX_TEXT = 300;

const shortened = (text: string): string => (text.length > MAX_TEXT ? `${text.slice(0, MAX_TEXT)}…` : text);

/** The first faults of many, and how many others there are; each short enough to be read. */
function bounded(issues: readonly InputIssue[]): readonly InputIssue[] {
  const first = issues.slice(0, MAX_ISSUES).map((issue) => ({
    ...issue,
    path: shortened(issue.path),
    message: shortened(issue.message),
  }));
  const others = issues.length - first.length;
  return others > 0
    ? [...first, { path: '', message: `… et ${others} ${others > 1 ? 'autres' : 'autre'}` }]
    : first;
}

export class InvalidInput extends Error {
  override readonly name = 'InvalidInput';
  readonly issues: readonly InputIssue[];
  constructor(issues: readonly InputIssue[], message?: string) {
    const shown = bounded(issues);
    super(
      message ?? shown.map((one) => (one.path ? `${one.path} : ${one.message}` : one.message)).join(' ; '),
    );
    this.issues = shown;
  }
}
