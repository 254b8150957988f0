import { breakerOf } from '../config/breaker-rule.ts';
import type { Config } from '../config/config.ts';
import type { Context } from '../project/context.ts';
import { breakerAt } from './breaker-at.ts';

/**
 * The runs of a step that its breaker still counts: it is closed, and these are the failures that would open it together with the next
 * ones. What has opened it already is put on record, and needs its runs no longer.
 * @param mayNote false: only look
 */
export function countedRuns(
  dir: string,
  step: string,
  config: Config | undefined,
  mayNote: boolean,
  context: Pick<Context, 'env' | 'tty'>,
): ReadonlySet<string> {
  const own = breakerOf(config, step);
  if (own === undefined) return new Set();
  const { breaker } = breakerAt(dir, config, own, context);
  const { state } = mayNote ? breaker.note() : breaker.snapshot();
  return new Set(state.opened === undefined ? state.failures.map(({ id }) => id) : []);
}
