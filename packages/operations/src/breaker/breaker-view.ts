import type { Breaker, BreakerSnapshot, GitReader } from '@pm/breaker';
import { adviceOf } from '@pm/monitor';
import type { Advice } from '@pm/protocol';
import { claimNumbers, presentIn } from '@pm/protocol/fs';
import type { StepBreaker } from '../config/breaker-of.ts';
import type { Config } from '../config/config.ts';
import type { Context } from '../project/context.ts';
import { claimsOf } from '../runs/find-run.ts';
import type { BreakerView, RunView } from '../shape/answer.ts';
import { directoryBreaker } from './directory-breaker.ts';

/** A breaker as every frontend shows it. */
export function viewOfBreaker(snapshot: BreakerSnapshot, nameOf: (runId: string) => string | undefined): BreakerView {
  const { name, circuit, rule, state, hold, nextAtMs, why, decision } = snapshot;
  const until = untilOf(snapshot);
  // If somebody holds it or has opened it, failures are not the reason.
  const failures = hold !== undefined || state.opened?.cause === 'asked' ? [] : state.failures;
  return {
    name,
    circuit,
    nextStart: decision.kind,
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

function untilOf({ circuit, rule, decision, isUnreadable, seesChanges }: BreakerSnapshot): BreakerView['until'] {
  if (circuit !== 'open' || decision.kind !== 'refused' || (rule.coolDownMs !== null && !isUnreadable))
    return undefined;
  return seesChanges ? 'change' : 'reset';
}

/** How many failures are shown: the newest are enough. */
const SHOWN = 5;

/** The breaker as the next start of the step that opened it would find it. If no run opened it: as the next script in `cwd` would. */
export async function snapshotForNextStart(dir: string, breaker: Breaker, cwd: string): Promise<BreakerSnapshot> {
  const snapshot = breaker.snapshot();
  const source = snapshot.state.opened?.source;
  const [newest] = source === undefined ? [] : claimsOf(dir, source);
  const run = newest === undefined ? undefined : presentIn(newest.run);
  if (source === undefined || newest === undefined || run === undefined)
    return (await breaker.foresee({ cwd, ignore: dir })).snapshot;
  const work = { cwd: run.cwd, argv: run.argv, ignore: dir, run: { source, after: newest.n } };
  return (await breaker.foresee(work)).snapshot;
}

/** What a breaker that is not closed adds to the view of a failed run: what the next start would be told, and advice that fits it. */
export async function openBreakerOf(
  dir: string,
  config: Config | undefined,
  own: StepBreaker,
  { step, outcome, reason, command, cwd }: RunView,
  context: Pick<Context, 'cwd' | 'env' | 'tty'>,
  git: GitReader,
): Promise<Pick<RunView, 'advice' | 'breaker'> | undefined> {
  if (outcome === undefined || reason === undefined) return undefined;
  const { breaker, history } = directoryBreaker(dir, config, own, context, git);
  const run = { source: step, after: claimNumbers(dir, step)[0] ?? 0 };
  const { snapshot } = await breaker.foresee({ cwd: cwd ?? context.cwd, argv: command, ignore: dir, run });
  const { name, circuit, why, nextAt, nextStart } = viewOfBreaker(snapshot, history.nameOf);
  if (circuit === 'closed') return undefined;
  const view = { name, circuit, nextStart, ...(why !== undefined && { why }), ...(nextAt !== undefined && { nextAt }) };
  return { advice: adviceBehind(snapshot, adviceOf(outcome, reason)), breaker: view };
}

/**
 * `abort` while the next start would be refused, unless there is something to mend: the last error is one of the code, or somebody is
 * at work on it, because the files changed between the failures. An edit is let through.
 */
export function adviceBehind({ decision, likelyCause }: BreakerSnapshot, own: Advice): Advice {
  if (decision.kind !== 'refused') return own;
  return decision.why === 'open' && likelyCause === 'work' && own === 'fix' ? 'fix' : 'abort';
}
