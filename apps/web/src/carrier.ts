import type * as Operations from '@pm/operations';

/** What this server uses of the operations of the program that carries it. */
export type CarriedOperations = Pick<
  typeof Operations,
  'describeIssue' | 'environmentFault' | 'history' | 'onlyLooks' | 'operations' | 'overview' | 'rawLog'
>;

/** What the server knows of its caller. */
export interface WebEnvironment {
  readonly cwd: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Program and arguments that start the resident monitor. */
  readonly resident: readonly string[] | undefined;
  /** Name and version of the program: it replaces an older resident. */
  readonly program: string;
  /** How its user calls it: `pm`, or `node` and a path. */
  readonly invocation: string;
}
