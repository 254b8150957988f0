import type { WatchEvent } from '@pm/monitor';
import { viewOfOutcome } from '../runs/outcome-view.ts';
import { viewOfLook } from '../runs/run-view.ts';
import { untilPublished } from '../runs/until-published.ts';
import type { RunView } from '../shape/answer.ts';

/**
 * The view of a run after an event; undefined if the event does not change it.
 * @param ignored conditions that are not reported
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
      const evidence = `its state cannot be determined: ${event.error instanceof Error ? event.error.message : event.error}`;
      return before === undefined ? undefined : { ...before, state: 'malformed', evidence };
    }
    case 'vanished': {
      const evidence =
        'its records were deleted while it ran; if its command is still running, its wrapper enforces the limit, and pm recover finds it';
      return before === undefined ? undefined : { ...before, state: 'malformed', evidence };
    }
  }
}
