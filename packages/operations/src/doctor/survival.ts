import type { DoctorCheck, DoctorFinding } from './doctor-answer.ts';
import { EXIT_CODE, type Rehearsal } from './rehearsal.ts';

export const SURVIVAL: DoctorCheck = { check: 'survival', what: 'a job survives its starter' };

/** Promise 7: killing whoever started it neither touches the job nor loses its exit status. */
export function survival({ outlived, outcome }: Rehearsal): DoctorFinding {
  const ended = outcome === undefined ? 'did not end in time' : `ended as ${outcome.outcome} (${outcome.evidence})`;
  if (outlived && outcome?.exitCode === EXIT_CODE)
    return {
      ...SURVIVAL,
      result: 'pass',
      fact: `its starter was SIGKILLed, it went on and ended with its own exit ${EXIT_CODE}`,
    };
  return {
    ...SURVIVAL,
    result: 'fail',
    fact: `its starter was SIGKILLed, it ${outlived ? 'went on' : 'died too'} and ${ended}`,
    remedy:
      'something here kills what a process leaves behind (a sandbox, KillMode of a service): start jobs outside of it',
  };
}

export const ORPHANS: DoctorCheck = { check: 'orphans', what: 'ended orphans are reaped' };

/** Where PID 1 reaps nobody each run leaves a zombie. It harms no verdict: we take zombies for dead. */
export function orphans({ wrapper }: Rehearsal): DoctorFinding {
  if (wrapper === 'gone') return { ...ORPHANS, result: 'pass', fact: 'the wrapper of an ended run was gone at once' };
  return {
    ...ORPHANS,
    result: 'warn',
    fact: `PID 1 left the wrapper of an ended run as a ${wrapper}; each run leaves one, no verdict is wrong for that`,
    remedy: 'run an init as PID 1 (docker run --init)',
  };
}
