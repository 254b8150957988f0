import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { identify, signalIfSame } from '@pm/process';
import { directoryPaths, encodeEnding, newRunId, runPaths } from '@pm/protocol';
import { addQueued, presentIn, readQueued, removeQueued } from '@pm/protocol/fs';
import { until } from '@pm/testing';
import { beginAfter } from '@pm/wrapper';
import { describe, expect, vi } from 'vitest';
import type { Answer, Context, RunView } from '../src/index.ts';
import { rememberDirectory } from '../src/project/known-directories.ts';
import { specOf } from '../src/queued/queued-call.ts';
import { openQueueWork } from '../src/turn/queue-work.ts';
import { QUICK, type Stage, test, textOf } from './stage.ts';

vi.setConfig({ maxConcurrency: 6 });

describe.concurrent('a run that waits for its turn', () => {
  test.for([
    [{ priority: 5 }, '--priority is a place in a queue, but this start waits in none.'],
    [{ front: true }, '--front is a place in a queue, but this start waits in none.'],
  ] as const)('a place without a queue is a mistake: %j', async ([place, message], { stage }) => {
    const start = stage.ask('start', { step: 'one', command: ['true'], ...QUICK, ...place });
    await expect(start).rejects.toMatchObject({ code: 'usage', message });
  });

  test('is a run for every verb, and starts when the one before it has ended', async ({ stage }) => {
    expect(await queued(stage, 'one')).toMatchObject({ state: 'running' });
    expect(await queued(stage, 'two')).toMatchObject({
      state: 'queued',
      evidence: '1st in heavy behind one',
      queue: { name: 'heavy', place: 1, waiting: 1 },
    });
    expect(await stage.askOne('status', { step: 'two' })).toMatchObject({ state: 'queued' });
    expect((await stage.ask('ls', {})).runs).toMatchObject([{ step: 'one' }, { step: 'two', state: 'queued' }]);
    expect((await stage.ask('recover', {})).runs).toMatchObject([{ step: 'one' }, { step: 'two', state: 'queued' }]);
    const none = { code: 'no-such-step', message: 'two waits for its turn: it has neither output nor a limit yet.' };
    await expect(stage.ask('extend', { step: 'two', limit: '1h' })).rejects.toMatchObject(none);
    const ended = stage.askOne('wait', { steps: ['two'] });
    finish(stage, 'one', 'two');
    expect(await ended).toMatchObject({ step: 'two', outcome: 'success' });
    expect(order(stage)).toEqual(['one', 'two']);
    expect(readdirSync(directoryPaths(stage.dir).queued)).toEqual([]);
  });

  test('a short list has those that come next, and with --mine only those of the caller', async ({ stage }) => {
    await stage.ask('queue', { action: 'pause', name: 'heavy' });
    const env = { ...stage.env, PM_SESSION: 'another' };
    const start = (step: string, context: Partial<Context> = {}, place = {}) =>
      stage.ask('start', { step, command: ['true'], queue: 'heavy', ...QUICK, ...place }, context);
    await start('c');
    await start('b', { env });
    await start('a', {}, { priority: -1 });
    await start('last', {}, { after: ['c'] });
    const listed = async (input: Record<string, unknown>, context: Partial<Context> = {}) => {
      const { runs, total } = await stage.ask('ls', input, context);
      return [runs.map(({ step }) => step), total];
    };
    expect(await listed({ limit: 2 })).toEqual([['c', 'b'], 4]);
    expect(await listed({})).toEqual([['c', 'b', 'a', 'last'], 4]);
    expect(await listed({ mine: true }, { env })).toEqual([['b'], 1]);
  });

  test('is stopped at once, and its command never begins', async ({ stage }) => {
    await queued(stage, 'one');
    await queued(stage, 'two');
    const stopped = { outcome: 'cancelled', evidence: expect.stringContaining('no need') };
    expect(await stage.askOne('stop', { steps: ['two'], reason: 'no need' })).toMatchObject(stopped);
    expect(await stage.askOne('status', { step: 'two' })).toMatchObject(stopped);
    finish(stage, 'one', 'two');
    await stage.ask('wait', { steps: ['one'] });
    expect(order(stage)).toEqual(['one']);
  });

  test('keeps the environment, directory and umask of its caller, and its limit counts from its start', async ({
    stage,
  }) => {
    const cwd = join(stage.folder, 'elsewhere');
    mkdirSync(cwd);
    await queued(stage, 'one');
    const before = process.umask(0o027);
    try {
      const command = ['sh', '-c', 'echo "$WHO $PWD $(umask)"; sleep 0.2'];
      const env = { ...stage.env, WHO: 'the caller' };
      await stage.ask('start', { step: 'two', command, queue: 'heavy', timeout: '20s' }, { cwd, env });
    } finally {
      process.umask(before);
    }
    const { createdAt } = JSON.parse(textOf(join(directoryPaths(stage.dir).queued, 'two')));
    finish(stage, 'one');
    const ended = await stage.askOne('wait', { steps: ['two'] });
    expect(ended).toMatchObject({ outcome: 'success' });
    expect(ended.startedAt).toBeGreaterThan(createdAt);
    expect(textOf(runPaths(stage.dir, ended.id ?? '').log)).toBe(`the caller ${cwd} 0027\n`);
  });

  test('is the same run for a second start of the same command, and in the way of another command', async ({
    stage,
  }) => {
    await queued(stage, 'one');
    const first = await queued(stage, 'two');
    expect(await queued(stage, 'two')).toMatchObject({ id: first.id });
    const other = await stage.ask('start', { step: 'two', command: ['true'] });
    expect(other.refusal).toMatchObject({ kind: 'already-running' });
    finish(stage, 'one', 'two');
    expect(await stage.askOne('wait', { steps: ['two'] })).toMatchObject({ id: first.id, outcome: 'success' });
  });

  test('is asked for its checks when its turn comes, and who waits is told', async ({ stage }) => {
    config(stage, { steps: { two: { command: ['true'], checks: [{ check: 'file', path: 'needed' }] } } });
    await queued(stage, 'one');
    expect(await stage.askOne('start', { step: 'two', queue: 'heavy' })).toMatchObject({ state: 'queued' });
    finish(stage, 'one');
    const refused = { outcome: 'cancelled', reason: 'preflight-failed' };
    const { runs, next } = await stage.ask('wait', { steps: ['two'] });
    expect(runs).toMatchObject([refused]);
    expect(next).toMatchObject([{ operation: 'preflight', input: { step: 'two' } }]);
  });

  test('is refused by an open breaker when its turn comes, and who waits is told when the next start is allowed', async ({
    stage,
  }) => {
    const two = { command: ['false'], queue: 'heavy', breaker: { after: 1 } };
    config(stage, { steps: { two } });
    await stage.ask('start', { step: 'two' });
    expect(await stage.askOne('wait', { steps: ['two'] })).toMatchObject({ outcome: 'failed' });
    await stage.ask('start', { step: 'two' });
    expect(await stage.askOne('wait', { steps: ['two'] })).toMatchObject({
      outcome: 'cancelled',
      reason: 'refused',
      breaker: { circuit: 'open', nextAt: expect.any(Number) },
    });
  });

  test('why it never begins is what was decided, also if the process that decided it was killed', async ({ stage }) => {
    await queued(stage, 'one');
    const { id = '' } = await queued(stage, 'two');
    const record = presentIn(readQueued(stage.dir, 'two'));
    if (record === undefined) throw new Error('two does not wait');
    expect(await beginAfter({ ...specOf(stage.dir, record), unconfined: true }, 0)).toMatchObject({ kind: 'begun' });
    const ending = encodeEnding({ cause: 'cancelled', by: 'another', evidence: 'no disk', reason: 'preflight-failed' });
    writeFileSync(runPaths(stage.dir, id).gate, `never\n${ending}`, { mode: 0o600 });
    finish(stage, 'one');
    const decided = { id, outcome: 'cancelled', reason: 'preflight-failed', evidence: 'no disk' };
    expect(await stage.askOne('wait', { steps: ['two'] })).toMatchObject(decided);
  });
});

