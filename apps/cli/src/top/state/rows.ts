import type { OverviewRun, RunView } from '@pm/operations';
import { cpuRates, runNow, type UsageSample } from '@pm/operations/overview-state';
import { isRunning, runName, stateLabel } from '@pm/operations/words';
import type { TopState } from './state.ts';

/** A run as a row of the table shows it now. */
export interface TableRow {
  readonly key: string;
  readonly view: OverviewRun;
  /** CPU time of its tree per time, percent of one core; undefined if it is not known. */
  readonly cpuPercent: number | undefined;
  readonly memoryBytes: number | undefined;
}

/** A screen asks for the rows of its state several times. A state never changes. */
const known = new WeakMap<TopState, readonly TableRow[]>();

/** The rows of the table: filtered and in order. */
export function rowsOf(state: TopState): readonly TableRow[] {
  const rows = known.get(state) ?? sortedRows(state);
  known.set(state, rows);
  return rows;
}

function sortedRows(state: TopState): TableRow[] {
  const { runs, sort, isReversed, isLiveOnly } = state;
  const words = state.filter.toLowerCase().split(/\s+/).filter(Boolean);
  const rows: TableRow[] = [];
  for (const key of runs.keys()) {
    const row = rowOf(state, key);
    if (row === undefined || (isLiveOnly && row.view.state === 'ended')) continue;
    if (matches(row.view, words)) rows.push(row);
  }
  const order = ORDERS[sort];
  rows.sort((a, b) => order(a, b) || byUrgency(a, b) || (a.key < b.key ? -1 : 1));
  return isReversed ? rows.reverse() : rows;
}

/**
 * The selected row and its number; undefined if there are no rows. Whoever reads the log or the details of a run stays with it, also if the
 * table hides it now.
 */
export function selectedRow(
  state: TopState,
  rows: readonly TableRow[] = rowsOf(state),
): { readonly row: TableRow; readonly index: number } | undefined {
  const found = state.selected === undefined ? -1 : rows.findIndex(({ key }) => key === state.selected);
  const index = Math.max(found >= 0 ? found : Math.min(state.selectedRow, rows.length - 1), 0);
  const row = (found < 0 && isReading(state) && rowOf(state, state.selected)) || rows[index];
  return row === undefined ? undefined : { row, index };
}

/** Whether one run is on the whole screen. */
export function isReading({ mode }: TopState): boolean {
  return mode === 'log' || mode === 'detail';
}

function rowOf({ runs, samples, now }: TopState, key = ''): TableRow | undefined {
  const seen = runs.get(key);
  if (seen === undefined) return undefined;
  const view = runNow(seen, now);
  return { key, view, ...usageOf(view, samples.get(key)) };
}

/** Between the last two samples; with fewer, what the answer says. */
function usageOf(
  { state, usage, cpuPercent }: RunView,
  samples: readonly UsageSample[] = [],
): Pick<TableRow, 'cpuPercent' | 'memoryBytes'> {
  if (state === 'ended') return { cpuPercent: undefined, memoryBytes: undefined };
  const last = samples.at(-1);
  return { cpuPercent: cpuRates(samples).at(-1) ?? cpuPercent, memoryBytes: last?.memoryBytes ?? usage?.memoryBytes };
}

/** How many live runs need a decision of the user. A run that the user leaves alone is counted again when its condition changes. */
export function needingDecision({ runs, leftAlone }: TopState): number {
  return [...runs].filter(
    ([id, { run }]) => run.attention !== undefined && isRunning(run) && leftAlone.get(id) !== run.attention,
  ).length;
}

function matches(view: RunView, words: readonly string[]): boolean {
  if (words.length === 0) return true;
  const text = `${runName(view)} ${stateLabel(view)} ${view.attention ?? ''} ${view.dir ?? ''}`.toLowerCase();
  return words.every((word) => text.includes(word));
}

type Order = (a: TableRow, b: TableRow) => number;

/** Runs that need a decision, live ones, those that wait by their place, then those that have ended; the others newest first. */
const byUrgency: Order = (a, b) =>
  rankOf(a.view) - rankOf(b.view) || byPlace(a.view, b.view) || instantOf(b.view) - instantOf(a.view);

function byPlace(a: RunView, b: RunView): number {
  if (a.state !== 'queued' || b.state !== 'queued') return 0;
  const [one, other] = [a.queue, b.queue];
  return (one?.name ?? '').localeCompare(other?.name ?? '') || (one?.place ?? 0) - (other?.place ?? 0);
}

function rankOf({ state, attention }: RunView): number {
  if (state === 'ended') return 4;
  if (state === 'malformed') return 3;
  if (state === 'queued') return 2;
  return attention === undefined && (state === 'running' || state === 'starting') ? 1 : 0;
}

function instantOf({ endedAt, startedAt }: RunView): number {
  return endedAt ?? startedAt;
}

const ORDERS: Readonly<Record<TopState['sort'], Order>> = {
  state: byUrgency,
  name: (a, b) => (runName(a.view) < runName(b.view) ? -1 : Number(runName(a.view) > runName(b.view))),
  time: (a, b) => b.view.elapsedMs - a.view.elapsedMs,
  cpu: (a, b) => (b.cpuPercent ?? -1) - (a.cpuPercent ?? -1),
  memory: (a, b) => (b.memoryBytes ?? -1) - (a.memoryBytes ?? -1),
};
