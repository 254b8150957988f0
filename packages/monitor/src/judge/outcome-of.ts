import { type Advice, DEFAULTS, type Ending, type Outcome, type Policy, type Reason } from '@pm/protocol';
import { exactDuration } from '@pm/protocol/text';
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

/** What is known about an exit beside its code. */
export interface ExitClues {
  /** The shell that waited for the command has remarked that a signal ended it. No remark means that it exited, or that this shell makes none. */
  readonly isSignal?: boolean;
  /** Why the command could not be executed; absent if it ran. */
  readonly notExecuted?: string | undefined;
  /** How many processes the kernel killed meanwhile because memory was short, and the file that counts them. */
  readonly oom?: { readonly kills: number; readonly file: string };
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
 * @param clues what else is known, for a command that ended by itself
 */
export function outcomeOf(ending: Ending, exitCode: number | undefined, clues: ExitClues = {}): DerivedOutcome {
  const exit = exitCode === undefined ? {} : exitFacts(exitCode);
  switch (ending.cause) {
    case 'exit':
      return { ...naturalEnd(ending.code, clues), exitCode: ending.code };
    case 'timeout':
      return { outcome: 'timeout', reason: 'max-elapsed', evidence: ending.evidence, endedBy: ending.by, ...exit };
    case 'hung':
      return { outcome: 'hung', reason: 'no-evidence', evidence: ending.evidence, endedBy: ending.by, ...exit };
    case 'lost':
      return { outcome: 'lost', reason: 'lease-lost', evidence: ending.evidence, endedBy: ending.by, ...exit };
    case 'cancelled':
      return {
        outcome: 'cancelled',
        reason: ending.reason ?? 'asked',
        evidence: ending.evidence,
        endedBy: ending.by,
        ...exit,
      };
  }
}

/** The outcome of a run whose job has put something else in the place of a record: nothing proves a success any more. */
export function recordsReplaced(name: string, exitCode: number): DerivedOutcome {
  const evidence = `exit ${exitCode}, but the job replaced the record "${name}" of its run`;
  return { outcome: 'failed', reason: 'records-replaced', exitCode, evidence };
}

/** Exits after which the wrapper starts no other attempt: it could not be executed, or a signal asked it to end. */
const FINAL: ReadonlySet<number> = new Set([126, 127, 129, 130, 131, 143]);

// Why: contributing/decisions/2026-11-29-restart-is-attempts.md
/**
 * The outcome of a run that is started again for as long as it lives, if it has ended by itself all the same: the fuse has blown. No record
 * is needed to know that: the wrapper would have started it again after such an exit.
 * @param natural its outcome by the exit of its last attempt alone
 * @returns undefined if the fuse has not blown
 */
export function fuseBlown(
  natural: DerivedOutcome,
  exitCode: number,
  { restart, retries = 0, resetAfterMs = DEFAULTS.resetAfterMs }: Policy,
): DerivedOutcome | undefined {
  const wasToGoOn = restart === 'always' || (restart === 'on-failure' && exitCode !== 0);
  if (!wasToGoOn || FINAL.has(exitCode)) return undefined;
  const what = restart === 'always' ? 'ends' : 'failures';
  const evidence = `${natural.evidence}; ${retries + 1} ${what} in a row, each within ${exactDuration(resetAfterMs)} of its start, so it is not started again`;
  return { ...natural, outcome: 'failed', reason: 'gave-up', evidence };
}

/** The outcome of a run that has left no ending. */
export function lostOutcome(reason: LostReason, evidence: string): DerivedOutcome {
  return { outcome: 'lost', reason, evidence };
}

/** To start it again would fail the same way, or repeat work that may have succeeded. */
const TO_BE_LOOKED_AT: ReadonlySet<Reason> = new Set(['never-started', 'status-unknown', 'exit-unknown']);

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
      return reason === 'asked' ? 'abort' : 'fix';
    case 'lost':
      return TO_BE_LOOKED_AT.has(reason) ? 'fix' : 'retry';
  }
}

const KILLED = 137;

// Why: contributing/decisions/2026-11-29-a-code-is-not-a-cause.md
function naturalEnd(
  code: number,
  { isSignal, notExecuted, oom }: ExitClues,
): Omit<DerivedOutcome, 'exitCode' | 'endedBy'> {
  if (code === 0) return { outcome: 'success', reason: 'exit-zero', evidence: 'exit 0' };
  if (notExecuted !== undefined) {
    return {
      outcome: 'failed',
      reason: 'spawn-failed',
      evidence: `exit ${code}: could not be executed: ${notExecuted}`,
    };
  }
  const signal = isSignal === true ? SIGNALS[code - 128] : undefined;
  const ended = signal === undefined ? exitAsSaid(code) : `ended by ${signal} (exit ${code}), not sent by pm`;
  const evidence = oom === undefined ? ended : `${ended}; ${oomWords(oom)}`;
  const reason = oom !== undefined && code === KILLED ? 'oom-killed' : signal === undefined ? 'exit-nonzero' : 'signal';
  return { outcome: 'failed', reason, ...(signal !== undefined && { signal }), evidence };
}

/** What a shell or timeout(1) means by a code. The command may mean something else, so only the convention is named. */
function exitAsSaid(code: number): string {
  const signal = SIGNALS[code - 128];
  if (signal !== undefined) return `exit ${code}, by which a shell reports ${signal}`;
  const meaning = MEANINGS[code];
  return meaning === undefined ? `exit ${code}` : `exit ${code}, by which ${meaning}`;
}

const MEANINGS: Readonly<Record<number, string>> = {
  124: 'timeout(1) reports that its limit was reached',
  126: 'a shell reports that it could not execute a command',
  127: 'a shell reports that it did not find a command',
};

function oomWords({ kills, file }: NonNullable<ExitClues['oom']>): string {
  const what = kills === 1 ? '1 process' : `${kills} processes`;
  const where = file === '/proc/vmstat' ? 'of this machine' : 'of its cgroup';
  return `memory was short: the kernel killed ${what} ${where} while it ran (oom_kill in ${file})`;
}

function exitFacts(exitCode: number): { exitCode: number; signal?: string } {
  const signal = SIGNALS[exitCode - 128];
  return signal === undefined ? { exitCode } : { exitCode, signal };
}
