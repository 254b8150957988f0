import type { Answer, OperationName, RunView } from '@pm/operations';
import { describe, expect, test } from 'vitest';
import { EXIT_CODES, exitCodeOf, exitCodeOfError, exitCodeOfFindings, exitCodeOfPreflight } from './exit-codes.ts';

const RUNNING: RunView = { step: 'train', state: 'running', evidence: '', startedAt: 0, elapsedMs: 1000 };
const SUCCESS: RunView = { ...RUNNING, state: 'ended', outcome: 'success', exitCode: 0 };
const FAILED: RunView = { ...SUCCESS, outcome: 'failed', exitCode: 7 };
const SURVIVORS = [{ pid: 4242, startTime: '1', command: 'sleep' }];

describe('exitCodeOf run and wait', () => {
  test.each<[what: string, runs: Partial<RunView>[], status: number]>([
    ['nothing to wait for', [], 0],
    ['success', [SUCCESS], 0],
    ['the code of the command', [FAILED], 7],
    ['128+n for a signal, as recorded', [{ ...FAILED, exitCode: 139, signal: 'SIGSEGV' }], 139],
    ['cannot execute', [{ ...FAILED, exitCode: 126 }], 126],
    ['a failure without a known code', [{ ...FAILED, exitCode: undefined } as object], 1],
    ['a foreign writer that failed and exited 0', [{ ...FAILED, exitCode: 0 }], 1],
    ['timeout, whatever the command exited with', [{ ...SUCCESS, outcome: 'timeout' }], 124],
    ['hung', [{ ...FAILED, outcome: 'hung' }], 123],
    ['lost', [{ ...FAILED, outcome: 'lost' }], 119],
    ['cancelled', [{ ...FAILED, outcome: 'cancelled' }], 130],
    ['the budget was over', [RUNNING], 120],
    ['a run nobody can read', [{ ...RUNNING, state: 'malformed' }], 125],
    ['an ending without an outcome', [{ ...RUNNING, state: 'ended' }], 125],
    ['several: all succeeded', [SUCCESS, SUCCESS], 0],
    ['several: the first that did not, in the order given', [SUCCESS, RUNNING, FAILED], 120],
    ['several: a failure before one that still runs', [FAILED, RUNNING], 7],
  ])('%s', (_what, runs, status) => {
    expect(exitCodeOf({ verb: 'wait', input: {} }, answer(runs))).toBe(status);
    expect(exitCodeOf({ verb: 'run', input: {} }, answer(runs))).toBe(status);
    expect(exitCodeOf({ verb: 'start', input: { wait: true } }, answer(runs))).toBe(status);
  });

  const TROUBLED: RunView = { ...RUNNING, attention: 'quiet' };

  test.each<[what: string, runs: RunView[], budgetOver: boolean, status: number]>([
    ['woken by trouble, whoever else runs', [RUNNING, TROUBLED, RUNNING], false, 118],
    ['woken by trouble, and one has failed', [RUNNING, TROUBLED, FAILED], false, 7],
    ['woken by trouble, and one has succeeded', [SUCCESS, RUNNING, TROUBLED], false, 118],
    [
      'woken by trouble, and nothing can be known of another',
      [TROUBLED, { ...RUNNING, state: 'malformed' }],
      false,
      125,
    ],
    ['woken by a line', [RUNNING, { ...RUNNING, lineSeen: 'Listening' }], false, 0],
    ['the budget was over, in the order given', [SUCCESS, RUNNING, FAILED], true, 120],
    ['a line that a live run wrote, beside one that runs on', [{ ...RUNNING, lineSeen: 'x' }, RUNNING], false, 0],
    ['a line, and the run has failed since', [{ ...FAILED, lineSeen: 'x' }], false, 7],
    ['a line, and the run was killed', [{ ...FAILED, exitCode: 137, signal: 'SIGKILL', lineSeen: 'x' }], false, 137],
    ['a line, and the run reached its limit', [{ ...FAILED, outcome: 'timeout', lineSeen: 'x' }], false, 124],
    ['a line, and the run was stopped', [{ ...FAILED, outcome: 'cancelled', lineSeen: 'x' }], false, 130],
    ['a line, and the run is lost', [{ ...FAILED, outcome: 'lost', lineSeen: 'x' }], false, 119],
    ['a line, and the run has succeeded', [{ ...SUCCESS, lineSeen: 'x' }], false, 0],
    ['a line of a live run, and another has failed', [{ ...RUNNING, lineSeen: 'x' }, FAILED], false, 7],
    ['no line, and the run has succeeded', [{ ...SUCCESS, lineMissing: 'x' }], false, 1],
  ])('several: %s', (_what, runs, budgetOver, status) => {
    const given = { ...answer(runs), ...(budgetOver && { budgetOver }) };
    expect(exitCodeOf({ verb: 'wait', input: {} }, given)).toBe(status);
  });

  test('a wait that SIGTERM ended is 143, unless its run had ended anyway', () => {
    expect(exitCodeOf({ verb: 'wait', input: {} }, answer([RUNNING]), 15)).toBe(143);
    expect(exitCodeOf({ verb: 'wait', input: {} }, answer([FAILED]), 15)).toBe(7);
  });
});

