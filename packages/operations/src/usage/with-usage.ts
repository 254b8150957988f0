import type { Look } from '@pm/monitor';
import { membersOf, type ProcessTable, treeUsage } from '@pm/process';
import { type RunRecord, runPaths } from '@pm/protocol';
import { statOf } from '@pm/protocol/fs';
import type { RunView } from '../shape/answer.ts';
import { remainingMs } from './remaining.ts';
import { usualMs } from './usual-duration.ts';

/** In less than this a share of the CPU time says nothing: the kernel counts in hundredths of a second. */
const LEAST_MS = 1_000;

// Why: contributing/decisions/2026-11-29-what-a-run-uses.md
/**
 * The view of a live run with what it uses, how long its step usually takes, and how long it will probably go on.
 * @param look the look that the view was made of
 * @param table the scan that the look was made with, or a later one
 */
export function withUsage(dir: string, run: RunRecord, view: RunView, look: Look, table: ProcessTable): RunView {
  const { tree } = look;
  const used = tree === undefined ? undefined : treeUsage(membersOf(tree), table, run.cgroup);
  return { ...view, ...(used !== undefined && usageFields(used, view)), ...timeFields(dir, run, view, look) };
}

function usageFields(
  { cpuMs, cpuOverMs, memoryBytes, processes }: NonNullable<ReturnType<typeof treeUsage>>,
  { elapsedMs }: RunView,
): Pick<RunView, 'usage' | 'cpuPercent'> {
  const overMs = cpuOverMs ?? elapsedMs;
  return {
    usage: { cpuMs, memoryBytes, processes },
    ...(overMs >= LEAST_MS && { cpuPercent: Math.round((1000 * cpuMs) / overMs) / 10 }),
  };
}

/** A service has no usual end. */
function timeFields(
  dir: string,
  run: RunRecord,
  { step, service, progress, elapsedMs, attempt = 1 }: RunView,
  { disk: { command } }: Look,
): Pick<RunView, 'usualMs' | 'remainingMs'> {
  if (service === true) return {};
  const now = Date.now();
  const attemptMs = attempt > 1 && command.kind === 'present' ? now - command.atMs : elapsedMs;
  const writtenAt = progress === undefined ? undefined : statOf(runPaths(dir, run.id).progress)?.mtimeMs;
  const progressAtMs = writtenAt === undefined ? undefined : attemptMs - (now - writtenAt);
  const usual = usualMs(dir, step);
  const remaining = remainingMs({ progress, progressAtMs, attemptMs, elapsedMs, usualMs: usual });
  return { ...(usual !== undefined && { usualMs: usual }), ...(remaining !== undefined && { remainingMs: remaining }) };
}
