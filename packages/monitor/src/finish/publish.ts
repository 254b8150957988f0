import { type OutcomeRecord, type RunRecord, runPaths } from '@pm/protocol';
import { linkOnce } from '@pm/protocol/fs';
import { isTransient } from '../look/transient-errors.ts';
import type { RunSource } from '../source/run-source.ts';

/**
 * Publishes an outcome: first in the flat files, then by the link that announces the end. While that link is missing
 * the next monitor does it again.
 * @throws transient errors, such as that of a full disk
 */
export function publishOutcome(dir: string, run: RunRecord, source: RunSource, record: OutcomeRecord): void {
  try {
    // While its wrapper lives, it publishes the flat names, and then makes the link. If it is killed before that, the
    // missing link tells the next reader that something is left to do.
    if (source.publish(record) === 'left-to-wrapper') return;
  } catch (error) {
    if (isTransient(error)) throw error;
    // Somebody has made a folder in the place of a name. It stays, as the records are what counts.
  }
  const { outcome, ended } = runPaths(dir, run.id);
  linkOnce(outcome, ended);
}
