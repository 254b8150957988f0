import { isLive } from '../state/sections.ts';
import type { Entry, World } from '../state/world.ts';

/**
 * How many runs there are of each kind, in a few words: `2 running · 1 waiting · 1 failed`.
 * @param isPutOff whether the user has decided to leave a run alone
 */
export function summaryOf({ runs }: World, isPutOff: (entry: Entry) => boolean): string {
  let [live, waiting, failed, attention] = [0, 0, 0, 0];
  for (const entry of runs.values()) {
    const { run } = entry;
    if (isLive(run)) live += 1;
    if (run.state === 'queued') waiting += 1;
    if (run.attention !== undefined && isLive(run) && !isPutOff(entry)) attention += 1;
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
