import { existsSync } from 'node:fs';
import type { Snapshot } from '@pm/monitor';
import { type RunRecord, runPaths } from '@pm/protocol';
import { presentIn, readOutcome } from '@pm/protocol/fs';
import type { RunView } from '../shape/answer.ts';
import { isLive } from '../shape/is-live.ts';
import { isKept, type KeptClaim, whyUnreadable } from './find-run.ts';
import { viewOfOutcome, withLivingSurvivors } from './outcome-view.ts';
import type { UnseenEndings } from './unseen-endings.ts';

/** Runs as an answer shows them. */
export interface Views {
  readonly runs: RunView[];
  /** One sentence for each run that cannot be shown. */
  readonly malformed: string[];
}

/**
 * The views of runs. A run whose files cannot be read is reported in `malformed` and does not hide the others. If a run has ended
 * and its outcome is missing, the outcome is written now.
 * @param by who looks, for the events of the runs
 * @param look `listed`: they are many, so less of their logs is looked at; live ones with what they use
 */
export async function viewsOf(
  dir: string,
  claims: Iterable<KeptClaim>,
  endings: Pick<UnseenEndings, 'has'>,
  by: string,
  look: 'one' | 'listed' = 'one',
): Promise<Views> {
  const runs: RunView[] = [];
  const malformed: string[] = [];
  const viewOf = lookingTogether(dir, by, look);
  for (const { step, run, back } of claims) {
    const why = whyUnreadable({ step, run });
    if (why !== undefined) malformed.push(why);
    if (run.kind !== 'present') continue;
    try {
      const view = await viewOf(run.value);
      if (view.state === 'malformed' && !isKept(dir, { run }, back === 0)) continue; // it was pruned just now
      const unseen = !isLive(view) && endings.has(run.value);
      runs.push({ ...view, ...(back > 0 && { back }), ...(unseen && { unseen }) });
    } catch (error) {
      if (isKept(dir, { run }, back === 0)) malformed.push(`${step}: ${(error as Error).message}`);
    }
  }
  return { runs, malformed };
}

/** Writes the outcomes of those runs that have ended without one, because nobody has looked since. Live ones are left as they are. */
export async function conclude(dir: string, claims: readonly KeptClaim[], by: string): Promise<void> {
  const open = claims.filter(({ run }) => run.kind === 'present' && !existsSync(runPaths(dir, run.value.id).outcome));
  await viewsOf(dir, open, { has: () => false }, by, 'listed');
}

/** Most runs in a list have ended. The judging is loaded for the first one that has not, and all share one scan of the processes. */
function lookingTogether(dir: string, by: string, look: 'one' | 'listed'): (run: RunRecord) => Promise<RunView> {
  let snapshot: Snapshot | undefined;
  return async (run) => {
    const known = presentIn(readOutcome(dir, run.id));
    // If its end was not announced, its wrapper was killed before that: whoever looks finishes it.
    if (known !== undefined && existsSync(runPaths(dir, run.id).ended))
      return withLivingSurvivors(run, viewOfOutcome(dir, run, known, look));
    const [{ takeSnapshot, viewNow }, { withUsage }] = await Promise.all([
      import('./run-view.ts'),
      import('../usage/with-usage.ts'),
    ]);
    const shared = snapshot ?? takeSnapshot();
    snapshot = shared;
    return viewNow(dir, run, by, shared, (view, seen) =>
      look === 'listed' ? withUsage(dir, run, view, seen, shared.table()) : view,
    );
  };
}
