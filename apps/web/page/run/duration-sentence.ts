import { formatDuration } from '@pm/operations/words';

/** A run of a step, as its history lists it. */
export interface EarlierRun {
  readonly id?: string | undefined;
  readonly outcome?: string | undefined;
  readonly elapsedMs?: number | undefined;
}

/**
 * Compares a run with the earlier successes of its step, in one sentence.
 * @param elapsedMs how long it has taken; undefined while it waits for its turn
 * @param earlier the other runs of its step that have ended
 */
export function durationSentence(
  elapsedMs: number | undefined,
  isLive: boolean,
  earlier: readonly EarlierRun[],
): string {
  const successes = earlier.filter(({ outcome }) => outcome === 'success');
  const own =
    elapsedMs === undefined
      ? ''
      : isLive
        ? `now ${formatDuration(elapsedMs)}`
        : `this time ${formatDuration(elapsedMs)}`;
  if (successes.length === 0) {
    const none =
      earlier.length === 0 ? 'There is no earlier run of this step' : 'No earlier run of this step has succeeded';
    return own === '' ? `${none}.` : `${none}; ${own}.`;
  }
  const averageMs = successes.reduce((sum, run) => sum + (run.elapsedMs ?? 0), 0) / successes.length;
  const usual = `It took ${formatDuration(averageMs)} on average over ${counted(successes.length)}`;
  return own === '' ? `${usual}.` : `${usual}, ${own}.`;
}

function counted(successes: number): string {
  return successes === 1 ? '1 success' : `${successes} successes`;
}
