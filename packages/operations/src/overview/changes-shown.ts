import type { OverviewRun } from './overview-event.ts';

/** Fields that change with each look although nothing has happened. A frontend counts the time itself. */
const COUNTED = new Set(['elapsedMs', 'untilAt', 'logBytes', 'usage', 'cpuPercent', 'remainingMs']);

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
