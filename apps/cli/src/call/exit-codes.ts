import type { Answer, DoctorAnswer, PreflightAnswer } from '@pm/operations';
import type { VerbCall } from './verb-call.ts';

type Run = Answer['runs'][number];

/** Every exit status that is ours, in one table. `run`, `wait` and `start --wait` otherwise end with the command's own. */
export const EXIT_CODES = {
  success: [0, 'success; for start: it runs; for stop: nothing of it is left'],
  failed: [
    1,
    'failed, and no exit code is known; for wait --for-line: it ended without that line; for stop: something survived; for doctor: a promise does not hold here, or could not be tried',
  ],
  attention: [118, 'it runs, and wants a decision: quiet, suspended, near its limit, log cut, disk full'],
  lost: [119, 'lost: its end was not seen (wrapper killed, machine restarted)'],
  'budget-over': [120, 'still running when --budget was over'],
  'preflight-failed': [121, 'a check of the environment failed: nothing was started; for preflight: it is not fit'],
  refused: [
    122,
    'refused: another command runs under this name; its breaker is open or held; for extend: too late, too far',
  ],
  hung: [123, 'hung: the proof of life it was to give stayed away'],
  timeout: [124, 'timeout: its limit was over'],
  pm: [125, 'pm itself: a wrong call, a directory that cannot be used, a record that cannot be read'],
  'cannot-execute': [126, 'the command cannot be executed'],
  'not-found': [127, 'the command was not found'],
  cancelled: [130, 'cancelled: somebody asked'],
} as const satisfies Readonly<Record<string, readonly [status: number, when: string]>>;

const REFUSALS = {
  'already-running': 'refused',
  'breaker-open': 'refused',
  held: 'refused',
  'cannot-execute': 'cannot-execute',
  'not-found': 'not-found',
  ended: 'refused',
  limit: 'refused',
  'preflight-failed': 'preflight-failed',
  'out-of-bounds': 'refused',
} as const;

/** The exit status of a call that got no answer, by the code of its fault: pm's own failure, unless it says a refusal. */
export function exitCodeOfError(code: string): number {
  return Object.hasOwn(REFUSALS, code) ? EXIT_CODES[REFUSALS[code as keyof typeof REFUSALS]][0] : EXIT_CODES.pm[0];
}

/** The exit status of an answered call. `endedBy` is the number of the signal that ended our waiting, not the job. */
export function exitCodeOf(call: VerbCall, answer: Answer, endedBy?: number): number {
  if (answer.refusal !== undefined) return EXIT_CODES[REFUSALS[answer.refusal.kind]][0];
  switch (call.verb) {
    case 'ls':
    case 'status':
    case 'logs':
    case 'init':
    case 'template':
    case 'doctor':
    case 'preflight':
    case 'recover':
    case 'prune':
    case 'extend':
    case 'breaker':
      return 0;
    case 'watch':
      return endedBy === undefined ? 0 : 128 + endedBy;
    case 'stop':
      return answer.runs.every(isGone) ? 0 : EXIT_CODES.failed[0];
    case 'start':
      return isWaitingStart(call) ? statusOfAll(answer.runs, answer, endedBy) : 0;
    case 'run':
      return statusOfAll(answer.runs, answer, endedBy);
    case 'wait': {
      const status = statusOfAll(call.input['any'] === true ? endedOr(answer.runs) : answer.runs, answer, endedBy);
      return status === 0 && answer.malformed !== undefined ? EXIT_CODES.pm[0] : status;
    }
  }
}

/** Warnings do not fail: they are about what holds all the same. What could not be tried was not shown to hold. */
export function exitCodeOfFindings(findings: DoctorAnswer['findings']): number {
  return findings.some(({ result }) => result === 'fail' || result === 'skip') ? EXIT_CODES.failed[0] : 0;
}

/** Only what failed stands in the way: a warning is to be known, and what could not be found out says nothing. */
export function exitCodeOfPreflight({ findings }: Pick<PreflightAnswer, 'findings'>): number {
  return findings.some(({ state }) => state === 'fail') ? EXIT_CODES['preflight-failed'][0] : 0;
}

function isWaitingStart({ input: { wait } }: VerbCall): boolean {
  return wait === true;
}

function isGone(run: Run): boolean {
  return run.state === 'ended' && (run.survivors ?? []).length === 0;
}

/** Of `--any`: what has ended; all, if nothing has. */
function endedOr(runs: readonly Run[]): readonly Run[] {
  const ended = runs.filter(({ state }) => state === 'ended');
  return ended.length > 0 ? ended : runs;
}

/** 0 if all succeeded, else the first that did not, in the order given. */
function statusOfAll(runs: readonly Run[], { budgetOver }: Answer, endedBy: number | undefined): number {
  const isWoken = endedBy === undefined && budgetOver !== true && runs.some(hasWoken);
  return (isWoken ? inUrgency(runs) : runs).map((run) => statusOf(run, endedBy)).find((status) => status !== 0) ?? 0;
}

/** It wanted something while it ran: a decision, or to be heard. */
function hasWoken({ attention, lineSeen }: Run): boolean {
  return attention !== undefined || lineSeen !== undefined;
}

/** Of a wait that was woken: what has ended, then what woke it. That others still run is no news, and no budget was over. */
function inUrgency(runs: readonly Run[]): readonly Run[] {
  const isOver = ({ state }: Run): boolean => state === 'ended' || state === 'malformed';
  return [...runs.filter(isOver), ...runs.filter((run) => !isOver(run) && hasWoken(run))];
}

function statusOf(run: Run, endedBy: number | undefined): number {
  if (run.lineSeen !== undefined) return 0;
  if (run.outcome === 'success' && run.lineMissing !== undefined) return EXIT_CODES.failed[0];
  switch (run.outcome) {
    case 'success':
      return 0;
    case 'failed':
      return run.exitCode || EXIT_CODES.failed[0];
    case 'timeout':
    case 'hung':
    case 'lost':
    case 'cancelled':
      return EXIT_CODES[run.outcome][0];
    case undefined:
      return statusOfLive(run, endedBy);
  }
}

function statusOfLive(run: Run, endedBy: number | undefined): number {
  if (run.state === 'malformed' || run.state === 'ended') return EXIT_CODES.pm[0];
  if (endedBy !== undefined) return 128 + endedBy;
  if (run.attention !== undefined) return EXIT_CODES.attention[0];
  return EXIT_CODES['budget-over'][0];
}
