import type { Advice, Ending, Outcome, Reason } from '@pm/protocol';
import type { LostReason } from './verdict.ts';

/** How a run ended. */
export interface DerivedOutcome {
  readonly outcome: Outcome;
  readonly reason: Reason;
  readonly exitCode?: number;
  readonly signal?: string;
  readonly evidence: string;
  readonly endedBy?: string;
}

/** The signals that end a process by default, by number. On those that matter Linux and macOS agree. */
const SIGNALS: Readonly<Record<number, string>> = {
  1: 'SIGHUP',
  2: 'SIGINT',
  3: 'SIGQUIT',
  4: 'SIGILL',
  5: 'SIGTRAP',
  6: 'SIGABRT',
  7: 'SIGBUS',
  8: 'SIGFPE',
  9: 'SIGKILL',
  10: 'SIGUSR1',
  11: 'SIGSEGV',
  12: 'SIGUSR2',
  13: 'SIGPIPE',
  14: 'SIGALRM',
  15: 'SIGTERM',
  16: 'SIGSTKFLT',
  24: 'SIGXCPU',
  25: 'SIGXFSZ',
  26: 'SIGVTALRM',
  27: 'SIGPROF',
  29: 'SIGIO',
  30: 'SIGPWR',
  31: 'SIGSYS',
};

/**
 * The outcome of a run that has an ending. The cause decides: a job that was terminated and exits 0 is no success.
 * @param exitCode what the wrapper has recorded; undefined if it died before
 */
export function outcomeOf(ending: Ending, exitCode: number | undefined): DerivedOutcome {
  const exit = exitCode === undefined ? {} : exitFacts(exitCode);
  switch (ending.cause) {
    case 'exit':
      return { ...naturalEnd(ending.code), ...exitFacts(ending.code) };
    case 'timeout':
      return { outcome: 'timeout', reason: 'max-elapsed', evidence: ending.evidence, endedBy: ending.by, ...exit };
    case 'hung':
      return { outcome: 'hung', reason: 'no-evidence', evidence: ending.evidence, endedBy: ending.by, ...exit };
    case 'cancelled':
      return { outcome: 'cancelled', reason: 'asked', evidence: ending.evidence, endedBy: ending.by, ...exit };
  }
}

/** The outcome of a run that has left no ending. */
export function lostOutcome(reason: LostReason, evidence: string): DerivedOutcome {
  return { outcome: 'lost', reason, evidence };
}

/** What to do next, as far as the run itself tells. A breaker that would refuse the next start may know better. */
export function adviceOf(outcome: Outcome, reason: Reason): Advice {
  switch (outcome) {
    case 'success':
      return 'proceed';
    case 'failed':
      return 'fix';
    case 'timeout':
      return 'raise-limit';
    case 'hung':
      return 'fix';
    case 'cancelled':
      return 'abort';
    case 'lost':
      return reason === 'never-started' || reason === 'status-unknown' ? 'fix' : 'retry';
  }
}

function naturalEnd(code: number): Pick<DerivedOutcome, 'outcome' | 'reason' | 'evidence'> {
  if (code === 0) return { outcome: 'success', reason: 'exit-zero', evidence: 'exit 0' };
  if (code === 126) return { outcome: 'failed', reason: 'spawn-failed', evidence: 'exit 126: could not be executed' };
  if (code === 127) return { outcome: 'failed', reason: 'spawn-failed', evidence: 'exit 127: not found' };
  const signal = SIGNALS[code - 128];
  if (signal === undefined) return { outcome: 'failed', reason: 'exit-nonzero', evidence: `exit ${code}` };
  return { outcome: 'failed', reason: 'signal', evidence: `ended by ${signal} (exit ${code}), not sent by pm` };
}

function exitFacts(exitCode: number): { exitCode: number; signal?: string } {
  const signal = SIGNALS[exitCode - 128];
  return signal === undefined ? { exitCode } : { exitCode, signal };
}
