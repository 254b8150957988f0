import type { BreakerSnapshot } from '@pm/breaker';
import { adviceOf } from '@pm/monitor';
import type { StepBreaker } from '../config/breaker-of.ts';
import type { Config } from '../config/config.ts';
import type { Context } from '../project/context.ts';
import type { BreakerView, RunView } from '../shape/answer.ts';
import { directoryBreaker } from './directory-breaker.ts';

/** A breaker as every frontend shows it. */
export function viewOfBreaker(snapshot: BreakerSnapshot, nameOf: (runId: string) => string | undefined): BreakerView {
  const { name, circuit, rule, state, hold, nextAtMs, why } = snapshot;
  const until = untilOf(snapshot);
  // If somebody holds it or has opened it, failures are not the reason.
  const failures = hold !== undefined || state.opened?.cause === 'asked' ? [] : state.failures;
  return {
    name,
    circuit,
    ...(why !== undefined && { why }),
    failures: failures.slice(-SHOWN).map(({ id, outcome, at, signature }) => {
      const run = nameOf(id);
      return {
        id,
        ...(run !== undefined && { run }),
        outcome,
        at: Math.round(at.atMs),
        ...(signature && { signature }),
      };
    }),
    ...(state.opened !== undefined && { since: Math.round(state.opened.since.atMs) }),
    ...(nextAtMs !== undefined && { nextAt: Math.ceil(nextAtMs) }),
    ...(until !== undefined && { until }),
    ...(hold !== undefined && { hold: { by: hold.by, reason: hold.reason } }),
    after: rule.after,
    coolDownMs: rule.coolDownMs,
  };
}

function untilOf({ circuit, rule, isUnreadable, seesChanges }: BreakerSnapshot): BreakerView['until'] {
  if (circuit !== 'open' || (rule.coolDownMs !== null && !isUnreadable)) return undefined;
  return seesChanges ? 'change' : 'reset';
}

/** How many failures are shown: the newest are enough. */
const SHOWN = 5;

/** What a breaker that is not closed adds to the view of a failed run: its state, and advice that does not say to retry. */
export function openBreakerOf(
  dir: string,
  config: Config | undefined,
  own: StepBreaker,
  { outcome, reason }: RunView,
  context: Pick<Context, 'env' | 'tty'>,
): Pick<RunView, 'advice' | 'breaker'> | undefined {
  const { breaker, history } = directoryBreaker(dir, config, own, context);
  const { name, circuit, why, nextAt } = viewOfBreaker(breaker.snapshot(), history.nameOf);
  if (circuit === 'closed' || outcome === undefined || reason === undefined) return undefined;
  const snapshot = { name, circuit, ...(why !== undefined && { why }), ...(nextAt !== undefined && { nextAt }) };
  return { advice: adviceOf(outcome, reason, 'open'), breaker: snapshot };
}