describe.concurrent('order', () => {
  test('a higher priority goes first, and what is put to the front before all', async ({ stage }) => {
    await queued(stage, 'first');
    await queued(stage, 'low', { priority: -5 });
    await queued(stage, 'usual');
    await queued(stage, 'high', { priority: 5 });
    expect(await queued(stage, 'front', { front: true })).toMatchObject({ queue: { place: 1, waiting: 4 } });
    expect(waitingIn(await stage.ask('queue', { action: 'heavy' }))).toEqual(['front', 'high', 'usual', 'low']);
    await stage.ask('queue', { action: 'move', name: 'low', priority: 50 });
    expect((await stage.askOne('status', { step: 'low' })).queue?.priority).toBe(50);
    expect(waitingIn(await stage.ask('queue', {}))).toEqual(['front', 'low', 'high', 'usual']);
    finish(stage, 'first', 'low', 'usual', 'high', 'front');
    await stage.ask('wait', { steps: ['low', 'usual', 'high', 'front'] });
    expect(order(stage)).toEqual(['first', 'front', 'low', 'high', 'usual']);
  });

  test('projects take turns', async ({ stage }) => {
    const other = join(stage.folder, 'other', '.pm');
    await queued(stage, 'first');
    for (const name of ['a', 'b', 'c']) await queued(stage, name);
    await queued(stage, 'x', { dir: other });
    expect(waitingIn(await stage.ask('queue', { action: 'heavy' }))).toEqual(['x', 'a', 'b', 'c']);
    finish(stage, 'first', 'a', 'b', 'c', 'x');
    await stage.ask('wait', { steps: ['a', 'b', 'c'] });
    expect(await stage.askOne('wait', { steps: ['x'], dir: other })).toMatchObject({ outcome: 'success' });
    expect(order(stage)).toEqual(['first', 'x', 'a', 'b', 'c']);
  });

  test('a run that has its turn already cannot be moved', async ({ stage }) => {
    await queued(stage, 'one');
    const said = { code: 'usage', message: 'queue: one does not wait in a queue now.' };
    await expect(stage.ask('queue', { action: 'move', name: 'one', front: true })).rejects.toMatchObject(said);
    finish(stage, 'one');
  });

  test('slots, pause, resume and clear', async ({ stage }) => {
    await stage.ask('queue', { action: 'pause', name: 'heavy' });
    expect(await queued(stage, 'a')).toMatchObject({ evidence: '1st in heavy, which is paused' });
    for (const name of ['b', 'c', 'd', 'e']) await queued(stage, name);
    const [view] = (await stage.ask('queue', { action: 'set', name: 'heavy', slots: 2 })).queues ?? [];
    expect(view).toMatchObject({ slots: 2, paused: true, total: 5, running: [] });
    const limits = { freeMemory: '4GiB', maxLoad: 8 };
    const [bounded] = (await stage.ask('queue', { action: 'set', name: 'heavy', ...limits })).queues ?? [];
    expect(bounded).toMatchObject({ slots: 2, freeMemoryBytes: 4 * 2 ** 30, maxLoad: 8 });
    const none = { freeMemory: '0', maxLoad: 0 };
    const [free] = (await stage.ask('queue', { action: 'set', name: 'heavy', ...none })).queues ?? [];
    expect(free).not.toHaveProperty('maxLoad');
    expect(free).not.toHaveProperty('freeMemoryBytes');
    const [resumed] = (await stage.ask('queue', { action: 'resume', name: 'heavy' })).queues ?? [];
    expect(resumed).toMatchObject({ running: [{ step: 'a' }, { step: 'b' }], total: 3 });
    const cleared = await stage.ask('queue', { action: 'clear', name: 'heavy', limit: 2 });
    expect(cleared.runs).toMatchObject([
      { step: 'c', outcome: 'cancelled' },
      { step: 'd', outcome: 'cancelled' },
    ]);
    expect(cleared.notes).toEqual(['3 runs were cancelled; 2 are shown']);
    finish(stage, 'a', 'b');
    await stage.ask('wait', { steps: ['a', 'b'] });
    expect(order(stage).sort()).toEqual(['a', 'b']);
  });

  test('clear also ends what is not in line, because it waits for other runs or could not start at its turn', async ({
    stage,
  }) => {
    const other = join(stage.folder, 'other', '.pm');
    await queued(stage, 'a');
    await queued(stage, 'late');
    for (const name of readdirSync(join(queueFolder(stage), 'waiting')))
      rmSync(join(queueFolder(stage), 'waiting', name));
    await queued(stage, 'b', { after: ['a'] });
    await queued(stage, 'x', { dir: other });
    await queued(stage, 'y', { dir: other, after: ['x'] });
    rememberDirectory(other, stage.env);
    await job(stage, 'kept', { after: ['a'] });
    const { runs } = await stage.ask('queue', { action: 'clear', name: 'heavy' });
    const cleared = { outcome: 'cancelled', evidence: expect.stringContaining('the queue was cleared') };
    const [here, there] = [stage.dir, other].map((dir) => runs.filter((run) => run.dir === dir));
    expect(here?.toSorted(byStep)).toMatchObject([
      { step: 'b', ...cleared },
      { step: 'late', ...cleared },
    ]);
    expect(there?.toSorted(byStep)).toMatchObject([
      { step: 'x', ...cleared },
      { step: 'y', ...cleared },
    ]);
    expect(runs).toHaveLength(4);
    expect(await stage.askOne('status', { step: 'kept' })).toMatchObject({ state: 'queued', evidence: 'after a' });
    finish(stage, 'a', 'kept');
    await stage.ask('wait', { steps: ['a', 'kept'] });
    expect(order(stage)).toEqual(['a', 'kept']);
  });

  test('a run that could not start at its turn keeps its place, also one that it was moved to', async ({ stage }) => {
    await job(stage, 'live');
    await stage.ask('queue', { action: 'pause', name: 'heavy' });
    for (const name of ['next', 'last', 'bounded']) await queued(stage, name);
    rewrite(join(directoryPaths(stage.dir).queued, 'bounded'), (record) => ({
      ...record,
      asked: { ...(record['asked'] as object), bounds: { runs: 1, roots: [stage.folder], dir: stage.dir } },
    }));
    await stage.ask('queue', { action: 'move', name: 'bounded', front: true });
    await stage.ask('queue', { action: 'resume', name: 'heavy' });
    const ended = stage.askOne('wait', { steps: ['bounded'] });
    let waiting: string[] = [];
    await until(async () => {
      waiting = waitingIn(await stage.ask('queue', { action: 'heavy' }));
      return order(stage).includes('next') && waiting.includes('bounded');
    }, 'it is in line again');
    expect(waiting).toEqual(['bounded', 'last']);
    finish(stage, 'live', 'next', 'last', 'bounded');
    expect(await ended).toMatchObject({ outcome: 'success' });
  });
});

