/** How many samples are kept. They come each second, of very many runs less often. */
const KEPT = 300;

/** What one look at a live run has measured. `cpuMs` counts from the start of the run. */
export interface UsageSample {
  /** UTC epoch ms. */
  readonly at: number;
  readonly cpuMs: number;
  readonly memoryBytes: number;
  readonly processes: number;
}

/** The samples of a run while the page is open: its CPU in percent of one core, its memory in bytes. Newest last. */
export interface Series {
  readonly cpu: number[];
  readonly memory: number[];
  last: UsageSample | undefined;
}

export function newSeries(): Series {
  return { cpu: [], memory: [], last: undefined };
}

/** Adds a sample. A rate needs two of them, so the first has no CPU. */
export function addSample(series: Series, sample: UsageSample): void {
  const { last } = series;
  series.last = sample;
  push(series.memory, sample.memoryBytes);
  if (last === undefined || sample.at <= last.at) return;
  // A process that has ended may take its time along: that is no negative rate.
  push(series.cpu, Math.max(0, (100 * (sample.cpuMs - last.cpuMs)) / (sample.at - last.at)));
}

function push(values: number[], value: number): void {
  values.push(value);
  if (values.length > KEPT) values.shift();
}
