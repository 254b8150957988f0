import { existsSync } from 'node:fs';
import { adopt, announcedSteps, isTransient } from '@pm/monitor';
import {
  directoryPaths,
  PmError,
  type Policy,
  parseStepRef,
  type QueuedRecord,
  type RunRecord,
  runPaths,
  stepPaths,
} from '@pm/protocol';
import {
  type Claim,
  claimedSteps,
  claimNumbers,
  hasQueued,
  presentIn,
  queuedSteps,
  readClaim,
  readNumberedClaim,
  readQueued,
  readRunRecord,
  statOf,
} from '@pm/protocol/fs';
import { withCount } from '@pm/protocol/text';
import { invalidStepName } from '../shape/step-name.ts';
import { isUnrecorded, restoreRuns, restoreUnrecorded } from './restore-runs.ts';

/** A kept run of a step, and how many newer ones there are: 1 for `train~1`. */
export interface KeptClaim extends Claim {
  readonly step: string;
  readonly back: number;
}

/**
 * The run with a name such as `train` or `train~1`. A run that pm did not start is adopted. If a run of the step waits for its turn, it is
 * the newest one, and `train~1` the one before it.
 * @param policy for a run that pm did not start; undefined if the call only looks at it
 * @throws PmError `usage` for an invalid name, `no-such-step`, `not-supported` for an unreadable record
 */
export function findRun(dir: string, name: string, policy?: Policy): RunRecord {
  const ref = parseStepRef(name);
  if (ref === undefined) throw invalidStepName(name);
  const waits = hasQueued(dir, ref.step) && findQueued(dir, ref.step) !== undefined;
  if (waits && ref.back === 0) throw waitsForTurn(name);
  const unreadable = waits || ref.back > 0 ? undefined : whyQueuedUnreadable(dir, ref.step);
  if (unreadable !== undefined) throw new PmError('not-supported', `${unreadable}.`, `Its files are in ${dir}.`);
  for (const { run, back } of claimsOf(dir, ref.step, policy)) {
    if (back < ref.back - (waits ? 1 : 0)) continue;
    if (run.kind === 'present') return run.value;
    const why = run.kind === 'malformed' ? `malformed: ${run.why}` : 'written by a newer pm';
    throw new PmError(
      'not-supported',
      `The record of ${name} cannot be read: it is ${why}.`,
      `Its files are in ${dir}.`,
    );
  }
  throw noSuchRun(dir, name);
}

/** The newest run of the step has no records of its own yet. What shows or ends such a run asks `findQueued` first. */
function waitsForTurn(step: string): PmError {
  const message = `${step} waits for its turn: it has neither output nor a limit yet.`;
  return new PmError('no-such-step', message, `To see its place: pm status ${step}`);
}

/** The run that waits for its turn under this name; undefined if none does, or if the name is that of an earlier run. */
export function findQueued(dir: string, name: string): QueuedRecord | undefined {
  const ref = parseStepRef(name);
  if (ref === undefined || ref.back > 0) return undefined;
  const record = presentIn(readQueued(dir, ref.step));
  return record === undefined || findBegun(dir, record) !== undefined ? undefined : record;
}

/** One sentence for a step whose run waits for its turn, if the record of that cannot be read. */
export function whyQueuedUnreadable(dir: string, step: string, reading = readQueued(dir, step)): string | undefined {
  const file = `${directoryPaths(dir).queued}/${step}`;
  if (reading.kind === 'newer') return `${step} waits for its turn, by a record of a newer pm: ${file}`;
  if (reading.kind !== 'malformed') return undefined;
  return `${step} waits for its turn, but its record is malformed (${reading.why}); delete ${file} to start the step again`;
}

/**
 * The run itself, once a wrapper of it has begun or it has ended before that; undefined while it waits. Between its claim and its wrapper it
 * waits: if whoever starts it dies there, another one has to go on.
 */
export function findBegun(dir: string, { id }: Pick<QueuedRecord, 'id'>): RunRecord | undefined {
  const { gate, ended, ending } = runPaths(dir, id);
  if (!existsSync(ended)) {
    const gateSize = statOf(gate)?.size;
    // Not empty: it was decided that the run never begins. Until that is its ending, somebody has to complete it.
    if (gateSize === undefined || (gateSize > 0 && !existsSync(ending))) return undefined;
  }
  return presentIn(readRunRecord(dir, id));
}

