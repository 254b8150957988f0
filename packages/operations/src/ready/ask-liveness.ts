import { setTimeout as sleep } from 'node:timers/promises';
import { type PreparedCheck, runChecks } from '@pm/preflight';
import type { RunRecord } from '@pm/protocol';
import { readReadiness } from '@pm/protocol/fs';
import type { Context } from '../project/context.ts';
import { canBeAskedAgain, disposeAll, prepareReady } from './ready-checks.ts';
import { recordFailing } from './ready-records.ts';
import { openRunOutput } from './run-output.ts';

/** How many times the checks are asked within the stale time. */
const ASKINGS_PER_STALE = 8;
const SHORTEST_MS = 100;
const LONGEST_MS = 10_000;
/** No check takes longer. If one seems to, this process was suspended, and that time is no evidence against the run. */
const LONGEST_CHECK_MS = 10_000;

// Why: contributing/decisions/2026-11-29-a-failing-check-is-a-hang.md
/**
 * Asks the ready checks of a run whose present attempt was ready, and records for how long they have failed. Monitors judge by that record.
 * Any number of processes may do so at once.
 * @returns when that attempt is over, or the signal is aborted
 */
export async function askLiveness(
  dir: string,
  run: RunRecord,
  { env, signal }: { readonly env: Context['env']; readonly signal: AbortSignal },
): Promise<void> {
  const { cwd, argv, policy } = run;
  const prepared = (await prepareReady(run.ready ?? [], { cwd, env, argv, port: run.port })).filter(canBeAskedAgain);
  const context = { cwd, env, argv, output: openRunOutput(dir, run) };
  const everyMs = Math.min(Math.max(policy.staleMs / ASKINGS_PER_STALE, SHORTEST_MS), LONGEST_MS);
  const { attempt } = readReadiness(dir, run);
  try {
    while (!signal.aborted) {
      const askedMs = performance.now();
      const failed = await failedOf(prepared, context, signal);
      const now = readReadiness(dir, run);
      if (failed === undefined || now.attempt !== attempt || now.hasFailed === true) return;
      const tookMs = Math.min(performance.now() - askedMs, LONGEST_CHECK_MS);
      recordFailing(dir, run, { attempt, failed, mostMs: Math.round(everyMs + tookMs) });
      await sleep(everyMs, undefined, { signal }).catch(() => {});
    }
  } finally {
    await disposeAll(prepared);
  }
}

/** What the checks say that fail now; undefined if the signal was aborted. A check that is `inconclusive` does not fail. */
async function failedOf(
  prepared: readonly PreparedCheck[],
  context: Parameters<typeof runChecks>[1],
  signal: AbortSignal,
): Promise<readonly string[] | undefined> {
  try {
    const findings = await runChecks(prepared, context, { signal, remedies: false });
    return findings.filter(({ state }) => state === 'fail').map(({ evidence }) => evidence);
  } catch (error) {
    if (signal.aborted) return undefined;
    throw error;
  }
}
