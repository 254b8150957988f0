import { cutMiddle } from '@pm/output';
import { PmError } from '@pm/protocol';
import { describeIssue, type Issue, issuePath, issueValue } from '@pm/protocol/text';
import { keysAt } from './config.ts';

/** The error for a configuration file: the file, the place in it, the problem, and what to do next. */
export function configFault(file: string, place: string, problem: string, next: string): PmError {
  return new PmError('usage', `${file}: ${[place, problem].filter(Boolean).join(' ')}.`, next);
}

/**
 * The fault of the first thing that the schema found wrong.
 * @param given the whole file as parsed JSON
 */
export function faultOfIssue(file: string, issue: Issue, given: unknown): PmError {
  const place = issuePath(issue);
  switch (issue.code) {
    case 'unrecognized_keys': {
      const known = `Known keys here: ${keysAt(issue.path).join(', ')}. Remove it, or use a newer pm that knows it.`;
      return configFault(file, place, describeIssue(issue), known);
    }
    case 'invalid_key': {
      const problem = 'is not a valid step name: use 1 to 64 letters, digits, dots, dashes or underscores';
      return configFault(file, place, problem, 'Rename it.');
    }
    default: {
      const next = 'Correct the file; pm help start says what each option takes.';
      // The address of an engine may have a password.
      const value = issue.path.at(-1) === 'engine' ? '' : quoted(issueValue(issue, given));
      return configFault(file, place, `${describeIssue(issue, given)}${value}`, next);
    }
  }
}

/** A short value, so that it is found in the file. */
function quoted(value: unknown): string {
  if (value === undefined || (value !== null && typeof value === 'object')) return '';
  return `, not ${cutMiddle(JSON.stringify(value), 120)}`;
}
