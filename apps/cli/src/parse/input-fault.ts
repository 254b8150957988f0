import { usageError } from '../call/cli-error.ts';
import type { VerbCall } from '../call/verb-call.ts';
import { positionalsOf, VERBS } from '../call/verbs.ts';
import { quote } from '../text/shell-words.ts';
import type { Flag } from './flags.ts';
import type { Issue } from './schema.ts';

/** The fault of words that an operation's input does not accept, told in the words of the command line. */
export function inputFault(
  call: VerbCall,
  flags: readonly Flag[],
  issues: readonly Issue[],
  invocation: string,
): Error {
  const { verb, input } = call;
  const { afterDashes, examples } = VERBS[verb];
  const help = `${invocation} ${verb} --help`;
  const [issue] = issues;
  const flag = flags.find(({ field }) => field === issue?.path[0]);
  if (issue === undefined || flag === undefined) return usageError(`pm ${verb}: the call is not understood`, help);

  const given = input[flag.field];
  if (given === undefined || (Array.isArray(given) && given.length === 0)) {
    const example = (examples[0]?.[0] ?? help).replace(/^pm\b/, invocation);
    return usageError(
      `pm ${verb}: names no ${flag.kind === 'texts' ? flag.name.replace(/s$/, '') : flag.name}`,
      example,
    );
  }
  const bare = positionalsOf(VERBS[verb]).includes(flag.field) || flag.field === afterDashes;
  const instead = typeof given === 'string' ? `, not ${quote(given.slice(0, 80))}` : '';
  return usageError(`pm ${verb}: ${bare ? flag.name : `--${flag.name}`} ${messageOf(issue)}${instead}`, help);
}

/** zod/mini brings no sentences of its own: `Invalid input` stands for all it would have said. */
function messageOf(issue: Issue): string {
  if (issue.message !== 'Invalid input') return issue.message;
  switch (issue.code) {
    case 'invalid_value':
      return `must be one of ${(issue.values ?? []).join(' ')}`;
    case 'invalid_type':
      return `must be a ${issue.expected === 'int' ? 'whole number' : issue.expected}`;
    case 'too_small':
      return `must be at least ${issue.minimum}${unitOf(issue)}`;
    case 'too_big':
      return `must be at most ${issue.maximum}${unitOf(issue)}`;
    default:
      return 'is not accepted';
  }
}

function unitOf({ origin }: Issue): string {
  if (origin === 'string') return ' characters';
  return origin === 'array' ? ' words' : '';
}
