import { existsSync } from 'node:fs';
import { type OutcomeRecord, PmError, runPaths } from '@pm/protocol';
import { presentIn, readOutcome, statOf } from '@pm/protocol/fs';
import { roughDuration } from '@pm/protocol/text';
import type { Context } from '../project/context.ts';
import { claimsOf, type KeptClaim } from '../runs/find-run.ts';
import { stepRefOf } from '../runs/next-calls.ts';
import { claimsOfIds } from '../runs/pending-runs.ts';
import { adoptForeignRuns, claimOf, runNames } from '../runs/run-names.ts';
import { conclude } from '../runs/views-of.ts';
import type { Next } from '../shape/answer.ts';
import { hasFailed, ls } from './ls.ts';

/** The failed run that ended last, and what else has failed. */
export interface FailedRun {
  /** Its name in a call: `train`, `train~1`. */
  readonly ref: string;
  readonly back: number;
  /** Which run it is and what else has failed, one sentence each. */
  readonly notes: readonly string[];
  /** The call that lists the other failures. */
  readonly next: readonly Next[];
}

/** How many outcomes are read at once. Older runs are read only if none of these has failed. */
const READ_AT_ONCE = 200;

/**
 * The run that ended last without success, of one step or of all. A run that has ended without an outcome gets it first.
 * @throws PmError `no-such-step` if no run has failed
 */
export async function newestFailed(
  where: string,
  { step, dir }: { readonly step?: string | undefined; readonly dir?: string | undefined },
  context: Context,
): Promise<FailedRun> {
  adoptForeignRuns(where);
  const ids =
    step === undefined
      ? runNames(where).ids
      : [...claimsOf(where, step)].flatMap(({ run }) => presentIn(run)?.id ?? []);
  const open = ids.filter((id) => !existsSync(runPaths(where, id).outcome));
  await conclude(where, claimsOfIds(where, open), `pm logs ${process.pid}`);
  const { id, outcome, unreadable } = lastFailureOf(where, ids);
  const claim = id === undefined ? undefined : claimOf(where, id);
  if (outcome === undefined || claim === undefined) throw noFailure(where, step, unreadable);

  const place = { ...(step !== undefined && { step }), failed: true, ...(dir !== undefined && { dir }) };
  const listed = await ls.run({ ...place, limit: 1 }, context);
  // A list of all steps has the newest run of each. If that of this step succeeded, it is not in the list.
  const isListed = step !== undefined || hasFailed(newestOutcome(where, claim.step));
  const others = Math.max(0, (listed.total ?? 0) - (isListed ? 1 : 0));
  const what = step === undefined ? plural(others, 'other step') : `${plural(others, 'other run')} of ${step}`;
  const list: Next = { operation: 'ls', input: place, why: `see ${what} that failed` };
  const ref = stepRefOf(claim);
  return {
    ref,
    back: claim.back,
    notes: [
      aboutRun(ref, claim, outcome),
      ...(others === 0 ? [] : [`${what} ${others === 1 ? 'has' : 'have'} failed.`]),
    ],
    next: others === 0 ? [] : [list],
  };
}

interface LastFailure {
  readonly id?: string;
  readonly outcome?: OutcomeRecord;
  /** How many of the outcomes that were read are malformed or of a newer version. */
  readonly unreadable: number;
}

/** When an end was announced says in which order to read the outcomes. They say themselves when the runs ended. */
function lastFailureOf(where: string, ids: readonly string[]): LastFailure {
  const announced = ids.map((id) => ({ id, atMs: statOf(runPaths(where, id).ended)?.mtimeMs ?? 0 }));
  announced.sort((a, b) => b.atMs - a.atMs);
  let unreadable = 0;
  for (let i = 0; i < announced.length; i += READ_AT_ONCE) {
    const readings = announced.slice(i, i + READ_AT_ONCE).map(({ id }) => ({ id, reading: readOutcome(where, id) }));
    unreadable += readings.filter(({ reading: { kind } }) => kind === 'malformed' || kind === 'newer').length;
    const failed = readings.flatMap(({ id, reading }) => {
      const outcome = presentIn(reading);
      return outcome !== undefined && hasFailed(outcome.outcome) ? [{ id, outcome }] : [];
    });
    const [last] = failed.sort((a, b) => b.outcome.endedAt - a.outcome.endedAt);
    if (last !== undefined) return { ...last, unreadable };
  }
  return { unreadable };
}

function newestOutcome(where: string, step: string): OutcomeRecord['outcome'] | undefined {
  const newest = claimsOf(where, step).next().value;
  const run = newest === undefined ? undefined : presentIn(newest.run);
  return run === undefined ? undefined : presentIn(readOutcome(where, run.id))?.outcome;
}

function aboutRun(ref: string, { step, back }: KeptClaim, { outcome, endedAt, evidence }: OutcomeRecord): string {
  const newer = back === 0 ? '' : ` ${step} has ${plural(back, 'newer run')}.`;
  return `${ref} ended ${roughDuration(Math.max(0, Date.now() - endedAt))} ago: ${outcome} (${evidence}).${newer}`;
}

function noFailure(where: string, step: string | undefined, unreadable: number): PmError {
  const which = step === undefined ? `No run in ${where}` : `No run of ${step} in ${where}`;
  const doubt = unreadable === 0 ? '' : ` The outcomes of ${plural(unreadable, 'run')} cannot be read.`;
  const list = step === undefined ? 'pm ls' : `pm ls ${step}`;
  return new PmError('no-such-step', `${which} has failed.${doubt}`, `To see the runs: ${list}`);
}

function plural(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}
