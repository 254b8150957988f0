import type { Answer, ConformanceAnswer, DoctorAnswer, PreflightAnswer } from '@pm/operations';
import type { VerbCall } from './verb-call.ts';

type Run = Answer['runs'][number];

/** Every exit code of pm itself. `run`, `wait` and `start --wait` otherwise end with the exit code of the command. */
export const EXIT_CODES = {
  success: [0, 'success; for start: the run has begun, or waits for its turn; for stop: no process of the run is left'],
  failed: [
    1,
    'failed, and the exit code is not known; for wait --for-line: the run succeeded without that line; for ensure and start --wait-ready: the command ended with 0 before it was ready; for stop: a process survived, or may have; for down: something is left, or may be; for stop --port: somebody still listens on the port; for who: nobody listens on it; for doctor: a test failed or could not be run; for conformance: the level was not reached',
  ],
  'not-ready': [
    117,
    'the run is still running, and was not ready within --ready-timeout; or a step that it needs is not ready, and it was not started',
  ],
  attention: [
    118,
    'the run is still running and needs a decision: it is quiet, suspended or near its limit, its log was truncated, or the disk is full',
  ],
  lost: [
    119,
    'lost: nobody could record the exit (wrapper killed, machine restarted, or an adopted process has ended)',
  ],
  'budget-over': [120, 'the run was still running when --budget was over'],
  'preflight-failed': [121, 'a check of the environment failed; nothing was started'],
  refused: [
    122,
    'refused: the step is busy with another command, its breaker is open or held, the extension is not allowed, its port is in use, or the port to stop is held by a process that is no run of yours',
  ],
  hung: [123, 'hung: no sign of life for longer than --stale'],
  timeout: [124, 'timeout: the run reached its limit'],
  pm: [125, 'pm itself failed: a wrong call, a directory that it cannot use, or a record that it cannot read'],
  'cannot-execute': [126, 'the command cannot be executed'],
  'not-found': [127, 'the command was not found'],
  cancelled: [130, 'cancelled: somebody stopped the run, or a run that it waited for did not succeed'],
} as const satisfies Readonly<Record<string, readonly [status: number, when: string]>>;

const REFUSALS = {
  'already-running': 'refused',
  'breaker-open': 'refused',
  held: 'refused',
  'cannot-execute': 'cannot-execute',
  'not-found': 'not-found',
  ended: 'refused',
  limit: 'refused',
  'need-not-ready': 'not-ready',
  'not-ours': 'refused',
  'preflight-failed': 'preflight-failed',
  'out-of-bounds': 'refused',
  'port-taken': 'refused',
  'shell-syntax': 'pm',
  'unread-input': 'pm',
} as const;

/** The exit code of a call that failed with this error code: 125, unless the error is a refusal. */
export function exitCodeOfError(code: string): number {
  return Object.hasOwn(REFUSALS, code) ? EXIT_CODES[REFUSALS[code as keyof typeof REFUSALS]][0] : EXIT_CODES.pm[0];
}

/** The exit code of an answered call. `endedBy` is the number of the signal that ended our wait; the job did not get it. */
export function exitCodeOf(call: VerbCall, answer: Answer, endedBy?: number): number {
  if (answer.refusal !== undefined) return EXIT_CODES[REFUSALS[answer.refusal.kind]][0];
  switch (call.verb) {
    case 'status':
    case 'logs':
    case 'init':
    case 'template':
    case 'conformance':
    case 'doctor':
    case 'preflight':
    case 'recover':
    case 'prune':
    case 'extend':
    case 'adopt':
    case 'queue':
    case 'worker':
    case 'breaker':
      return 0;
    case 'ls': // with --watch; any other list is over before a signal
    case 'watch':
      return endedBy === undefined ? 0 : 128 + endedBy;
    case 'stop':
      return answer.runs.every(isGone) && !isHeld(answer) ? 0 : EXIT_CODES.failed[0];
    case 'down':
      return answer.runs.every(isGone) && answer.malformed === undefined ? 0 : EXIT_CODES.failed[0];
    case 'who':
      return isHeld(answer) ? 0 : EXIT_CODES.failed[0];
    case 'ensure':
      return statusOfReady(answer, endedBy);
    case 'up':
      return answer.runs.map((run) => statusOfReady({ ...answer, runs: [run] }, endedBy)).find(Boolean) ?? 0;
    case 'start':
      if (call.input['waitReady'] === true) return statusOfReady(answer, endedBy);
      return isWaitingStart(call) || answer.runs.some(hasNeverBegun) ? statusOfAll(answer.runs, answer, endedBy) : 0;
    case 'batch':
      return endedBy === undefined ? statusOfAll(answer.runs, answer, endedBy) : 128 + endedBy;
    case 'run':
      return statusOfAll(answer.runs, answer, endedBy);
    case 'wait': {
      const status = statusOfAll(call.input['any'] === true ? endedOr(answer.runs) : answer.runs, answer, endedBy);
      return status === 0 && answer.malformed !== undefined ? EXIT_CODES.pm[0] : status;
    }
  }
}

