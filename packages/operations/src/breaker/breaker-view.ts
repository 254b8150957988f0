import type { BreakerSnapshot } from '@pm/breaker';
import type { BreakerView } from '../shape/answer.ts';

/** A breaker as every frontend shows it. */
export function viewOfBreaker(snapshot: BreakerSnapshot, nameOf: (runId: string) => string | undefined): BreakerView {
  const { name, circuit, rule, state, hold, nextAtMs, why } = snapshot;
  const until = untilOf(snapshot);
  // Of a hold, and of one that somebody opened, they are not the reason.
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

/** The newest failures are enough to know them by. */
const SHOWN = 5;