describe.concurrent('after', () => {
  test('waits for several, of which one need only end', async ({ stage }) => {
    await job(stage, 'a');
    await job(stage, 'b', {}, 3);
    expect(await job(stage, 'c', { after: ['a', 'b:any'] })).toMatchObject({ state: 'queued', evidence: 'after a, b' });
    const ended = stage.askOne('wait', { steps: ['c'] });
    finish(stage, 'a', 'b', 'c');
    expect(await ended).toMatchObject({ outcome: 'success' });
  });

  test('what waits for a failure is cancelled, and so are its own dependants', async ({ stage }) => {
    await job(stage, 'a', {}, 3);
    await job(stage, 'b', { after: ['a'] });
    await job(stage, 'c', { after: ['b'] });
    await job(stage, 'd', { after: ['c:any'] });
    finish(stage, 'a', 'd');
    const { runs } = await stage.ask('wait', { steps: ['b', 'c', 'd'] });
    const failed = { outcome: 'cancelled', reason: 'dependency-failed' };
    expect(runs).toMatchObject([
      { step: 'b', ...failed, evidence: expect.stringContaining('a did not succeed: failed') },
      { step: 'c', ...failed, evidence: expect.stringContaining('b did not succeed: cancelled') },
      { step: 'd', outcome: 'success' },
    ]);
    expect(order(stage)).toEqual(['a', 'd']);
  });

  test('who waits starts those that it waits for, although they are in another queue', async ({ stage }) => {
    await queued(stage, 'a');
    await queued(stage, 'b');
    await job(stage, 'c', { after: ['b'], queue: 'other' });
    await job(stage, 'd', { after: ['c'] });
    const ended = stage.askOne('wait', { steps: ['d'] });
    finish(stage, 'a', 'b', 'c', 'd');
    expect(await ended).toMatchObject({ outcome: 'success' });
    expect(order(stage)).toEqual(['a', 'b', 'c', 'd']);
  });

  test('a run in the place of one that was stopped waits only for what it names itself', async ({ stage }) => {
    await job(stage, 'long');
    const { id = '' } = await job(stage, 'short');
    await job(stage, 'deploy', { after: ['long'] });
    await job(stage, 'probe', { after: ['short'] });
    const old = presentIn(readQueued(stage.dir, 'deploy'));
    if (old === undefined) throw new Error('deploy does not wait');
    const over = new AbortController();
    const work = openQueueWork(stage.dir, { cwd: stage.folder, env: stage.env, signal: over.signal });
    const untilBegun = (step: string): Promise<void> =>
      until(() => {
        work.turn();
        return order(stage).includes(step);
      }, `${step} has begun`);
    try {
      finish(stage, 'short');
      await untilBegun('probe'); // so the look has read all records
      // No look falls between these two.
      removeQueued(stage.dir, old);
      addQueued(stage.dir, { ...old, id: newRunId(Date.now()), after: [{ step: 'short', id }] });
      await untilBegun('deploy');
    } finally {
      over.abort();
    }
    expect(await stage.askOne('status', { step: 'long' })).toMatchObject({ state: 'running' });
    finish(stage, 'long', 'deploy', 'probe');
  });

  test.for([
    [['nobody'], 'no-such-step', /nobody/],
    [['self'], 'usage', /cannot wait for itself/],
    [['a:soon'], 'usage', /is not the name of a step/],
    [['a/b'], 'usage', /is not the name of a step/],
  ] as const)('%s is refused', async ([after, code, message], { stage }) => {
    const refused = { code, message: expect.stringMatching(message) };
    await expect(stage.ask('start', { step: 'self', command: ['true'], after })).rejects.toMatchObject(refused);
    expect((await stage.ask('ls', {})).total).toBe(0);
  });
});

