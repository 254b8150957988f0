import { resolve } from 'node:path';
import { usageError } from '../call/cli-error.ts';
import { quote } from '../text/shell-words.ts';

/**
 * The directory in the options of `pm top`; undefined: all directories.
 * @throws a CliError of code `usage` for anything else
 */
export function directoryIn(args: readonly string[], invocation: string): string | undefined {
  let dir: string | undefined;
  for (let at = 0; at < args.length; at++) {
    const word = args[at] ?? '';
    if (word === '--json')
      throw usageError('pm top shows a screen and has no --json', `${invocation} ls --everywhere --json`);
    const [name, ...rest] = word.split('=');
    if (name !== '--dir') throw usageError(`pm top does not take ${quote(word)}`, `${invocation} top --help`);
    dir = rest.length > 0 ? rest.join('=') : args[++at];
    if (dir === undefined || dir === '' || dir.startsWith('-'))
      throw usageError('pm top: --dir needs a value', `${invocation} top --dir .pm`);
  }
  return dir === undefined ? undefined : resolve(dir);
}
