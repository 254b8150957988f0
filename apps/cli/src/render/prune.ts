import { formatSize, type Pruned } from '@pm/operations';

/** What was deleted, one line per step, and what was kept for another reason than its age. */
export function pruneLines({ steps, live, unseen, awaited = 0, counted = 0, dryRun }: Pruned): string[] {
  const deleted = dryRun ? 'would delete' : 'deleted';
  const lines = steps.map(({ step, ids, bytes }) => `${deleted} ${runs(ids.length)} of ${step} (${formatSize(bytes)})`);
  const left = [
    live > 0 ? `${runs(live)} still live` : '',
    unseen > 0 ? `${runs(unseen)} that ended unseen (pm recover shows them, --all deletes them)` : '',
    awaited > 0 ? `${runs(awaited)} that somebody is waiting for or is to be told of` : '',
    counted > 0 ? `${runs(counted)} that a breaker still counts (--all deletes them)` : '',
  ].filter(Boolean);
  if (lines.length === 0) lines.push('nothing to delete');
  return left.length === 0 ? lines : [...lines, `kept: ${left.join(', ')}`];
}

function runs(count: number): string {
  return count === 1 ? '1 run' : `${count} runs`;
}