describe.concurrent('what is wrong is said', () => {
  test('of a state folder that cannot be written: its name, and nothing is left of the start', async ({ stage }) => {
    const file = join(stage.folder, 'state');
    writeFileSync(file, '');
    const said = { code: 'directory-unusable', message: expect.stringContaining(`The queue in ${file}/`) };
    await expect(queued(stage, 'one')).rejects.toMatchObject(said);
    await expect(stage.ask('queue', { action: 'pause', name: 'heavy' })).rejects.toMatchObject(said);
    expect((await stage.ask('ls', {})).total).toBe(0);
    rmSync(file);
    finish(stage, 'one');
    await queued(stage, 'one');
    expect(await stage.askOne('wait', { steps: ['one'] })).toMatchObject({ outcome: 'success' });
  });

  test.for([
    { queue: 'a/b' },
    { queue: '-x' },
    { queue: 'heavy', priority: 101 },
    { queue: 'heavy', priority: -101 },
    { queue: 'heavy', priority: 1.5 },
  ])('of a start with %o', async (input, { stage }) => {
    await expect(stage.ask('start', { step: 'x', command: ['true'], ...input })).rejects.toThrow(/queue|priority/);
    expect((await stage.ask('ls', {})).total).toBe(0);
  });

  test.for([
    { action: 'set', name: 'heavy', slots: 0 },
    { action: 'set', name: 'heavy', slots: 1.5 },
    { action: 'set', name: 'heavy', maxLoad: -1 },
    { action: 'clear', name: 'hevy' },
    { action: 'resume', name: 'hevy' },
    { action: 'set', name: 'heavy' },
    { action: 'heavy', slots: 2 },
    { action: 'set', slots: 2 },
    { action: 'set', name: '../up', slots: 2 },
    { action: 'move', name: 'nobody', front: true },
    { action: 'stretch', name: 'heavy' },
  ])('of pm queue with %o', async (input, { stage }) => {
    await expect(stage.ask('queue', input)).rejects.toThrow();
  });

  test.for([
    { heavy: { slots: 0 } },
    { heavy: { slots: '2' } },
    { heavy: { slot: 2 } },
    { 'a/b': { slots: 1 } },
    { heavy: { maxLoad: -1 } },
  ])('of a configuration with queues %o', async (queues, { stage }) => {
    config(stage, { queues });
    await expect(queued(stage, 'x')).rejects.toThrow(/queues/);
  });

  test('a record whose environment cannot be read ends its run at its turn, with that reason', async ({ stage }) => {
    await queued(stage, 'one');
    await queued(stage, 'bad');
    const file = join(directoryPaths(stage.dir).queued, 'bad');
    writeFileSync(file, JSON.stringify({ ...JSON.parse(readFileSync(file, 'utf8')), env: 'AAAA' }));
    stage.cue('one.go');
    expect(await stage.askOne('wait', { steps: ['bad'] })).toMatchObject({
      outcome: 'cancelled',
      reason: 'refused',
      evidence: 'when its turn came: The environment in its record cannot be read',
    });
  });

  test('a malformed record is shown with its file, and is in the way of nobody else', async ({ stage }) => {
    await queued(stage, 'one');
    await queued(stage, 'bad');
    await queued(stage, 'good');
    const file = join(directoryPaths(stage.dir).queued, 'bad');
    writeFileSync(file, '{"v":1');
    const shown = expect.stringMatching(new RegExp(`^bad waits .* malformed .*delete ${file}`));
    expect((await stage.ask('ls', {})).malformed).toEqual([shown]);
    for (const verb of ['status', 'stop', 'wait'] as const)
      await expect(
        stage.ask(verb, verb === 'status' ? { step: 'bad' } : { steps: ['bad'] }),
        verb,
      ).rejects.toMatchObject({ code: 'not-supported', message: expect.stringContaining(file) });
    expect((await stage.ask('start', { step: 'bad', command: ['true'] })).refusal?.message).toContain(file);
    finish(stage, 'one', 'good', 'bad');
    expect(await stage.askOne('wait', { steps: ['good'] })).toMatchObject({ outcome: 'success' });
    rmSync(file);
    expect(await queued(stage, 'bad')).toMatchObject({ step: 'bad' });
    expect(await stage.askOne('wait', { steps: ['bad'] })).toMatchObject({ outcome: 'success' });
  });

  test('an entry of another pid namespace is left alone, and says who can start it', async ({ stage }) => {
    await stage.ask('queue', { action: 'pause', name: 'heavy' });
    await queued(stage, 'one');
    const waiting = join(queueFolder(stage), 'waiting');
    const [name = ''] = readdirSync(waiting);
    renameSync(join(waiting, name), join(waiting, name.split('~').with(4, 'a'.repeat(16)).join('~')));
    await stage.ask('queue', { action: 'resume', name: 'heavy' });
    expect(await stage.askOne('status', { step: 'one' })).toMatchObject({
      state: 'queued',
      evidence: expect.stringContaining('put there by a container or sandbox'),
    });
    await expect(stage.ask('status', { step: 'two' })).rejects.toMatchObject({ next: 'Steps here: one.' });
    expect(await stage.askOne('stop', { steps: ['one'] })).toMatchObject({ outcome: 'cancelled' });
    expect(order(stage)).toEqual([]);
  });

  test('a record of another version keeps its place in line, and holds up nobody', async ({ stage }) => {
    await stage.ask('queue', { action: 'pause', name: 'heavy' });
    for (const name of ['one', 'two']) await queued(stage, name);
    rewrite(join(directoryPaths(stage.dir).queued, 'one'), (record) => ({ ...record, v: 2 }));
    await stage.ask('queue', { action: 'resume', name: 'heavy' });
    finish(stage, 'one', 'two');
    expect(await stage.askOne('wait', { steps: ['two'] })).toMatchObject({ outcome: 'success' });
    expect(waitingIn(await stage.ask('queue', { action: 'heavy' }))).toEqual(['one']);
    rewrite(join(directoryPaths(stage.dir).queued, 'one'), (record) => ({ ...record, v: 1 }));
    expect(await stage.askOne('wait', { steps: ['one'] })).toMatchObject({ outcome: 'success' });
  });

  test('a damaged record of a slot holds it, and whoever waits is told its file', async ({ stage }) => {
    await stage.ask('queue', { action: 'pause', name: 'heavy' });
    await queued(stage, 'one');
    const file = join(queueFolder(stage), 'slots', '1.7');
    mkdirSync(join(file, '..'), { recursive: true });
    writeFileSync(file, '');
    await stage.ask('queue', { action: 'resume', name: 'heavy' });
    expect(await stage.askOne('status', { step: 'one' })).toMatchObject({ evidence: expect.stringContaining(file) });
    const [view] = (await stage.ask('queue', { action: 'heavy' })).queues ?? [];
    expect(view).toMatchObject({ running: [], why: expect.stringContaining(file) });
    rmSync(file);
    finish(stage, 'one');
    expect(await stage.askOne('wait', { steps: ['one'] })).toMatchObject({ outcome: 'success' });
  });

  test('an entry of another version is left alone and counted', async ({ stage }) => {
    await queued(stage, 'one');
    await queued(stage, 'two');
    const folder = join(queueFolder(stage), 'waiting');
    const [name = ''] = readdirSync(folder);
    const newer = `2~${name.slice(2)}-and-more`;
    writeFileSync(join(folder, newer), 'what it says is not ours');
    const [view] = (await stage.ask('queue', { action: 'heavy' })).queues ?? [];
    expect(view).toMatchObject({ newer: 1, total: 1 });
    finish(stage, 'one', 'two');
    await stage.ask('wait', { steps: ['two'] });
    expect(readdirSync(folder)).toEqual([newer]);
  });
});

