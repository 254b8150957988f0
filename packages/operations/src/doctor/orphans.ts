import type { Finding, Question } from './finding.ts';
import type { Rehearsal } from './rehearsal.ts';

export const ORPHANS: Question = { check: 'orphans', what: 'ended orphans are reaped' };

/** Where PID 1 reaps nobody each run leaves a zombie. It harms no verdict: we take zombies for dead. */
export function orphans({ wrapper }: Rehearsal): Finding {
  if (wrapper === 'gone') return { ...ORPHANS, result: 'pass', fact: 'the wrapper of an ended run was gone at once' };
  return {
    ...ORPHANS,
    result: 'warn',
    fact: `PID 1 left the wrapper of an ended run as a ${wrapper}; each run leaves one, no verdict is wrong for that`,
    remedy: 'run an init as PID 1 (docker run --init)',
  };
}
