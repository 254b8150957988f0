import { adopt, stepsWithPid } from '@pm/monitor';
import { PmError, type Policy, parseStepRef, type RunRecord } from '@pm/protocol';
import { claimedSteps, readClaim } from '@pm/protocol/fs';

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

/** Every step of the directory, those of foreign writers included. */
export function stepsIn(dir: string): string[] {
  const steps = new Set(claimedSteps(dir));
  for (const step of stepsWithPid(dir)) if (adopt(dir, step) !== undefined) steps.add(step);
  return [...steps];
}

/** A name that no step can have, and what one looks like. */
export function badStepName(name: string): PmError {
  const shown = name.length > 70 ? `${name.slice(0, 70)}…` : name;
  return new PmError(
    'usage',
    `${JSON.stringify(shown)} is not a step name.`,
    'A step is 1 to 64 letters, digits, dots, dashes or underscores, starting with a letter or digit.',
  );
}

function noSuchRun(dir: string, name: string): PmError {
  const steps = claimedSteps(dir);
  const known = steps.length === 0 ? 'none yet' : steps.slice(0, 8).join(', ');
  return new PmError('no-such-step', `There is no run ${name} in ${dir}.`, `Steps here: ${known}.`);
}
