import type { Answer, RunView } from '@pm/operations';
import { describe, expect, test } from 'vitest';
import { jsonBytes } from './shorten.ts';
import { structuredAnswer } from './structured-answer.ts';
import { structuredFindings } from './structured-findings.ts';
import { toolResult } from './tool-results.ts';

const success: RunView = {
  step: 'train',
  id: '20261124T141919226Z-2ffpy3c9m8',
  state: 'ended',
  outcome: 'success',
  reason: 'exit-zero',
  advice: 'proceed',
  exitCode: 0,
  evidence: 'exit 0',
  command: ['python', 'train.py'],
  cwd: '/project',
  startedAt: 1,
  endedAt: 3,
  elapsedMs: 2,
  logFile: '/project/.pm/runs/20261124T141919226Z-2ffpy3c9m8/log',
  logBytes: 12_600,
};
const failed: RunView = { ...success, outcome: 'failed', reason: 'exit-nonzero', advice: 'fix', exitCode: 1 };
const LINES = 'a line of what it said at last\n'.repeat(48);

function about(...runs: RunView[]): Answer {
  const next = runs.map(({ step }) => ({ operation: 'logs', input: { step, tail: 200 }, why: 'see more of its log' }));
  return { runs, next: runs[0]?.outcome === 'success' ? [] : next };
}

test('a success with a short result is told whole, and one with a longer names the call that shows it', () => {
  expect(structuredAnswer('wait_run', about({ ...success, result: { acc: 0.93 } }))).toMatchObject({
    result: { acc: 0.93 },
  });
  const told = structuredAnswer('wait_run', about({ ...success, result: 'x'.repeat(1_300) }), 'sub/.pm');
  expect(told).toMatchObject({ outcome: 'success', advice: 'proceed', resultBytes: 1_302 });
  expect(told['next']).toMatchObject([{ tool: 'show_status', arguments: { step: 'train', dir: 'sub/.pm' } }]);
  expect(jsonBytes(told)).toBeLessThan(400);
  const shown = structuredAnswer('show_status', about({ ...success, result: 'x'.repeat(1_300) }));
  expect(shown['result']).toHaveLength(1_300);
  expect(jsonBytes(shown)).toBeLessThanOrEqual(2_000);
});

const large = { ...success, result: 'x'.repeat(3_000) };
const call = (step: string, more = {}) => ({
  tool: 'read_logs',
  arguments: { step, result: true, ...more },
  why: 'show its result',
});

test.each<[what: string, told: unknown, next: object]>([
  ['a wait', structuredAnswer('wait_run', about(large)), call('train')],
  ['a status', structuredAnswer('show_status', about(large)), call('train')],
  [
    'a short result beside a long path',
    structuredAnswer('show_status', about({ ...success, result: 'x'.repeat(1_390), dir: 'd'.repeat(500) })),
    call('train', { dir: 'd'.repeat(500) }),
  ],
  [
    'an older run of another directory',
    structuredAnswer('show_status', about({ ...large, back: 2 }), 'sub'),
    call('train~2', { dir: 'sub' }),
  ],
  [
    'a directory with a long path',
    structuredAnswer('wait_run', about(large), 'd'.repeat(600)),
    call('train', { dir: 'd'.repeat(600) }),
  ],
  ['a failure', structuredAnswer('wait_run', { ...about({ ...large, outcome: 'failed' }), next: [] }), call('train')],
  ['notes', structuredAnswer('wait_run', { ...about(large), notes: ['its status was masked'] }), call('train')],
  ['a list', (structuredAnswer('ls_runs', about(success, large))['runs'] as object[])[1], call('train')],
  [
    'runs of every directory',
    (structuredAnswer('ls_runs', about(success, { ...large, dir: '/a' }))['runs'] as object[])[1],
    call('train', { dir: '/a' }),
  ],
])('a result that does not fit leaves the call that returns it: %s', (_, told, next) => {
  expect(told).toMatchObject({ resultBytes: expect.any(Number), next: [next] });
  expect(told).not.toHaveProperty('result');
});

test('the lines of a failure win over its result', () => {
  const told = structuredAnswer(
    'wait_run',
    about({ ...failed, result: 'x'.repeat(1_900), tail: LINES.slice(0, 1_400) }),
  );
  expect(told).toMatchObject({
    resultBytes: 1_902,
    next: [{ arguments: { tail: 200 } }, { arguments: { result: true } }],
  });
  expect(String(told['untrustedOutput']).length).toBeGreaterThan(1_200);
  expect(jsonBytes(told)).toBeLessThanOrEqual(2_000);
});

