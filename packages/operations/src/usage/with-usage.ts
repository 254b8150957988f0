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
  const usual = view.service === true ? undefined : usualMs(dir, view.step); // a service has no usual end
  const known = {
    ...view,
    ...(used !== undefined && usageFields(used, view)),
    ...(usual !== undefined && { usualMs: usual }),
  };
  return withRemaining(dir, run, known, attemptMsOf(view, look));
}

/** How long the present attempt of a live run has run, ms. */
export function attemptMsOf({ elapsedMs, attempt = 1 }: RunView, { disk: { command } }: Look): number {
  return attempt > 1 && command.kind === 'present' ? Date.now() - command.atMs : elapsedMs;
}

/**
 * The view with how long the run will probably go on. A service has no usual end, and nobody knows when a suspended run goes on.
 * @param view the run as it is now, with its `progress` and its `usualMs`
 * @param attemptMs how long its present attempt has run
 */
export function withRemaining(dir: string, { id }: Pick<RunRecord, 'id'>, view: RunView, attemptMs: number): RunView {
  const { remainingMs: _, ...rest } = view;
  const { progress, elapsedMs, usualMs: usual, service, state } = view;
  if (service === true || state === 'suspended') return rest;
  const writtenAt = progress === undefined ? undefined : statOf(runPaths(dir, id).progress)?.mtimeMs;
  const progressAtMs = writtenAt === undefined ? undefined : attemptMs - (Date.now() - writtenAt);
  const remaining = remainingMs({ progress, progressAtMs, attemptMs, elapsedMs, usualMs: usual });
  return { ...rest, ...(remaining !== undefined && { remainingMs: remaining }) };
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
