import type { DoctorCheck, DoctorFinding } from './doctor-answer.ts';
import { EXIT_CODE, type Rehearsal } from './rehearsal.ts';

export const SURVIVAL: DoctorCheck = { check: 'survival', what: 'a job survives its starter' };

/** Killing the starter of a job neither ends the job nor loses its exit code. */
export function survival({ outlived, outcome }: Rehearsal): DoctorFinding {
  const ended = outcome === undefined ? 'did not end in time' : `ended as ${outcome.outcome} (${outcome.evidence})`;
  if (outlived && outcome?.exitCode === EXIT_CODE)
    return {
      ...SURVIVAL,
      result: 'pass',
      fact: `its starter was killed with SIGKILL; the job continued and ended with its own exit code ${EXIT_CODE}`,
    };
  return {
    ...SURVIVAL,
    result: 'fail',
    fact: `its starter was killed with SIGKILL; the job ${outlived ? 'continued' : 'died too'} and ${ended}`,
    remedy:
      'something here kills the processes that a process leaves behind, such as a sandbox or KillMode of a service: start jobs outside of it',
  };
}

export const ORPHANS: DoctorCheck = { check: 'orphans', what: 'ended orphans are reaped' };

/** If PID 1 does not reap orphans, each run leaves a zombie. Outcomes are right all the same: a zombie counts as dead. */
export function orphans({ wrapper }: Rehearsal): DoctorFinding {
  if (wrapper === 'gone') return { ...ORPHANS, result: 'pass', fact: 'the wrapper of an ended run was gone at once' };
  return {
    ...ORPHANS,
    result: 'warn',
    fact: `PID 1 left the wrapper of an ended run as a ${wrapper}; each run leaves one, but outcomes are right`,
    remedy: 'run an init as PID 1 (docker run --init)',
  };
}
