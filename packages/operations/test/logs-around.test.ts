import { appendFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect } from 'vitest';
import { operations } from '../src/index.ts';
import { LogAnswer } from '../src/inspect/log-answer.ts';
import { animal, QUICK, type Stage, test } from './stage.ts';

describe.concurrent('logs around a line', () => {
  test('shows it with its neighbours, by the numbers that a search gives', async ({ stage }) => {
    await ended(stage, 240);
    const { text } = await logs(stage, { around: 121, tail: 5 });
    expect(text).toBe('119: line 119\n120: line 120\n121: line 121\n122: line 122\n123: line 123\n');
    expect((await logs(stage, { grep: 'line 121' })).text).toBe('121: line 121\n');
  });

  test.for([
    ['at the beginning', 1, [1, 20]],
    ['in the middle', 121, [101, 140]],
    ['at the end', 240, [220, 240]],
  ] as const)('shows forty lines, %s as far as there are so many', async ([, around, [first, last]], { stage }) => {
    await ended(stage, 240);
    const lines = (await logs(stage, { around })).text.trimEnd().split('\n');
    expect([lines[0], lines.at(-1)]).toEqual([`${first}: line ${first}`, `${last}: line ${last}`]);
    expect(lines.length).toBeLessThanOrEqual(40);
    expect(lines).toContain(`${around}: line ${around}`);
  });

  test('goes on behind it where it stopped', async ({ stage }) => {
    await ended(stage, 240);
    const { next } = await logs(stage, { around: 121, tail: 3 });
    expect(next).toMatchObject([{ operation: 'logs', why: 'read on' }]);
    expect((await logs(stage, { ...next[0]?.input, maxBytes: 18 })).text).toBe('line 123\nline 124\n');
  });

  test('keeps to its bytes, and always has the line itself', async ({ stage }) => {
    await ended(stage, 240);
    writeFileSync(stage.files().log, `${'a'.repeat(5_000)}\n${'é'.repeat(5_000)}\n${'c'.repeat(5_000)}\n`);
    for (const maxBytes of [20, 100, 1_000, 4_096]) {
      const { text } = await logs(stage, { around: 2, maxBytes });
      expect(Buffer.byteLength(text)).toBeLessThanOrEqual(maxBytes);
      expect(text).toMatch(/^2: é/m);
    }
    const { next } = await logs(stage, { around: 2, maxBytes: 1_000 });
    expect(next).toMatchObject([{ operation: 'logs', why: 'see the whole line' }]);
    expect((await logs(stage, next[0]?.input ?? {})).text).toBe(`${'é'.repeat(5_000)}\n`);
    expect((await logs(stage, { around: 3, maxBytes: 1_000 })).text).toMatch(/^3: c+…\[\d+ characters left out\]…c+$/m);
  });

  test('is not confused by what was redrawn, nor by slices of a large log', async ({ stage }) => {
    await ended(stage, 1);
    const many = Array.from({ length: 200_000 }, (_, i) => `part ${i + 2} ${'x'.repeat(i % 9)}`);
    writeFileSync(stage.files().log, `0 %\r50 %\r100 %\n${many.join('\r\n')}\nend without newline`);
    expect((await logs(stage, { around: 1, tail: 1 })).text).toBe('1: 100 %\n');
    expect((await logs(stage, { around: 150_000, tail: 1 })).text).toBe(`150000: ${many[149_998]}\n`);
    expect((await logs(stage, { around: 200_002, tail: 1 })).text).toBe('200002: end without newline\n');
  });

  test.for([
    [{ around: 241 }, 'The log has 240 lines, so there is no line 241.'],
    [{ around: 1, grep: 'x' }, '--around and --grep cannot be used together.'],
    [{ around: 1, cursor: 0 }, '--around and --cursor cannot be used together.'],
    [{ around: 1, follow: true }, '--around and --follow cannot be used together.'],
  ] as const)('refuses %j', async ([input, message], { stage }) => {
    await ended(stage, 240);
    await expect(logs(stage, input)).rejects.toMatchObject({ code: 'usage', message });
  });
});

describe.concurrent('a failure tells where its cause is', () => {
  test.for([
    ['in a log that is quoted in part', 240, 121],
    ['far above its end', 40_000, 12],
    ['below what is looked at of a larger log', 400_000, 399_000],
  ] as const)('%s, and the call that shows it', async ([, count, at], { stage }) => {
    const lines = Array.from({ length: count }, (_, i) => `test ${i + 1} passed`);
    lines[at - 1] = `test ${at} failed: the column total is missing`;
    const { runs, next } = await failed(stage, `${lines.join('\n')}\n`);
    expect(runs).toMatchObject([{ failureLine: at, logLines: count }]);
    expect(runs[0]?.tail).toContain(`[lines 1-${at - 1} left out]\n${lines[at - 1]}\n`);
    const why = `see what is around line ${at} of ${count}`;
    const shown = next.find(({ operation }) => operation === 'logs');
    expect(shown).toMatchObject({ operation: 'logs', input: { around: at }, why });
    expect((await logs(stage, shown?.input ?? {})).text).toContain(`${at}: ${lines[at - 1]}\n`);
  });

  test('and without a line that names it, the end is what there is', async ({ stage }) => {
    const { runs, next } = await failed(stage, Array.from({ length: 999 }, (_, i) => `file ${i} was read\n`).join(''));
    expect(runs[0]?.failureLine).toBeUndefined();
    expect(next).toMatchObject([{ operation: 'logs', input: { tail: 200 } }]);
  });
});

/** The answer to the wait for a run that prints this and fails. */
async function failed(stage: Stage, output: string) {
  writeFileSync(join(stage.folder, 'output'), output);
  await stage.ask('start', { step: 'work', command: [animal('prints-file.sh')], ...QUICK });
  return stage.ask('wait', { steps: ['work'] });
}

/** A run that has ended, and a log of so many lines. */
async function ended(stage: Stage, lines: number): Promise<void> {
  stage.cue('go');
  await stage.ask('start', { step: 'work', command: [animal('waits.sh'), '0'], ...QUICK });
  await stage.ask('wait', { steps: ['work'] });
  writeFileSync(stage.files().log, '');
  appendFileSync(stage.files().log, Array.from({ length: lines }, (_, i) => `line ${i + 1}\n`).join(''));
}

async function logs(stage: Stage, input: object): Promise<LogAnswer> {
  const operation = await operations.logs();
  const context = { cwd: stage.folder, env: stage.env, signal: new AbortController().signal };
  return LogAnswer.parse(
    await operation.run(operation.input.parse({ step: 'work', dir: stage.dir, ...input }), context),
  );
}
