import type { OperationName } from '@pm/operations';

/** A call of a verb, with the fields of its input as the caller wrote them. */
export interface VerbCall {
  readonly verb: OperationName;
  readonly input: Readonly<Record<string, unknown>>;
}

/** How the program exits. */
export interface CliExit {
  readonly exitCode: number;
  /** Unfinished work would keep the program alive, so it has to call `process.exit`. */
  readonly hasUnfinishedWork?: boolean;
  /** A verb has answered: the call was no help page and no error. */
  readonly answered?: boolean;
}
