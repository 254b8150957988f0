import { usageError } from '../call/cli-error.ts';
import { quote } from '../text/shell-words.ts';
import type { Token } from './tokens.ts';

/** The fault of a start without `--`, with the call that was probably meant: everything from the first bare word on. */
export function missingDashes(
  verb: string,
  argv: readonly string[],
  words: readonly Token[],
  invocation: string,
): Error {
  const first = words.find(({ kind }) => kind === 'positional')?.index;
  if (first === undefined) {
    return usageError(
      `pm ${verb} names no command; it comes after --`,
      `${invocation} ${verb} train -- python train.py`,
    );
  }
  const guess = [invocation, verb, ...argv.slice(0, first).map(quote), '--', ...argv.slice(first).map(quote)].join(' ');
  return usageError(`pm ${verb}: the command comes after --, as in pm ${verb} train -- python train.py`, guess);
}
