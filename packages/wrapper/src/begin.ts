import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { hostname, uptime } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { createCgroup, removeCgroup, thisPidScope } from '@pm/process';
import {
  encodeDeadline,
  encodeJson,
  newRunId,
  PmError,
  type Policy,
  type RunRecord,
  runPaths,
  stepPaths,
} from '@pm/protocol';
import { type Claim, claim, linkOnce, openDirectory, presentIn, readClaim, reserveRoom } from '@pm/protocol/fs';
import { isForeignRunLive } from './foreign-run.ts';
import { kernelRandom } from './kernel-random.ts';
import { lifeOfRun } from './life-of-run.ts';

/** What is to be started. */
export interface RunSpec {
  readonly dir: string;
  readonly step: string;
  readonly argv: readonly string[];
  readonly cwd: string;
  readonly policy: Policy;
  readonly owner: RunRecord['owner'];
  readonly split?: boolean;
}

/** A begun run, or the live one that is in its way: undefined if its record is unreadable, or it is a foreign writer's. */
export type Begun =
  | { readonly kind: 'begun'; readonly run: RunRecord }
  | { readonly kind: 'already-running'; readonly run: RunRecord | undefined };

const FINISHING_MS = 5_000;

/** Another run of the step began since, and has ended: what was found out before it is no longer so. */
export interface Overtaken {
  readonly kind: 'overtaken';
}

/**
 * Prepares the run's folder, claims the step, clears the flat names of the run before and projects the new ones.
 * Two starters race by link(2) of the next claim; the loser gets the winner's run.
 * @throws PmError `directory-unusable`, `still-finishing`
 */
export async function begin(spec: RunSpec): Promise<Begun> {
  for (;;) {
    const state = await readStepState(spec.dir, spec.step);
    const begun = state.kind === 'free' ? await beginAfter(spec, state.n) : state;
    if (begun.kind !== 'overtaken') return begun;
  }
}

/**
 * The same, but only as the very next run after claim n: for whoever has asked something about the step as it was then, and would have
 * to ask again.
 * @param n of `readStepState`
 * @throws PmError `directory-unusable`, `still-finishing`
 */
export async function beginAfter(spec: RunSpec, n: number): Promise<Begun | Overtaken> {
  openDirectory(spec.dir);
  const state = await freeAfter(spec, n);
  if (state.kind !== 'free') return state;
  const run = prepare(spec);
  try {
    if (!claim(spec.dir, spec.step, n + 1, runPaths(spec.dir, run.id).run)) {
      discard(spec.dir, run);
      const winner = await freeAfter(spec, n);
      return winner.kind === 'free' ? { kind: 'overtaken' } : winner;
    }
  } catch (error) {
    discard(spec.dir, run);
    throw withoutLinks(spec.dir, error);
  }
  project(spec, run);
  return { kind: 'begun', run };
}

async function freeAfter({ dir, step }: RunSpec, n: number): Promise<StepState | Overtaken> {
  const state = await readStepState(dir, step);
  return state.kind === 'free' && state.n !== n ? { kind: 'overtaken' } : state;
}

/** link(2) is how starters race and endings are created: without it (FAT, some network mounts) nothing here would hold. */
function withoutLinks(dir: string, error: unknown): unknown {
  if (!['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS'].includes((error as NodeJS.ErrnoException).code ?? '')) return error;
  const message = `${dir} is on a file system without hard links`;
  return new PmError('directory-unusable', message, 'Name another directory with --dir or PM_DIR.', { cause: error });
}

type RunInTheWay = Extract<Begun, { kind: 'already-running' }>;

/** Whether a run of the step may begin: after which claim, or what goes on. */
export type StepState = { readonly kind: 'free'; readonly n: number } | RunInTheWay;

/**
 * How a start would find the step. It waits for a run that has just ended until its wrapper is gone: from then on its outcome is known.
 * @throws PmError `still-finishing`
 */
export async function readStepState(dir: string, step: string): Promise<StepState> {
  const giveUpAt = performance.now() + FINISHING_MS;
  for (;;) {
    const state = stateOf(dir, step);
    if (state.kind !== 'finishing') return state;
    if (performance.now() > giveUpAt) {
      throw new PmError(
        'still-finishing',
        `The last run of ${step} has ended, but its wrapper is still there after 5 s.`,
        `Look at it with: pm status ${step}`,
      );
    }
    await sleep(1);
  }
}

function stateOf(dir: string, step: string): StepState | { readonly kind: 'finishing' } {
  const newest: Claim | undefined = readClaim(dir, step);
  const life = newest === undefined ? 'over' : lifeOfRun(dir, step, newest, thisPidScope(), Date.now());
  if (life === 'finishing') return { kind: 'finishing' };
  const known = newest === undefined ? undefined : presentIn(newest.run);
  if (life === 'live') return { kind: 'already-running', run: known };
  if (isForeignRunLive(dir, step, known)) return { kind: 'already-running', run: undefined };
  return { kind: 'free', n: newest?.n ?? 0 };
}

/** Everything the wrapper needs before it starts: nothing has to be created in the moment the command runs. */
function prepare(spec: RunSpec): RunRecord {
  const { dir, step, policy, split } = spec;
  const now = Date.now();
  const id = newRunId(now, kernelRandom());
  const paths = runPaths(dir, id);
  mkdirSync(paths.folder, { mode: 0o700 });
  const cgroup = createCgroup(`pm-${id}`);
  const run: RunRecord = {
    v: 1,
    id,
    step,
    argv: [...spec.argv],
    cwd: spec.cwd,
    createdAt: now,
    host: { name: hostname(), ...thisPidScope(), uptimeMs: Math.round(uptime() * 1000) },
    policy,
    owner: spec.owner,
    ...(split === true && { split }),
    ...(cgroup !== undefined && { cgroup }),
  };
  const put = (path: string, text: string): void => writeFileSync(path, text, { flag: 'wx', mode: 0o600 });
  try {
    put(paths.deadline, encodeDeadline(policy.timeoutMs));
    put(paths.heartbeat, '0\n');
    reserveRoom(paths.reserve);
    put(paths.log, '');
    if (split === true) put(paths.errors, '');
    put(paths.run, encodeJson(run));
  } catch (error) {
    discard(dir, run); // no room for all of it
    throw error;
  }
  return run;
}

/** Only the holder of the newest claim comes here, and the wrapper before it is gone: nobody else writes these names now. */
function project({ dir, step }: RunSpec, run: RunRecord): void {
  const flat = stepPaths(dir, step);
  const own = runPaths(dir, run.id);
  // The status first: the moment it is gone nobody can read yesterday's ending beside today's heartbeat.
  for (const path of [flat.status, flat.result, flat.pid, flat.heartbeat, flat.log]) rmSync(path, { force: true });
  linkOnce(own.heartbeat, flat.heartbeat);
  linkOnce(own.log, flat.log);
}

function discard(dir: string, run: RunRecord): void {
  rmSync(runPaths(dir, run.id).folder, { recursive: true, force: true });
  if (run.cgroup !== undefined) removeCgroup(run.cgroup);
}
