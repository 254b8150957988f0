import { nearLimitMs } from '@pm/monitor';
import { isSamePidScope, lifeOf } from '@pm/process';
import { type RunRecord, runPaths } from '@pm/protocol';
import { presentIn, readRun, statOf } from '@pm/protocol/fs';

// Why: contributing/decisions/2026-11-29-one-line-of-all-runs.md
/**
 * Whether a live run certainly wants nothing: its wrapper and its command live, it has written something lately, and its limit is far. It is
 * decided by a few small reads, without a scan of the machine. False only says that the run has to be judged.
 */
export function isSurelyCalm(dir: string, run: RunRecord): boolean {
  const { lease, mirror, foreign, adopted, host } = run;
  const isOrdinary = lease === undefined && mirror === undefined && foreign === undefined && adopted === undefined;
  if (!isOrdinary || !isSamePidScope(host)) return false;
  const { wrapper, command, exit, ending, deadline } = readRun(dir, run.id);
  if (exit.kind !== 'absent' || ending.kind !== 'absent') return false;
  const identities = [presentIn(wrapper), presentIn(command)];
  if (identities.some((identity) => identity === undefined || lifeOf(identity) !== 'running')) return false;
  const limitMs = presentIn(deadline) ?? run.policy.timeoutMs;
  return !mayBeQuiet(dir, run) && !mayBeNearLimit(run, limitMs);
}

/** By the wall clock, which counts the sleep of the machine as well: the silence that is judged is never longer. */
function mayBeQuiet(dir: string, { id, policy, createdAt }: RunRecord): boolean {
  if (policy.service === true) return false;
  const { log, errors, beat } = runPaths(dir, id);
  const signs = [log, errors, beat].map((file) => statOf(file)?.mtimeMs ?? 0);
  return Date.now() - Math.max(createdAt, ...signs) >= policy.quietAfterMs;
}

function mayBeNearLimit({ createdAt, policy: { hardTimeoutMs } }: RunRecord, limitMs: number | null): boolean {
  const nearMs = nearLimitMs({
    limitMs: hardTimeoutMs === undefined ? limitMs : Math.min(limitMs ?? hardTimeoutMs, hardTimeoutMs),
  });
  return nearMs !== undefined && Date.now() - createdAt >= nearMs;
}
