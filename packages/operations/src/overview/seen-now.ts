import { directoryPaths } from '@pm/protocol';
import { presentIn, readersOf, readRunRecord, statOf } from '@pm/protocol/fs';
import type { Context } from '../project/context.ts';
import { unseenBy } from '../runs/unseen-endings.ts';
import type { OverviewRun } from './overview-event.ts';

/** Changes when somebody was told of an end in this directory. */
export function seenStamp(dir: string): string {
  const { seen } = directoryPaths(dir);
  return [seen, ...readersOf(dir).map((reader) => `${seen}/${reader}`)]
    .map((folder) => statOf(folder)?.mtimeMs)
    .join(' ');
}

/** Those of these runs whose ending was seen meanwhile, as they look now. */
export function seenMeanwhile(dir: string, runs: readonly OverviewRun[], context: Context): OverviewRun[] {
  const unseen = runs.filter((run) => run.unseen === true);
  if (unseen.length === 0) return [];
  const endings = unseenBy(dir, context);
  return unseen.flatMap((run) => {
    const record = presentIn(readRunRecord(dir, run.id));
    if (record === undefined || endings.has(record)) return [];
    const { unseen: _, ...seen } = run;
    return [seen];
  });
}
