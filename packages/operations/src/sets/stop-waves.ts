/** A live run, as its place in the order of a stop needs it. */
export interface StopCandidate {
  readonly id: string;
  readonly step: string;
  /** The steps that it needs. */
  readonly needs: readonly string[];
  /** The run from inside of which it was started. */
  readonly parent?: string | undefined;
}

/**
 * The order in which runs are stopped: whoever needs another one ends before it, and a run ends before those that were started from inside
 * of it, because it may start them again. The runs of one wave end at the same time. What needs itself in a cycle, by records that contradict
 * each other, ends together in the last wave. Pure.
 */
export function stopOrder<T extends StopCandidate>(runs: readonly T[]): T[][] {
  const waves: T[][] = [];
  let left = runs;
  while (left.length > 0) {
    const free = left.filter((run) => !left.some((other) => other !== run && endsBefore(other, run)));
    const wave = free.length > 0 ? free : left;
    waves.push([...wave]);
    left = left.filter((run) => !wave.includes(run));
  }
  return waves;
}

function endsBefore(one: StopCandidate, other: StopCandidate): boolean {
  return one.needs.includes(other.step) || other.parent === one.id;
}
