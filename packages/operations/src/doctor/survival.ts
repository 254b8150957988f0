import type { Finding, Question } from './finding.ts';
import { EXIT_CODE, type Rehearsal } from './rehearsal.ts';

export const SURVIVAL: Question = { check: 'survival', what: 'a job survives its starter' };

/** Promise 7: killing whoever started it neither touches the job nor loses its exit status. */
export function survival({ outlived, outcome }: Rehearsal): Finding {
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
