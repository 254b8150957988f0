import type { RunView } from '@pm/operations';
import { cpuRates, runNow, type SeenRun, type UsageSample } from '@pm/operations/overview-state';
import {
  elapsedLabel,
  formatDuration,
  formatSize,
  isRunning,
  roughDuration,
  runName,
  runSign,
  stateLabel,
} from '@pm/operations/words';
import { LimitMeter } from '../frame/limit-meter.tsx';
import { memo } from '../frame/memo.tsx';
import { Meter } from '../frame/meter.tsx';
import { Place } from '../frame/places.tsx';
import { Sign } from '../frame/sign.tsx';
import { Sparkline } from '../frame/sparkline.tsx';
import { Told } from '../frame/told.tsx';
import { doneShare } from '../state/done-share.ts';
import { evidenceOf } from '../state/sections.ts';

/** How many samples a row has room for: a minute if they come each second. */
const SPAN = 60;
const SECOND = 1_000;

export interface RunRowProps {
  readonly entry: SeenRun;
  readonly samples: readonly UsageSample[] | undefined;
  readonly now: number;
  readonly href: string;
  readonly isOpen: boolean;
}

/** One run in the list, as a link to its details. */
export const RunRow = memo(({ entry, samples = [], now, href, isOpen }: RunRowProps) => {
  const run = runNow(entry, now);
  const last = samples.at(-1);
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
        {done !== undefined && isRunning(run) && <Meter share={done} label={`progress ${Math.round(done * 100)} %`} />}
        <Told text={saidOf(run)} />
      </span>
      <span class="time">
        <span class="figure">{timeOf(run)}</span>
        <LimitMeter run={run} />
      </span>
      <span class="left figure">{leftOf(run, now)}</span>
      <span class="cpu">{isRunning(run) && samples.length > 0 && <Cpu samples={samples} />}</span>
      <span class="memory figure">{isRunning(run) && last !== undefined && formatSize(last.memoryBytes)}</span>
    </a>
  );
});

function Cpu({ samples }: { readonly samples: readonly UsageSample[] }) {
  const rates = cpuRates(samples.slice(-SPAN - 1));
  const percent = rates.at(-1);
  return (
    <>
      <Sparkline values={rates} span={SPAN} most={100} label="CPU, the newest samples" />
      <span class="figure">{percent === undefined ? '' : `${Math.round(percent)} %`}</span>
    </>
  );
}

/** The most useful sentence about a run: its progress, whether it is ready, why it waits, or what its state rests on. */
function saidOf(run: RunView): string {
  const isCalm = isRunning(run) && run.attention === undefined;
  if (isCalm && run.progress !== undefined) return run.progress;
  if (isCalm && run.ready === false) return 'not ready yet';
  if (isCalm && run.ready === true) return run.port === undefined ? 'ready' : `ready, port ${run.port}`;
  return run.breaker?.why ?? evidenceOf(run);
}

function timeOf(run: RunView): string {
  const { elapsedMs, limitMs } = run;
  if (run.state === 'malformed') return '';
  if (!isRunning(run)) return run.state === 'queued' ? `for ${roughDuration(elapsedMs)}` : elapsedLabel(run);
  return limitMs === undefined || limitMs === null
    ? formatDuration(elapsedMs)
    : `${formatDuration(elapsedMs)} of ${formatDuration(limitMs)}`;
}

/** How long a live run still takes, or how long ago another has ended. */
function leftOf(run: RunView, now: number): string {
  if (run.state === 'ended')
    return run.endedAt === undefined ? '' : `${roughDuration(Math.max(SECOND, now - run.endedAt))} ago`;
  const { remainingMs: leftMs } = run;
  // At 0 the estimate is over, and nothing is known any more.
  return !leftMs || !isRunning(run) ? '' : `~${roughDuration(leftMs)} left`;
}
