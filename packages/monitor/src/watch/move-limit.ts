import { encodeDeadline, type RunRecord, runPaths } from '@pm/protocol';
import { replaceRecord } from '@pm/protocol/fs';
import { appendEvent } from '../finish/event-log.ts';
import { clearNotified } from '../finish/notified-troubles.ts';

/**
 * Gives a live run another limit: awake time from its start, ms; null: none. The wrapper reads it at its next beat, monitors at
 * their next look, so no process of ours has to live for it. That the old one was near is forgotten: near the new one is news.
 * @param from the limit before, for the events of the run
 */
export function moveLimit(dir: string, run: RunRecord, from: number | null, to: number | null, by: string): void {
  replaceRecord(runPaths(dir, run.id).deadline, encodeDeadline(to));
  clearNotified(dir, run.id, 'deadline');
  appendEvent(dir, run.id, by, 'extended', { from, to });
}
