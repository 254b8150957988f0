import { PmError, type RunRecord, runPaths } from '@pm/protocol';
import { claim, openDirectory, presentIn, readClaim, readRunRecord } from '@pm/protocol/fs';
import { linkFlatNames } from './flat-names.ts';
import { discard, prepare } from './prepare-run.ts';
import type { RunSpec } from './run-spec.ts';
import { type AlreadyRunning, readStepState, type StepState } from './step-state.ts';
import { hasTurnBegun } from './turn-gate.ts';

/** A begun run, which `launch` starts, or the live run that is in its way. */
export type Begun = { readonly kind: 'begun'; readonly run: RunRecord } | AlreadyRunning;

/** Another run of the step began and ended since claim `n`: what was found out before it may no longer be true. */
export interface Overtaken {
  readonly kind: 'overtaken';
}

/**
 * Makes the folder of a run, claims the step for it, removes the flat names of the run before and links the new ones.
 * Starters race by link(2) of the next claim. Those that lose are given the winner's run.
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
 * `begin`, but only as the run right after claim `n`. For a caller that has checked something about the step, such as its breaker,
 * and has to check again if another run came first.
 * @param n from `readStepState`
 * @throws PmError `directory-unusable`, `still-finishing`
 */
export async function beginAfter(spec: RunSpec, n: number): Promise<Begun | Overtaken> {
  openDirectory(spec.dir);
  const state = await freeAfter(spec, n);
  if (state.kind !== 'free') return state;
  const resumed = spec.turn && resumeTurn(spec.dir, spec.step, spec.turn.id);
  if (resumed !== undefined) return { kind: 'begun', run: resumed };
  // Asked after n is known: whoever begins the run from now on has to take claim n + 1 as well, so only one of us gets it.
  if (spec.turn !== undefined && hasTurnBegun(spec.dir, spec.turn.id))
    return { kind: 'already-running', run: presentIn(readRunRecord(spec.dir, spec.turn.id)) };
  const run = prepare(spec);
  try {
    if (!claim(spec.dir, spec.step, n + 1, runPaths(spec.dir, run.id).run)) {
      discard(spec, run);
      const winner = await freeAfter(spec, n);
      return winner.kind === 'free' ? { kind: 'overtaken' } : winner;
    }
  } catch (error) {
    discard(spec, run);
    throw withoutLinks(spec.dir, error);
  }
  linkFlatNames(spec, run);
  return { kind: 'begun', run };
}

/**
 * The run of a turn that a process has begun which died before it started the wrapper. It can be launched: if that process started one
 * all the same, one of the two wrappers begins.
 * @returns undefined if nothing has begun
 */
export function resumeTurn(dir: string, step: string, id: string): RunRecord | undefined {
  const claimed = readClaim(dir, step)?.run;
  if (claimed?.kind !== 'present' || claimed.value.id !== id) return undefined;
  if (!hasTurnBegun(dir, id)) linkFlatNames({ dir, step }, claimed.value);
  return claimed.value;
}

async function freeAfter({ dir, step }: RunSpec, n: number): Promise<StepState | Overtaken> {
  const state = await readStepState(dir, step);
  return state.kind === 'free' && state.n !== n ? { kind: 'overtaken' } : state;
}

/** link(2) decides between starters and creates endings. A file system without it (FAT, some network mounts) cannot be used. */
function withoutLinks(dir: string, error: unknown): unknown {
  if (!['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS'].includes((error as NodeJS.ErrnoException).code ?? '')) return error;
  const message = `${dir} is on a file system without hard links`;
  return new PmError('directory-unusable', message, 'Name another directory with --dir or PM_DIR.', { cause: error });
}
