import type { OverviewState } from '@pm/operations/overview-state';
import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import { LaneRow } from './lane-row.tsx';
import { clock, type Lane, lanesOf, type Span, ticksOf, withStates } from './lanes.ts';
import { Legend } from './legend.tsx';
import { useTimeline } from './use-timeline.ts';

const HOUR = 3_600_000;
const SPANS = { '1 h': HOUR, '6 h': 6 * HOUR, '24 h': 24 * HOUR, '7 d': 168 * HOUR } as const;
type SpanName = keyof typeof SPANS;
type ListedRuns = OverviewState['runs'];

/** All runs over time, one lane for each step. */
export function Timeline({
  runs,
  filter,
  now,
}: {
  /** All that is listed. Whenever that changes, the timeline is read again. Also says how the live runs are. */
  readonly runs: ListedRuns;
  readonly filter: string;
  readonly now: number;
}) {
  const [name, setName] = useState<SpanName>('6 h');
  const [width, setWidth] = useState(900);
  const axis = useRef<HTMLDivElement>(null);
  const { answer, error } = useTimeline(SPANS[name], now, runs);
  const second = Math.floor(now / 1_000) * 1_000;
  const lanes = useMemo(() => lanesOf(withStates(answer?.runs ?? [], runs), filter), [answer, filter, second]);
  const span = spanOf(lanes, SPANS[name], second);
  useEffect(() => {
    if (axis.current === null) return;
    const observer = new ResizeObserver(([entry]) => setWidth(entry?.contentRect.width ?? 900));
    observer.observe(axis.current);
    return () => observer.disconnect();
  }, []);
  const ticks = ticksOf(span, Math.max(2, width / 90), new Date().getTimezoneOffset());
  // A run that changes elsewhere draws the page anew, up to ten times a second. The lanes have thousands of bars, which move once a second.
  const rows = useMemo(
    () => lanes.map((lane) => <LaneRow key={lane.key} lane={lane} span={span} ticks={ticks} now={second} />),
    [lanes, name, second, width],
  );
  return (
    <section class="timeline" aria-label="Timeline">
      <div class="tools">
        <fieldset>
          <legend class="unseen-label">Time to show</legend>
          {(Object.keys(SPANS) as SpanName[]).map((option) => (
            <label key={option}>
              <input type="radio" name="span" checked={option === name} onChange={() => setName(option)} />
              <span>{option}</span>
            </label>
          ))}
        </fieldset>
        <Legend />
      </div>
      <div class="lanes">
        <div class="axis">
          <div ref={axis} class="track">
            {ticks.map((at) => (
              <span
                key={at}
                class="tick figure"
                style={{ left: `${(100 * (at - span.from)) / (span.to - span.from)}%` }}
              >
                {clock(at, span)}
              </span>
            ))}
          </div>
        </div>
        <ul>{rows}</ul>
        {answer !== undefined && lanes.length === 0 && (
          <p class="empty">{filter === '' ? 'Nothing has run in this time.' : 'No run matches the filter.'}</p>
        )}
        {error !== undefined && <p class="told bad">{error}</p>}
        {answer !== undefined && answer.total > answer.runs.length && (
          <p class="dim">
            {answer.total - answer.runs.length} older runs of {answer.total} are not shown.
          </p>
        )}
      </div>
    </section>
  );
}

/** The time that is shown. What is empty before the first run is left out. */
function spanOf(lanes: readonly Lane[], spanMs: number, now: number): Span {
  const first = Math.min(now - SHORTEST, ...lanes.flatMap(({ runs }) => runs.map(({ startedAt }) => startedAt)));
  const from = Math.max(now - spanMs, first - MARGIN * (now - first));
  return { from, to: now };
}

const SHORTEST = 60_000;
const MARGIN = 0.03;
