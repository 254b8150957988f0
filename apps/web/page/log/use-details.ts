import type { Answer, RunView } from '@pm/operations';
import { runName } from '@pm/operations/words';
import { useEffect, useState } from 'preact/hooks';
import { ask } from '../state/ask.ts';

/** A run with what only its log can tell: of one that failed, which line names the error. A list does not read the logs. */
export function useDetails(run: RunView & { readonly dir: string }): RunView {
  const [details, setDetails] = useState<RunView>(run);
  const isOfInterest = run.outcome !== undefined && run.outcome !== 'success';
  useEffect(() => {
    setDetails(run);
    if (!isOfInterest) return;
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
  }, [run.id, isOfInterest]);
  return details;
}
