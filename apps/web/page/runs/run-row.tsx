import {
  elapsedLabel,
  formatDuration,
  formatSize,
  roughDuration,
  runName,
  runSign,
  stateLabel,
} from '@pm/operations/words';
import { memo } from '../frame/memo.tsx';
import { Meter } from '../frame/meter.tsx';
import { Place } from '../frame/places.tsx';
import { Sign } from '../frame/sign.tsx';
import { Sparkline } from '../frame/sparkline.tsx';
import { Told } from '../frame/told.tsx';
import { doneShare, elapsedNow, remainingNow, usedShare } from '../state/clock.ts';
import { evidenceOf, isLive } from '../state/sections.ts';
import type { Series, UsageSample } from '../state/series.ts';
import type { Entry } from '../state/world.ts';

/** How many samples a row has room for: a minute if they come each second. */
const SPAN = 60;
/** The share of a limit from which on little is left. It is the fifth in which a run asks for attention. */
const NEAR = 0.8;

export interface RunRowProps {
  readonly entry: Entry;
  readonly series: Series | undefined;
  /** The newest of the series, which is written on in place. */
  readonly sample: UsageSample | undefined;
  readonly now: number;
  readonly href: string;
  readonly isOpen: boolean;
}

/** One run in the list, as a link to its details. */
export const RunRow = memo(({ entry, series, now, href, isOpen }: RunRowProps) => {
  const { run } = entry;
  const share = usedShare(entry, now);
  const done = doneShare(run);
  return (
    <a
      class={`row${run.attention === undefined ? '' : ' needs'}${run.unseen === true ? ' unseen' : ''}`}
      href={href}
      aria-current={isOpen ? 'true' : undefined}
      data-run={run.id}
    >
      <Sign run={run} />
      <span class="who">
        <span class="name">
          <Told text={runName(run)} />
        </span>
        <Place dir={run.dir} />
      </span>
      <span class={`state tone-${runSign(run).tone}`}>{stateLabel(run)}</span>
      <span class="said">
        {done !== undefined && isLive(run) && <Meter share={done} label={`progress ${Math.round(done * 100)} %`} />}
        <Told text={saidOf(entry)} />
      </span>
      <span class="time">
        <span class="figure">{timeOf(entry, now)}</span>
        {share !== undefined && isLive(run) && (
          <Meter share={share} label={`${Math.round(share * 100)} % of its time limit`} isNear={share >= NEAR} />
        )}
      </span>
      <span class="left figure">{leftOf(entry, now)}</span>
      <span class="cpu">{isLive(run) && series !== undefined && <Cpu series={series} />}</span>
      <span class="memory figure">{isLive(run) && series?.last && formatSize(series.last.memoryBytes)}</span>
    </a>
  );
});

function Cpu({ series }: { readonly series: Series }) {
  const percent = series.cpu.at(-1);
  return (
    <>
      <Sparkline values={series.cpu} span={SPAN} most={100} label="CPU, the newest samples" />
      <span class="figure">{percent === undefined ? '' : `${Math.round(percent)} %`}</span>
    </>
  );
}

/** The most useful sentence about a run: its progress, whether it is ready, why it waits, or what its state rests on. */
function saidOf({ run }: Entry): string {
  const isCalm = isLive(run) && run.attention === undefined;
  if (isCalm && run.progress !== undefined) return run.progress;
  if (isCalm && run.ready === false) return 'not ready yet';
  if (isCalm && run.ready === true) return run.port === undefined ? 'ready' : `ready, port ${run.port}`;
  return run.breaker?.why ?? evidenceOf(run);
}

function timeOf(entry: Entry, now: number): string {
  const { run } = entry;
  const elapsedMs = elapsedNow(entry, now);
  if (run.state === 'malformed') return '';
  if (!isLive(run)) return run.state === 'queued' ? `for ${roughDuration(elapsedMs)}` : elapsedLabel(run);
  const { limitMs } = run;
  return limitMs === undefined || limitMs === null
    ? formatDuration(elapsedMs)
    : `${formatDuration(elapsedMs)} of ${formatDuration(limitMs)}`;
}

/** How long a live run still takes, or how long ago another has ended. */
function leftOf(entry: Entry, now: number): string {
  const { run } = entry;
  if (run.state === 'ended')
    return run.endedAt === undefined ? '' : `${roughDuration(Math.max(0, now - run.endedAt))} ago`;
  const leftMs = remainingNow(entry, now);
  // At 0 the estimate is over, and nothing is known any more.
  return !leftMs || !isLive(run) ? '' : `~${roughDuration(leftMs)} left`;
}
