import { existsSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { askUntilPassed, type CheckSpec, type Finding, type PreparedCheck } from '@pm/preflight';
import { isAlive, isSamePidScope } from '@pm/process';
import { decodeIdentity, encodeJson, type ReadyRecord, type RunRecord, readyPath, runPaths } from '@pm/protocol';
import { createRecord, isOutOfRoom, presentIn, readReadiness, readRecord, replaceRecord } from '@pm/protocol/fs';
import type { Context } from '../project/context.ts';
import { disposeAll, prepareReady } from './prepare-ready.ts';
import { openRunOutput } from './run-output.ts';
import { strangerThatAnswers } from './stranger.ts';

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

/** A run that passes its checks and is not ready all the same is asked again after this time. */
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
  const { env, signal, checks, atLeastMs = 0, seen } = asking;
  const isOwn = checks === undefined;
  const { cwd, argv } = run;
  const prepared = await prepareReady(checks ?? run.ready ?? [], { cwd, env, argv, port: run.port });
  const output = openRunOutput(dir, run);
  const record = isOwn ? recorderOf(dir, run) : () => {};
  const tell = (evidence: string): void => {
    seen?.(evidence);
    record(evidence);
  };
  try {
    while (!signal.aborted) {
      const { attempt } = readReadiness(dir, run);
      let wasRefused = false;
      const passed = await askUntilPassed(
        prepared,
        { cwd, env, argv, output },
        {
          signal,
          atLeastMs,
          seen: (findings) => {
            wasRefused ||= findings.some(({ evidence }) => evidence.includes('ECONNREFUSED'));
            const open = findings.filter(({ state }) => state !== 'pass');
            if (open.length > 0) tell(evidenceOf(open));
          },
        },
      );
      if (passed === undefined) return undefined;
      const doubt = whyNot(dir, run, attempt, wasRefused ? [] : prepared);
      if (doubt === undefined) {
        const ready: ReadyRecord = { v: 1, at: Date.now(), evidence: evidenceOf(passed) };
        if (isOwn) writeReady(readyPath(dir, run.id, attempt), ready);
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

function evidenceOf(findings: readonly Finding[]): string {
  return findings.map(({ evidence }) => evidence).join('; ');
}

// Why: contributing/decisions/2026-11-29-ready-is-a-check-that-passes.md
/**
 * Why a run is not ready although its checks have passed: what answered was not this attempt of it.
 * @param suspicious checks that have not been refused since they are asked, so that somebody else may have answered them
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

/** The first who saw it creates the record. On a full disk nobody does, and each who asks sees it for himself. */
function writeReady(path: string, ready: ReadyRecord): void {
  try {
    createRecord(path, encodeJson(ready));
  } catch (error) {
    if (!isUnwritable(error)) throw error;
  }
}

/** How often the evidence is recorded at most: whoever lists runs shows it. */
const RECORD_EVERY_MS = 250;

/** Records what stands in the way when that changes. */
function recorderOf(dir: string, { id }: RunRecord): (evidence: string) => void {
  const { unready } = runPaths(dir, id);
  let last = '';
  let atMs = Number.NEGATIVE_INFINITY;
  return (evidence) => {
    const nowMs = performance.now();
    if (evidence === last || nowMs - atMs < RECORD_EVERY_MS) return;
    last = evidence;
    atMs = nowMs;
    try {
      replaceRecord(unready, encodeJson({ v: 1, at: Date.now(), evidence }));
    } catch (error) {
      if (!isUnwritable(error)) throw error;
    }
  };
}

/** The disk is full, or the records of the run were deleted. */
function isUnwritable(error: unknown): boolean {
  return isOutOfRoom(error) || ['ENOENT', 'ENOTDIR', 'EROFS'].includes(String(Object(error).code));
}
