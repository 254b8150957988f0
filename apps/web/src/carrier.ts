import type * as Operations from '@pm/operations';

/** What this server uses of the operations of the program that carries it. */
export type CarriedOperations = Pick<
  typeof Operations,
  'describeIssue' | 'environmentFault' | 'history' | 'onlyLooks' | 'operations' | 'overview' | 'rawLog'
>;

/** Where and as whom it asks them. */
export type WebEnvironment = Pick<Operations.Context, 'cwd' | 'env' | 'resident' | 'program' | 'invocation'>;
