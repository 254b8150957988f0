import { type Surroundings, surroundings } from '../start/sandbox.ts';
import type { Finding, Question } from './finding.ts';

export const ENCLOSURE: Question = { check: 'enclosure', what: 'no sandbox takes the jobs along' };

/** Promise 7 holds within one sandbox: what ends a whole pid namespace ends us too. */
export function enclosure(around: Surroundings = surroundings()): Finding {
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
