import { setTimeout as sleep } from 'node:timers/promises';
import { type Finding, type PreparedCheck, runChecks } from '@pm/preflight';
import { decodeJson, encodeJson, FailingRecord, type RunRecord, runPaths } from '@pm/protocol';
import { isOutOfRoom, presentIn, readReadiness, readRecord, replaceRecord } from '@pm/protocol/fs';
import type { Context } from '../project/context.ts';
import { canBeAskedAgain, disposeAll, prepareReady } from './prepare-ready.ts';
import { openRunOutput } from './run-output.ts';

/** So many askings fit into the stale time. */
const ASKINGS_PER_STALE = 8;
const SHORTEST_MS = 100;
const LONGEST_MS = 10_000;
/** A check may take this long. What it takes longer, this process was not running: that is no evidence against the run. */
const LONGEST_CHECK_MS = 10_000;

// Why: contributing/decisions/2026-11-29-a-failing-check-is-a-hang.md
/**
 * Asks the ready checks of a run whose present attempt was ready, and records for how long they have failed. Monitors judge by that record.
 * Any number of processes may do so at once.
 * @returns when that attempt is over, or the signal is aborted
 */
export async function keepAsking(
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
      record(dir, run, { attempt, failed, mostMs: Math.round(everyMs + tookMs) });
      await sleep(everyMs, undefined, { signal }).catch(() => {});
    }
  } finally {
    await disposeAll(prepared);
  }
}

/** The checks that fail now; undefined if the signal was aborted. One that says nothing (`inconclusive`) does not fail. */
async function failedOf(
  prepared: readonly PreparedCheck[],
  context: Parameters<typeof runChecks>[1],
  signal: AbortSignal,
): Promise<readonly Finding[] | undefined> {
  try {
    const findings = await runChecks(prepared, context, { signal, remedies: false });
    return findings.filter(({ state }) => state === 'fail');
  } catch (error) {
    if (signal.aborted) return undefined;
    throw error;
  }
}

/** @param mostMs how much time may have passed since the asking before, at most: who slept has seen nothing meanwhile */
function record(
  dir: string,
  { id }: RunRecord,
  {
    attempt,
    failed,
    mostMs,
  }: { readonly attempt: number; readonly failed: readonly Finding[]; readonly mostMs: number },
): void {
  const path = runPaths(dir, id).failing;
  const last = presentIn(readRecord(path, (text) => decodeJson(FailingRecord, text)));
  const before = last?.attempt === attempt && last.times > 0 ? last : undefined;
  if (failed.length === 0 && before === undefined) return;
  const at = Date.now();
  const sinceMs = before === undefined ? 0 : Math.min(Math.max(at - before.at, 0), mostMs);
  const next: FailingRecord =
    failed.length === 0
      ? { v: 1, at, attempt, forMs: 0, times: 0, evidence: '' }
      : {
          v: 1,
          at,
          attempt,
          forMs: (before?.forMs ?? 0) + sinceMs,
          times: (before?.times ?? 0) + 1,
          evidence: failed.map(({ evidence }) => evidence).join('; '),
        };
  try {
    replaceRecord(path, encodeJson(next));
  } catch (error) {
    // The records were deleted, or the disk is full. Then nothing is held against the run.
    if (!isOutOfRoom(error) && !['ENOENT', 'ENOTDIR', 'EROFS'].includes(String(Object(error).code))) throw error;
  }
}
