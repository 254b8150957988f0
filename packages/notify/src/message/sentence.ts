import type { Attention, OutcomeRecord } from '@pm/protocol';
import { formatDuration } from '@pm/protocol/text';
import type { Facts } from './facts.ts';

const NEEDS: Readonly<Record<Attention, string>> = {
  quiet: 'is quiet: no output, CPU time or I/O',
  suspended: 'is suspended',
  deadline: 'is near its time limit',
  'log-truncated': 'has lost the middle of its log',
  'disk-full': 'cannot be recorded: the disk is full',
  unwritable: 'cannot be recorded: its folder is not writable',
};

/** One line of facts, without any text of the job: `train failed with exit code 1 after 2m03s on build-7`. */
export function sentence({ event, run }: Pick<Facts, 'event' | 'run'>): string {
  const where = ` on ${oneLine(run.host.name)}`;
  if (event.kind === 'attention') return `${run.step} ${NEEDS[event.attention]}${where}`;
  const { elapsedMs } = event.outcome;
  return `${run.step} ${endingWords(event.outcome)} after ${formatDuration(elapsedMs)}${where}`;
}

function endingWords({ outcome, reason, exitCode, signal }: OutcomeRecord): string {
  switch (outcome) {
    case 'success':
      return 'succeeded';
    case 'failed':
      if (reason === 'oom-killed') return 'failed: it was killed because memory was short';
      if (reason === 'signal' && signal !== undefined) return `failed by ${oneLine(signal)}`;
      return exitCode === undefined ? 'failed' : `failed with exit code ${exitCode}`;
    case 'timeout':
      return 'was ended at its time limit';
    case 'hung':
      return 'hung and was ended';
    case 'cancelled':
      return 'was stopped';
    case 'lost':
      if (reason === 'lease-lost') return 'was lost: its worker did not extend its lease';
      return reason === 'rebooted' ? 'was lost when the machine restarted' : 'was lost: nobody saw its exit';
  }
}

/** Without line breaks and other control characters: what a name may hold must not become a second line. */
export function oneLine(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\u2028\u2029]+/gu, ' ').trim();
}
