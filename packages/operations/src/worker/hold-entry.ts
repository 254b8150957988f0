import { setTimeout as sleep } from 'node:timers/promises';
import type { FleetLease, FleetQueue } from '@pm/fleet';
import { extendLease } from '@pm/monitor';
import { bootClockMs } from '@pm/process';
import { PmError, type Report, type RunRecord } from '@pm/protocol';
import { limitIn } from '../mirror/limit-order.ts';
import { logBefore, reportOf } from '../mirror/report-of.ts';
import type { Context } from '../project/context.ts';
import { stopRun } from '../sets/stop-run.ts';
import { instant, leaseEnd, type WorkerHere } from './begin-entry.ts';
import { changeLimit } from './change-limit.ts';
import { openDelivery } from './deliver-log.ts';

/** How often a run is looked at, and its lease extended. An order to stop it is read as often. */
const LOOK_MS = 500;
/** How long output is delivered before the run is looked at again. What is left is delivered after the next look. */
const OUTPUT_MS = 1_000;
/** A report is sent at least this often, so that the submitter sees that the worker is alive. */
const NEWS_MS = 5_000;
/** So many reports of the worker before this one may be on their way to the engine still. Each number is used once. */
const UNSEEN_REPORTS = 1_000;

// Why: contributing/decisions/2026-11-29-a-worker-holds-by-evidence.md
/**
 * Holds the lease of an entry as long as there is evidence that its run lives here, reports what is new, and carries out what the submitter
 * orders. While the engine is away nothing extends the lease of the run itself, so it ends before anybody else can have the entry.
 * @param before reads what a worker before this one has reported last, if there was one
 * @returns `told` when the engine knows the outcome; `lost` if it refuses it, because the lease was lost, or the records were deleted
 */
export async function holdEntry(
  fleet: FleetQueue,
  lease: FleetLease,
  run: RunRecord,
  here: WorkerHere,
  context: Context,
  before?: () => Promise<Report | undefined>,
): Promise<'told' | 'lost'> {
  const { dir, reporter } = here;
  let since: Report | undefined;
  let unread = before;
  let toldAtMs = Number.NEGATIVE_INFINITY;
  let heldUntil = lease.heldUntil;
  let lastSeq = 0;
  let isStopping = false;
  let limitOrder: Report['limitOrder'];
  const deliver = openDelivery(fleet, lease);
  // The engine's lease alone: the run is over, and only what it printed is still on its way.
  let keptAtMs = Number.NEGATIVE_INFINITY;
  const keep = async (): Promise<boolean> => {
    if (performance.now() - keptAtMs < LOOK_MS) return true;
    const isHeld = await fleet.extend(lease);
    if (isHeld) [keptAtMs, heldUntil] = [performance.now(), Date.now() + here.leaseMs];
    return isHeld;
  };
  const stopOnce = (reason: string): void => {
    if (isStopping) return;
    isStopping = true;
    void stopRun(
      dir,
      run,
      { reason },
      {
        cwd: context.cwd,
        env: context.env,
        signal: NEVER,
        ...(context.force !== undefined && { force: context.force }), // skips the grace, also of a stop that goes on
        ...(context.caller !== undefined && { caller: context.caller }),
      },
    ).catch(() => {
      isStopping = false; // the next look tries again
    });
  };
  for (;;) {
    const reported = reportOf(dir, run.id, since, {
      ...reporter,
      entry: lease.entry.id,
      lastSeq,
      ...(limitOrder !== undefined && { limitOrder }),
    });
    if (reported === undefined) return 'lost'; // its records were deleted; its wrapper ends it with its lease
    lastSeq = reported.report.seq;
    try {
      // Before the engine is asked: it may be away until the end of the lease.
      if (!reported.isLast && context.force?.aborted === true) stopOnce('its worker was told to stop at once');
      if (unread !== undefined) {
        since = await unread();
        unread = undefined;
        lastSeq = (since?.seq ?? lastSeq) + UNSEEN_REPORTS;
        continue;
      }
      if (reported.isLast) {
        const isLeft = isForAnother(lease, reported.report);
        await deliver(reported.chunks, async () => isLeft || (await keep()));
        if (isLeft) return 'lost';
        return (await fleet.finish(lease, reported.report)) ? 'told' : 'lost';
      }
      const isDue = reported.isNews || performance.now() - toldAtMs >= NEWS_MS;
      const asked = instant();
      // It says how much of the output has arrived, so that whoever goes on from it leaves nothing out.
      const report = withLogOf({ ...logBefore(reporter), ...since }, reported.report);
      const renewal = await fleet.renew(lease, isDue ? report : undefined);
      if (renewal.kind === 'lost') {
        extendLease(dir, run.id, Math.max(bootClockMs(), 1_000)); // at once: another host may begin it
        return 'lost';
      }
      if (isDue) {
        toldAtMs = performance.now();
        since = report;
      }
      heldUntil = renewal.heldUntil;
      extendLease(dir, run.id, leaseEnd(heldUntil, asked, here));
      const order = stopIn(renewal.order);
      if (order !== undefined) stopOnce(order);
      const limit = limitIn(renewal.order);
      if (limit !== undefined && limit.at !== limitOrder?.at) limitOrder = changeLimit(dir, run, limit, context.bounds);
      // After the lease, and not for long: the lease is extended by what was seen, and that gets old.
      const untilMs = performance.now() + OUTPUT_MS;
      if (await deliver(reported.chunks, async () => performance.now() < untilMs))
        since = withLogOf(reported.report, since ?? report);
    } catch (error) {
      if (Object(error).code === 'ENOENT') return 'lost'; // its records were deleted meanwhile
      if (!isPassing(error)) throw error;
      // What was found out meanwhile is reported again. A lease that is over cannot be extended, and an outcome is refused after it.
      if (reported.isLast && Date.now() > heldUntil + GIVE_UP_MS) return 'lost';
    }
    await sleep(LOOK_MS);
  }
}

/** The run ended with its lease, left no process, and may run again: leave it to the next worker. */
function isForAnother({ mayRerun }: FleetLease, { outcome }: Report): boolean {
  return mayRerun && outcome?.reason === 'lease-lost' && outcome.survivors.length === 0;
}

const NEVER = new AbortController().signal;

/** How long after the end of a lease it is tried to deliver an outcome: the engine may have been away, and nobody else may have taken the entry. */
const GIVE_UP_MS = 600_000;

/** A report that says of the output what another one says. */
function withLogOf({ log, errors }: Pick<Report, 'log' | 'errors'>, report: Report): Report {
  return {
    ...report,
    ...(report.log !== undefined && log !== undefined && { log }),
    ...(report.errors !== undefined && errors !== undefined && { errors }),
  };
}

/** Why the submitter has ordered it to end; undefined if it has not. */
export function stopIn(order: unknown): string | undefined {
  const { stop } = Object(order) as { stop?: unknown };
  if (typeof stop !== 'object' || stop === null) return undefined;
  const { evidence } = stop as { evidence?: unknown };
  return typeof evidence === 'string' && evidence !== '' ? evidence.slice(0, 200) : 'asked to stop';
}

/** The engine is away, or the disk is full. */
function isPassing(error: unknown): boolean {
  return error instanceof PmError
    ? error.code === 'engine-unavailable'
    : ['ENOSPC', 'EDQUOT'].includes(Object(error).code);
}
