import type { FleetLease, FleetQueue } from '@pm/fleet';
import { extendLease, judgeOnce } from '@pm/monitor';
import { bootClockMs } from '@pm/process';
import { newRunId, type Report, type RunRecord } from '@pm/protocol';
import { isDirectory, presentIn, readRunRecord, removeQueued } from '@pm/protocol/fs';
import { hasTurnBegun, launch } from '@pm/wrapper';
import { type Admitted, admitted } from '../admit/admitted.ts';
import { refusalOf } from '../admit/refuse-command.ts';
import { residentOf } from '../admit/resident-of.ts';
import { readConfig } from '../config/read-config.ts';
import type { Work } from '../elsewhere/work.ts';
import { type Reporter, refusalReport } from '../mirror/report-of.ts';
import type { Context } from '../project/context.ts';
import { startRequestOf } from '../project/start-request.ts';
import type { Answer } from '../shape/answer.ts';
import { noteHeld } from './held-entries.ts';
import { type PathMap, placeOnHost } from './map-path.ts';

/** A worker of this host. */
export interface WorkerHere {
  /** Its directory of runs. */
  readonly dir: string;
  readonly queue: string;
  readonly reporter: Reporter;
  /** The folder in which the projects of submitters are on this host. */
  readonly workdir: string;
  readonly maps: readonly PathMap[];
  /** The variables that no command gets: the addresses of engines. */
  readonly hidden: ReadonlySet<string>;
  /** How long a lease is, ms. */
  readonly leaseMs: number;
  /** How long before the end of a lease a run is ended by itself, ms. */
  readonly marginMs: number;
}

export type BegunEntry =
  | {
      readonly kind: 'begun';
      readonly run: RunRecord;
      /** An earlier turn has begun it, and its command has ended by itself since then. */
      readonly hasEnded: boolean;
    }
  /** It never begins: that is reported, and the entry is over. */
  | { readonly kind: 'refused'; readonly report: Report }
  /** Put it back for `afterMs` ms: its breaker is open or held here, or an earlier run of it is alive here. */
  | { readonly kind: 'later'; readonly afterMs: number }
  /** The lease was lost before its command began: another worker has the entry. */
  | { readonly kind: 'lost' };

/** A step may be live on this host already, for another submitter. Then the run gets a name with a number. */
const MOST_NAMES = 1_000;

// Why: contributing/decisions/2026-11-29-a-worker-holds-by-evidence.md
/**
 * Begins the run of an entry as an ordinary run of this host: its checks and its breaker are asked here. The engine is told before the command
 * begins, so that nobody else begins it.
 * @throws PmError `engine-unavailable`, and what a start throws. Then nothing has begun
 */
export async function beginEntry(
  fleet: FleetQueue,
  lease: FleetLease,
  work: Work,
  here: WorkerHere,
  context: Context,
): Promise<BegunEntry> {
  const { dir, reporter } = here;
  const { id } = lease.entry;
  const refused = (kind: string, message: string): BegunEntry => ({
    kind: 'refused',
    report: refusalReport(id, undefined, reporter, { kind, message }),
  });
  const cwd = placeOnHost(work, here.workdir, here.maps);
  if (cwd === undefined)
    return refused('no-folder', `${work.from} is outside of the project, and this worker has no --map for it`);
  if (!isDirectory(cwd))
    return refused('no-folder', `the folder ${cwd} does not exist on this worker; files are not copied to workers`);
  // A worker that is told to take nothing new still runs what it has taken.
  const { signal } = new AbortController();
  const own: Context = { ...context, cwd, signal, env: environment(context.env, work, here) };
  const earlier = earlierOf(dir, id);
  if (earlier.kind === 'live') return { kind: 'later', afterMs: PAUSE.usualMs };
  const begun = earlier.kind === 'ended' ? earlier : await admittedUnder(lease, work, cwd, here, own, earlier.id);
  if (begun.kind === 'answer' && PAUSES.has(begun.answer.refusal?.kind)) return later(begun.answer.refusal);
  if (begun.kind === 'answer') return refused(begun.answer.refusal?.kind ?? 'refused', wordsOf(begun.answer));
  if (begun.kind === 'already-running') return { kind: 'later', afterMs: PAUSE.usualMs };
  const asked = instant();
  const renewal = await fleet.begin(lease);
  if (renewal.kind === 'lost') return { kind: 'lost' };
  const { run } = begun;
  if (begun.kind === 'begun') {
    // The run may have been made in an earlier turn, under a lease that is over by now.
    extendLease(dir, run.id, leaseEnd(renewal.heldUntil, asked, here));
    noteHeld(dir, here.queue, lease, run.id);
    await launch(dir, run, { env: own.env, ...residentOf(context) }).catch((error: unknown) => {
      if (Object(error).code !== 'cannot-execute') throw error; // that is on record as the end of the run
    });
  }
  removeQueued(dir, { id, step: lease.entry.step }); // the submitter may be in the same directory
  return { kind: 'begun', run, hasEnded: begun.kind === 'ended' };
}

