import { seesOwnPids } from '@pm/process';
import { type Surroundings, surroundings } from '../project/sandbox.ts';
import type { DoctorCheck, DoctorFinding } from './doctor-answer.ts';

export const ENCLOSURE: DoctorCheck = { check: 'enclosure', what: 'no sandbox ends the jobs' };

/** A job survives its starter only inside of one sandbox: the end of a pid namespace ends all its processes. */
export function enclosure(around: Surroundings = surroundings()): DoctorFinding {
  switch (around.kind) {
    case 'machine':
      return { ...ENCLOSURE, result: 'pass', fact: 'this is the pid namespace of the machine' };
    case 'container':
      return {
        ...ENCLOSURE,
        result: 'pass',
        fact: `jobs live as long as this container; its PID 1 is an init (${around.first})`,
      };
    case 'sandbox':
      return {
        ...ENCLOSURE,
        result: 'warn',
        fact: `PID 1 here is ${around.first === '' ? 'not visible' : around.first}, which is not an init: when it ends, every job ends too`,
        remedy: 'start long jobs outside of the sandbox, or run an init as its PID 1',
      };
  }
}

export const IDENTITY: DoctorCheck = { check: 'identity', what: 'never the wrong process' };

/** A process is identified by its pid and start time. Both must come from the pid namespace in which signals are sent. */
export function identity(sees: boolean = seesOwnPids()): DoctorFinding {
  if (sees) return { ...IDENTITY, result: 'pass', fact: 'processes are identified by pid and start time' };
  return {
    ...IDENTITY,
    result: 'fail',
    fact: '/proc shows another pid namespace, so pm itself signals no process. It judges runs by their records and heartbeat. Their wrappers carry out limits and stops, on the process group of the command and its cgroup',
    remedy: 'mount a /proc of this namespace (unshare --mount-proc)',
  };
}
