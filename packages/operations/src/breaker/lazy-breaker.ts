import { existsSync } from 'node:fs';
import { decodeStatus, directoryPaths, stepPaths } from '@pm/protocol';
import { presentIn, readRecord } from '@pm/protocol/fs';
import { breakerOf, type StepBreaker } from '../config/breaker-of.ts';
import type { Config } from '../config/config.ts';
import { readConfig } from '../config/read-config.ts';
import type { Context } from '../project/context.ts';
import type { RunView } from '../shape/answer.ts';

/**
 * Adds to each run that has failed where its breaker stands, if that is open: to start the same again is then no longer worth it.
 * Only a step that came near to it has a folder, so a list of others costs one look each.
 * @param configOf a call that has read the configuration passes what it read
 */
export async function withBreakers<View extends RunView>(
  dir: string,
  views: readonly View[],
  context: Pick<Context, 'env' | 'tty' | 'bounds'>,
  configOf: () => Promise<Config | undefined> = () => readConfig(dir, context.bounds),
): Promise<View[]> {
  const { breakers } = directoryPaths(dir);
  const failed = existsSync(breakers) ? views.filter(hasFailed) : [];
  if (failed.length === 0) return [...views];
  const config = await configOf().catch(() => undefined); // a broken file is reported by the next start
  const withState = new Map<View, View>();
  for (const view of failed) {
    const own = breakerOf(config, view.step);
    if (own === undefined || !existsSync(`${breakers}/${own.name}`)) continue;
    const { openBreakerOf } = await import('./breaker-view.ts');
    withState.set(view, { ...view, ...openBreakerOf(dir, config, own, view, context) });
  }
  return views.map((view) => withState.get(view) ?? view);
}

/** Of a run before the last it matters no more. */
function hasFailed({ outcome, back = 0 }: RunView): boolean {
  return back === 0 && outcome !== undefined && outcome !== 'success' && outcome !== 'cancelled';
}

/**
 * Whether a breaker has to be asked at all: every start comes here, so it costs two looks at names and one at a word. A breaker that was
 * never near to opening has no folder; then the last run's own word is enough, and a step without runs is free.
 */
export function mayBeOpen(dir: string, step: string, breaker: StepBreaker | undefined): boolean {
  if (breaker === undefined) return false;
  const { name, startsPerDay } = breaker;
  if (startsPerDay !== undefined || existsSync(`${directoryPaths(dir).breakers}/${name}`)) return true;
  if (presentIn(readRecord(stepPaths(dir, step).status, decodeStatus)) === 'SUCCESS') return false;
  return name !== step || existsSync(`${directoryPaths(dir).steps}/${step}`);
}
