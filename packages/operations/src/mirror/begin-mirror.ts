import { existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import {
  directoryPaths,
  encodeDeadline,
  encodeJson,
  newRunId,
  type OutcomeRecord,
  PmError,
  type QueuedRecord,
  type Report,
  type RunRecord,
  runPaths,
  stepPaths,
} from '@pm/protocol';
import {
  claim,
  claimNumbers,
  isSameFile,
  openDirectory,
  presentIn,
  readClaim,
  readQueued,
  readRunRecord,
  removeQueued,
  reserveRoom,
} from '@pm/protocol/fs';
import { linkFlatNames, readStepState } from '@pm/wrapper';
import type { LogsHere } from './apply-log.ts';

/** Whether a queued run is one elsewhere now. */
export type MirrorBegun =
  | { readonly kind: 'begun'; readonly run: RunRecord }
  /** Another run of the step is live here. Nothing was recorded: the same report is to be applied again later. */
  | { readonly kind: 'later' }
  /** It was ended here before its worker said that it had begun, or was begun here. */
  | { readonly kind: 'here'; readonly run: RunRecord }
  /** Its records were removed, or it never waited here. */
  | { readonly kind: 'gone' };

/** What a report has come to. */
export type Applied =
  | {
      readonly kind: 'applied';
      readonly run: RunRecord;
      /** How it ended, if that is on record. */
      readonly outcome: OutcomeRecord | undefined;
      /** How much of its logs is here. */
      readonly here: LogsHere;
    }
  | Exclude<MirrorBegun, { readonly kind: 'begun' }>;

/** What its worker says about a run as it begins. */
export interface MirrorOf {
  readonly worker: Report['worker'];
  /** Absent: the worker was lost before it reported anything. */
  readonly run: RunRecord | undefined;
}

/** Each try is lost to another process that has just changed something, unless a record cannot be read. */
const MOST_TRIES = 100;

/**
 * Makes a run that waits in a queue one that runs elsewhere: it claims the step, and the queued record goes. Any number of processes may do so at
 * once, and each may die at any instant.
 */
export async function beginMirror(dir: string, step: string, id: string, of: MirrorOf): Promise<MirrorBegun> {
  const paths = runPaths(dir, id);
  for (let tries = 0; tries < MOST_TRIES; tries += 1) {
    const known = presentIn(readRunRecord(dir, id));
    if (known !== undefined && known.mirror === undefined) return { kind: 'here', run: known };
    if (known !== undefined && isClaimed(dir, known)) return { kind: 'begun', run: settled(dir, known) };
    const queued = presentIn(readQueued(dir, step));
    if (known === undefined && queued?.id !== id) return { kind: 'gone' };
    const state = await readStepState(dir, step);
    if (state.kind === 'already-running') {
      if (state.run?.id === id) continue; // another process has just claimed the step for it
      return { kind: 'later' };
    }
    if (known === undefined && queued !== undefined) publish(dir, recordOf(queued, of));
    const run = presentIn(readRunRecord(dir, id));
    // Asked after the number is known: whoever claims the step for this run from now on has to take that number as well.
    if (run?.mirror === undefined || isClaimed(dir, run)) continue;
    claim(dir, step, state.n + 1, paths.run);
  }
  throw new PmError('not-supported', `The record of ${step} cannot be read.`, `Look at ${paths.run}.`);
}

/** The record of the run here. What a worker says about its own machine, such as a cgroup, means nothing on this one. */
function recordOf(queued: QueuedRecord, { worker, run }: MirrorOf): RunRecord {
  const { name, bootId, pidNamespace } = worker.host;
  const { id, step, createdAt, owner, parent, batch, needs, forNeeds } = queued;
  return {
    v: 1,
    id,
    step,
    argv: run?.argv ?? queued.argv,
    cwd: run?.cwd ?? queued.cwd,
    createdAt: run?.createdAt ?? Date.now(),
    // No process here is of that namespace, also if the worker is on this machine: its pids are looked up by nobody.
    host: { name, bootId, pidNamespace: `${pidNamespace} of a worker` },
    policy: run?.policy ?? queued.policy,
    owner,
    ...(parent !== undefined && { parent }),
    ...(run?.split === true && { split: true }),
    ...(run?.port !== undefined && { port: run.port }),
    ...(run?.ready !== undefined && { ready: run.ready }),
    ...(needs !== undefined && { needs }),
    ...(forNeeds === true && { forNeeds }),
    queue: { name: queued.queue.name, since: createdAt },
    ...(batch !== undefined && { batch }),
    mirror: { worker: worker.name },
  };
}

/** Makes the folder of the run as a whole. If another process is faster, its folder counts. */
function publish(dir: string, run: RunRecord): void {
  openDirectory(dir);
  const { folder } = runPaths(dir, run.id);
  const own = runPaths(dir, `.${run.id}.${newRunId(Date.now())}`);
  const put = (path: string, text: string): void => writeFileSync(path, text, { flag: 'wx', mode: 0o600 });
  try {
    mkdirSync(own.folder, { mode: 0o700 });
    put(own.deadline, encodeDeadline(run.policy.timeoutMs));
    put(own.heartbeat, '0\n');
    reserveRoom(own.reserve);
    put(own.log, '');
    if (run.split === true) put(own.errors, '');
    put(own.run, encodeJson(run));
    put(own.gate, ''); // it has begun, so nobody here begins it
    renameSync(own.folder, folder);
  } catch (error) {
    rmSync(own.folder, { recursive: true, force: true }); // the disk may be full
    if (!existsSync(folder)) throw error;
  }
}

/** A claim is a hard link to the record of its run. */
function isClaimed(dir: string, { id, step }: RunRecord): boolean {
  const { run } = runPaths(dir, id);
  return claimNumbers(dir, step).some((n) => isSameFile(`${directoryPaths(dir).steps}/${step}/${n}`, run));
}

/** Finishes what a process may have left undone that died after its claim. */
function settled(dir: string, run: RunRecord): RunRecord {
  removeQueued(dir, run);
  const { log, ended } = runPaths(dir, run.id);
  const newest = presentIn(readClaim(dir, run.step)?.run ?? { kind: 'absent' });
  const isLinked = isSameFile(log, stepPaths(dir, run.step).log);
  if (newest?.id === run.id && !isLinked && !existsSync(ended)) linkFlatNames({ dir, step: run.step }, run);
  return run;
}
