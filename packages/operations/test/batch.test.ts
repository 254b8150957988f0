import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { until } from '@pm/testing';
import { describe, expect } from 'vitest';
import type { OperationEvent } from '../src/index.ts';
import { type Stage, test } from './stage.ts';

type Result = Readonly<Record<string, unknown>>;

describe('a batch', () => {
  test('runs each line as a run with records, and collects the results in one file', async ({ stage }) => {
    jobs(stage, [
      ['true'],
      { command: ['sh', '-c', 'echo "{\\"loss\\":$LR}" > "$PM_RESULT"'], key: 'lr0.1', env: { LR: '0.1' } },
      { command: ['sh', '-c', 'pwd; exit 3'], cwd: 'sub dir' },
    ]);
    stage.cue('x');
    const { batch, runs } = await stage.ask('batch', { file: 'jobs.jsonl', slots: 2 }, told([]));
    expect(batch).toMatchObject({ name: 'jobs', total: 3, slots: 2, counts: { success: 2, failed: 1 } });
    expect(runs).toMatchObject([
      { step: 'jobs-3', outcome: 'failed', exitCode: 3, tail: join(stage.folder, 'sub dir') },
    ]);
    const results = resultsOf(stage);
    expect(results.map(({ step, outcome }) => [step, outcome]).sort()).toEqual([
      ['jobs-1', 'success'],
      ['jobs-3', 'failed'],
      ['jobs-lr0.1', 'success'],
    ]);
    expect(results.find(({ key }) => key === 'lr0.1')).toMatchObject({ result: { loss: 0.1 }, exitCode: 0 });
    expect(await stage.askOne('status', { step: 'jobs-lr0.1' })).toMatchObject({ state: 'ended', outcome: 'success' });
  });

  test('tells each ending in order, and counts it', async ({ stage }) => {
    jobs(stage, [['true'], ['false'], ['true']]);
    const events: OperationEvent[] = [];
    await stage.ask('batch', { file: 'jobs.jsonl' }, told(events));
    const ends = events.flatMap((event) => (event.type === 'batch' && event.ended !== undefined ? [event] : []));
    expect(ends.map(({ progress, ended }) => [progress.done, progress.failed, ended?.step])).toEqual([
      [1, 0, 'jobs-1'],
      [2, 1, 'jobs-2'],
      [3, 1, 'jobs-3'],
    ]);
  });

  test('of arguments puts each line where the command has {}', async ({ stage }) => {
    writeFileSync(join(stage.folder, 'args.txt'), '\uFEFFa b\n\n$HOME\n');
    const command = ['sh', '-c', 'printf %s "$1" > "$PM_PROGRESS"', 'sh', 'x={}'];
    const { batch } = await stage.ask('batch', { each: 'args.txt', command }, told([]));
    expect(batch?.counts).toEqual({ success: 2 });
    const { runs } = await stage.ask('ls', {});
    expect(runs.map((run) => run.command?.at(-1)).sort()).toEqual(['x=$HOME', 'x=a b']);
  });

  test('never has more at a time than slots', async ({ stage }) => {
    const overlap = 'mkdir one 2>/dev/null || touch two; sleep 0.05; rmdir one 2>/dev/null; true';
    jobs(
      stage,
      Array.from({ length: 6 }, (_, i) => ['sh', '-c', `${overlap} # ${i}`]),
    );
    const { batch } = await stage.ask('batch', { file: 'jobs.jsonl' }, told([]));
    expect(batch).toMatchObject({ slots: 1, counts: { success: 6 } });
    expect(stage.hasCue('two')).toBe(false);
  });

  test('starts a line later whose step is live at its turn', async ({ stage }) => {
    jobs(stage, [['true']]);
    await stage.ask('start', { step: 'jobs-1', command: ['sh', '-c', 'until test -e go; do sleep 0.02; done'] });
    const batching = stage.ask('batch', { file: 'jobs.jsonl' }, told([]));
    await until(
      () => existsSync(join(stage.dir, 'queues', 'batch.jobs', 'slots', '1.2')),
      'its turn has come and gone',
    );
    stage.cue('go');
    expect((await batching).batch).toMatchObject({ counts: { success: 1 } });
  });

  test.for<readonly [what: string, text: string | Buffer, message: string]>([
    ['an empty file', '', 'has no lines'],
    ['no JSON', '["true"]\nnope\n', 'line 2: it is not JSON'],
    ['no command', '["true"]\n\n{"key":"a"}\n', 'line 3: command is missing'],
    ['an empty command', '[]\n', 'line 1: command names no command'],
    ['an unknown field', '{"command":["true"],"timout":"1m"}\n', 'line 1: it has an unknown key "timout"'],
    ['a wrong option', '{"command":["true"],"timeout":"soon"}\n', 'line 1: timeout '],
    ['a program that is not there', '["true"]\n["no-such-program-here"]\n', 'line 2: '],
    ['a directory that is not there', '{"command":["true"],"cwd":"nowhere"}\n', 'line 1: '],
    ['a NUL in a variable', '{"command":["true"],"env":{"A":"x\\u0000"}}\n', 'line 1: env.A has a NUL character'],
    ['a NUL in a path', '{"command":["true"],"cwd":"x\\u0000"}\n', 'line 1: cwd has a NUL character'],
    ['bytes that are not UTF-8', Buffer.from('["true"]\n["true","caf\xe9"]\n', 'latin1'), 'line 2 is not UTF-8'],
    [
      'a wrong last line of which others differ only in arguments',
      '["true","a"]\n["true","b"]\n["true","&&","true"]\n',
      'line 3: && ',
    ],
    [
      'the same key twice',
      '{"command":["true"],"key":"a"}\n{"command":["true"],"key":"a"}\n',
      'line 2: key "a" is also the key of line 1',
    ],
  ])('with %s starts nothing, and names the line', async ([, text, message], { stage }) => {
    writeFileSync(join(stage.folder, 'jobs.jsonl'), text);
    const asking = stage.ask('batch', { file: 'jobs.jsonl' }, told([]));
    await expect(asking).rejects.toMatchObject({ code: 'usage', message: expect.stringContaining(message) });
    expect(existsSync(join(stage.dir, 'runs'))).toBe(false);
  });

  test('is not resumed by a record that cannot be read', async ({ stage }) => {
    jobs(stage, [['true']]);
    await stage.ask('batch', { file: 'jobs.jsonl' }, told([]));
    writeFileSync(join(stage.dir, 'batches', 'jobs', 'record'), '{"v":2}');
    const asking = stage.ask('batch', { file: 'jobs.jsonl', resume: true }, told([]));
    await expect(asking).rejects.toMatchObject({ code: 'not-supported', message: expect.stringContaining('newer pm') });
  });

  test('has the slots that the configuration gives its queue', async ({ stage }) => {
    writeFileSync(join(stage.folder, 'pm.config.json'), '{"queues":{"sweep":{"slots":3}}}');
    jobs(stage, [['true']]);
    const { batch } = await stage.ask('batch', { file: 'jobs.jsonl', queue: 'sweep' }, told([]));
    expect(batch?.slots).toBe(3);
  });

  test('has a queue of its own, which no start means that names a queue like the batch', async ({ stage }) => {
    jobs(stage, [['sh', '-c', 'touch rests; until test -e go; do sleep 0.02; done'], ['true']]);
    const ending = new AbortController();
    const watching = stage.ask('batch', { file: 'jobs.jsonl' }, { ...told([]), signal: ending.signal });
    await until(() => stage.hasCue('rests'), 'the first line runs');
    ending.abort();
    expect((await watching).batch).toMatchObject({ queue: 'batch.jobs', inLine: 2 });
    await stage.ask('start', { step: 'build', command: ['true'], queue: 'jobs' });
    expect(readdirSync(join(stage.folder, 'state', 'process-monitor', 'queues'))).toEqual(['jobs']);
    const { queues } = await stage.ask('queue', {});
    expect(queues).toMatchObject([{ name: 'batch.jobs', total: 1 }, { name: 'jobs' }]);
    await stage.ask('queue', { action: 'pause', name: 'batch.jobs' });
    expect((await stage.ask('queue', { action: 'show', name: 'batch.jobs' })).queues).toMatchObject([{ paused: true }]);
    const { runs } = await stage.ask('queue', { action: 'clear', name: 'batch.jobs' });
    expect(runs).toMatchObject([{ step: 'jobs-2', outcome: 'cancelled' }]);
    stage.cue('go');
  });

  test('does not write its results over its lines', async ({ stage }) => {
    writeFileSync(join(stage.folder, 'jobs.jsonl'), '{"key":"a","command":["true"]}\n');
    const asking = stage.ask('batch', { file: 'jobs.jsonl', out: './jobs.jsonl' }, told([]));
    await expect(asking).rejects.toMatchObject({ code: 'usage', message: expect.stringContaining('--out') });
    expect(readFileSync(join(stage.folder, 'jobs.jsonl'), 'utf8')).toContain('"command"');
  });

  test('asks what to do if it has run before', async ({ stage }) => {
    jobs(stage, [['true'], ['false']]);
    await stage.ask('batch', { file: 'jobs.jsonl' }, told([]));
    const before = resultsOf(stage);
    await expect(stage.ask('batch', { file: 'jobs.jsonl' }, told([]))).rejects.toMatchObject({
      message: expect.stringContaining('has run before, with 2 results'),
    });
    expect(resultsOf(stage)).toEqual(before);
    expect((await stage.ask('batch', { file: 'jobs.jsonl', again: true }, told([]))).batch).toMatchObject({
      counts: { success: 1, failed: 1 },
    });
    expect(resultsOf(stage).map(({ id }) => id)).not.toEqual(before.map(({ id }) => id));
  });
});

