import { seesOwnPids } from '@pm/process';
import { type Surroundings, surroundings } from '../start/sandbox.ts';
import type { DoctorCheck, DoctorFinding } from './doctor-answer.ts';

export const ENCLOSURE: DoctorCheck = { check: 'enclosure', what: 'no sandbox takes the jobs along' };

/** Promise 7 holds within one sandbox: what ends a whole pid namespace ends us too. */
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
        fact: `PID 1 here is ${around.first === '' ? 'out of sight' : around.first}, no init: when it ends, every job ends with it`,
        remedy: 'start long jobs outside of the sandbox, or run an init as its PID 1',
      };
  }
}

export const IDENTITY: DoctorCheck = { check: 'identity', what: 'never the wrong process' };

/** Promise 5: a process is told by pid and start time, read from the table that signals act on. */
export function identity(sees: boolean = seesOwnPids()): DoctorFinding {
  if (sees) return { ...IDENTITY, result: 'pass', fact: 'processes are told by pid and start time' };
  return {
    ...IDENTITY,
    result: 'fail',
    fact: '/proc shows another pid namespace than ours: no process can be told from another, so none is signalled',
    remedy: 'mount a /proc of this namespace (unshare --mount-proc)',
  };
}
