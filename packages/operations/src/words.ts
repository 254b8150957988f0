import { formatDuration, formatSize, roughDuration, withCount } from '@pm/protocol/text';
import type { RunView } from './shape/answer.ts';
import type { RunsSummary } from './shape/runs-summary.ts';

export { exactDuration, formatDuration, formatSize, roughDuration, withCount } from '@pm/protocol/text';
// The words of every frontend for runs, durations and sizes. Browsers load it too: neither zod nor a node: module is loaded.
export { isLive, isRunning } from './shape/is-live.ts';
export { progressShare } from './usage/remaining.ts';

/** The sign of a state or outcome, and how much it asks for a look. A frontend has a colour for each tone, and never shows a colour alone. */
export interface RunSign {
  readonly glyph: string;
  readonly tone: 'good' | 'bad' | 'odd' | 'live';
}

const SIGNS = {
  success: { glyph: '✓', tone: 'good' },
  bad: { glyph: '✗', tone: 'bad' },
  timeout: { glyph: '⏱', tone: 'bad' },
  cancelled: { glyph: '⊘', tone: 'odd' },
  lost: { glyph: '?', tone: 'bad' },
  live: { glyph: '●', tone: 'live' },
  odd: { glyph: '◐', tone: 'odd' },
  malformed: { glyph: '!', tone: 'bad' },
} as const satisfies Record<string, RunSign>;

/** The sign of a run by its state or outcome. */
export function runSign({ state, outcome }: Pick<RunView, 'state' | 'outcome'>): RunSign {
  switch (outcome) {
    case 'failed':
    case 'hung':
      return SIGNS.bad;
    case undefined:
      if (state === 'malformed') return SIGNS.malformed;
      return state === 'running' || state === 'starting' ? SIGNS.live : SIGNS.odd;
    default:
      return SIGNS[outcome];
  }
}

/** A run as it is named in a call: `train`, `train~1`. */
export function runName({ step, back = 0 }: Pick<RunView, 'step' | 'back'>): string {
  return back === 0 ? step : `${step}~${back}`;
}

/** The state or outcome of a run: `running`, `quiet 6m`, `failed exit 7`. Of an adopted process that ended by itself only that. */
export function stateLabel(run: RunView): string {
  switch (run.outcome) {
    case 'failed':
      return ['failed', failureOf(run), run.attempts && `after ${attemptsMade(run.attempts)}`]
        .filter(Boolean)
        .join(' ');
    case undefined:
      return run.state === 'quiet' && run.quietMs !== undefined ? `quiet ${roughDuration(run.quietMs)}` : run.state;
    case 'success':
      return run.service === true ? 'exited' : run.outcome;
    case 'lost':
      return run.reason === 'exit-unknown' ? 'ended' : run.outcome;
    default:
      return run.outcome;
  }
}

/** `1 attempt`, `4 attempts` */
export function attemptsMade(attempts: number): string {
  return attempts === 1 ? '1 attempt' : `${attempts} attempts`;
}

/** The elapsed time: `in 2.1s` for a run that ended by itself, `after 30m` for one that was ended, `of 12m` for a quiet one. */
export function elapsedLabel(run: RunView): string {
  const span = formatDuration(run.elapsedMs);
  if (run.outcome === undefined) return run.state === 'quiet' && run.quietMs !== undefined ? `of ${span}` : span;
  return `${run.outcome === 'success' || run.outcome === 'failed' ? 'in' : 'after'} ${span}`;
}

/** Why a live run needs a decision, unless its state says it. */
export function attentionOf({ attention }: Pick<RunView, 'attention'>): string | undefined {
  if (attention === 'deadline') return 'near its limit';
  if (attention === 'disk-full') return 'disk full';
  if (attention === 'unwritable') return 'records not writable';
  return attention === 'log-truncated' ? 'log truncated' : undefined;
}

/** `98%` of one core, on average or as its caller has worked it out. */
export function cpuLabel({ cpuPercent }: Pick<RunView, 'cpuPercent'>): string | undefined {
  return cpuPercent === undefined ? undefined : `${Math.round(cpuPercent)}%`;
}

/** `1.2 GiB` */
export function memoryLabel({ usage }: Pick<RunView, 'usage'>): string | undefined {
  return usage === undefined ? undefined : formatSize(usage.memoryBytes);
}

/** `~3m`: how long a run will probably go on. Over two minutes in whole minutes, because it is an estimate. */
export function remainingLabel({ remainingMs }: Pick<RunView, 'remainingMs'>): string | undefined {
  if (remainingMs === undefined) return undefined;
  const unitMs = remainingMs < 120_000 ? 1_000 : 60_000;
  return `~${formatDuration(Math.max(Math.round(remainingMs / unitMs), 1) * unitMs)}`;
}

/** `usually 12m`, of a run that takes longer than its step usually does. */
export function usualLabel({ usualMs, elapsedMs, outcome }: RunView): string | undefined {
  const isLate = outcome === undefined && usualMs !== undefined && elapsedMs > usualMs;
  return isLate ? `usually ${roughDuration(usualMs)}` : undefined;
}

/**
 * All runs on one line: `2 running · 1 queued · 1 quiet: train · 1 failed: backtest`. Empty if there is nothing to tell. Every number has its
 * word, so the line says the same without colours.
 */
export function summaryLine({ running, queued, attention, failed }: RunsSummary): string {
  const live = (['quiet', 'suspended', 'deadline'] as const).map((kind) =>
    countOf(
      attentionOf({ attention: kind }) ?? kind,
      attention.filter((one) => one.attention === kind),
    ),
  );
  const ended = (['failed', 'timeout', 'hung', 'lost', 'cancelled'] as const).map((outcome) =>
    countOf(
      outcome,
      failed.filter((one) => one.outcome === outcome),
    ),
  );
  return [running > 0 && `${running} running`, queued > 0 && `${queued} queued`, ...live, ...ended]
    .filter(Boolean)
    .join(' · ');
}

/** `2 failed: lint, test` */
function countOf(word: string, runs: readonly { readonly step: string }[]): string | undefined {
  const names = runs.map(({ step }) => step);
  return names.length === 0 ? undefined : `${names.length} ${word}: ${withCount(names, 3)}`;
}

function failureOf({ exitCode, signal }: RunView): string {
  if (signal !== undefined) return `by ${signal}${exitCode === undefined ? '' : ` (exit ${exitCode})`}`;
  return exitCode === undefined ? '' : `exit ${exitCode}`;
}