describe('--resume', () => {
  test('starts only what has not succeeded, wherever its line stands now', async ({ stage }) => {
    const fails = ['sh', '-c', 'test -e fixed'];
    jobs(stage, [['sh', '-c', 'echo x >> first'], fails]);
    await stage.ask('batch', { file: 'jobs.jsonl' }, told([]));
    stage.cue('fixed');
    jobs(stage, [['sh', '-c', 'echo x >> new'], ['sh', '-c', 'echo x >> first'], fails]);
    const { batch, runs } = await stage.ask('batch', { file: 'jobs.jsonl', resume: true }, told([]));
    expect(batch).toMatchObject({ total: 3, before: 1, counts: { success: 3 } });
    expect(runs).toEqual([]);
    expect(['first', 'new'].map((name) => readFileSync(join(stage.folder, name), 'utf8'))).toEqual(['x\n', 'x\n']);
    const steps = resultsOf(stage).map(({ step }) => step);
    expect(new Set(steps)).toEqual(new Set(['jobs-1', 'jobs-2', 'jobs-4']));
    expect(resultsOf(stage).every(({ outcome }) => outcome === 'success')).toBe(true);
  });

  test('after the watching was ended goes on with what is in line, and starts nothing twice', async ({ stage }) => {
    jobs(
      stage,
      Array.from({ length: 4 }, (_, i) => ['sh', '-c', `echo x >> ran.${i}; until test -e go; do sleep 0.02; done`]),
    );
    const ending = new AbortController();
    const watching = stage.ask('batch', { file: 'jobs.jsonl', slots: 2 }, { ...told([]), signal: ending.signal });
    await until(() => stage.hasCue('ran.0') && stage.hasCue('ran.1'), 'two lines run');
    ending.abort();
    const left = await watching;
    expect(left.batch).toMatchObject({ left: 4, inLine: 4, counts: {} });
    expect(left.next[0]).toMatchObject({ operation: 'batch', input: { file: 'jobs.jsonl', resume: true } });
    stage.cue('go');
    const { batch } = await stage.ask('batch', { file: 'jobs.jsonl', resume: true }, told([]));
    expect(batch?.counts).toEqual({ success: 4 });
    expect(resultsOf(stage)).toHaveLength(4);
    for (const i of [0, 1, 2, 3]) expect(readFileSync(join(stage.folder, `ran.${i}`), 'utf8')).toBe('x\n');
  });

  test('does not count a line that was removed and still runs', async ({ stage }) => {
    const rests = ['sh', '-c', 'touch rests; until test -e go; do sleep 0.02; done'];
    jobs(stage, [rests, ['true']]);
    const ending = new AbortController();
    const watching = stage.ask('batch', { file: 'jobs.jsonl' }, { ...told([]), signal: ending.signal });
    await until(() => stage.hasCue('rests'), 'the first line runs');
    ending.abort();
    await watching;
    jobs(stage, [['true']]);
    await stage.ask('queue', { action: 'set', name: 'batch.jobs', slots: 2 });
    const { batch } = await stage.ask('batch', { file: 'jobs.jsonl', resume: true }, told([]));
    expect(batch).toMatchObject({ total: 1, counts: { success: 1 } });
    stage.cue('go');
  });

  test('without the name of the batch starts nothing, and proposes the call with it', async ({ stage }) => {
    jobs(stage, [['sh', '-c', 'echo x >> ran; until test -e go; do sleep 0.02; done']]);
    const ending = new AbortController();
    const call = { file: 'jobs.jsonl', name: 'exp' };
    const watching = stage.ask('batch', call, { ...told([]), signal: ending.signal });
    await until(() => stage.hasCue('ran'), 'the line runs');
    ending.abort();
    await watching;
    const unnamed = { file: 'jobs.jsonl', resume: true };
    await expect(stage.ask('batch', unnamed, { signal: ending.signal })).rejects.toMatchObject({
      code: 'usage',
      message: expect.stringContaining('exp is a batch of this file'),
      next: expect.stringContaining('--name exp'),
    });
    await expect(stage.ask('batch', call, told([]))).rejects.toMatchObject({
      next: expect.stringContaining('pm batch jobs.jsonl --name exp'),
    });
    stage.cue('go');
    const { batch } = await stage.ask('batch', { ...call, resume: true }, told([]));
    expect(batch).toMatchObject({ name: 'exp', counts: { success: 1 } });
    expect(readFileSync(join(stage.folder, 'ran'), 'utf8')).toBe('x\n');
  });

  test('goes on in the queue that is on record, which had the name of the batch before', async ({ stage }) => {
    jobs(stage, [['sh', '-c', 'test -e fixed']]);
    await stage.ask('batch', { file: 'jobs.jsonl' }, told([]));
    const file = join(stage.dir, 'batches', 'jobs', 'record');
    const before = { name: 'jobs', folder: join(stage.dir, 'queues', 'jobs') };
    writeFileSync(file, JSON.stringify({ ...JSON.parse(readFileSync(file, 'utf8')), queue: before }));
    stage.cue('fixed');
    const { batch } = await stage.ask('batch', { file: 'jobs.jsonl', resume: true }, told([]));
    expect(batch).toMatchObject({ queue: 'jobs', counts: { success: 1 } });
    expect(existsSync(join(before.folder, 'slots'))).toBe(true);
  });

  test('completes results that were cut off, from the records of the runs', async ({ stage }) => {
    jobs(stage, [['true'], ['sh', '-c', 'echo x >> second']]);
    await stage.ask('batch', { file: 'jobs.jsonl' }, told([]));
    const file = join(stage.folder, 'jobs.jsonl.results.jsonl');
    const [first = ''] = readFileSync(file, 'utf8').split('\n');
    writeFileSync(file, `${first}\n{"key":"cut o`);
    const { batch } = await stage.ask('batch', { file: 'jobs.jsonl', resume: true }, told([]));
    expect(batch).toMatchObject({ before: 2, counts: { success: 2 } });
    expect(resultsOf(stage)).toHaveLength(2);
    expect(readFileSync(join(stage.folder, 'second'), 'utf8')).toBe('x\n');
  });

  test('knows by its results a line whose records were deleted', async ({ stage }) => {
    jobs(stage, [['sh', '-c', 'echo x >> once']]);
    await stage.ask('batch', { file: 'jobs.jsonl' }, told([]));
    // Its wrapper may live for a moment after the end that it has recorded.
    while (readdirSync(join(stage.dir, 'runs')).length > 0) await stage.ask('prune', { all: true });
    await stage.ask('batch', { file: 'jobs.jsonl', resume: true }, told([]));
    expect(readFileSync(join(stage.folder, 'once'), 'utf8')).toBe('x\n');
  });

  test('does not take a success of before --again for one', async ({ stage }) => {
    jobs(stage, [['sh', '-c', 'echo x >> runs; test ! -e broken']]);
    await stage.ask('batch', { file: 'jobs.jsonl' }, told([]));
    stage.cue('broken');
    const again = await stage.ask('batch', { file: 'jobs.jsonl', again: true }, told([]));
    expect(again.batch?.counts).toEqual({ failed: 1 });
    const resumed = await stage.ask('batch', { file: 'jobs.jsonl', resume: true }, told([]));
    expect(resumed.batch?.counts).toEqual({ failed: 1 });
    expect(readFileSync(join(stage.folder, 'runs'), 'utf8')).toBe('x\nx\nx\n');
  });
});

