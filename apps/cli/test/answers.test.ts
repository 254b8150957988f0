import { describe, expect, test } from 'vitest';
import { exitCodeOf, exitCodeOfFindings, exitCodeOfPreflight } from '../src/call/exit-codes.ts';
import { liveLine, renderAnswer, renderLog, startedLine } from '../src/render/answer.ts';
import { renderPreflight } from '../src/render/preflight.ts';
import { renderDoctorFindings } from '../src/render/reports/doctor-findings.ts';
import { renderInit } from '../src/render/reports/init.ts';
import { jsonLine } from '../src/text/plain-text.ts';
import type { RenderedText, Style } from '../src/text/style.ts';
import { widthOf } from '../src/text/width.ts';
import {
  DOCTOR_ANSWER,
  FIXES,
  INIT_ANSWER,
  LOG_ANSWER,
  MORE_OF_A_LOG,
  PREFLIGHT_ANSWER,
  SCENARIOS,
  type Scenario,
} from './scenarios.ts';

const PIPE: Style = {
  person: false,
  columns: 80,
  colour: false,
  invocation: 'pm',
  clock: (at) => new Date(at).toISOString().slice(11, 16),
};
const TERMINAL: Style = { ...PIPE, person: true, columns: 72 };
const SIGTERM = 15;

describe('every answer, as a pipe, a terminal of 72 columns and a program get it', () => {
  test.each(SCENARIOS)('$name', async (scenario) => {
    await expect(page(scenario)).toMatchFileSnapshot(`golden/${scenario.name}.txt`);
  });

  test('logs', async () => {
    const texts = [LOG_ANSWER, MORE_OF_A_LOG].map((answer) =>
      streams('pipe', renderLog(answer, PIPE, { isShown: false })),
    );
    await expect(`${texts.join('')}--- json\n${jsonLine(LOG_ANSWER)}`).toMatchFileSnapshot('golden/logs.txt');
  });

  test('doctor', async () => {
    const status = exitCodeOfFindings(DOCTOR_ANSWER.findings);
    const text = streams('pipe', renderDoctorFindings(DOCTOR_ANSWER, PIPE));
    await expect(`--- exit status ${status}\n${text}--- json\n${jsonLine(DOCTOR_ANSWER)}`).toMatchFileSnapshot(
      'golden/doctor.txt',
    );
  });

  test('preflight', async () => {
    const mended = { ...PREFLIGHT_ANSWER, fixes: FIXES, next: [] };
    const texts = [PREFLIGHT_ANSWER, mended].map((answer) => streams('pipe', renderPreflight(answer, PIPE)));
    const page = `--- exit status ${exitCodeOfPreflight(mended)}\n${texts.join('')}--- json\n${jsonLine(mended)}`;
    await expect(page).toMatchFileSnapshot('golden/preflight.txt');
  });

  test('init', async () => {
    const texts = [INIT_ANSWER, { ...INIT_ANSWER, steps: [], next: [] }, { ...INIT_ANSWER, written: false }].map(
      (answer) => streams('pipe', renderInit(answer, PIPE)),
    );
    await expect(`${texts.join('')}--- json\n${jsonLine(INIT_ANSWER)}`).toMatchFileSnapshot('golden/init.txt');
  });

  test('in colour', async () => {
    const { call, answer } = named('ls');
    const { out } = renderAnswer(call, answer, { ...TERMINAL, colour: true });
    await expect(out.replaceAll('\u001b', '^[')).toMatchFileSnapshot('golden/ls-colour.txt');
  });
});

describe('what an agent reads is short', () => {
  test('a start, a wait and a success take at most 500 bytes', () => {
    expect(bytesOf('start') + bytesOf('wait-success')).toBeLessThanOrEqual(500);
  });

  test('a place in a queue, a wait and a success take at most 600', () => {
    expect(bytesOf('start-queued') + bytesOf('wait-success')).toBeLessThanOrEqual(600);
  });

  test('a success with a huge result takes at most 400', () => {
    const { call, answer } = named('wait-success');
    const runs = answer.runs.map((run) => ({ ...run, result: { text: 'ü'.repeat(5000) } }));
    expect(Buffer.byteLength(renderAnswer(call, { ...answer, runs }, PIPE).out)).toBeLessThanOrEqual(400);
  });

  test('a failure takes at most 2 kB, whatever it wrote', () => {
    const { call, answer } = named('wait-failed');
    for (const tail of ['x'.repeat(1500), 'x\n'.repeat(750), 'ü\n'.repeat(500), '日'.repeat(500)]) {
      const runs = answer.runs.map((run) => ({ ...run, tail, evidence: 'because '.repeat(100) }));
      expect(Buffer.byteLength(renderAnswer(call, { ...answer, runs }, PIPE).out)).toBeLessThanOrEqual(2048);
    }
  });
});

test('no line of a list is wider than the terminal', () => {
  const { call, answer } = named('ls');
  for (const columns of [20, 40, 72, 200]) {
    const lines = renderAnswer(call, answer, { ...TERMINAL, columns }).out.split('\n');
    expect(Math.max(...lines.map(widthOf))).toBeLessThanOrEqual(columns);
  }
});

test('no answer brings a control character to a terminal, in whatever field it came', () => {
  const evil = '\u001b[2J\u009b2J\u0007\rx';
  for (const { call, answer } of SCENARIOS) {
    const runs = answer.runs.map((run) => ({
      ...run,
      evidence: evil,
      progress: evil,
      signal: evil,
      cwd: evil,
      logFile: evil,
      logTruncated: evil,
      tail: evil,
      resultError: evil,
      command: [evil],
    }));
    const malformed = [evil];
    const next = [{ operation: 'logs', input: { step: evil, grep: evil }, why: evil }];
    const { out, err } = renderAnswer(call, { ...answer, runs, malformed, next }, TERMINAL);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: that there are none is the test
    expect(out + err).not.toMatch(/[\x00-\x09\x0b-\x1f\x7f-\x9f]/);
  }
});

test('the live line is shorter than the terminal, or it could not be erased', () => {
  const [run] = named('wait-budget-over').answer.runs;
  if (run === undefined) throw new Error('the scenario has a run');
  expect(liveLine(run, 'Epoch 38: loss 0.21', { ...TERMINAL, columns: 60 })).toBe(
    '● train running 12m04s · 37/120 epoch 3 · until 14:32 · Ep…',
  );
  expect(startedLine(run, PIPE)).toBe('train started · pid 4242 · limit 30m, until 14:32');
});

function page(scenario: Scenario): string {
  const { call, answer, endedBy } = scenario;
  const status = exitCodeOf(call, answer, endedBy && SIGTERM);
  return [
    `--- exit status ${status}\n`,
    streams('pipe', renderAnswer(call, answer, PIPE, endedBy)),
    streams('terminal', renderAnswer(call, answer, TERMINAL, endedBy)),
    `--- json\n${jsonLine(answer)}`,
  ].join('');
}

function streams(reader: string, { out, err }: RenderedText): string {
  return `--- ${reader}: stdout\n${out}${err === '' ? '' : `--- ${reader}: stderr\n${err}`}`;
}

function bytesOf(name: string): number {
  const { call, answer } = named(name);
  const { out, err } = renderAnswer(call, answer, PIPE);
  return Buffer.byteLength(out + err);
}

function named(name: string): Scenario {
  const found = SCENARIOS.find((scenario) => scenario.name === name);
  if (found === undefined) throw new Error(`no scenario ${name}`);
  return found;
}
