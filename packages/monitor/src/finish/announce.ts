import { rmSync } from 'node:fs';
import { type OutcomeRecord, type RunRecord, runPaths } from '@pm/protocol';
import { sourceOf } from '../source/source-of.ts';
import { publishOutcome } from './publish.ts';

/**
 * Announces the outcome of a run elsewhere, which is on record: in the flat files, and by the link that wakes who waits. It may be
 * called again.
 */
export function announce(dir: string, run: RunRecord, outcome: OutcomeRecord): void {
  publishOutcome(dir, run, sourceOf(dir, run), outcome);
  rmSync(runPaths(dir, run.id).reserve, { force: true });
}
