import { formatDuration, type RunView, roughDuration } from '@pm/operations';
import type { Part, Tone } from '../text/style.ts';

type Appearance = 'success' | 'bad' | 'timeout' | 'cancelled' | 'lost' | 'live' | 'odd' | 'malformed';

const APPEARANCES: Readonly<Record<Appearance, { readonly glyph: string; readonly tone: Tone }>> = {
  success: { glyph: '✓', tone: 'good' },
  bad: { glyph: '✗', tone: 'bad' },
  timeout: { glyph: '⏱', tone: 'bad' },
  cancelled: { glyph: '⊘', tone: 'odd' },
  lost: { glyph: '?', tone: 'bad' },
  live: { glyph: '●', tone: 'live' },
  odd: { glyph: '◐', tone: 'odd' },
  malformed: { glyph: '!', tone: 'bad' },
};

/** A run as it is named in a call: `train`, `train~1`. */
export function runName({ step, back = 0 }: RunView): string {
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

/** The glyph before the name of a run, for a terminal. */
export function stateGlyph(run: RunView): Part {
  const { glyph, tone } = APPEARANCES[appearanceOf(run)];
  return { text: `${glyph} `, tone };
}

/** The state or outcome in its colour. */
export function colouredState(run: RunView, text: string = stateLabel(run)): Part {
  return { text, tone: APPEARANCES[appearanceOf(run)].tone };
}

/** The elapsed time: `in 2.1s` for a run that ended by itself, `after 30m` for one that was ended, `of 12m` for a quiet one. */
export function elapsedLabel(run: RunView): string {
  const span = formatDuration(run.elapsedMs);
  if (run.outcome === undefined) return run.state === 'quiet' && run.quietMs !== undefined ? `of ${span}` : span;
  return `${run.outcome === 'success' || run.outcome === 'failed' ? 'in' : 'after'} ${span}`;
}

function failureOf({ exitCode, signal }: RunView): string {
  if (signal !== undefined) return `by ${signal}${exitCode === undefined ? '' : ` (exit ${exitCode})`}`;
  return exitCode === undefined ? '' : `exit ${exitCode}`;
}

function appearanceOf(run: RunView): Appearance {
  switch (run.outcome) {
    case 'failed':
    case 'hung':
      return 'bad';
    case undefined:
      if (run.state === 'malformed') return 'malformed';
      return run.state === 'running' || run.state === 'starting' ? 'live' : 'odd';
    default:
      return run.outcome;
  }
}