describe('--stop-after', () => {
  test('cancels the rest after so many failures in a row', async ({ stage }) => {
    jobs(stage, [
      ['false'],
      ['true'],
      ['false'],
      ['false'],
      ['true'],
      ...Array.from({ length: 150 }, () => ['touch', 'late']),
    ]);
    const { batch, runs } = await stage.ask('batch', { file: 'jobs.jsonl', stopAfter: 2 }, told([]));
    expect(batch).toMatchObject({ stoppedAfter: 2, total: 155 });
    expect(batch?.counts).toEqual({ success: 1, failed: 3, cancelled: 151 });
    expect(runs[0]).toMatchObject({ step: 'jobs-1', outcome: 'failed' });
    expect(resultsOf(stage)).toHaveLength(155);
  });

  test('starts nothing after the last of them', async ({ stage }) => {
    jobs(
      stage,
      ['a', 'b', 'c'].map((name) => ['sh', '-c', `echo ${name} >> ran; false`]),
    );
    const { batch } = await stage.ask('batch', { file: 'jobs.jsonl', stopAfter: 1 }, told([]));
    expect(batch?.counts).toEqual({ failed: 1, cancelled: 2 });
    expect(readFileSync(join(stage.folder, 'ran'), 'utf8')).toBe('a\n');
  });

  test('cancels also a line that could not start at its turn', async ({ stage }) => {
    jobs(stage, [['touch', 'late'], ['false']]);
    await stage.ask('start', { step: 'jobs-1', command: ['sh', '-c', 'until test -e go; do sleep 0.02; done'] });
    const events: OperationEvent[] = [];
    const batching = stage.ask('batch', { file: 'jobs.jsonl', stopAfter: 1 }, told(events));
    await until(
      () => events.some((event) => event.type === 'batch' && event.ended?.step === 'jobs-2'),
      'the second line has failed',
    );
    stage.cue('go');
    expect((await batching).batch?.counts).toEqual({ failed: 1, cancelled: 1 });
    expect(stage.hasCue('late')).toBe(false);
  });

  test('leaves the rest to --resume', async ({ stage }) => {
    jobs(stage, [['sh', '-c', 'test -e fixed'], ['true'], ['true']]);
    const first = await stage.ask('batch', { file: 'jobs.jsonl', stopAfter: 1 }, told([]));
    expect(first.batch?.stoppedAfter).toBe(1);
    stage.cue('fixed');
    const { batch } = await stage.ask('batch', { file: 'jobs.jsonl', resume: true }, told([]));
    expect(batch?.counts).toEqual({ success: 3 });
    expect(resultsOf(stage)).toHaveLength(3);
  });
});

function jobs(stage: Stage, lines: readonly unknown[]): void {
  const sub = join(stage.folder, 'sub dir');
  if (!existsSync(sub)) mkdirSync(sub);
  writeFileSync(join(stage.folder, 'jobs.jsonl'), lines.map((line) => `${JSON.stringify(line)}\n`).join(''));
}

function resultsOf(stage: Stage): Result[] {
  const lines = readFileSync(join(stage.folder, 'jobs.jsonl.results.jsonl'), 'utf8').trim().split('\n');
  return lines.map((line) => JSON.parse(line) as Result);
}

function told(events: OperationEvent[]): { report: (event: OperationEvent) => void } {
  return { report: (event) => void events.push(event) };
}
