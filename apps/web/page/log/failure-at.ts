import type { Answer, LogAnswer, RunView } from '@pm/operations';
import { runName } from '@pm/operations/words';
import { AskError, ask } from '../state/ask.ts';

/** Among how many of the runs of its step a run is looked for. */
const MOST = 200;

/**
 * The byte at which the first line that names the error begins.
 * @param run with `failureLine`, and `errorsFile` if the line is in that file
 * @throws AskError also if the run is not there any more
 */
export async function failureAt(run: RunView & { readonly dir: string }): Promise<number> {
  const { dir, step, id, failureLine, errorsFile } = run;
  const errors = errorsFile === undefined ? {} : { errors: true };
  const lineOf = (named: RunView): Promise<LogAnswer> =>
    ask('logs', { step: runName(named), dir, around: failureLine, tail: 1, ...errors });
  const answer = await lineOf(run);
  if (answer.id === id) return answer.from;
  // The step was started again since the run was opened, so its name means another run now.
  const { runs } = await ask<Answer>('ls', { step, dir, limit: MOST });
  const renamed = runs.find((known) => known.id === id);
  const again = renamed && (await lineOf(renamed));
  if (again === undefined || again.id !== id) throw new AskError('This run is not here any more.');
  return again.from;
}
