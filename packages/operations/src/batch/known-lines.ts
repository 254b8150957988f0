import { judgeOnce } from '@pm/monitor';
import type { OutcomeRecord, RunRecord } from '@pm/protocol';
import { claimedSteps, presentIn, queuedSteps, readClaim, readOutcome, readQueued } from '@pm/protocol/fs';
import { hasTurnBegun } from '@pm/wrapper';
import { settle } from '../queue/keep-in-line.ts';
import { findBegun } from '../runs/find-run.ts';

/** The newest run of a line, as its records say. */
export type KnownLine =
  | { readonly kind: 'ended'; readonly step: string; readonly id: string; readonly outcome: OutcomeRecord }
  /** It runs, or waits for its turn. */
  | { readonly kind: 'live'; readonly step: string; readonly id: string };

/** The lines of a batch that have a run, by key. The outcome of a run that is over is recorded if nobody has done so. */
export async function knownLines(dir: string, batch: string, id: string): Promise<Map<string, KnownLine>> {
  const isOurs = (step: string): boolean => step.startsWith(`${batch}-`);
  const known = new Map<string, KnownLine>();
  for (const step of claimedSteps(dir).filter(isOurs)) {
    const run = readClaim(dir, step)?.run;
    if (run?.kind !== 'present' || run.value.batch?.id !== id) continue;
    const line = lineOf(dir, run.value);
    if (line !== undefined) known.set(run.value.batch.key, line);
  }
  for (const step of queuedSteps(dir).filter(isOurs)) {
    const record = presentIn(readQueued(dir, step));
    if (record?.batch?.id !== id) continue;
    // Whoever started it was killed before it removed the record.
    if (hasTurnBegun(dir, record.id)) await settle(dir, record);
    else if (findBegun(dir, record) === undefined) known.set(record.batch.key, { kind: 'live', step, id: record.id });
  }
  return known;
}

function lineOf(dir: string, run: RunRecord): KnownLine | undefined {
  const { step, id } = run;
  const outcome = presentIn(readOutcome(dir, id));
  if (outcome !== undefined) return { kind: 'ended', step, id, outcome };
  const judged = judgeOnce(dir, run, `pm batch ${process.pid}`);
  if (judged.kind === 'vanished') return undefined;
  return judged.kind === 'ended' ? { kind: 'ended', step, id, outcome: judged.outcome } : { kind: 'live', step, id };
}