describe.concurrent('a slot is free again when', () => {
  test('the directory of its run was deleted and its processes are gone', async ({ stage }) => {
    const other = join(stage.folder, 'other', '.pm');
    const holder = await queued(stage, 'one', { dir: other });
    const { command } = runPaths(other, holder.id ?? '');
    const [, pid = ''] = textOf(command).split(' ');
    const identity = identify(Number(pid));
    await queued(stage, 'two');
    rmSync(join(stage.folder, 'other'), { recursive: true, force: true });
    expect(waitingIn(await stage.ask('queue', { action: 'heavy' }))).toEqual(['two']); // it goes on without its records
    const ended = stage.askOne('wait', { steps: ['two'] });
    finish(stage, 'two');
    if (identity !== undefined) signalIfSame(identity, 'SIGKILL');
    expect(await ended).toMatchObject({ outcome: 'success' });
  });

  test('its wrapper was killed and its command is gone', async ({ stage }) => {
    await queued(stage, 'one');
    const [wrapper, command] = [stage.recorded('wrapper'), stage.recorded('command')];
    await queued(stage, 'two');
    signalIfSame(wrapper, 'SIGKILL');
    const ended = stage.askOne('wait', { steps: ['two'] });
    expect(order(stage)).toEqual(['one']);
    finish(stage, 'two');
    signalIfSame(command, 'SIGKILL');
    expect(await ended).toMatchObject({ outcome: 'success' });
    expect(await stage.askOne('status', { step: 'one' })).toMatchObject({ outcome: 'lost' });
  });

  test('the machine was started again: what ran is lost, what waited still waits', async ({ stage }) => {
    const one = await queued(stage, 'one');
    await queued(stage, 'two');
    const [wrapper, command] = [stage.recorded('wrapper'), stage.recorded('command')];
    await stage.ask('queue', { action: 'pause', name: 'heavy' });
    for (const identity of [wrapper, command]) signalIfSame(identity, 'SIGKILL');
    const boot = 'ffffffff-ffff-4fff-8fff-ffffffffffff';
    await until(() => stage.alive().length === 0, 'the beats end');
    const { run, heartbeat } = runPaths(stage.dir, one.id ?? '');
    utimesSync(heartbeat, 1, 1);
    rewrite(run, (record) => ({ ...record, host: { ...(record['host'] as object), bootId: boot } }));
    const slots = join(queueFolder(stage), 'slots');
    for (const name of readdirSync(slots))
      rewrite(join(slots, name), (record) => ({ ...record, by: { ...(record['by'] as object), bootId: boot } }));
    expect(await stage.askOne('status', { step: 'two' })).toMatchObject({ state: 'queued' });
    expect(await stage.askOne('status', { step: 'one' })).toMatchObject({ outcome: 'lost' });
    finish(stage, 'two');
    await stage.ask('queue', { action: 'resume', name: 'heavy' });
    expect(await stage.askOne('wait', { steps: ['two'] })).toMatchObject({ outcome: 'success' });
  });
});

