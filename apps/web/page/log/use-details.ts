import type { Answer, RunView } from '@pm/operations';
import { runName } from '@pm/operations/words';
import { useEffect, useState } from 'preact/hooks';
import { ask } from '../state/ask.ts';

/**
 * A run with what only its log can tell: of one that failed, which line names the error. A list does not read the logs.
 * @param isLogShown not before: to find that line in a long log takes the server a second, and the log itself is not to wait for it
 */
export function useDetails(run: RunView & { readonly dir: string }, isLogShown: boolean): RunView {
  const [details, setDetails] = useState<RunView>(run);
  const isOfInterest = run.outcome !== undefined && run.outcome !== 'success';
  useEffect(() => {
    setDetails(run);
    if (!isOfInterest || !isLogShown) return;
    let isCurrent = true;
    ask<Answer>('status', { step: runName(run), dir: run.dir }).then(
      ({ runs: [found] }) => {
        if (isCurrent && found !== undefined && found.id === run.id) setDetails(found);
      },
      () => {}, // the log itself is shown all the same
    );
    return () => {
      isCurrent = false;
    };
  }, [run.id, isOfInterest, isLogShown]);
  return details;
}
