import { type OutcomeRecord, PmError, type QueuedRecord } from '@pm/protocol';
import { isOutOfRoom } from '@pm/protocol/fs';
import { engineQueueIn } from '../elsewhere/engine-of-queue.ts';
import type { BatchProgress, Context } from '../project/context.ts';
import { rememberDirectory } from '../project/known-directories.ts';
import { conductHere } from '../queue/conductor.ts';
import { putInLine } from '../queue/put-in-line.ts';
import { ensureResident } from '../runs/ensure-resident.ts';
import { conduct, type Ended, type Job } from './conduct/conduct.ts';
import { type LineDefaults, recordMaker } from './line-record.ts';
import type { OpenBatch } from './open-batch.ts';
import { appendResult, type ResultLine, resultOf } from './results-file.ts';

/** What has become of the lines so far. */
export interface Tally {
  /** How many ended in each way, those of earlier calls included. */
  readonly counts: Readonly<Record<string, number>>;
  /** How many failed in a row, in the order in which they ended. */
  readonly inARow: number;
}

/** After one more ending. A run that somebody stopped is no failure, and no success either. Pure. */
export function counted(
  { counts, inARow }: Tally,
  { outcome, reason }: Pick<OutcomeRecord, 'outcome'> & Partial<Pick<OutcomeRecord, 'reason'>>,
): Tally {
  const isRefused = reason === 'preflight-failed' || reason === 'refused';
  const isFailure = outcome !== 'success' && (outcome !== 'cancelled' || isRefused);
  return {
    counts: { ...counts, [outcome]: (counts[outcome] ?? 0) + 1 },
    inARow: outcome === 'success' ? 0 : inARow + (isFailure ? 1 : 0),
  };
}

/** What has become of a batch in this call. */
export interface BatchOutcome {
  readonly tally: Tally;
  /** The runs that ended in this call, in the order of their ends. */
  readonly ended: readonly (Job & { readonly isSuccess: boolean })[];
  /** The jobs that are in line or running: a signal has ended the watching. */
  readonly inLine: readonly Job[];
  /** How many lines have not ended. */
  readonly left: number;
  readonly stoppedAfter: number | undefined;
  readonly elapsedMs: number;
}

/** Runs what is left of a batch, and writes each result when it is known. @throws PmError if the disk is full; what is in line goes on */
export async function runBatch(
  batch: OpenBatch,
  defaults: LineDefaults,
  stopAfter: number | undefined,
  context: Context,
): Promise<BatchOutcome> {
  const { dir, plan, lines, steps, toStart, adopted, before, queue, slots, queueRef } = batch;
  const sinceMs = performance.now();
  const recordOf = recordMaker(defaults, { id: batch.id, queue: queueRef }, context);
  const ended: (Job & { readonly isSuccess: boolean })[] = [];
  let tally: Tally = { counts: before > 0 ? { success: before } : {}, inARow: 0 };
  let next = 0;
  let running: BatchProgress['running'] = [];
  let stoppedAfter: number | undefined;

  const enqueueNext = async (): Promise<QueuedRecord | undefined> => {
    const line = toStart[next];
    if (line === undefined) return undefined;
    const record = recordOf(line, steps.get(line.key) ?? '');
    if (!(await putInLine(dir, record, queue))) throw isTaken(record.step);
    next += 1;
    return record;
  };
  const report = async (line?: ResultLine, why?: string): Promise<void> => {
    await context.report?.({
      type: 'batch',
      progress: {
        name: plan.name,
        total: lines.length,
        done: before + ended.length,
        failed: ended.filter(({ isSuccess }) => !isSuccess).length,
        endedNow: ended.length,
        elapsedMs: performance.now() - sinceMs,
        running,
        ...(why !== undefined && { why }),
      },
      ...(line !== undefined && { ended: line }),
    });
  };
  const tell = async ({ job, outcome }: Ended): Promise<boolean> => {
    const { key, step, id } = job;
    const line: ResultLine =
      outcome === undefined ? { key, step, id, outcome: 'lost' } : resultOf(key, step, id, outcome);
    appendResult(plan.out, line);
    tally = counted(tally, outcome ?? { outcome: 'lost' });
    ended.push({ ...job, isSuccess: line.outcome === 'success' });
    running = running.filter((one) => one.step !== step);
    await report(line);
    if (stopAfter !== undefined && tally.inARow >= stopAfter) stoppedAfter ??= tally.inARow;
    return stoppedAfter !== undefined;
  };
  const looked: Parameters<typeof conduct>[0]['looked'] = async (now, why) => {
    running = now.map(({ step, sinceMs: at }) => ({ step, elapsedMs: Math.max(0, Date.now() - at) }));
    await report(undefined, why);
  };
  if (toStart.length > 0) rememberDirectory(dir, context.env);
  if (adopted.length + toStart.length > 0) ensureResident(dir, context); // what is in line goes on after a Ctrl-C
  const conductor = conductHere(dir, plan.name, { batch: batch.id, folder: queueRef.folder });
  const { beat } = conductor;
  const { folder } = queueRef;
  const mayStop = stopAfter !== undefined;
  const conductAll = () =>
    conduct({ dir, queue, folder, slots, adopted, enqueueNext, ended: tell, mayStop, looked, beat }, context);
  const isElsewhere = engineQueueIn(queueRef.folder) !== undefined;
  const conducting = isElsewhere
    ? import('../elsewhere/news-follower.ts').then(({ withNewsOfAll }) => withNewsOfAll(dir, conductAll))
    : conductAll();
  const inLine = await conducting
    .catch((error: unknown) => {
      throw isOutOfRoom(error) ? noRoom(plan.name, error) : error;
    })
    .finally(conductor.end);
  if (stoppedAfter !== undefined) cancelRest();
  const left = inLine.length + toStart.length - next;
  return { tally, ended, inLine, left, stoppedAfter, elapsedMs: performance.now() - sinceMs };

  /** The lines that were not in line yet: they never became runs. */
  function cancelRest(): void {
    for (const { key } of toStart.slice(next)) {
      const outcome: OutcomeRecord['outcome'] = 'cancelled';
      appendResult(plan.out, { key, step: steps.get(key) ?? '', outcome });
      tally = counted(tally, { outcome });
    }
    next = toStart.length;
  }
}

function isTaken(step: string): PmError {
  return new PmError(
    'usage',
    `Another run of ${step} waits for its turn already.`,
    `pm wait ${step}; then use --resume. The runs that are in line go on.`,
  );
}

function noRoom(batch: string, cause: unknown): PmError {
  const next = 'Free some space, then use --resume. The runs that are in line go on.';
  return new PmError('directory-unusable', `The disk is full: the batch ${batch} starts nothing more.`, next, {
    cause,
  });
}