describe.concurrent('the record of a run that has begun', () => {
  test('is removed by whoever looks, and the step can be started again', async ({ stage }) => {
    await stage.ask('queue', { action: 'pause', name: 'heavy' });
    await queued(stage, 'one');
    const file = join(directoryPaths(stage.dir).queued, 'one');
    const record = readFileSync(file);
    await stage.ask('queue', { action: 'resume', name: 'heavy' });
    writeFileSync(file, record, { mode: 0o600 }); // its starter was killed before it removed it
    finish(stage, 'one');
    expect(await stage.askOne('wait', { steps: ['one'] })).toMatchObject({ outcome: 'success' });
    const again = await queued(stage, 'one');
    expect(await stage.askOne('wait', { steps: ['one'] })).toMatchObject({ id: again.id, outcome: 'success' });
    expect(order(stage)).toEqual(['one', 'one']);
    expect(readdirSync(directoryPaths(stage.dir).queued)).toEqual([]);
  });

  test('a part of a record that a killed start has left is no run', async ({ stage }) => {
    await queued(stage, 'one');
    await queued(stage, 'two');
    const { queued: folder } = directoryPaths(stage.dir);
    renameSync(join(folder, 'two'), join(folder, '.two.4711-abc.tmp'));
    expect((await stage.ask('ls', {})).total).toBe(1);
    finish(stage, 'one');
    expect((await stage.ask('wait', {})).runs).toMatchObject([{ step: 'one', outcome: 'success' }]);
  });
});

