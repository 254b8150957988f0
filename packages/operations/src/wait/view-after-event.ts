import type { WatchEvent } from '@pm/monitor';
import { viewOfOutcome } from '../runs/outcome-view.ts';
import { viewOfLook } from '../runs/run-view.ts';
import { untilPublished } from '../runs/until-published.ts';
import type { RunView } from '../shape/answer.ts';

/**
 * What an event makes of a run's view; undefined if nothing.
 * @param ignored troubles that are not to be told
 */
export async function viewAfterEvent(
  where: string,
  event: WatchEvent,
  before: RunView | undefined,
  ignored: readonly string[],
): Promise<RunView | undefined> {
  const { run } = event;
  switch (event.type) {
    case 'ended':
      await untilPublished(where, run);
      return viewOfOutcome(where, run, event.outcome);
    case 'look':
      return event.verdict.verdict === 'ended' ? undefined : viewOfLook(where, run, event.look, event.verdict);
    case 'attention': {
      const { attention, evidence } = event.trouble;
      return before === undefined || ignored.includes(attention) ? undefined : { ...before, attention, evidence };
    }
    case 'failed': {
      const evidence = `it cannot be judged: ${event.error instanceof Error ? event.error.message : event.error}`;
      return before === undefined ? undefined : { ...before, state: 'malformed', evidence };
    }
    case 'vanished': {
      const evidence =
        'somebody deleted its records while it ran; its command may still be running, and nobody holds its limit any more';
      return before === undefined ? undefined : { ...before, state: 'malformed', evidence };
    }
  }
}
