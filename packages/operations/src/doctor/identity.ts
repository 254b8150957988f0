import { seesOwnPids } from '@pm/process';
import type { Finding, Question } from './finding.ts';

export const IDENTITY: Question = { check: 'identity', what: 'never the wrong process' };

/** Promise 5: a process is told by pid and start time, read from the table that signals act on. */
export function identity(sees: boolean = seesOwnPids()): Finding {
  if (sees) return { ...IDENTITY, result: 'pass', fact: 'processes are told by pid and start time' };
  return {
    ...IDENTITY,
    result: 'fail',
    fact: '/proc shows another pid namespace than ours: no process can be told from another, so none is signalled',
    remedy: 'mount a /proc of this namespace (unshare --mount-proc)',
  };
}
