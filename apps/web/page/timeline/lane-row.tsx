import { formatDuration, runSign } from '@pm/operations/words';
import { Place, usePlaces } from '../frame/places.tsx';
import { Sign } from '../frame/sign.tsx';
import { Told } from '../frame/told.tsx';
import { visibleText } from '../log/visible.ts';
import { hashOf } from '../state/route.ts';
import { clock, type Lane, placeIn, type Span, stateOf } from './lanes.ts';

/** The runs of a step over time, one bar for each. */
export function LaneRow({
  lane,
  span,
  ticks,
  now,
}: {
  readonly lane: Lane;
  readonly span: Span;
  readonly ticks: readonly number[];
  readonly now: number;
}) {
  const placeOf = usePlaces();
  return (
    <li class="lane">
      <span class="who" title={visibleText(placeOf(lane.dir))}>
        <span class="name">
          <Told text={lane.step} />
        </span>
        <Place dir={lane.dir} />
      </span>
      <span class="track">
        {ticks.map((at) => (
          <span key={at} class="grid" style={{ left: `${(100 * (at - span.from)) / (span.to - span.from)}%` }} />
        ))}
        {lane.runs.map((run) => {
          const place = placeIn(span, run, now);
          if (place === undefined) return null;
          const asRun = { state: stateOf(run), outcome: run.outcome };
          const words = `${run.step}: ${run.outcome ?? asRun.state}, ${formatDuration((run.endedAt ?? now) - run.startedAt)}, from ${clock(run.startedAt, span)}`;
          return (
            <a
              key={run.id}
              class={`bar tone-${runSign(asRun).tone} is-${run.outcome ?? 'live'}`}
              href={hashOf({ view: 'timeline', run })}
              title={visibleText(words)}
              style={{ left: `${100 * place.left}%`, width: `${100 * place.width}%` }}
            >
              <Sign run={asRun} />
              <span class="unseen-label">{visibleText(words)}</span>
            </a>
          );
        })}
      </span>
    </li>
  );
}
