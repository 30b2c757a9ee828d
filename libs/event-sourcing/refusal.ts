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

export class InvalidInput extends Error {
  override readonly name = 'InvalidInput';
  constructor(
    readonly issues: readonly InputIssue[],
    message = issues.map((i) => (i.path ? `${i.path} : ${i.message}` : i.message)).join(' ; '),
  ) {
    super(message);
  }
}
