import { existsSync } from 'node:fs';
import { directoryPaths } from '@pm/protocol';
import { breakerOf } from '../config/breaker-rule.ts';
import type { Config } from '../config/config.ts';
import type { Context } from '../project/context.ts';
import { projectConfig } from '../project/project-config.ts';
import type { RunView } from '../shape/answer.ts';

/**
 * Adds to each run that has failed where its breaker stands, if that is open: to start the same again is then no longer worth it.
 * Only a step that came near to it has a folder, so a list of others costs one look each.
 * @param readConfig a call that has read the configuration passes what it read
 */
export async function withBreakers<View extends RunView>(
  dir: string,
  views: readonly View[],
  context: Pick<Context, 'env' | 'tty' | 'bounds'>,
  readConfig: () => Promise<Config | undefined> = () => projectConfig(dir, context),
): Promise<View[]> {
  const { breakers } = directoryPaths(dir);
  const failed = existsSync(breakers) ? views.filter(hasFailed) : [];
  if (failed.length === 0) return [...views];
  const config = await readConfig().catch(() => undefined); // a broken file is reported by the next start
  const told = new Map<View, View>();
  for (const view of failed) {
    const own = breakerOf(config, view.step);
    if (own === undefined || !existsSync(`${breakers}/${own.name}`)) continue;
    const { openBreakerOf } = await import('./open-breaker.ts');
    told.set(view, { ...view, ...openBreakerOf(dir, config, own, view, context) });
  }
  return views.map((view) => told.get(view) ?? view);
}

/** Of a run before the last it matters no more. */
function hasFailed({ outcome, back = 0 }: RunView): boolean {
  return back === 0 && outcome !== undefined && outcome !== 'success' && outcome !== 'cancelled';
}