/** Refusals that pass by themselves or by a person's decision: the entry is put back. */
const PAUSES: ReadonlySet<unknown> = new Set(['breaker-open', 'held']);
const PAUSE = { usualMs: 2_000, leastMs: 5_000, mostMs: 60_000 } as const;

function later(refusal: Answer['refusal']): BegunEntry {
  const untilMs = (refusal?.nextAt ?? refusal?.breaker?.nextAt ?? Number.POSITIVE_INFINITY) - Date.now();
  return { kind: 'later', afterMs: Math.min(Math.max(untilMs, PAUSE.leastMs), PAUSE.mostMs) };
}

/** What an earlier turn of an entry has left on this host. */
type Earlier =
  /** Nothing that ends it: a run of this id may be begun, which is another one than that of the entry if that was lost here. */
  | { readonly kind: 'none'; readonly id: string }
  | { readonly kind: 'live' }
  /** Its command has ended by itself, and its worker could not report that any more. */
  | { readonly kind: 'ended'; readonly run: RunRecord };

function earlierOf(dir: string, id: string): Earlier {
  const run = presentIn(readRunRecord(dir, id));
  if (run === undefined) return { kind: 'none', id };
  const again = { kind: 'none', id: newRunId(Date.now()) } as const;
  if (run.mirror !== undefined) return again; // the submitter is in the same directory, and another worker had it
  const judged = judgeOnce(dir, run, `pm worker ${process.pid}`);
  if (judged.kind === 'ended') return judged.outcome.outcome === 'lost' ? again : { kind: 'ended', run };
  return hasTurnBegun(dir, id) ? { kind: 'live' } : { kind: 'none', id };
}

async function admittedUnder(
  lease: FleetLease,
  work: Work,
  cwd: string,
  here: WorkerHere,
  context: Context,
  id: string,
): Promise<Admitted> {
  const { dir, queue } = here;
  const { step: named } = lease.entry;
  const config = await readConfig(dir);
  for (let n = 1; ; n += 1) {
    const step = n === 1 ? named : `${named.slice(0, 58)}-${n}`;
    const input = { step, command: work.argv, cwd, skipChecks: work.skipChecks, port: work.port, literal: true };
    const request = startRequestOf(input, config, dir);
    const refusal = await refusalOf('start', request, input, cwd, context);
    if (refusal !== undefined) return { kind: 'answer', answer: refusal };
    const spec = {
      dir,
      step,
      argv: [...request.command],
      cwd,
      policy: work.policy,
      owner: work.owner,
      ...(work.split === true && { split: true }),
      ...(work.ready !== undefined && { ready: work.ready }),
      ...(work.readyTimeoutMs !== undefined && { readyTimeoutMs: work.readyTimeoutMs }),
      lease: { untilMs: leaseEnd(lease.heldUntil, instant(), here) },
      turn: { id, queue: { name: queue, since: work.createdAt } },
    };
    const begun = await admitted(request, spec, context);
    const isOther = begun.kind === 'already-running' && presentIn(readRunRecord(dir, id)) === undefined;
    if (!isOther || n === MOST_NAMES) return begun;
  }
}

/** Both clocks at one instant, ms. */
interface Instant {
  readonly bootMs: number;
  readonly wallMs: number;
}

/** Taken before the engine is asked: what it grants begins later. */
export function instant(): Instant {
  return { bootMs: bootClockMs(), wallMs: Date.now() };
}

/**
 * The instant of the boot clock at which the run has to be over. A wall clock that is set meanwhile never makes it later than the lease is long.
 * @param heldUntil the end of the lease by the wall clock
 */
export function leaseEnd(heldUntil: number, asked: Instant, { leaseMs, marginMs }: WorkerHere): number {
  return asked.bootMs + Math.min(heldUntil - asked.wallMs, leaseMs) - marginMs;
}

/** The environment of the worker, with what has travelled. */
function environment(own: Context['env'], work: Work, { hidden }: WorkerHere): Context['env'] {
  const all = Object.entries({ ...own, ...work.env });
  return Object.fromEntries(all.filter(([name]) => !hidden.has(name)));
}

function wordsOf({ refusal, findings = [] }: Answer): string {
  const failed = findings.filter(({ state }) => state === 'fail').map(({ title, evidence }) => `${title}: ${evidence}`);
  return [refusal?.message ?? 'it was refused', ...failed].join('; ');
}
