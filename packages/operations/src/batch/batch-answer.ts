import { readerNameOf } from '@pm/protocol';
import { markSeen, presentIn, readOutcome, readRunRecord } from '@pm/protocol/fs';
import { fieldsAsWritten } from '../admit/start-call.ts';
import type { Context } from '../project/context.ts';
import { ownerOf } from '../project/owner.ts';
import { viewOfOutcome } from '../runs/outcome-view.ts';
import type { Answer, Next, RunView } from '../shape/answer.ts';
import type { BatchView } from '../shape/views/batch-view.ts';
import type { OpenBatch } from './open-batch.ts';
import type { BatchCall } from './plan-batch.ts';
import type { BatchOutcome } from './run-batch.ts';

/** How many of the lines that did not succeed are shown. */
const SHOWN = 10;

/** The answer of `pm batch`. The runs in it are those that did not succeed, in the order of the file: the first one gives the exit code. */
export function answerOf(batch: OpenBatch, outcome: BatchOutcome, input: BatchCall, context: Context): Answer {
  const { dir, plan, lines, before, queueRef, slots } = batch;
  const { tally, ended, inLine, left, stoppedAfter, elapsedMs } = outcome;
  context.answered?.(() =>
    markSeen(
      dir,
      readerNameOf(ownerOf(context)),
      ended.map(({ id }) => id),
    ),
  );
  const failures = failedViews(batch, outcome);
  const view: BatchView = {
    name: plan.name,
    file: plan.file,
    results: plan.out,
    queue: queueRef.name,
    slots,
    total: lines.length,
    counts: tally.counts,
    ...(before > 0 && { before }),
    ...(left > 0 && { left, inLine: inLine.length }),
    ...(stoppedAfter !== undefined && { stoppedAfter }),
    elapsedMs: Math.round(elapsedMs),
  };
  return { runs: failures, batch: view, next: nextCalls(failures, left, input) };
}

function failedViews({ dir, lines }: OpenBatch, { ended }: BatchOutcome): RunView[] {
  const failed = new Map(ended.flatMap((job) => (job.isSuccess ? [] : [[job.key, job] as const])));
  const views: RunView[] = [];
  for (const { key } of lines) {
    const job = failed.get(key);
    if (job === undefined) continue;
    const run = presentIn(readRunRecord(dir, job.id));
    const record = presentIn(readOutcome(dir, job.id));
    if (run !== undefined && record !== undefined) views.push(viewOfOutcome(dir, run, record, 'listed'));
    else views.push(lostView(job));
    if (views.length >= SHOWN) break;
  }
  return views;
}

function lostView({ step, id }: { readonly step: string; readonly id: string }): RunView {
  const evidence = 'its records were deleted';
  return { step, id, state: 'ended', outcome: 'lost', evidence, startedAt: 0, elapsedMs: 0 };
}

function nextCalls([first]: readonly RunView[], left: number, input: BatchCall): Next[] {
  const { again: _, ...call } = input;
  const resume = { operation: 'batch', input: fieldsAsWritten({ ...call, resume: true }) };
  if (left > 0) return [{ ...resume, why: 'start what has not succeeded' }];
  if (first === undefined) return [];
  const place = input.dir === undefined ? {} : { dir: input.dir };
  return [
    { operation: 'logs', input: { step: first.step, ...place }, why: 'see why the first one failed' },
    { ...resume, why: 'start again what has not succeeded' },
  ];
}
