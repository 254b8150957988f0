import { isLive } from '../shape/is-live.ts';
import type { OverviewRun } from './overview-event.ts';
import { runNow, type SeenRun } from './overview-state.ts';

/** Fields that change with each look although nothing has happened. A frontend counts the time itself. */
const COUNTED = new Set(['elapsedMs', 'untilAt', 'logBytes', 'usage', 'cpuPercent', 'remainingMs']);

/** A frontend that counts a run this much too long or too short is told, ms. Where only the beats count its time, it comes in jumps of one. */
const OFF_MS = 15_000;
/** It is told of that at most this often, ms: there may be no clock that a run can be counted by. */
const TOLD_MS = 30_000;

/**
 * Whether a frontend shows the elapsed time of a run wrongly: it counts on by the wall clock, which goes on while the machine sleeps, and
 * may be set. Pure.
 * @param told what the frontend was told of the run
 * @param now UTC epoch ms
 */
export function isMiscounted(run: OverviewRun, told: SeenRun | undefined, now: number): boolean {
  if (told === undefined || !isLive(run) || Math.abs(now - told.at) < TOLD_MS) return false;
  return Math.abs(run.elapsedMs - runNow(told, now).elapsedMs) > OFF_MS;
}

/** Whether a run looks the same in both views, apart from the time. Pure. */
export function looksTheSame(before: OverviewRun, now: OverviewRun): boolean {
  const names = new Set([...Object.keys(before), ...Object.keys(now)] as (keyof OverviewRun)[]);
  return [...names].every(
    (name) =>
      COUNTED.has(name) ||
      (name === 'quietMs' && now.state !== 'quiet') ||
      before[name] === now[name] ||
      JSON.stringify(before[name]) === JSON.stringify(now[name]),
  );
}
