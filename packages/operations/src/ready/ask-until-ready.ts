import { existsSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { askUntilPassed, type CheckSpec, type Finding, type PreparedCheck } from '@pm/preflight';
import { isAlive, isSamePidScope } from '@pm/process';
import { decodeIdentity, type ReadyRecord, type RunRecord, readyPath, runPaths } from '@pm/protocol';
import { presentIn, readReadiness, readRecord } from '@pm/protocol/fs';
import type { Context } from '../project/context.ts';
import { disposeAll, prepareReady } from './ready-checks.ts';
import { recordReady, unreadyRecorder } from './ready-records.ts';
import { openRunOutput } from './run-output.ts';
import { strangerThatAnswers } from './stranger.ts';

/** How the ready checks of a run are asked. */
export interface ReadyAsking {
  readonly env: Context['env'];
  readonly signal: AbortSignal;
  /** Other checks than those of the run. What they say is not put on record. */
  readonly checks?: readonly CheckSpec[] | undefined;
  /** The shortest pause between two askings, ms. */
  readonly atLeastMs?: number;
  /** Called with what stands in the way, after each asking. */
  readonly seen?: (evidence: string) => void;
}

/** The pause after checks that have passed for a run that is not ready all the same. */
const AGAIN_MS = 50;

/**
 * Asks the ready checks of a live run until all have passed in one attempt, and records it. Any number of processes may do so at once.
 * @returns what it is ready by; undefined if the signal was aborted first
 * @throws PmError `usage` if there is no such check
 */
export async function askUntilReady(
  dir: string,
  run: RunRecord,
  asking: ReadyAsking,
): Promise<ReadyRecord | undefined> {
  if (run.mirror !== undefined) return untilReportedReady(dir, run, asking);
  const { env, signal, checks, atLeastMs = 0 } = asking;
  const isOwn = checks === undefined;
  const { cwd, argv } = run;
  const prepared = await prepareReady(checks ?? run.ready ?? [], { cwd, env, argv, port: run.port });
  const context = { cwd, env, argv, output: openRunOutput(dir, run) };
  const record = isOwn ? unreadyRecorder(dir, run) : () => {};
  const tell = (evidence: string): void => {
    asking.seen?.(evidence);
    record(evidence);
  };
  try {
    while (!signal.aborted) {
      const { attempt } = readReadiness(dir, run);
      let wasRefused = false;
      const seen = (findings: readonly Finding[]): void => {
        wasRefused ||= findings.some(({ evidence }) => evidence.includes('ECONNREFUSED'));
        const open = findings.filter(({ state }) => state !== 'pass');
        if (open.length > 0) tell(evidenceOf(open));
      };
      const passed = await askUntilPassed(prepared, context, { signal, atLeastMs, seen });
      if (passed === undefined) return undefined;
      const doubt = whyNot(dir, run, attempt, wasRefused ? [] : prepared);
      if (doubt === undefined) {
        const ready: ReadyRecord = { v: 1, at: Date.now(), evidence: evidenceOf(passed) };
        if (isOwn) recordReady(readyPath(dir, run.id, attempt), ready);
        return readReadiness(dir, run).ready ?? ready;
      }
      tell(doubt);
      await sleep(Math.max(AGAIN_MS, atLeastMs), undefined, { signal }).catch(() => {});
    }
    return undefined;
  } finally {
    await disposeAll(prepared);
  }
}

/** How often to look for the report that a run elsewhere is ready. */
const REPORTED_MS = 200;

/** A check that passes here says nothing about a run elsewhere: whoever runs it asks, and reports it. */
async function untilReportedReady(
  dir: string,
  run: RunRecord,
  { signal, seen, atLeastMs = 0 }: ReadyAsking,
): Promise<ReadyRecord | undefined> {
  while (!signal.aborted) {
    const { ready, evidence } = readReadiness(dir, run);
    if (ready !== undefined) return ready;
    if (evidence !== undefined) seen?.(evidence);
    await sleep(Math.max(REPORTED_MS, atLeastMs), undefined, { signal }).catch(() => {}); // aborted: the loop ends
  }
  return undefined;
}

function evidenceOf(findings: readonly Finding[]): string {
  return findings.map(({ evidence }) => evidence).join('; ');
}

// Why: contributing/decisions/2026-11-29-ready-is-a-check-that-passes.md
/**
 * Why a run is not ready although its checks have passed: what answered was not this attempt of it.
 * @param suspicious checks whose port may have belonged to somebody else before: no connection was refused since they are asked
 */
function whyNot(
  dir: string,
  run: RunRecord,
  attempt: number,
  suspicious: readonly PreparedCheck[],
): string | undefined {
  const { command: file, exit, ended } = runPaths(dir, run.id);
  const now = readReadiness(dir, run);
  if (now.attempt !== attempt || now.hasFailed === true) return `attempt ${attempt} has failed`;
  const command = presentIn(readRecord(file, decodeIdentity));
  if (command === undefined) return 'its command has not begun';
  if (existsSync(exit) || existsSync(ended)) return 'its command has ended';
  if (!isSamePidScope(run.host)) return undefined;
  if (!isAlive(command)) return 'its command has ended';
  return strangerThatAnswers(suspicious, command);
}
