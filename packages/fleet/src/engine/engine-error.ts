/** What kept an engine from doing what was asked. */
export type EngineProblem =
  /** The URL is none of an engine. */
  | 'bad-url'
  /** No answer in time, or the connection broke. Whether the last order was carried out is not known. */
  | 'unreachable'
  /** It answers, and does not let this user in. */
  | 'refused'
  /** It answered with an error. */
  | 'failed'
  /** The clock of this host differs too much from that of the database. */
  | 'clock';

/** An engine could not do what was asked. The message says what, where and what to do, and never a password. */
export class EngineError extends Error {
  readonly problem: EngineProblem;
  /** True: the engine was told to change something and gave no answer, so it may have done it. False: it has not. */
  readonly mayBeDone: boolean;
  constructor(problem: EngineProblem, message: string, mayBeDone = false) {
    super(message);
    this.name = 'EngineError';
    this.problem = problem;
    this.mayBeDone = mayBeDone;
  }
}

/** The first words that an error has: Node.js hides those of a host with several addresses in a list. */
export function wordsOf(error: unknown): string {
  const { message, errors, code } = Object(error) as { message?: unknown; errors?: unknown[]; code?: unknown };
  if (typeof message === 'string' && message !== '') return message;
  if (Array.isArray(errors) && errors.length > 0) return wordsOf(errors[0]);
  return String(code ?? error);
}
