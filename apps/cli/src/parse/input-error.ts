import { cutMiddle, describeIssue, type Issue } from '@pm/operations';
import { usageError } from '../call/cli-error.ts';
import { EXAMPLES } from '../call/examples.ts';
import type { VerbCall } from '../call/verb-call.ts';
import { positionalsOf, VERBS } from '../call/verbs.ts';
import { nextCall } from '../render/next-call.ts';
import { quote } from '../text/shell-words.ts';
import type { Flag } from './flags.ts';
import { meantValue, needsDryRun } from './meant-value.ts';

/** The error for an input that the operation does not accept. It names options as they are written on the command line. */
export function inputError(
  call: VerbCall,
  flags: readonly Flag[],
  issues: readonly Issue[],
  invocation: string,
): Error {
  const { verb, input } = call;
  const { afterDashes } = VERBS[verb];
  const help = `${invocation} ${verb} --help`;
  const [issue] = issues;
  const flag = flags.find(({ field }) => field === issue?.path[0]);
  if (issue === undefined || flag === undefined) return usageError(`pm ${verb}: the call is not understood`, help);

  const given = input[flag.field];
  if (given === undefined || (Array.isArray(given) && given.length === 0)) {
    const example = (EXAMPLES[verb][0]?.[0] ?? help).replace(/^pm\b/, invocation);
    return usageError(
      `pm ${verb}: no ${flag.kind === 'texts' ? flag.name.replace(/s$/, '') : flag.name} given`,
      example,
    );
  }
  const bare = positionalsOf(VERBS[verb]).includes(flag.field) || flag.field === afterDashes;
  const instead = typeof given === 'string' ? `, not ${quote(cutMiddle(given, 120))}` : '';
  const problem = `pm ${verb}: ${bare ? flag.name : `--${flag.name}`} ${describeIssue(issue)}${instead}`;
  // The new limit of a live run is not guessed: a run could end by it.
  const meant = typeof given === 'string' && !bare ? meantValue(flag, given) : undefined;
  if (meant === undefined) return usageError(problem, help);
  const corrected = { ...input, [flag.field]: meant, ...(needsDryRun(verb) && { dryRun: true }) };
  const again = nextCall({ operation: verb, input: corrected }, invocation);
  return usageError(`${problem}; did you mean ${meant}?`, again);
}
