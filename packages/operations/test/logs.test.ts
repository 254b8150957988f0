import { appendFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { isAlive } from '@pm/process';
import { until } from '@pm/testing';
import { describe, expect } from 'vitest';
import { operations } from '../src/index.ts';
import { LogAnswer } from '../src/inspect/log-answer.ts';
import { findInLog, logWindow } from '../src/raw-log/raw-log.ts';
import { animal, QUICK, type Stage, test } from './stage.ts';

describe.concurrent('logs', () => {
  test('gives up on a pattern that backtracks for ever, and says so', async ({ stage }) => {
    await ended(stage, `${'a'.repeat(60)}!\n`);
    await expect(logs(stage, { grep: '(a+)+$' })).rejects.toMatchObject({
      code: 'usage',
      message: expect.stringContaining('takes too long'),
    });
  });

  test('finds what matches, with its line number, over many slices', async ({ stage }) => {
    const lines = Array.from({ length: 300_000 }, (_, n) => `line ${n}`);
    await ended(stage, `${lines.join('\n')}\n`);
    const { text, omitted } = await logs(stage, { grep: '99999$', tail: 2 });
    expect(text).toBe('200001: line 199999\n300001: line 299999\n');
    expect(omitted).toBe('1 earlier lines of 3 matching lines');
  });

  test.for(['three', '^wo', 'TWO', String.raw`two\d`, 'one two'])(
    'says that no line matches %s: there is output',
    async (grep, { stage }) => {
      await ended(stage, 'one\ntwo\n');
      expect(await logs(stage, { grep })).toMatchObject({ text: '', omitted: `no line matches ${grep}` });
    },
  );

  test('of a run that keeps none says so', async ({ stage }) => {
    await ended(stage, 'more\n');
    rmSync(stage.files().log);
    await expect(logs(stage, {})).rejects.toMatchObject({ code: 'not-supported' });
    await expect(logs(stage, { follow: true })).rejects.toMatchObject({ code: 'not-supported' });
  });

  test('that is a link, as a repository may contain one, shows nothing of the file behind it', async ({ stage }) => {
    await stage.ask('start', { step: 'work', command: [animal('exits.sh'), '3'], ...QUICK });
    await stage.ask('wait', { steps: ['work'] });
    const { log } = stage.files();
    await until(() => !isAlive(stage.recorded('wrapper'))); // it removes what is no file
    writeFileSync(join(stage.folder, 'secret'), 'error: the private key\n');
    rmSync(log);
    symlinkSync('../../../secret', log);
    const told = [await stage.ask('wait', { steps: ['work'] }), await stage.ask('recover', {})];
    told.push(await stage.ask('status', { step: 'work' }), await stage.ask('ls', { failed: true }));
    expect(told.map(({ runs }) => runs[0]?.outcome)).toEqual(['failed', 'failed', 'failed', 'failed']);
    expect(JSON.stringify(told)).not.toContain('private');
    const refused = { code: 'not-supported', message: `${log} is a symbolic link, and pm follows none.` };
    for (const input of [{}, { grep: 'key' }, { around: 1 }, { cursor: 0 }, { follow: true }])
      await expect(logs(stage, input), JSON.stringify(input)).rejects.toMatchObject(refused);
    const place = { dir: stage.dir, run: 'work' };
    expect(() => logWindow(place, { lines: 9 })).toThrow(refused.message);
    const { signal } = new AbortController();
    await expect(findInLog(place, { pattern: 'key' }, signal)).rejects.toMatchObject(refused);
  });

  test('reads on in the directory that was named', async ({ stage }) => {
    await ended(stage, 'more\n');
    const { next } = await logs(stage, { cursor: 0, maxBytes: 4 });
    expect(next).toMatchObject([{ operation: 'logs', input: { cursor: 4, dir: stage.dir } }]);
  });

  test.for([
    [60, 'the second line\nthe last line\n'],
    [40, 'the second line\nthe last line\n'],
    [29, 'the last line\n'],
    [14, 'the last line\n'],
    [9, 'the l…\n'],
  ] as const)('begins at a line, whatever bytes there are: %i', async ([maxBytes, told], { stage }) => {
    await ended(stage, `${'é'.repeat(40)}\nthe second line\nthe last line\n`);
    expect((await logs(stage, { maxBytes })).text).toBe(told);
  });

  test('of a line that alone is too long shows the beginning, in whole letters', async ({ stage }) => {
    await ended(stage, 'é'.repeat(40));
    expect((await logs(stage, { maxBytes: 9 })).text).toBe('ééé…');
  });

  test('does not search from a cursor on', async ({ stage }) => {
    await ended(stage, '');
    await expect(logs(stage, { grep: 'x', cursor: 1 })).rejects.toMatchObject({ code: 'usage' });
  });

  test('says that a cursor is beyond the end', async ({ stage }) => {
    await ended(stage, '');
    const { omitted, from, text } = await logs(stage, { cursor: 10_000_000 });
    expect(omitted).toContain('byte 10000000 is beyond the end of this log');
    expect([from, text]).toEqual([0, 'exits with 0\n']);
  });
});

describe.concurrent('logs --result', () => {
  const left = async (stage: Stage, text: string, code = '0'): Promise<void> => {
    await stage.ask('start', { step: 'work', command: [animal('writes-result.sh'), text, code], ...QUICK });
    await stage.ask('wait', { steps: ['work'] });
  };

  test('is the whole result, though its file is gone', async ({ stage }) => {
    await left(stage, '{\n "a": "é\u0085",\r "b": 2\n}\n');
    rmSync(stage.files().result, { force: true });
    const whole = '{"a":"é\u0085","b":2}';
    expect(await logs(stage, { result: true })).toMatchObject({
      text: whole,
      next: [],
      totalBytes: Buffer.byteLength(whole),
    });
  });

  test('is read on at a letter, and the pieces are the whole', async ({ stage }) => {
    await left(stage, JSON.stringify('é'.repeat(20)));
    let text = '';
    for (let input: object | undefined = { result: true, maxBytes: 6 }; input !== undefined; ) {
      const { next, ...answer } = await logs(stage, { ...input, maxBytes: 6 });
      text += answer.text;
      input = next[0]?.input;
    }
    expect(text).toBe(JSON.stringify('é'.repeat(20)));
  });

  test('is there after a failure, too', async ({ stage }) => {
    await left(stage, '{"acc":0.1}', '3');
    expect(await logs(stage, { result: true, failed: true, step: undefined })).toMatchObject({
      text: '{"acc":0.1}',
      notes: [expect.any(String)],
    });
  });

  test.for<[left: string, message: RegExp]>([
    ['', /^work(: result unreadable: empty| left no result)/],
    ['{"half', /^work: result unreadable: not JSON/],
  ])('that cannot be read is an error that says why: %j', async ([text, message], { stage }) => {
    await left(stage, text);
    await expect(logs(stage, { result: true })).rejects.toMatchObject({
      code: 'not-supported',
      message: expect.stringMatching(message),
    });
  });

  test('of a run that has not ended is an error that says so', async ({ stage }) => {
    await stage.ask('start', { step: 'work', command: [animal('waits.sh'), '0'], ...QUICK });
    await expect(logs(stage, { result: true })).rejects.toMatchObject({
      message: 'work has no result yet: it has not ended.',
    });
  });

  test('of a run without one is an error that says so', async ({ stage }) => {
    await stage.ask('start', { step: 'work', command: [animal('exits.sh'), '0'], ...QUICK });
    await stage.ask('wait', { steps: ['work'] });
    await expect(logs(stage, { result: true })).rejects.toMatchObject({ message: 'work left no result.' });
  });

  test.for([{ tail: 2 }, { around: 1 }, { grep: 'x' }, { follow: true }, { errors: true }, { attempt: 1 }])(
    'does not go with %j',
    async (other, { stage }) => {
      await left(stage, '{}');
      await expect(logs(stage, { result: true, ...other })).rejects.toMatchObject({ code: 'usage' });
    },
  );
});

/** A run that has ended, and more in its log. */
async function ended(stage: Stage, more: string): Promise<void> {
  stage.cue('go');
  await stage.ask('start', { step: 'work', command: [animal('waits.sh'), '0'], ...QUICK });
  await stage.ask('wait', { steps: ['work'] });
  appendFileSync(stage.files().log, more);
}

async function logs(stage: Stage, input: object): Promise<LogAnswer> {
  const operation = await operations.logs();
  const context = { cwd: stage.folder, env: stage.env, signal: new AbortController().signal };
  return LogAnswer.parse(
    await operation.run(operation.input.parse({ step: 'work', dir: stage.dir, ...input }), context),
  );
}
