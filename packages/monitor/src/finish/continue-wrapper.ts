import { signalIfSame } from '@pm/process';
import { presentIn, readRun } from '@pm/protocol/fs';

/** Continues a stopped wrapper, by identity: it owes the run the record of its exit. */
export function continueWrapper(dir: string, runId: string): void {
  const wrapper = presentIn(readRun(dir, runId).wrapper);
  if (wrapper !== undefined) signalIfSame(wrapper, 'SIGCONT');
}
