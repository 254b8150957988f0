import type { QueueView, RunView } from '@pm/operations';
import { cpuRates, type UsageSample } from '@pm/operations/overview-state';
import { formatDuration, formatSize, runSign } from '@pm/operations/words';
import { breakerLines } from '../../render/breaker.ts';
import { tailLines } from '../../render/log.ts';
import { nextCall } from '../../render/next-call.ts';
import { queueLines } from '../../render/queue.ts';
import { runDetails } from '../../render/run-details.ts';
import { type Part, paint, type Style } from '../../text/style.ts';
import type { TableRow } from '../state/rows.ts';
import type { RunFacts, TopState } from '../state/state.ts';
import { sparkline } from './bar.ts';
import { limitBar } from './table.ts';

/** How many of the newest runs of its step the history shows. */
const SHOWN_RUNS = 30;

/** Everything about the selected run, one line per fact. */
export function detailLines(state: TopState, row: TableRow, style: Style): string[] {
  const facts = state.facts?.key === row.key ? state.facts : undefined;
  const { tail, usage: _usage, cpuPercent: _cpu, ...view } = detailed(row.view, facts); // shown as they change
  const [head = '', ...rest] = runDetails(view, style);
  const samples = state.samples.get(row.key) ?? [];
  const own: (readonly [name: string, value: Part | readonly Part[] | undefined])[] = [
    ['decide', decisionOf(row.view)],
    ['time', limitBar(row.view, 20)],
    ['left', leftOf(row.view)],
    ['cpu', usageLine(row, samples)],
    ['memory', memoryLine(row, samples)],
    ['durations', durationsLine(facts)],
    ['outcomes', outcomesLine(facts)],
    ['breaker', breakerLine(state, row.view, style)],
    ['dir', row.view.dir],
  ];
  const lines = own.flatMap(([name, value]) => {
    if (value === undefined || value === '') return [];
    const parts: readonly Part[] = Array.isArray(value) ? (value as Part[]) : [value as Part];
    return [paint([{ text: `  ${name.padEnd(9)} `, tone: 'dim' }, ...parts], style)];
  });
  const queue = queueOf(row.view, state.queues);
  const calls = (facts?.next ?? []).map((next) =>
    paint([{ text: '  next      ', tone: 'dim' }, nextCall(next, style.invocation)], style),
  );
  const first = row.view.attention === undefined ? 1 : 2; // the evidence, and what needs a decision
  const last = tailLines(tail).map((line) => `  ${line.replaceAll('\t', '    ')}`);
  return [
    head,
    ...rest.slice(0, first),
    ...(row.view.state === 'ended' ? [...last, ...lines] : [...lines, ...last]),
    ...rest.slice(first),
    ...calls,
    ...(queue === undefined ? [] : queueLines([queue], style).map((line) => `  ${line}`)),
  ];
}

/** The facts that only `status` knows, on the run as it is now. */
function detailed(view: RunView, facts: RunFacts | undefined): RunView {
  if (facts === undefined || facts.view.state !== view.state) return view;
  const { tail, notifications, breaker, advice, survivors, suspects, failureLine, logLines } = facts.view;
  const known = Object.entries({ tail, notifications, breaker, advice, survivors, suspects, failureLine, logLines });
  return { ...view, ...Object.fromEntries(known.filter(([, value]) => value !== undefined)) };
}

function decisionOf({ attention, state }: RunView): Part | undefined {
  if (attention === undefined || state === 'ended') return undefined;
  return { text: 'w: wait on   e: extend   s: stop', tone: 'odd' };
}

function leftOf({ remainingMs, usualMs, state }: RunView): string | undefined {
  if (state === 'ended') return undefined;
  const left = remainingMs === undefined ? undefined : `about ${formatDuration(remainingMs)}`;
  const usual = usualMs === undefined ? undefined : `it usually takes ${formatDuration(usualMs)}`;
  return [left, usual].filter((part) => part !== undefined).join(' · ') || undefined;
}

function usageLine({ cpuPercent }: TableRow, samples: readonly UsageSample[]): Part[] | undefined {
  if (cpuPercent === undefined) return undefined;
  const rates = cpuRates(samples);
  return [`${Math.round(cpuPercent)}%`.padEnd(10), sparkline(rates, Math.max(100, ...rates))];
}

function memoryLine({ memoryBytes }: TableRow, samples: readonly UsageSample[]): Part[] | undefined {
  if (memoryBytes === undefined) return undefined;
  return [formatSize(memoryBytes).padEnd(10), sparkline(samples.map((sample) => sample.memoryBytes))];
}

function historyOf(facts: RunFacts | undefined): readonly RunView[] {
  return (facts?.history ?? []).slice(0, SHOWN_RUNS).toReversed();
}

/** The durations of the runs of the step, the oldest first. */
function durationsLine(facts: RunFacts | undefined): string | undefined {
  const runs = historyOf(facts);
  if (runs.length < 2) return undefined;
  return `${sparkline(runs.map(({ elapsedMs }) => elapsedMs))} the longest ${formatDuration(Math.max(...runs.map(({ elapsedMs }) => elapsedMs)))}`;
}

/** How they ended, in the same order. */
function outcomesLine(facts: RunFacts | undefined): Part[] | undefined {
  const runs = historyOf(facts);
  if (runs.length < 2) return undefined;
  return [
    ...runs.map((run) => ({ text: runSign(run).glyph, tone: runSign(run).tone })),
    ` the last ${runs.length} runs of ${facts?.view.step}`,
  ];
}

function queueOf({ state, queue }: RunView, queues: readonly QueueView[]): QueueView | undefined {
  return state === 'queued' ? queues.find(({ name }) => name === queue?.name) : undefined;
}

/** The breaker of the step. That of a failed run is among its facts already. */
function breakerLine({ breakers }: TopState, { step, dir, breaker }: RunView, style: Style): string | undefined {
  const own = breakers.find((one) => one.name === step && one.dir === dir);
  if (own === undefined || breaker !== undefined) return undefined;
  return breakerLines({ runs: [], next: [], breakers: [own] }, style)[0];
}
