import { type Identity, scan } from '@pm/process';
import { type RunInDirectory, runOf } from '../ports/run-of-process.ts';
import { viewNow } from '../runs/run-view.ts';
import { isLive } from '../shape/is-live.ts';

/**
 * The live run that a process belongs to. What a run that has ended left running belongs to nobody.
 * @param dirs the directories to look in
 */
export function liveRunOf(process: Identity, dirs: readonly string[]): RunInDirectory | undefined {
  const found = runOf(process, dirs, scan());
  return found !== undefined && isLive(viewNow(found.dir, found.run, 'pm adopt')) ? found : undefined;
}
