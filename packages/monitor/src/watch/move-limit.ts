import { encodeDeadline, type RunRecord, runPaths } from '@pm/protocol';
import { replaceRecord } from '@pm/protocol/fs';
import { appendEvent } from '../finish/event-log.ts';
import { clearNotified } from '../finish/notified-troubles.ts';

/**
 * Gives a live run another limit. The wrapper reads it at its next beat, and monitors at their next look. Waiters are
 * notified again when the run comes near the new limit.
 * @param from the limit before, for the events of the run
 * @param to the new limit: awake time from the start of the run, ms; null: none
 */
export function moveLimit(dir: string, run: RunRecord, from: number | null, to: number | null, by: string): void {
  replaceRecord(runPaths(dir, run.id).deadline, encodeDeadline(to));
  clearNotified(dir, run.id, 'deadline');
  appendEvent(dir, run.id, by, 'extended', { from, to });
}
