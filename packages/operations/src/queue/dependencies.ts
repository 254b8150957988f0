import type { QueuedRecord } from '@pm/protocol';
import { presentIn, queuedSteps, readOutcome, readQueued, readRunRecord } from '@pm/protocol/fs';

/** Whether the runs that a run waits for are over. `failed`: one of them did not succeed, with the reason in words. */
export type Readiness =
  | { readonly kind: 'ready' }
  | { readonly kind: 'waiting'; readonly steps: readonly string[] }
  | { readonly kind: 'failed'; readonly why: string };

/**
 * Whether the runs that a run waits for are over. The outcome of one that is over is recorded if nobody has done so.
 * @param known what was found out for other runs in the same look, by run id: thousands may wait for the same one
 */
export async function readinessOf(
  dir: string,
  { after = [] }: Pick<QueuedRecord, 'after'>,
  known: Map<string, string> = new Map(),
): Promise<Readiness> {
  const waiting: string[] = [];
  for (const { step, id, any } of after) {
    const outcome = known.get(id) ?? (await outcomeOf(dir, step, id));
    known.set(id, outcome);
    if (outcome === 'waiting') waiting.push(step);
    else if (outcome !== 'success' && any !== true)
      return {
        kind: 'failed',
        why: outcome === 'gone' ? `the records of ${step} were deleted` : `${step} did not succeed: ${outcome}`,
      };
  }
  return waiting.length > 0 ? { kind: 'waiting', steps: waiting } : { kind: 'ready' };
}

/** The ids of all runs that runs in line wait for. Each record of the line is read. */
export function idsWaitedFor(dir: string): ReadonlySet<string> {
  const after = queuedSteps(dir).flatMap((step) => presentIn(readQueued(dir, step))?.after ?? []);
  return new Set(after.map(({ id }) => id));
}

async function outcomeOf(dir: string, step: string, id: string): Promise<string> {
  const known = presentIn(readOutcome(dir, id));
  if (known !== undefined) return known.outcome;
  if (presentIn(readQueued(dir, step))?.id === id) return 'waiting';
  const run = presentIn(readRunRecord(dir, id));
  if (run === undefined) return 'gone';
  const { judgeOnce } = await import('./judging.ts');
  const judged = judgeOnce(dir, run, `pm queue ${process.pid}`);
  return judged.kind === 'ended' ? judged.outcome.outcome : judged.kind === 'vanished' ? 'gone' : 'waiting';
}
