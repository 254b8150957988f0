import { usageError } from '../call/cli-error.ts';
import { quote } from '../text/shell-words.ts';
import type { Token } from './tokens.ts';

/** The error for a command without `--` before it. Its next step is the probable call: all words from the first positional one on. */
export function missingDashes(
  verb: string,
  argv: readonly string[],
  words: readonly Token[],
  invocation: string,
): Error {
  const first = words.find(({ kind }) => kind === 'positional')?.index;
  if (first === undefined) {
    return usageError(
      `pm ${verb}: no command given; write it after --`,
      `${invocation} ${verb} train -- python train.py`,
    );
  }
  const guess = [invocation, verb, ...argv.slice(0, first).map(quote), '--', ...argv.slice(first).map(quote)].join(' ');
  return usageError(`pm ${verb}: write the command after --, as in pm ${verb} train -- python train.py`, guess);
}
