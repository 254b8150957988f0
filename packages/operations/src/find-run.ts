import { PmError, parseStepRef, type RunRecord } from '@pm/protocol';
import { claimedSteps, readClaim } from '@pm/protocol/fs';

/**
 * The run that `train` or `train~1` names.
 * @throws PmError `usage` for a name that cannot be a step's, `no-such-step`, `not-supported` for an unreadable record
 */
export function findRun(dir: string, name: string): RunRecord {
  const ref = parseStepRef(name);
  if (ref === undefined) throw badStepName(name);
  const claim = readClaim(dir, ref.step, ref.back);
  if (claim === undefined) throw noSuchRun(dir, name);
  if (claim.run.kind === 'present') return claim.run.value;
  const why = claim.run.kind === 'malformed' ? `malformed: ${claim.run.why}` : 'written by a newer pm';
  throw new PmError('not-supported', `The record of ${name} is ${why}.`, `Its files are in ${dir}.`);
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
