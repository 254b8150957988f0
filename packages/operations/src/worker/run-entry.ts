import type { FleetLease, FleetQueue } from '@pm/fleet';
import { decodeReport, PmError, type Report, type RunRecord } from '@pm/protocol';
import * as z from 'zod/mini';
import { Work } from '../elsewhere/work.ts';
import type { LogsHere } from '../mirror/apply-log.ts';
import { type Reporter, refusalReport, reportOf } from '../mirror/report-of.ts';
import type { Context } from '../project/context.ts';
import { viewNow } from '../runs/run-view.ts';
import type { RunView } from '../shape/answer.ts';
import { type BegunEntry, beginEntry, type WorkerHere } from './begin-entry.ts';
import { type FoundEntry, forgetHeld } from './held-entries.ts';
import { holdEntry, stopIn } from './hold-entry.ts';
import { logsBefore, logsBeforeEnded } from './logs-before.ts';

/** Runs one entry to its end. @returns its view, unless it never began */
export async function runEntry(
  fleet: FleetQueue,
  lease: FleetLease,
  worker: WorkerHere,
  context: Context,
): Promise<RunView | undefined> {
  let here: WorkerHere = { ...worker, reporter: { ...worker.reporter, turn: lease.turn } };
  const work = z.safeParse(Work, lease.work).data;
  let begun: BegunEntry;
  const refuse = async (message: string): Promise<undefined> => {
    const report = refusalReport(lease.entry.id, undefined, here.reporter, { kind: 'refused', message });
    await fleet.finish(lease, report).catch(() => {}); // the engine is away: its lease ends
    return undefined;
  };
  try {
    if (work === undefined) return await refuse("this worker's version of pm cannot read the entry");
    if (stopIn(lease.order) !== undefined) return await refuse('it was ordered to end');
    if (lease.turn > 1) here = { ...here, reporter: { ...here.reporter, behind: await logsBefore(fleet, lease) } };
    begun = await beginEntry(fleet, lease, work, here, context);
    if (begun.kind === 'refused') await fleet.finish(lease, begun.report);
    if (begun.kind === 'later') await fleet.putBack(lease, begun.afterMs);
  } catch (error) {
    if (!(error instanceof PmError)) throw error;
    // Its lease ends, and somebody else starts it if it had not begun.
    return error.code === 'engine-unavailable' ? undefined : refuse(error.message);
  }
  if (begun.kind !== 'begun') return undefined;
  if (begun.hasEnded && lease.turn > 1) here = await withOutputFrom(fleet, lease, begun.run, here);
  return hold(fleet, { lease, run: begun.run }, undefined, here, context);
}

// Why: contributing/decisions/2026-11-29-a-worker-takes-over-what-runs.md
/** Goes on where a worker before this one was killed. @returns its view when it has ended, or the engine has given its entry away */
export async function holdFound(
  fleet: FleetQueue,
  found: FoundEntry,
  worker: WorkerHere,
  context: Context,
): Promise<RunView> {
  const { lease, run } = found;
  // For a worker that was killed before its first report. An engine that is away now has not lost what it knows of the others.
  const behind = lease.turn > 1 ? await logsBefore(fleet, lease).catch(() => undefined) : undefined;
  const own = { turn: lease.turn, ...(behind !== undefined && { behind }) };
  const here = { ...worker, reporter: { ...worker.reporter, ...own } };
  // It may have been extended until a moment ago.
  const held = { ...lease, heldUntil: Date.now() + worker.leaseMs };
  return hold(fleet, { lease: held, run }, () => lastReport(fleet, lease), here, context);
}

async function hold(
  fleet: FleetQueue,
  { lease, run }: FoundEntry,
  before: (() => Promise<Report | undefined>) | undefined,
  here: WorkerHere,
  context: Context,
): Promise<RunView> {
  const tell = async (change: 'started' | 'ended'): Promise<RunView> => {
    const view = viewNow(here.dir, run, BY);
    await context.report?.({ type: 'transition', at: Date.now(), change, run: view });
    return view;
  };
  await tell('started');
  await holdEntry(fleet, lease, run, here, context, before);
  forgetHeld(here.dir, lease);
  return tell('ended');
}

/** The run is one of an earlier turn: some of its output was carried then, perhaps. */
async function withOutputFrom(
  fleet: FleetQueue,
  lease: FleetLease,
  run: RunRecord,
  here: WorkerHere,
): Promise<WorkerHere> {
  const reporterBehind = (behind: LogsHere | undefined): Reporter => ({
    ...here.reporter,
    ...(behind !== undefined && { behind }),
  });
  const outputBehind = (before: LogsHere) =>
    reportOf(here.dir, run.id, undefined, reporterBehind(before))?.chunks ?? [];
  // An engine that is away now has the outcome later, with that output a second time.
  const behind = await logsBeforeEnded(fleet, lease, outputBehind).catch(() => undefined);
  return { ...here, reporter: reporterBehind(behind) };
}

/** What the worker before this one has reported last. The reports that follow have higher numbers, and do not carry the log again. */
async function lastReport(fleet: FleetQueue, lease: FleetLease): Promise<Report | undefined> {
  const standing = await fleet.standing(lease.entry.id);
  if (standing.kind !== 'running' || standing.turn !== lease.turn || standing.news === undefined) return undefined;
  const decoded = decodeReport(JSON.stringify(standing.news));
  return decoded.kind === 'present' ? decoded.value : undefined;
}

const BY = `pm worker ${process.pid}`;
