import { accessSync, constants, statSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { usageError } from '../call/cli-error.ts';
import { quote } from '../text/shell-words.ts';
import type { Token } from './tokens.ts';

/** What tells a program from a name. */
export type IsProgram = (word: string) => boolean;

/** The error for a command without `--` before it. Its next step is the probable call. */
export function missingDashes(
  verb: string,
  argv: readonly string[],
  words: readonly Token[],
  invocation: string,
  isProgram: IsProgram,
): Error {
  const [first, second] = words.filter((word) => word.kind === 'positional');
  if (first === undefined) {
    return usageError(
      `pm ${verb}: no command given; write it after --`,
      `${invocation} ${verb} train -- python train.py`,
    );
  }
  const call = (own: readonly string[], command: readonly string[]): string =>
    [invocation, verb, ...[...own, '--', ...command].map(quote)].join(' ');
  const said = `pm ${verb}: write the command after --, as in pm ${verb} train -- python train.py`;
  if (second === undefined || !isName(first.value, second.value, isProgram))
    return usageError(said, call(argv.slice(0, first.index), argv.slice(first.index)));
  const command = argv.slice(second.index);
  // `pm start train 'make && make check'`
  const isLine = command.length === 1 && /\s/.test(second.value);
  return usageError(said, call(argv.slice(0, second.index), isLine ? ['sh', '-c', second.value] : command));
}

/** Whether words before `--` are more than a name: the command begins there, and the dashes are one of its words. */
export function isCommandBeforeDashes(words: readonly Token[], isProgram: IsProgram): boolean {
  const [first, second] = words.filter((word) => word.kind === 'positional');
  if (first === undefined || second === undefined) return false;
  return isName(first.value, second.value, isProgram) || (first.value !== 'test' && isProgram(first.value));
}

/** `train python3 x`: the second word can be run and the first one cannot. `test` is a program that nobody means. */
function isName(first: string, second: string, isProgram: IsProgram): boolean {
  const [program = ''] = second.trim().split(/\s+/);
  return /^[A-Za-z0-9][\w.-]*$/.test(first) && (first === 'test' || !isProgram(first)) && isProgram(program);
}

/** Looks for programs as a shell does: by path, or in the folders of PATH. */
export function programsOf({ PATH = '' }: Readonly<Record<string, string | undefined>>): IsProgram {
  return (word) =>
    word.includes('/')
      ? isProgramFile(word)
      : PATH.split(delimiter).some((folder) => isProgramFile(join(folder, word)));
}

/** Whether a shell could run this file. */
export function isProgramFile(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}
