import type { OperationName } from '@pm/operations';

/** What somebody asked for: a verb and the fields of its input, as they were written. */
export interface Call {
  readonly verb: OperationName;
  readonly input: Readonly<Record<string, unknown>>;
}

/** How the whole program ends. */
export interface Ending {
  readonly status: number;
  /** A verb has done its work: it was no page of help, and no fault. */
  readonly answered?: boolean;
}
