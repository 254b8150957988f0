import { setTimeout as sleep } from 'node:timers/promises';
import { PmError, type QueuedRecord, type Report, type RunRecord } from '@pm/protocol';
import { presentIn, readOutcome, readReport } from '@pm/protocol/fs';
import { FRONT } from '@pm/queue';
import type { LimitOrder } from '../mirror/limit-order.ts';
import type { Context } from '../project/context.ts';
import { findBegun } from '../runs/find-run.ts';
import { openEngine } from './engine-of-queue.ts';
import { withNews } from './news-follower.ts';

const LOOK_MS = 100;
/** A worker looks at its orders twice a second. So long it may take until its answer is here. */
const PATIENCE_MS = 10_000;

/** What has become of an order for another limit. */
export type LimitAnswer =
  /** The worker says that the run has this limit now, or that it has ended. */
  | { readonly kind: 'carried-out' }
  | { readonly kind: 'refused'; readonly why: string }
  /** It stays with the entry. Whether the worker has read it is not known. */
  | { readonly kind: 'unconfirmed' }
  /** The engine says that the entry is over, or it does not know it any more. */
  | { readonly kind: 'over' };

// Why: contributing/decisions/2026-11-29-a-mirror-of-a-run-elsewhere.md
/**
 * Orders another limit for a run elsewhere, and waits until its worker has answered.
 * @param toMs awake time since its start, ms; null: no limit
 * @throws PmError `engine-unavailable` if the engine does not answer, `usage` if the configuration does not name it any more
 */
export async function extendElsewhere(
  dir: string,
  run: RunRecord,
  toMs: number | null,
  by: string,
  { signal }: Pick<Context, 'signal'>,
): Promise<LimitAnswer> {
  const queue = run.queue?.name;
  if (queue === undefined) return { kind: 'over' };
  // Later than every order that was answered: the answers are told apart by it.
  const at = Math.max(Date.now(), (answerIn(dir, run)?.at ?? 0) + 1);
  const limit: LimitOrder = { toMs, by: by.slice(0, 200), at };
  if (!(await leave(dir, queue, run, limit))) return { kind: 'over' };
  const isOver = (): boolean => presentIn(readOutcome(dir, run.id)) !== undefined;
  const isAnswered = (): boolean => (answerIn(dir, run)?.at ?? 0) >= at;
  await withNews(dir, async () => {
    const untilMs = performance.now() + PATIENCE_MS;
    while (!isAnswered() && !isOver() && performance.now() < untilMs && !signal.aborted) await sleep(LOOK_MS);
  });
  const answer = answerIn(dir, run);
  if (answer?.at === at && answer.refused !== undefined) return { kind: 'refused', why: answer.refused };
  if (isOver() || answer?.at === at) return { kind: 'carried-out' };
  if (!isAnswered()) return { kind: 'unconfirmed' };
  return { kind: 'refused', why: 'another call has ordered another limit at the same time' };
}

async function leave(dir: string, queue: string, run: RunRecord, limit: LimitOrder): Promise<boolean> {
  try {
    return await (await openEngine(queue, dir)).order(run.id, { limit });
  } catch (error) {
    if (!(error instanceof PmError) || error.code !== 'engine-unavailable') throw error;
    const message = `The limit of ${run.step} could not be changed: ${error.message}`;
    const hint = `Call it again when the engine answers (pm queue ${queue}). The limit that counts: pm status ${run.step}`;
    throw new PmError(error.code, message, hint, { cause: error });
  }
}

function answerIn(dir: string, { id }: RunRecord): Report['limitOrder'] {
  return readReport(dir, id)?.report.limitOrder;
}

/**
 * Carries a stop to a worker that has just taken an entry, so that nobody here knows yet whether it has begun. The order goes to the engine at
 * once. When the worker has reported, the run is stopped as any other run elsewhere.
 */
export async function stopTaken(
  dir: string,
  record: QueuedRecord,
  evidence: string,
  { caller, signal }: Context,
): Promise<void> {
  const by = `${caller ?? 'pm'} stop ${process.pid}`;
  const fleet = await openEngine(record.queue.name, dir);
  await fleet.order(record.id, { stop: { cause: 'cancelled', by, evidence, at: Date.now() } });
  await withNews(dir, async () => {
    const untilMs = performance.now() + PATIENCE_MS;
    while (findBegun(dir, record) === undefined && performance.now() < untilMs && !signal.aborted) await sleep(LOOK_MS);
  });
}

/**
 * Orders the end of an entry that waits again because its holder was lost. It has begun, so it cannot be taken out: the next worker ends it, and soon.
 * @returns false if it does not wait
 */
export async function stopWaitingAgain(
  dir: string,
  queue: string,
  id: string,
  { by, evidence }: { readonly by: string; readonly evidence: string },
): Promise<boolean> {
  const fleet = await openEngine(queue, dir);
  if ((await fleet.standing(id)).kind !== 'waiting') return false;
  if (!(await fleet.order(id, { stop: { cause: 'cancelled', by, evidence, at: Date.now() } }))) return false;
  await fleet.move(id, FRONT);
  return true;
}
