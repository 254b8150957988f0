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

/** A run as one would write it in a call: `train`, `train~1`. */
export function runName({ step, back = 0 }: RunView): string {
  return back === 0 ? step : `${step}~${back}`;
}

/** What a run is, in a word or three: `running`, `quiet 6m`, `failed exit 7`. */
export function stateLabel(run: RunView): string {
  switch (run.outcome) {
    case 'failed':
      return ['failed', failureOf(run), run.attempts && `after ${attemptsMade(run.attempts)}`]
        .filter(Boolean)
        .join(' ');
    case undefined:
      return run.state === 'quiet' && run.quietMs !== undefined ? `quiet ${roughDuration(run.quietMs)}` : run.state;
    default:
      return run.outcome;
  }
}

/** `1 attempt`, `4 attempts` */
export function attemptsMade(attempts: number): string {
  return attempts === 1 ? '1 attempt' : `${attempts} attempts`;
}

/** The glyph before a run's name, for people. */
export function stateGlyph(run: RunView): Part {
  const { glyph, tone } = APPEARANCES[appearanceOf(run)];
  return { text: `${glyph} `, tone };
}

/** Those words in their colour. */
export function colouredState(run: RunView, text: string = stateLabel(run)): Part {
  return { text, tone: APPEARANCES[appearanceOf(run)].tone };
}

/** How long: `in 2.1s` for what came to its own end, `after 30m` for what was ended, `of 12m` for what is quiet. */
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
