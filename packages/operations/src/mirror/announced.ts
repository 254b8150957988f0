import { announce } from '@pm/monitor';
import type { OutcomeRecord, RunRecord } from '@pm/protocol';
import { presentIn, readOutcome } from '@pm/protocol/fs';

/** Announces the outcome that is on record; undefined if there is none. */
export function announced(dir: string, run: RunRecord): OutcomeRecord | undefined {
  const outcome = presentIn(readOutcome(dir, run.id));
  if (outcome !== undefined) announce(dir, run, outcome);
  return outcome;
}