test('a wait for all is no success while the record of one cannot be read: that one may be live', () => {
  const given = { runs: [SUCCESS], malformed: ['work: its run record is malformed (not JSON)'], next: [] };
  expect(exitCodeOf({ verb: 'wait', input: {} }, given)).toBe(125);
  expect(exitCodeOf({ verb: 'wait', input: {} }, { ...given, runs: [FAILED] })).toBe(7);
});

test('a watch is 0 when all is idle, whatever ended how; a signal that ended it says so', () => {
  expect(exitCodeOf({ verb: 'watch', input: {} }, answer([]))).toBe(0);
  expect(exitCodeOf({ verb: 'watch', input: {} }, answer([RUNNING]), 2)).toBe(130);
});

describe('exitCodeOf the others', () => {
  test.each<[what: string, verb: OperationName, given: Partial<Answer>, status: number]>([
    ['started', 'start', { runs: [RUNNING] }, 0],
    ['already running', 'start', { runs: [RUNNING], alreadyRunning: true }, 0],
    ['a start whose command ended at once', 'start', { runs: [FAILED] }, 0],
    ['waits for its turn', 'start', { runs: [{ ...RUNNING, state: 'queued' }] }, 0],
    ['refused at its turn, which came at once', 'start', { runs: [never('refused')] }, 122],
    ['a check failed at its turn', 'start', { runs: [never('preflight-failed')] }, 121],
    ['what it waits for did not succeed', 'start', { runs: [never('dependency-failed')] }, 130],
    ['another command is running', 'start', refusal('already-running'), 122],
    ['a check failed', 'start', refusal('preflight-failed'), 121],
    ['cannot be executed', 'run', refusal('cannot-execute'), 126],
    ['not found', 'run', refusal('not-found'), 127],
    ['stopped', 'stop', { runs: [{ ...FAILED, outcome: 'cancelled' }] }, 0],
    ['extended', 'extend', { runs: [RUNNING] }, 0],
    ['extended too late', 'extend', refusal('ended'), 122],
    ['extended too far', 'extend', refusal('limit'), 122],
    ['had ended by itself', 'stop', { runs: [FAILED] }, 0],
    ['survivors', 'stop', { runs: [{ ...FAILED, survivors: SURVIVORS }] }, 1],
    ['suspects', 'stop', { runs: [{ ...FAILED, suspects: SURVIVORS }] }, 1],
    ['not ended yet', 'stop', { runs: [{ ...RUNNING, state: 'stopping' }] }, 1],
    ['a failed run, listed', 'ls', { runs: [FAILED] }, 0],
    ['a failed run, told of', 'status', { runs: [FAILED] }, 0],
  ])('%s', (_what, verb, given, status) => {
    expect(exitCodeOf({ verb, input: {} }, { runs: [], next: [], ...given })).toBe(status);
  });

  test.each([
    ['usage', 125],
    ['directory-unusable', 125],
    ['unexpected', 125],
    ['constructor', 125],
    ['not-found', 127],
  ])('a fault with the code %s is %i', (code, status) => {
    expect(exitCodeOfError(code)).toBe(status);
  });
});

test('no two rows of the table share a status', () => {
  const statuses = Object.values(EXIT_CODES).map(([status]) => status);
  expect(new Set(statuses).size).toBe(statuses.length);
});

function answer(runs: Partial<RunView>[]): Answer {
  return { runs: runs as RunView[], next: [] };
}

function never(reason: NonNullable<RunView['reason']>): RunView {
  return { ...FAILED, outcome: 'cancelled', reason };
}

function refusal(kind: NonNullable<Answer['refusal']>['kind']): Partial<Answer> {
  return { refusal: { kind, message: 'no' } };
}

test.each<[results: readonly ('pass' | 'warn' | 'fail' | 'skip')[], status: number]>([
  [['pass', 'pass'], 0],
  [['pass', 'warn'], 0],
  [['pass', 'fail', 'skip'], 1],
  [['pass', 'skip'], 1],
])('a doctor that finds %j ends with %i', (results, status) => {
  const findings = results.map((result) => ({ check: 'x', result, what: '', fact: '' }));
  expect(exitCodeOfFindings(findings)).toBe(status);
});

test.each<[states: readonly ('pass' | 'warn' | 'fail' | 'skip' | 'inconclusive')[], status: number]>([
  [[], 0],
  [['pass', 'warn', 'skip', 'inconclusive'], 0],
  [['pass', 'fail'], 121],
])('a preflight that finds %j ends with %i', (states, status) => {
  const findings = states.map((state) => ({ check: 'x', title: '', state, evidence: '' }));
  expect(exitCodeOfPreflight({ findings })).toBe(status);
});
