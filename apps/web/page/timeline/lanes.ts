import type { RunView } from '@pm/operations';
import type { OverviewState } from '@pm/operations/overview-state';
import { isRunning } from '@pm/operations/words';

/** A run on the timeline. Instants are UTC epoch ms. */
export interface TimelineRun {
  readonly dir: string;
  readonly step: string;
  readonly id: string;
  readonly outcome?: RunView['outcome'] | undefined;
  /** Of a live run, if the list knows more than that it is live: it may be quiet. */
  readonly state?: RunView['state'] | undefined;
  readonly startedAt: number;
  readonly endedAt?: number | undefined;
}

/** The runs of a step, oldest first. */
export interface Lane {
  readonly key: string;
  readonly dir: string;
  readonly step: string;
  readonly runs: readonly TimelineRun[];
}

/** A part of the time that is shown. */
export interface Span {
  readonly from: number;
  readonly to: number;
}

/** How a run is: `ended`, or the state of a live one. */
export function stateOf({ outcome, state = 'running' }: TimelineRun): RunView['state'] {
  return outcome === undefined ? state : 'ended';
}

/** The runs with the states that the list has of the live ones. */
export function withStates(runs: readonly TimelineRun[], listed: OverviewState['runs']): TimelineRun[] {
  return runs.map((run) => {
    const known = run.outcome === undefined ? listed.get(run.id)?.run : undefined;
    return known !== undefined && isRunning(known) ? { ...run, state: known.state } : run;
  });
}

/** One lane for each step, those with the newest activity first. */
export function lanesOf(runs: readonly TimelineRun[], filter: string): Lane[] {
  const words = filter.toLowerCase().split(/\s+/).filter(Boolean);
  const lanes = new Map<string, TimelineRun[]>();
  for (const run of runs) {
    const text = `${run.step} ${run.dir} ${run.outcome ?? stateOf(run)}`.toLowerCase();
    if (!words.every((word) => text.includes(word))) continue;
    const key = `${run.dir}\n${run.step}`;
    const lane = lanes.get(key);
    if (lane === undefined) lanes.set(key, [run]);
    else lane.push(run);
  }
  return [...lanes]
    .map(([key, all]) => {
      const [dir = '', step = ''] = key.split('\n');
      return { key, dir, step, runs: all.sort((a, b) => a.startedAt - b.startedAt) };
    })
    .sort((a, b) => lastOf(b) - lastOf(a));
}

/** When something was seen of it last; what is live is newer than all that has ended. */
function lastOf({ runs }: Lane): number {
  return Math.max(...runs.map(({ startedAt, endedAt }) => endedAt ?? LIVE + startedAt));
}

/** Later than any instant. */
const LIVE = 1e14;

/** Where a run lies in a span, both from 0 to 1. Undefined if no part of it does. */
export function placeIn(
  { from, to }: Span,
  run: TimelineRun,
  now: number,
): { readonly left: number; readonly width: number } | undefined {
  const [start, end] = [Math.max(run.startedAt, from), Math.min(run.endedAt ?? now, to)];
  if (end < from || start > to) return undefined;
  return { left: (start - from) / (to - from), width: Math.max(0, end - start) / (to - from) };
}

const MINUTE = 60_000;
const STEPS = [1 / 6, 0.25, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 180, 360, 720, 1_440, 2_880].map(
  (minutes) => minutes * MINUTE,
);

/** Round instants of local time for the axis, about `count` of them. */
export function ticksOf({ from, to }: Span, count: number, zoneMinutes: number): number[] {
  const step = STEPS.find((ms) => (to - from) / ms <= count) ?? 7 * 1_440 * MINUTE;
  const zone = zoneMinutes * MINUTE;
  const first = Math.ceil((from - zone) / step) * step + zone;
  const ticks: number[] = [];
  for (let at = first; at <= to; at += step) ticks.push(at);
  return ticks;
}

/** An instant in local time, as exactly as the span needs it. */
export function clock(at: number, { from, to }: Span): string {
  const date = new Date(at);
  if (to - from > 36 * 60 * MINUTE) return date.toLocaleDateString(undefined, { weekday: 'short', day: 'numeric' });
  const seconds = to - from < 10 * MINUTE ? ({ second: '2-digit' } as const) : {};
  return date.toLocaleTimeString(undefined, { hour: '2-digit', minute: '2-digit', ...seconds });
}
