import type { OperationName } from '@pm/operations';

/** What somebody asked for: a verb and the fields of its input, as they were written. */
export interface VerbCall {
  readonly verb: OperationName;
  readonly input: Readonly<Record<string, unknown>>;
}

/** How the whole program ends. */
export interface CliExit {
  readonly status: number;
  /** Work is left behind that would keep the program alive: it has to go by itself. */
  readonly left?: boolean;
  /** A verb has done its work: it was no page of help, and no fault. */
  readonly answered?: boolean;
}
