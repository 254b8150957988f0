import { setTimeout as sleep } from 'node:timers/promises';
import { thisPidScope } from '@pm/process';
import { PmError, type RunRecord } from '@pm/protocol';
import { type Claim, presentIn, readClaim } from '@pm/protocol/fs';
import { quote } from '@pm/protocol/text';
import { isForeignRunLive } from './foreign-run-live.ts';
import { runPhase } from './run-phase.ts';

/** A live run of the step. `run` is undefined if its record cannot be read, or if a foreign writer started it. */
export interface AlreadyRunning {
  readonly kind: 'already-running';
  readonly run: RunRecord | undefined;
}

/** Whether a start may begin a run of the step: `free` after claim `n`, or a live run is in its way. */
export type StepState = { readonly kind: 'free'; readonly n: number } | AlreadyRunning;

/** How long to wait for the wrapper of a run that has just ended. */
const FINISHING_MS = 5_000;

/**
 * What a start would find. If the newest run has just ended, waits until its wrapper is gone (milliseconds, 5 s at most): from then
 * on nothing of that run is written any more, and its outcome is known.
 * @throws PmError `still-finishing` if the wrapper is still there after 5 s
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
        `Look at it with: pm status ${step} --dir ${quote(dir)}`,
      );
    }
    await sleep(1);
  }
}

function stateOf(dir: string, step: string): StepState | { readonly kind: 'finishing' } {
  const newest: Claim | undefined = readClaim(dir, step);
  const phase = newest === undefined ? 'over' : runPhase(dir, step, newest, thisPidScope(), Date.now());
  if (phase === 'finishing') return { kind: 'finishing' };
  const known = newest === undefined ? undefined : presentIn(newest.run);
  if (phase === 'live') return { kind: 'already-running', run: known };
  if (isForeignRunLive(dir, step, known)) return { kind: 'already-running', run: undefined };
  return { kind: 'free', n: newest?.n ?? 0 };
}