test.each<[what: string, run: RunView]>([
  ['an argument of six kilobytes', { ...failed, command: ['node', '-e', 'x'.repeat(6_000)], tail: LINES }],
  ['a thousand arguments', { ...success, command: Array.from({ length: 1_000 }, () => 'word') }],
  ['long evidence', { ...failed, evidence: 'é'.repeat(3_000), tail: LINES }],
  ['a step and folders of the greatest length', { ...failed, step: 's'.repeat(64), cwd: `/${'c'.repeat(2_000)}` }],
  ['a document for a result', { ...success, result: 'x'.repeat(60_000) }],
])('whatever a run has, its status stays within two kilobytes: %s', (_, run) => {
  const told = structuredAnswer('show_status', about(run));
  expect(told).toMatchObject({ step: run.step, outcome: run.outcome, advice: run.advice });
  expect(jsonBytes(told)).toBeLessThanOrEqual(2_000);
});

describe('a list', () => {
  test.each([10, 20])('has all of %i long failures in it, each with how it ended', (count) => {
    const runs = Array.from({ length: count }, (_, n) => ({ ...failed, step: `step-${n}`, unseen: true, tail: LINES }));
    const told = structuredAnswer('recover_runs', about(...runs)) as { runs: object[]; omitted?: number };
    expect(told.runs).toMatchObject(runs.map(({ step }) => ({ step, outcome: 'failed' })));
    expect(told.omitted).toBeUndefined();
    expect(jsonBytes(told)).toBeLessThanOrEqual(8_000);
  });

  test('what one leaves of its share is the others’', () => {
    const short = Array.from({ length: 8 }, (_, n) => ({ ...success, step: `s${n}`, unseen: true }));
    const told = structuredAnswer('recover_runs', about(...short, { ...failed, unseen: true, tail: LINES }));
    expect((told['runs'] as { untrustedOutput?: string }[]).at(-1)?.untrustedOutput?.length).toBeGreaterThan(1_000);
  });

  test.each<[told: string | undefined, what: string, runs: RunView[]]>([
    ['fix', 'two failures', [failed, failed]],
    ['abort', 'a failure whose breaker is open', [success, failed, { ...failed, advice: 'abort' }]],
    ['retry', 'one that was lost', [success, { ...failed, outcome: 'lost', advice: 'retry' }]],
    ['proceed', 'successes', [success, success]],
    ['proceed', 'nothing', []],
  ])('is advised the worst of its runs: %s after %s', (advice, _, runs) => {
    expect(structuredAnswer('ls_runs', about(...runs))).toMatchObject({ advice });
    if (runs.length > 0) expect(structuredAnswer('wait_run', about(...runs))).toMatchObject({ advice });
  });

  test('with records that cannot be read is no reason to proceed', () =>
    expect(structuredAnswer('ls_runs', { runs: [success], malformed: ['a: no JSON'], next: [] })).toMatchObject({
      advice: 'fix',
    }));
});

const finding = { check: 'file', state: 'fail' as const, evidence: `${'/a/long/way/'.repeat(9)} does not exist` };
const findings = Array.from({ length: 60 }, (_, n) => ({ ...finding, title: `file ${n}` }));

test('of many findings the first are told, with the call that tells the others', () => {
  const told = structuredFindings({ cwd: '/', findings, fixes: [], next: [] }, { step: 'train' });
  expect(told).toMatchObject({ failed: 60, advice: 'fix', omitted: expect.any(Number) });
  expect(told['next']).toMatchObject([{ tool: 'run_preflight', arguments: { step: 'train' } }]);
  expect(jsonBytes(told)).toBeLessThanOrEqual(2_000);
  expect(jsonBytes(told)).toBeGreaterThan(1_500);
});

test.each<[what: string, answer: Answer]>([
  [
    'sixty checks failed',
    {
      runs: [],
      refusal: { kind: 'preflight-failed', message: '60 of 60 checks failed: train was not started' },
      findings,
      next: [{ operation: 'preflight', input: { step: 'train' }, why: 'check again' }],
    },
  ],
  [
    'a call with long words',
    { runs: [], refusal: { kind: 'not-found', message: `${'x'.repeat(5_000)} is not on the PATH` }, next: [] },
  ],
  [
    'a run with long lines in the way',
    { ...about({ ...failed, tail: LINES }), refusal: { kind: 'ended', message: 'it has ended' } },
  ],
])('a refusal stays within two kilobytes, and says what to do: %s', (_, answer) => {
  const { content, isError } = toolResult('start_run', answer);
  const [first] = content;
  const text = first?.type === 'text' ? first.text : '';
  expect(isError).toBe(true);
  expect(Buffer.byteLength(text)).toBeLessThanOrEqual(2_000);
  expect(text).toMatch(/^refused \(/);
  expect(text).toMatch(/\n(next: \w+ \{|advice: )/);
});
