import { setTimeout as sleep } from 'node:timers/promises';
import type { FleetLease, FleetQueue } from '@pm/fleet';
import { PmError } from '@pm/protocol';
import * as z from 'zod/mini';
import type { Context } from '../project/context.ts';
import { lacking } from '../queued/labels.ts';
import { ensureResident } from '../runs/ensure-resident.ts';
import type { RunView } from '../shape/answer.ts';
import type { WorkerHere } from './begin-entry.ts';
import { findHeld } from './held-entries.ts';
import { holdFound, runEntry } from './run-entry.ts';

/** How often to ask for an entry although nothing was heard. */
const LOOK_MS = 1_000;
/** For how long an entry that this worker cannot run is left to others, ms. */
const UNFIT_MS = 2_000;

/** So many of the runs are kept: a worker may go on for months. */
const SHOWN = 20;

/** What a worker has run. */
export interface WorkDone {
  /** The last ones that have ended. */
  readonly ended: readonly RunView[];
  /** How many have ended. */
  readonly total: number;
}

interface Pace {
  readonly slots: number;
  readonly once: boolean;
}

// Why: contributing/decisions/2026-11-29-a-worker-takes-over-what-runs.md
/**
 * Takes entries until it is told to stop, then waits for those that run. What workers before this one have begun and left is held on first.
 * @throws what one of the runs met that is neither the engine nor its own affair; the others have ended then
 */
export async function takeEntries(
  fleet: FleetQueue,
  here: WorkerHere,
  pace: Pace,
  context: Context,
): Promise<WorkDone> {
  const { signal } = context;
  const ended: RunView[] = [];
  const running = new Set<Promise<void>>();
  let wake = (): void => {};
  const hear = (): void => wake();
  const attempt = attempts(context);
  const unsubscribe = fleet.subscribe(hear, 'turns');
  signal.addEventListener('abort', hear);
  let recoverAtMs = performance.now();
  let taken = 0;
  let total = 0;
  let failure: { readonly error: unknown } | undefined;
  ensureResident(here.dir, context); // a worker before this one may have left runs, and their wrappers may be dead
  const follow = (run: Promise<RunView | undefined>): void => {
    taken += 1;
    const one = run
      .then((view) => {
        if (view === undefined) return;
        total += 1;
        ended.push(view);
        if (ended.length > SHOWN) ended.shift();
      })
      .catch((error: unknown) => {
        failure ??= { error };
      })
      .finally(() => {
        running.delete(one);
        hear();
      });
    running.add(one);
  };
  // Before the engine is asked for what nobody holds, and whatever the number of slots: they run here already.
  const takeOver = (): void => {
    for (const found of findHeld(here.dir, here.queue)) follow(holdFound(fleet, found, here, context));
  };
  // What one of them has met, this host lacks: the others are waited for, and then it is told.
  const isOpen = (): boolean => failure === undefined && !signal.aborted && !(pace.once && taken > 0);
  try {
    while (isOpen()) {
      const heard = new Promise<void>((resolve) => {
        wake = resolve;
      });
      const isTaken = await attempt(async () => {
        if (performance.now() >= recoverAtMs) {
          takeOver();
          if (running.size > 0) ensureResident(here.dir, context); // somebody has to be there if this process is killed
          await fleet.recover();
          recoverAtMs = performance.now() + here.leaseMs / 3;
        }
        if (running.size >= pace.slots) return false;
        const next = await fleet.next();
        if (next.kind === 'none') return false;
        if (await isUnfit(fleet, next.lease, here)) return true;
        follow(runEntry(fleet, next.lease, here, context));
        return true;
      });
      if (isTaken) continue;
      const over = new AbortController();
      await Promise.race([heard, sleep(LOOK_MS, undefined, { signal: over.signal }).catch(() => {})]);
      over.abort();
    }
    await Promise.all(running);
    if (failure !== undefined) throw failure.error;
    return { ended, total };
  } finally {
    signal.removeEventListener('abort', hear);
    unsubscribe();
  }
}

/** An engine that cannot be used is asked again, but not at once. What is wrong is told once, until it works again or something else is wrong. */
function attempts({ report }: Context): (work: () => Promise<boolean>) => Promise<boolean> {
  let told: unknown;
  return async (work) => {
    try {
      const isTaken = await work();
      told = undefined;
      return isTaken;
    } catch (error) {
      if (!(error instanceof PmError) || error.code !== 'engine-unavailable') throw error;
      const problem = Object(error.cause).problem ?? error.message;
      if (problem !== told) await report?.({ type: 'trouble', message: error.message });
      told = problem;
      return false;
    }
  };
}

/** Gives an entry back that asks for what this worker does not have. */
async function isUnfit(fleet: FleetQueue, lease: FleetLease, { reporter }: WorkerHere): Promise<boolean> {
  const labels = z.safeParse(z.object({ labels: z.optional(z.array(z.string())) }), lease.work).data?.labels ?? [];
  if (lacking(labels, reporter.labels ?? []).length === 0) return false;
  await fleet.putBack(lease, UNFIT_MS * (1 + Math.random()));
  return true;
}
