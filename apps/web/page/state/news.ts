import type { RunView } from '@pm/operations';
import { runName, stateLabel } from '@pm/operations/words';

/** What a change of a run has to tell those who do not look at it: that it ended, or needs a decision. */
export function newsOf(before: RunView | undefined, after: RunView): string[] {
  if (after.outcome !== undefined)
    return before !== undefined && before.outcome === undefined
      ? [`${runName(after)} ended: ${stateLabel(after)}.`]
      : [];
  if (before === undefined)
    return [`${runName(after)} ${after.state === 'queued' ? 'waits for its turn' : 'has started'}.`];
  if (after.attention !== undefined && before.attention !== after.attention)
    return [`${runName(after)} needs a decision: ${after.evidence}`];
  return [];
}
