import type { SeenRun } from '@pm/operations/overview-state';
import { isRunning } from '@pm/operations/words';
import type { World } from '../state/world.ts';

/**
 * How many runs there are of each kind, in a few words: `2 running · 1 waiting · 1 failed`.
 * @param isPutOff whether the user has decided to leave a run alone
 */
export function summaryOf({ runs }: World, isPutOff: (entry: SeenRun) => boolean): string {
  let [live, waiting, failed, attention] = [0, 0, 0, 0];
  for (const entry of runs.values()) {
    const { run } = entry;
    if (isRunning(run)) live += 1;
    if (run.state === 'queued') waiting += 1;
    if (run.attention !== undefined && isRunning(run) && !isPutOff(entry)) attention += 1;
    if (run.unseen === true && run.outcome !== 'success') failed += 1;
  }
  const parts = [
    `${live} running`,
    ...(waiting > 0 ? [`${waiting} waiting`] : []),
    ...(attention > 0 ? [`${attention} ${attention === 1 ? 'needs' : 'need'} a decision`] : []),
    ...(failed > 0 ? [`${failed} failed, not seen yet`] : []),
  ];
  return parts.join(' · ');
}
