import { dataForCommand } from '@pm/operations';
import { usageError } from '../call/cli-error.ts';
import { quote } from '../text/shell-words.ts';
import { passesInput } from './call-kind.ts';
import { hostError } from './host-errors.ts';

// Why: contributing/decisions/2026-11-29-standard-input-of-a-start.md
/**
 * What the command there gets as standard input. As on this host, data is passed on with `--stdin` and else refused. Only `run` can pass
 * it on: the input ends with the call, and a command whose input was cut off might succeed on half of it.
 * @throws a CliError of code `unread-input` or `usage`
 */
export async function inputOfCall(
  argv: readonly string[],
  invocation: string,
  env: NodeJS.ProcessEnv,
): Promise<'none' | 'data'> {
  const [verb = '', ...rest] = argv;
  if (verb !== 'start' && verb !== 'run' && verb !== 'ensure') return 'none';
  const run = `${invocation} run ${(passesInput(argv) ? rest : ['--stdin', ...rest]).map(quote).join(' ')}`;
  if (passesInput(argv)) {
    if (verb === 'run') return 'data';
    throw usageError(`pm ${verb}: --stdin of another host is passed on by pm run alone; nothing was started`, run);
  }
  const data = (await dataForCommand())(0, env);
  if (data === undefined) return 'none';
  const message = `standard input is ${data.from}, and the command would get none of it; nothing was started. Pass it on with run --stdin, or give this call an empty input with < /dev/null`;
  throw hostError('unread-input', message, run);
}
