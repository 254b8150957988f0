import { parseStepRef } from '@pm/protocol';
import * as z from 'zod/mini';
import { withBreakers } from '../breaker/lazy-breaker.ts';
import { hasEntries } from '../elsewhere/entries.ts';
import { withNotifications } from '../notify/notifications-of.ts';
import { operation } from '../operation.ts';
import { locateDirectory } from '../project/locate-directory.ts';
import { waitingRun } from '../queue/waiting-run.ts';
import { ensureResidentAfterAnswer } from '../runs/ensure-resident.ts';
import { findRun } from '../runs/find-run.ts';
import { nextCallsFor, nextCallsForAll } from '../runs/next-calls.ts';
import { withLastLines, withLivingSurvivors } from '../runs/outcome-view.ts';
import { takeSnapshot, viewNow } from '../runs/run-view.ts';
import { markSeenAfterAnswer } from '../runs/unseen-endings.ts';
import type { RunView } from '../shape/answer.ts';
import { dir, oneStep } from '../shape/fields.ts';
import { isLive } from '../shape/is-live.ts';

export const status = operation({
  name: 'status',
  summary: 'Show everything known about one run: state, evidence, times, files.',
  input: z.strictObject({ step: oneStep, dir }),
  output: async () => (await import('../shape/answer.ts')).Answer,
  run: async (input, context) => {
    const where = locateDirectory(input.dir, context);
    if (hasEntries(where)) await (await import('../elsewhere/news-follower.ts')).newsNow(where);
    const queued = await waitingRun(where, input.step);
    if (queued !== undefined) return { runs: [queued], next: nextCallsFor(queued, input.dir) };
    const back = parseStepRef(input.step)?.back ?? 0;
    const run = findRun(where, input.step);
    const { withUsage } = await import('../usage/with-usage.ts');
    const lookAtRun = (): RunView => {
      const snapshot = takeSnapshot();
      return viewNow(where, run, 'pm status', snapshot, (view, look) =>
        withUsage(where, run, view, look, snapshot.table()),
      );
    };
    const now = withLivingSurvivors(run, lookAtRun());
    const isUnready = now.ready === false && isLive(now);
    const asked = isUnready
      ? await (await import('../ready/readiness-now.ts')).withReadinessNow(where, run, now, lookAtRun, context)
      : now;
    const view = await withNotifications(where, run, { ...withLastLines(asked), ...(back > 0 && { back }) });
    markSeenAfterAnswer([view], where, context);
    ensureResidentAfterAnswer(where, [view], context);
    const notes = isLive(view) ? [] : (await import('../runs/output-notes.ts')).notesAbout([view]);
    return {
      runs: await withBreakers(where, [view], context),
      ...(notes.length > 0 && { notes }),
      next: await nextCallsForAll([view], input.dir, context),
    };
  },
});
