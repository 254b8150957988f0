import { type Identity, scan } from '@pm/process';
import type { RunRecord } from '@pm/protocol';
import { presentIn, readRun } from '@pm/protocol/fs';
import { type RunInDirectory, runOf } from '../ports/run-of-process.ts';
import { isLive } from '../runs/outcome-view.ts';
import { openIds, runNames } from '../runs/run-names.ts';
import { viewNow } from '../runs/run-view.ts';

/**
 * The live run that a process belongs to. What a run that has ended left running belongs to nobody.
 * @param dirs the directories to look in
 */
export function liveRunOf(process: Identity, dirs: readonly string[]): RunInDirectory | undefined {
  const found = runOf(process, dirs, scan());
  return found !== undefined && isLive(viewNow(found.dir, found.run, 'pm adopt')) ? found : undefined;
}

/** The other open runs of a directory that have this very process as their command. */
export function rivalsOf(dir: string, { id: own }: RunRecord, { pid, startTime }: Identity): string[] {
  return openIds(runNames(dir)).filter((id) => {
    const command = presentIn(readRun(dir, id).command);
    return id !== own && command?.pid === pid && command.startTime === startTime;
  });
}
