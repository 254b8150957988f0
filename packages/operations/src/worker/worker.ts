import { hostname } from 'node:os';
import { resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { FleetLease, FleetQueue } from '@pm/fleet';
import { decodeLogChunk, type LogChunk, PmError } from '@pm/protocol';
import { openDirectory } from '@pm/protocol/fs';
import * as z from 'zod/mini';
import { readConfig } from '../config/read-config.ts';
import { LEASE_MS, openEngine } from '../elsewhere/engine.ts';
import { Work } from '../elsewhere/work.ts';
import type { LogsHere } from '../mirror/apply-log.ts';
import { lengthOfLogs } from '../mirror/carry-log.ts';
import { refusalReport } from '../mirror/report-of.ts';
import { operation } from '../operation.ts';
import type { Context } from '../project/context.ts';
import { locateDirectory } from '../project/locate-directory.ts';
import { ensureResident } from '../runs/ensure-resident.ts';
import { viewNow } from '../runs/run-view.ts';
import type { RunView } from '../shape/answer.ts';
import { describe } from '../shape/describe.ts';
import { dir, flag, Label } from '../shape/fields.ts';
import { type BegunEntry, beginEntry, type WorkerHere } from './begin-entry.ts';
import { holdEntry } from './hold-entry.ts';
import { lacking } from './labels.ts';
import { readPathMap } from './map-path.ts';

/** How often to ask for an entry although nothing was heard. */
const LOOK_MS = 1_000;
/** How long an entry is left to other workers that this one cannot run. */
const UNFIT_MS = 2_000;
/** The largest part of a lease that is kept for ending a run, and the least time for it. */
const MARGIN = { share: 0.3, mostMs: 5_000 } as const;
/** So many runs are in the answer. */
const SHOWN = 20;

// Why: contributing/decisions/2026-11-29-a-worker-holds-by-evidence.md
export const worker = operation({
  name: 'worker',
  summary: 'Take runs from a queue with an engine and run them on this host, until it is told to stop.',
  input: z.strictObject({
    queue: describe('Name of the queue. pm.config.json names its engine.', z.string().check(z.maxLength(64))),
    slots: describe(
      'How many runs go at the same time on this host (default 1).',
      z.optional(z.coerce.number().check(z.int(), z.gte(1), z.lte(1_000))),
    ),
    label: describe(
      'What this host has (repeatable): cuda, mem=64GiB. Entries may ask for it.',
      z.optional(z.array(Label).check(z.maxLength(100))),
    ),
    name: describe(
      'What this worker is called (default: the name of the host).',
      z.optional(z.string().check(z.minLength(1), z.maxLength(64))),
    ),
    workdir: describe('The folder of the project on this host. Default: yours.', z.optional(z.string())),
    map: describe(
      'A folder of submitters and the same on this host (repeatable): /home/ann/app=/srv/app.',
      z.optional(z.array(z.string())),
    ),
    once: flag('End after one run.'),
    dir,
  }),
  output: async () => (await import('../shape/answer.ts')).Answer,
  run: async (input, context) => {
    const where = locateDirectory(input.dir, context);
    openDirectory(where);
    const settings = (await readConfig(where))?.queues?.[input.queue];
    const name = input.name ?? hostname();
    const labels = input.label ?? [];
    const leaseMs = settings?.lease ?? LEASE_MS;
    const { engine = '' } = settings ?? {};
    const here: WorkerHere = {
      dir: where,
      queue: input.queue,
      reporter: { name, labels },
      workdir: resolve(context.cwd, input.workdir ?? '.'),
      maps: (input.map ?? []).map(readPathMap),
      hidden: engine.startsWith('env:') ? [engine.slice('env:'.length)] : [],
      leaseMs,
      marginMs: Math.min(leaseMs * MARGIN.share, MARGIN.mostMs),
    };
    const fleet = await openEngine(input.queue, where, { name, labels });
    await fleet.list(0); // says at once if the engine cannot be reached
    const runs = await workOn(fleet, here, { slots: input.slots ?? 1, once: input.once === true }, context);
    return { runs: runs.slice(-SHOWN), total: runs.length, next: [] };
  },
});

interface Pace {
  readonly slots: number;
  readonly once: boolean;
}

/** Takes entries until it is told to stop, then waits for those that run. @returns the runs that have ended */
async function workOn(fleet: FleetQueue, here: WorkerHere, pace: Pace, context: Context): Promise<RunView[]> {
  const { signal } = context;
  const ended: RunView[] = [];
  const running = new Set<Promise<void>>();
  let wake = (): void => {};
  const hear = (): void => wake();
  const unsubscribe = fleet.subscribe(hear);
  signal.addEventListener('abort', hear);
  let recoverAtMs = performance.now();
  let taken = 0;
  ensureResident(here.dir, context); // a worker before this one may have left runs, and their wrappers may be dead
  const isOpen = (): boolean => !signal.aborted && !(pace.once && taken > 0);
  try {
    while (isOpen()) {
      const heard = new Promise<void>((resolve) => {
        wake = resolve;
      });
      const isTaken = await attempt(async () => {
        if (performance.now() >= recoverAtMs) {
          if (running.size > 0) ensureResident(here.dir, context); // somebody has to be there if this process is killed
          await fleet.recover();
          recoverAtMs = performance.now() + here.leaseMs / 3;
        }
        if (running.size >= pace.slots) return false;
        const next = await fleet.next();
        if (next.kind === 'none') return false;
        if (await isUnfit(fleet, next.lease, here)) return true;
        taken += 1;
        const one = execute(fleet, next.lease, here, context)
          .then((view) => void (view !== undefined && ended.push(view)))
          .finally(() => {
            running.delete(one);
            hear();
          });
        running.add(one);
        return true;
      });
      if (isTaken) continue;
      const over = new AbortController();
      await Promise.race([heard, sleep(LOOK_MS, undefined, { signal: over.signal }).catch(() => {})]);
      over.abort();
    }
    await Promise.all(running);
    return ended;
  } finally {
    signal.removeEventListener('abort', hear);
    unsubscribe();
  }
}

/** An engine that is away is asked again, but not at once. */
async function attempt(work: () => Promise<boolean>): Promise<boolean> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof PmError) || error.code !== 'engine-unavailable') throw error;
    return false;
  }
}