type Input = Readonly<Record<string, unknown>>;

function byStep(a: RunView, b: RunView): number {
  return a.step.localeCompare(b.step);
}

/** Starts a job in the queue `heavy`: it notes its name, and ends when it is told to. */
function queued(stage: Stage, name: string, input: Input = {}, code = 0, context?: Partial<Context>): Promise<RunView> {
  return job(stage, name, { queue: 'heavy', ...input }, code, context);
}

function job(stage: Stage, name: string, input: Input = {}, code = 0, context?: Partial<Context>): Promise<RunView> {
  const script = `echo ${name} >> "$STAGE/order"; until [ -e "$STAGE/${name}.go" ]; do sleep 0.05; done; exit ${code}`;
  return stage.askOne('start', { step: name, command: ['sh', '-c', script], ...QUICK, ...input }, context);
}

function finish(stage: Stage, ...names: string[]): void {
  for (const name of names) stage.cue(`${name}.go`);
}

/** The jobs in the order in which they began. */
function order(stage: Stage): string[] {
  return textOf(join(stage.folder, 'order')).split('\n').filter(Boolean);
}

function waitingIn({ queues = [] }: Answer): string[] {
  return queues.flatMap(({ waiting }) => waiting.map(({ step }) => step));
}

function queueFolder({ folder }: Stage): string {
  return join(folder, 'state', 'process-monitor', 'queues', 'heavy');
}

function config(stage: Stage, value: object): void {
  writeFileSync(join(stage.folder, 'pm.config.json'), JSON.stringify(value));
}

function rewrite(file: string, change: (record: Record<string, unknown>) => object): void {
  writeFileSync(file, JSON.stringify(change(JSON.parse(readFileSync(file, 'utf8')))));
}