/** A warning is no failure. A test that could not be run is one, because it has shown nothing. */
export function exitCodeOfFindings(findings: DoctorAnswer['findings']): number {
  return findings.some(({ result }) => result === 'fail' || result === 'skip') ? EXIT_CODES.failed[0] : 0;
}

/** Only a failed check counts. A warning or an inconclusive check does not stop a start. */
export function exitCodeOfPreflight({ findings }: Pick<PreflightAnswer, 'findings'>): number {
  return findings.some(({ state }) => state === 'fail') ? EXIT_CODES['preflight-failed'][0] : 0;
}

/** Whether the writer has reached the level that it claims. */
export function exitCodeOfConformance({ level, claimed }: ConformanceAnswer): number {
  return level >= claimed ? 0 : EXIT_CODES.failed[0];
}

/** 0 for a run that is ready, or has nothing that says when it is. One that ended first has its own status, but never 0. */
function statusOfReady(answer: Answer, endedBy: number | undefined): number {
  const [run] = answer.runs;
  if (run === undefined) return EXIT_CODES.pm[0];
  if (isOver(run)) return statusOf(run, endedBy) || (run.ready === false ? EXIT_CODES.failed[0] : 0);
  if (run.ready !== false && run.state !== 'queued') return 0;
  if (endedBy !== undefined) return 128 + endedBy;
  return EXIT_CODES[answer.budgetOver === true ? 'budget-over' : 'not-ready'][0];
}

function isWaitingStart({ input: { wait } }: VerbCall): boolean {
  return wait === true;
}

/** Proved to be gone: nothing survived, nothing that is alive may come from it, and nothing else speaks against its end. */
function isGone({ state, survivors = [], suspects = [], doubt, ports = [] }: Run): boolean {
  const isTaken = ports.some(({ heldBy }) => heldBy !== undefined);
  return state === 'ended' && survivors.length === 0 && suspects.length === 0 && doubt === undefined && !isTaken;
}

/** Somebody listens on the port of the call. */
function isHeld({ holders = [] }: Answer): boolean {
  return holders.length > 0;
}

/** For `--any`: the runs that have ended, or all of them if none has. */
function endedOr(runs: readonly Run[]): readonly Run[] {
  const ended = runs.filter(({ state }) => state === 'ended');
  return ended.length > 0 ? ended : runs;
}

/** 0 if all runs succeeded, else the exit code of the first one that did not, in the order given. */
function statusOfAll(runs: readonly Run[], { budgetOver }: Answer, endedBy: number | undefined): number {
  const isEndedEarly = endedBy === undefined && budgetOver !== true && runs.some(hasEndedWait);
  return (
    (isEndedEarly ? byUrgency(runs) : runs).map((run) => statusOf(run, endedBy)).find((status) => status !== 0) ?? 0
  );
}

/** Whether a run that is still running ended the wait: it needs a decision, or wrote the awaited line. */
function hasEndedWait({ attention, lineSeen }: Run): boolean {
  return attention !== undefined || lineSeen !== undefined;
}

/** After such a wait: the runs that have ended, then those that ended the wait. Others that still run do not count. */
function byUrgency(runs: readonly Run[]): readonly Run[] {
  return [...runs.filter(isOver), ...runs.filter((run) => !isOver(run) && hasEndedWait(run))];
}

function isOver({ state }: Run): boolean {
  return state === 'ended' || state === 'malformed';
}

function statusOf(run: Run, endedBy: number | undefined): number {
  // Why: contributing/decisions/2026-11-29-a-wait-tells-what-has-ended.md
  // A line that was seen says only how a live run is: an ended run has its own status.
  if (run.lineSeen !== undefined && !isOver(run)) return 0;
  if (run.outcome === 'success' && run.lineMissing !== undefined) return EXIT_CODES.failed[0];
  switch (run.outcome) {
    case 'success':
      return 0;
    case 'failed':
      return run.exitCode || EXIT_CODES.failed[0];
    case 'timeout':
    case 'hung':
    case 'lost':
      return EXIT_CODES[run.outcome][0];
    case 'cancelled':
      return EXIT_CODES[cancellationOf(run)][0];
    case undefined:
      return statusOfLive(run, endedBy);
  }
}

/** Its turn came at once, and it was refused, or a run that it waits for has not succeeded. */
function hasNeverBegun({ reason }: Run): boolean {
  return reason === 'preflight-failed' || reason === 'refused' || reason === 'dependency-failed';
}

/** A run that was refused when its turn came has the status that its start would have had without a queue. */
function cancellationOf({ reason }: Run): 'preflight-failed' | 'refused' | 'cancelled' {
  return reason === 'preflight-failed' || reason === 'refused' ? reason : 'cancelled';
}

function statusOfLive(run: Run, endedBy: number | undefined): number {
  if (run.state === 'malformed' || run.state === 'ended') return EXIT_CODES.pm[0];
  if (endedBy !== undefined) return 128 + endedBy;
  if (run.attention !== undefined) return EXIT_CODES.attention[0];
  return EXIT_CODES['budget-over'][0];
}
