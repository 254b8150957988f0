import { existsSync } from 'node:fs';
import { runPaths } from '@pm/protocol';
import { presentIn, readClaim } from '@pm/protocol/fs';
import type { Context } from '../project/context.ts';

/**
 * If the end of the newest run of a step was ordered, waits until it has ended: its server still answers, but not for long. The order is
 * carried out here as well, in case whoever has given it is gone.
 */
export async function untilStopped(dir: string, step: string, context: Context): Promise<void> {
  const run = presentIn(readClaim(dir, step)?.run ?? { kind: 'absent' });
  if (run === undefined) return;
  const { ending, ended } = runPaths(dir, run.id);
  if (!existsSync(ending) || existsSync(ended)) return;
  const { stopRun } = await import('./stop-run.ts');
  await stopRun(dir, run, {}, context);
}
