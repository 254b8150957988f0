import { formatDuration, runSign } from '@pm/operations/words';
import { Sign } from '../frame/sign.tsx';
import type { EarlierRun } from './duration-sentence.ts';

const WIDTH = 260;
const HEIGHT = 64;
/** How many runs fit. */
const SHOWN = 26;

export interface HistoryPlotProps {
  /** Oldest first. */
  readonly earlier: readonly EarlierRun[];
  /** The run whose details are shown. */
  readonly own: { readonly elapsedMs: number; readonly outcome?: string | undefined } | undefined;
  readonly sentence: string;
}

/** How long the last runs of a step took, as bars, each with the sign of its outcome. The line is the average of the successes. */
export function HistoryPlot({ earlier, own, sentence }: HistoryPlotProps) {
  if (earlier.length === 0) return null;
  const runs = [...earlier.slice(-(SHOWN - 1)), ...(own === undefined ? [] : [own])];
  const most = Math.max(1, ...runs.map(({ elapsedMs = 0 }) => elapsedMs));
  const successes = earlier.filter(({ outcome }) => outcome === 'success');
  const averageMs = successes.reduce((sum, { elapsedMs = 0 }) => sum + elapsedMs, 0) / successes.length;
  const step = WIDTH / SHOWN;
  const room = HEIGHT - 14;
  const line = room - (averageMs / most) * room;
  return (
    <svg class="history" viewBox={`0 0 ${WIDTH} ${HEIGHT}`} role="img" aria-label={sentence}>
      {runs.map((run, index) => {
        const height = Math.max(2, ((run.elapsedMs ?? 0) / most) * room);
        const x = index * step;
        const { tone } = runSign(asRun(run));
        const isOwn = own !== undefined && index === runs.length - 1;
        return (
          <g key={index} class={`tone-${tone}${isOwn ? ' own' : ''}`}>
            <title>{`${run.outcome ?? 'running'}, ${formatDuration(run.elapsedMs ?? 0)}`}</title>
            <rect class="column" x={x + 1.5} y={room - height} width={step - 3} height={height} rx="1" />
            <Sign run={asRun(run)} x={x + step / 2 - 4.5} y={HEIGHT - 10} />
          </g>
        );
      })}
      {successes.length > 0 && averageMs <= most && <line class="average" x1="0" x2={WIDTH} y1={line} y2={line} />}
    </svg>
  );
}

/** What its sign is made of. */
function asRun({ outcome }: { readonly outcome?: string | undefined }): Parameters<typeof runSign>[0] {
  return {
    state: outcome === undefined ? 'running' : 'ended',
    outcome: outcome as Parameters<typeof runSign>[0]['outcome'],
  };
}
