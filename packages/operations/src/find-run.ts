import { adopt, stepsWithPid } from '@pm/monitor';
import { PmError, type Policy, parseStepRef, type RunRecord } from '@pm/protocol';
import { type Claim, claimedSteps, readClaim } from '@pm/protocol/fs';
import { badStepName } from './step-fault.ts';

/**
 * The run that `train` or `train~1` names; a foreign writer's is adopted on the way.
 * @param policy for a foreign writer's run, which brings none
 * @throws PmError `usage` for a name that cannot be a step's, `no-such-step`, `not-supported` for an unreadable record
 */
export function findRun(dir: string, name: string, policy?: Policy): RunRecord {
  const ref = parseStepRef(name);
  if (ref === undefined) throw badStepName(name);
  adopt(dir, ref.step, policy);
  const claim = readClaim(dir, ref.step, ref.back);
  if (claim === undefined) throw noSuchRun(dir, name);
  if (claim.run.kind === 'present') return claim.run.value;
  const why = claim.run.kind === 'malformed' ? `malformed: ${claim.run.why}` : 'written by a newer pm';
  throw new PmError('not-supported', `The record of ${name} is ${why}.`, `Its files are in ${dir}.`);
}

/** The newest claim of every step of the directory, those of foreign writers included. */
export function newestClaims(dir: string): (Claim & { readonly step: string })[] {
  const steps = new Set([...claimedSteps(dir), ...stepsWithPid(dir)]);
  return [...steps].flatMap((step) => {
    const newest = readClaim(dir, step);
    const claim = adopt(dir, step, undefined, newest) === undefined ? newest : readClaim(dir, step);
    return claim === undefined ? [] : [{ ...claim, step }];
  });
}

function noSuchRun(dir: string, name: string): PmError {
  const steps = claimedSteps(dir);
  const known = steps.length === 0 ? 'none yet' : steps.slice(0, 8).join(', ');
  return new PmError('no-such-step', `There is no run ${name} in ${dir}.`, `Steps here: ${known}.`);
}