/** The newest kept claim of every step of the directory, including those of runs that pm did not start. */
export function newestClaims(dir: string): KeptClaim[] {
  return stepsIn(dir).flatMap((step) => {
    const { value } = claimsOf(dir, step).next();
    return value === undefined ? [] : [value];
  });
}

/** Why a run cannot be shown, in one sentence; undefined if it can. Such a run may be live. */
export function whyUnreadable({ step, run }: Pick<KeptClaim, 'step' | 'run'>): string | undefined {
  if (run.kind === 'malformed') return `${step}: its run record is malformed (${run.why})`;
  return run.kind === 'newer' ? `${step}: its run record is of version ${run.v}, newer than this pm` : undefined;
}

/** Every step that has or had a run in this directory. */
export function stepsIn(dir: string): string[] {
  restoreUnrecorded(dir, `pm ${process.pid}`);
  return [...new Set([...claimedSteps(dir), ...announcedSteps(dir)])];
}

/**
 * The kept runs of a step, newest first. Each is read when it is asked for. Claims of pruned runs are left out.
 * @param policy for a run that pm did not start, which is adopted; undefined if the call only looks at it
 */
export function* claimsOf(dir: string, step: string, policy?: Policy): Generator<KeptClaim, undefined> {
  const known = recordedClaim(dir, step);
  const newest = adoptIfPossible(dir, step, policy, known) === undefined ? known : readClaim(dir, step);
  if (newest === undefined) return;
  let back = 0;
  if (isKept(dir, newest, true)) yield { ...newest, step, back: back++ };
  for (const n of claimNumbers(dir, step).filter((number) => number < newest.n)) {
    const claim = readNumberedClaim(dir, step, n);
    if (isKept(dir, claim, false)) yield { ...claim, step, back: back++ };
  }
}

/** The newest claim of a step. If somebody has deleted the records of its run while it is live, they are written anew first. */
function recordedClaim(dir: string, step: string): Claim | undefined {
  const claim = readClaim(dir, step);
  const isGone =
    claim === undefined
      ? isUnrecorded(dir)
      : claim.run.kind === 'present' &&
        !existsSync(runPaths(dir, claim.run.value.id).folder) &&
        isKept(dir, claim, true);
  if (!isGone) return claim;
  restoreRuns(dir, `pm ${process.pid}`);
  return readClaim(dir, step);
}

/** Without an adoption on a full disk, so that the other runs can still be listed. */
export function adoptIfPossible(...args: Parameters<typeof adopt>): RunRecord | undefined {
  try {
    return adopt(...args);
  } catch (error) {
    if (isTransient(error)) return undefined;
    throw error;
  }
}

/**
 * True if a run was not pruned: its folder exists, or its record cannot be read, so that its folder is not known. For the newest run
 * without a folder, the flat `.pid` decides: pruning removes it. If somebody deleted the folder, it is still there, and the command may
 * be running unless its end was announced.
 */
export function isKept(dir: string, { run }: Pick<Claim, 'run'>, isNewest: boolean): boolean {
  if (run.kind !== 'present') return true;
  const { folder, ended } = runPaths(dir, run.value.id);
  if (existsSync(folder)) return true;
  if (!isNewest || run.value.foreign !== undefined || existsSync(ended)) return false;
  return existsSync(stepPaths(dir, run.value.step).pid);
}

/** How many steps the error for an unknown name lists, and up to how many it looks whether they still have a run. */
const STEPS_NAMED = 8;
const STEPS_LOOKED_AT = 200;

/** The error for a name that no kept run has. It lists steps that exist, and says how many more there are. */
export function noSuchRun(dir: string, name: string): PmError {
  const all = [...new Set([...stepsIn(dir), ...queuedSteps(dir)])].sort();
  const hasRun = (step: string): boolean => claimsOf(dir, step).next().value !== undefined || hasQueued(dir, step);
  const steps = all.length > STEPS_LOOKED_AT ? all : all.filter(hasRun);
  const known = steps.length === 0 ? 'none yet' : withCount(steps, STEPS_NAMED);
  const rest = steps.length > STEPS_NAMED ? ` \`pm ls --limit ${steps.length}\` lists all.` : '';
  return new PmError('no-such-step', `There is no run ${name} in ${dir}.`, `Steps here: ${known}.${rest}`);
}
