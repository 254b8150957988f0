import { describeIssue, type Issue, issuePath } from '@pm/operations';

/**
 * The error for arguments that an operation does not accept: where, what is wrong, and what to do.
 * @param name the tool, and the field that selects the operation
 * @param given the arguments of the call
 */
export function argumentError(name: string, issue: Issue | undefined, given: object): Error {
  const next = 'correct the argument, and call it again';
  if (issue === undefined) return usageError(`${name} does not accept these arguments`, next);
  const field = issuePath(issue);
  const where = field === '' ? name : `${name}: ${field}`;
  const names = (issue.keys ?? []).join(', ');
  const problem =
    issue.code === 'unrecognized_keys' && field === '' ? `has no argument ${names}` : describeIssue(issue, given);
  return usageError(`${where} ${problem}`, next);
}

/** An error with a code and a next step, as operations throw them. */
export function usageError(message: string, next: string): Error {
  return Object.assign(new Error(message), { code: 'usage', next });
}
