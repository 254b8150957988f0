import { breakerOf } from '../config/breaker-rule.ts';
import { readConfig } from '../config/read-config.ts';
import type { Context } from '../shape/context.ts';
import { breakerAt } from './breaker-at.ts';

/**
 * The runs of a step that its breaker still counts: it is closed, and these are the failures that would open it together with the next
 * ones. What has opened it already is put on record, and needs its runs no longer.
 * @param mayNote false: only look
 */
export async function countedRuns(
  dir: string,
  step: string,
  mayNote: boolean,
  context: Pick<Context, 'env' | 'tty'>,
): Promise<ReadonlySet<string>> {
  const config = await readConfig(dir).catch(() => undefined); // a broken one is told where something is started
  const own = breakerOf(config, step);
  if (own === undefined) return new Set();
  const { breaker } = breakerAt(dir, config, own, context);
  const { state } = mayNote ? breaker.note() : breaker.standing();
  return new Set(state.opened === undefined ? state.failures.map(({ id }) => id) : []);
}
