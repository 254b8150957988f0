import { existsSync } from 'node:fs';
import type { GitReader } from '@pm/breaker';
import { decodeStatus, directoryPaths, stepPaths } from '@pm/protocol';
import { presentIn, readRecord } from '@pm/protocol/fs';
import { breakerOf, type StepBreaker } from '../config/breaker-of.ts';
import type { Config } from '../config/config.ts';
import { readConfig } from '../config/read-config.ts';
import type { Context } from '../project/context.ts';
import type { RunView } from '../shape/answer.ts';

/**
 * Adds the state of the breaker to each failed run whose breaker is not closed.
 * Only a breaker with a record has a folder, so all other runs cost one look at the file system each.
 * @param configOf returns the configuration; a call that has read it already passes what it has
 */
export async function withBreakers<View extends RunView>(
  dir: string,
  views: readonly View[],
  context: Pick<Context, 'cwd' | 'env' | 'tty' | 'bounds'>,
  configOf: () => Promise<Config | undefined> = () => readConfig(dir, context.bounds),
): Promise<View[]> {
  const { breakers } = directoryPaths(dir);
  const failed = existsSync(breakers) ? views.filter(hasFailed) : [];
  if (failed.length === 0) return [...views];
  const config = await configOf().catch(() => undefined); // a broken file is reported by the next start
  const withState = new Map<View, View>();
  let git: GitReader | undefined;
  for (const view of failed) {
    const own = breakerOf(config, view.step);
    if (own === undefined || !existsSync(`${breakers}/${own.name}`)) continue;
    const { openBreakerOf } = await import('./breaker-view.ts');
    git ??= (await import('@pm/breaker')).gitOnce();
    withState.set(view, { ...view, ...(await openBreakerOf(dir, config, own, view, context, git)) });
  }
  return views.map((view) => withState.get(view) ?? view);
}

/** Only the newest run of a step matters. One that was refused at its turn is told when the next start is allowed. */
function hasFailed({ outcome, reason, back = 0 }: RunView): boolean {
  if (back > 0 || outcome === undefined || outcome === 'success') return false;
  return outcome !== 'cancelled' || reason === 'refused';
}

/**
 * Whether the breaker must be asked at all. Every start calls this, so it only looks for two names and reads one word. A breaker without
 * a folder has no record: then the status of the last run decides, and a step without runs is free.
 */
export function mayBeOpen(dir: string, step: string, breaker: StepBreaker | undefined): boolean {
  if (breaker === undefined) return false;
  const { name, startsPerDay } = breaker;
  if (startsPerDay !== undefined || existsSync(`${directoryPaths(dir).breakers}/${name}`)) return true;
  if (presentIn(readRecord(stepPaths(dir, step).status, decodeStatus)) === 'SUCCESS') return false;
  return name !== step || existsSync(`${directoryPaths(dir).steps}/${step}`);
}
