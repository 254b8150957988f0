import { adviceOf } from '@pm/monitor';
import type { StepBreaker } from '../config/breaker-rule.ts';
import type { Config } from '../config/config.ts';
import type { Context } from '../project/context.ts';
import type { RunView } from '../shape/answer.ts';
import { breakerAt } from './breaker-at.ts';
import { viewOfBreaker } from './breaker-view.ts';

/** What an open breaker adds to the view of a run that has failed: where it stands, and advice that no longer says to retry. */
export function openBreakerOf(
  dir: string,
  config: Config | undefined,
  own: StepBreaker,
  { outcome, reason }: RunView,
  context: Pick<Context, 'env' | 'tty'>,
): Pick<RunView, 'advice' | 'breaker'> | undefined {
  const { breaker, history } = breakerAt(dir, config, own, context);
  const { name, circuit, why, nextAt } = viewOfBreaker(breaker.snapshot(), history.nameOf);
  if (circuit === 'closed' || outcome === undefined || reason === undefined) return undefined;
  const snapshot = { name, circuit, ...(why !== undefined && { why }), ...(nextAt !== undefined && { nextAt }) };
  return { advice: adviceOf(outcome, reason, 'open'), breaker: snapshot };
}