/** Gives an entry back that asks for what this worker does not have. */
async function isUnfit(fleet: FleetQueue, lease: FleetLease, { reporter }: WorkerHere): Promise<boolean> {
  const labels = z.safeParse(z.object({ labels: z.optional(z.array(z.string())) }), lease.work).data?.labels ?? [];
  if (lacking(labels, reporter.labels ?? []).length === 0) return false;
  await fleet.putBack(lease, UNFIT_MS * (1 + Math.random()));
  return true;
}

/** Runs one entry to its end. @returns its view, unless it never began */
async function execute(
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
    if (work === undefined) return await refuse('what was sent to the worker cannot be read by its version of pm');
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
  const { run } = begun;
  const tell = async (change: 'started' | 'ended'): Promise<RunView> => {
    const view = viewNow(here.dir, run, BY);
    await context.report?.({ type: 'transition', at: Date.now(), change, run: view });
    return view;
  };
  await tell('started');
  await holdEntry(fleet, lease, run, here, context);
  return tell('ended');
}

/** How long the logs are that the holders before have carried: what comes now goes on behind them. */
async function logsBefore(fleet: FleetQueue, { entry, turn }: FleetLease): Promise<LogsHere> {
  const before: LogChunk[] = [];
  for (let from = 0; ; ) {
    const rows = await fleet.readLog(entry.id, from);
    if (rows.length === 0) return lengthOfLogs(before);
    from += rows.length;
    for (const one of rows) {
      const decoded = decodeLogChunk(JSON.stringify(one.row) ?? '');
      if (one.turn < turn && decoded.kind === 'present') before.push(decoded.value);
    }
  }
}

const BY = `pm worker ${process.pid}`;
