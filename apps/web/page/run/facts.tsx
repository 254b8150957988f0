import { cpuRates, runNow, type SeenRun, type UsageSample } from '@pm/operations/overview-state';
import { formatDuration, formatSize, isRunning, roughDuration } from '@pm/operations/words';
import type { ComponentChildren } from 'preact';
import { LimitMeter } from '../frame/limit-meter.tsx';
import { Meter } from '../frame/meter.tsx';
import { nextStartOf } from '../frame/next-start.ts';
import { Sparkline } from '../frame/sparkline.tsx';
import { Told } from '../frame/told.tsx';
import { doneShare } from '../state/done-share.ts';
import { useLeftRunning } from './left-running.ts';

/** How many samples are shown: five minutes if they come each second. */
const SPAN = 300;

/** What is known about a run, each fact with its name. */
export function Facts({
  entry,
  samples = [],
  now,
}: {
  readonly entry: SeenRun;
  readonly samples: readonly UsageSample[] | undefined;
  readonly now: number;
}) {
  const run = runNow(entry, now);
  const isOn = isRunning(run);
  const done = doneShare(run);
  const leftMs = isOn ? run.remainingMs : undefined;
  const rates = cpuRates(samples);
  const percent = rates.at(-1);
  const last = samples.at(-1);
  const { surely, perhaps } = useLeftRunning(run);
  return (
    <dl class="facts">
      <Fact name={run.state === 'queued' ? 'Waiting for' : isOn ? 'Running for' : 'Took'}>
        <span class="figure">
          {formatDuration(run.elapsedMs)}
          {limitWords(run.limitMs)}
        </span>
        <LimitMeter run={run} />
      </Fact>
      {run.progress !== undefined && (
        <Fact name="Progress">
          <Told text={run.progress} />
          {done !== undefined && <Meter share={done} label={`${Math.round(done * 100)} % done`} />}
        </Fact>
      )}
      {leftMs !== undefined && leftMs > 0 && <Fact name="Time left">about {roughDuration(leftMs)}</Fact>}
      {isOn && last !== undefined && (
        <>
          <Fact name="CPU">
            <span class="figure">{percent === undefined ? '…' : `${Math.round(percent)} % of a core`}</span>
            <Sparkline values={rates} span={SPAN} most={100} label="CPU, the newest samples" />
          </Fact>
          <Fact name="Memory">
            <span class="figure">
              {formatSize(last.memoryBytes)}, {processes(last.processes)}
            </span>
            <Sparkline
              values={samples.map(({ memoryBytes }) => memoryBytes)}
              span={SPAN}
              most={1}
              label="Memory, the newest samples"
            />
          </Fact>
        </>
      )}
      <Fact name={run.state === 'queued' ? 'Asked for' : 'Started'}>
        <span class="figure">{instant(run.startedAt, now)}</span>
      </Fact>
      {run.endedAt !== undefined && (
        <Fact name="Ended">
          <span class="figure">{instant(run.endedAt, now)}</span>
        </Fact>
      )}
      {surely !== undefined && (
        <Fact name="Left running">
          <Told text={surely} />
        </Fact>
      )}
      {perhaps !== undefined && (
        <Fact name="May be left running">
          <Told text={perhaps} /> (orphans that started during the run; they may belong to something else)
        </Fact>
      )}
      {run.attempts !== undefined && <Fact name="Attempts">{run.attempts}</Fact>}
      {run.ready !== undefined && isOn && (
        <Fact name="Ready">
          {run.ready ? 'yes' : 'not yet'}
          {run.readyEvidence !== undefined && <Told text={`: ${run.readyEvidence}`} />}
        </Fact>
      )}
      {run.port !== undefined && <Fact name="Port">{run.port}</Fact>}
      {run.attempt !== undefined && (
        <Fact name="Attempt">
          {run.attempt}
          {run.attemptLimit !== undefined && ` of ${run.attemptLimit}`}
        </Fact>
      )}
      {run.queue !== undefined && run.state === 'queued' && (
        <Fact name="Queue">
          <Told text={run.queue.name} />
          {run.queue.place !== undefined && `, place ${run.queue.place}`}
          {run.queue.waiting !== undefined && ` of ${run.queue.waiting}`}
        </Fact>
      )}
      {run.breaker !== undefined && (
        <Fact name="Next start">
          <Told text={nextStartOf(run.breaker)} />
        </Fact>
      )}
      {run.logTruncated !== undefined && (
        <Fact name="Log">
          <Told text={run.logTruncated} />
        </Fact>
      )}
    </dl>
  );
}

function Fact({ name, children }: { readonly name: string; readonly children: ComponentChildren }) {
  return (
    <div class="fact">
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}

/** A time of day in local time; with its day if that is not today. */
function instant(at: number, now: number): string {
  const [date, today] = [new Date(at), new Date(now)];
  const time = date.toLocaleTimeString(undefined, { hour: '2-digit', minute: '2-digit', second: '2-digit' });
  return date.toDateString() === today.toDateString()
    ? time
    : `${date.toLocaleDateString(undefined, { day: 'numeric', month: 'short' })} ${time}`;
}

function limitWords(limitMs: number | null | undefined): string {
  if (limitMs === undefined) return '';
  return limitMs === null ? ', no limit' : ` of ${formatDuration(limitMs)}`;
}

function processes(count: number): string {
  return count === 1 ? '1 process' : `${count} processes`;
}
