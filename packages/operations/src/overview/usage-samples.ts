import type { OverviewEvent } from './overview-event.ts';

/** What a run has used at one instant. */
export interface UsageSample {
  /** UTC epoch ms. */
  readonly at: number;
  /** CPU time since the start of the run. */
  readonly cpuMs: number;
  readonly memoryBytes: number;
  readonly processes: number;
}

/** The last samples of each run by its id, the newest last. */
export type UsageSamples = ReadonlyMap<string, readonly UsageSample[]>;

/**
 * The samples after one more event. Pure: those before stay as they are.
 * @param runs the runs that are known after it; samples of others are dropped
 * @param most how many samples of a run are kept
 */
export function samplesAfter(
  samples: UsageSamples,
  event: OverviewEvent,
  runs: ReadonlyMap<string, unknown>,
  most: number,
): UsageSamples {
  if (event.type === 'all' || event.type === 'gone') return new Map([...samples].filter(([id]) => runs.has(id)));
  if (event.type !== 'usage') return samples;
  const after = new Map(samples);
  for (const [id, [cpuMs, memoryBytes, processes]] of Object.entries(event.usage))
    if (runs.has(id))
      after.set(id, [...(samples.get(id) ?? []), { at: event.at, cpuMs, memoryBytes, processes }].slice(-most));
  return after;
}

/** The CPU use between each two samples, percent of one core. A process that has ended may take its time along: that is no negative rate. */
export function cpuRates(samples: readonly UsageSample[]): number[] {
  return samples.slice(1).flatMap((sample, i) => {
    const before = samples[i];
    const passedMs = sample.at - (before?.at ?? sample.at);
    return before === undefined || passedMs <= 0 ? [] : [Math.max(0, (100 * (sample.cpuMs - before.cpuMs)) / passedMs)];
  });
}
