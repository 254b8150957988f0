import { PmError } from '@pm/protocol';

/**
 * Checks that a step still has the run that somebody has seen. Without it, an answer to a question about one run could hit the run that
 * has started in the meantime.
 * @param seen the id of the run that was seen; undefined: any run will do
 * @throws PmError `usage` if the run of the step is another one
 */
export function checkSameRun(
  seen: string | undefined,
  { id, step }: { readonly id: string; readonly step: string },
): void {
  if (seen === undefined || seen === id) return;
  const message = `${step} is another run now: ${id}, not ${seen}. Nothing was changed.`;
  throw new PmError('usage', message, `To see it: pm status ${step}`);
}
