import { spawn, spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { findResident } from '@pm/monitor';
import { type Identity, identify, lifeOf, signalIfSame } from '@pm/process';
import { directoryPaths, type QueuedRecord, runPaths } from '@pm/protocol';
import { presentIn, readQueued } from '@pm/protocol/fs';
import { until } from '@pm/testing';
import { beginAfter, launch } from '@pm/wrapper';
import { describe, expect, vi } from 'vitest';
import type { Context, RunView } from '../src/index.ts';
import { openQueue } from '../src/queue/open-queue.ts';
import { specOf } from '../src/queued/queued-call.ts';
import { dispatch } from '../src/turn/dispatch.ts';
import { beginTurn } from '../src/turn/start-turn.ts';
import { identityOf, kill, PROGRAM, pm, residentCall, useBuilt } from './built.ts';
import { test as base, QUICK, type Stage, textOf } from './stage.ts';
import { canMount, fill, makeRoom, withTinyDisk } from './tiny-disk.ts';

vi.setConfig({ maxConcurrency: 6 });
useBuilt();

/** A stage whose residents are told to leave at the end. */
const test = base.extend<{ stage: Stage }>({
  stage: async ({ stage }, use) => {
    await use(stage);
    await until(() => residents(stage).every((resident) => !signalIfSame(resident, 'SIGTERM')), 'the resident leaves');
  },
});

describe.concurrent('a starter that was killed', () => {
  test('while it asked the checks: another one starts the run', async ({ stage }) => {
    const starter = await starterInCheck(stage);
    await kill(starter);
    stage.cue('check');
    expect(await waitFor(stage, 'one')).toMatchObject({ outcome: 'success' });
    expect(order(stage)).toEqual(['one']);
  });

  test.for([
    ['took the slot', async () => {}],
    [
      'made a part of the folder of the run',
      async ({ dir }: Stage, { id }: QueuedRecord) => {
        mkdirSync(runPaths(dir, id).folder, { recursive: true });
        writeFileSync(runPaths(dir, id).deadline, 'v1 ');
      },
    ],
    [
      'claimed the step',
      async ({ dir }: Stage, record: QueuedRecord) => {
        expect(await beginAfter({ ...specOf(dir, record), unconfined: true }, 0)).toMatchObject({ kind: 'begun' });
      },
    ],
    [
      'launched the wrapper',
      async ({ dir, env }: Stage, record: QueuedRecord) => {
        const begun = await beginAfter({ ...specOf(dir, record), unconfined: true }, 0);
        if (begun.kind === 'begun') await launch(dir, begun.run, { env });
      },
    ],
  ] as const)('when it %s', async ([, act], { stage }) => {
    await paused(stage, 'one');
    const record = recordOf(stage, 'one');
    const queue = openQueue(queueFolder(stage), stage.dir);
    await queue.configure({ paused: false });
    expect(await queue.next()).toMatchObject({ kind: 'lease' });
    await act(stage, record);
    orphanSlots(stage);
    expect(await waitFor(stage, 'one')).toMatchObject({ id: record.id, outcome: 'success' });
    expect(order(stage)).toEqual(['one']);
    await start(stage, 'two');
    expect(await waitFor(stage, 'two')).toMatchObject({ outcome: 'success' });
    expect(await start(stage, 'one')).not.toMatchObject({ id: record.id });
    await waitFor(stage, 'one');
    expect(readdirSync(directoryPaths(stage.dir).queued)).toEqual([]);
  });
});

describe.skipIf(process.platform !== 'linux').concurrent('a wrapper that was killed before it began', () => {
  test.for([
    ['with the shell that started it', killGroups],
    ['alone', killShells],
  ] as const)('%s is started again, and its run begins once', async ([, killAll], { stage }) => {
    for (let n = 1; ; n++) {
      const step = `step-${n}`;
      await paused(stage, step);
      const record = recordOf(stage, step);
      const { launch: launching } = await beginTurn(stage.dir, record, asCaller(stage));
      const isKilled = killAll(startersOf(record.id));
      expect(await launching).toBe('started');
      const ended = await waitFor(stage, step);
      if (!isKilled || ended.reason === 'wrapper-gone') continue; // it had begun already when it was killed
      expect(ended).toMatchObject({ id: record.id, outcome: 'success' });
      expect(order(stage).filter((name) => name === step)).toEqual([step]);
      return;
    }
  });
});

test('a slot whose run was begun by somebody else meanwhile is not given back', async ({ stage }) => {
  await paused(stage, 'one', 'until [ -e "$STAGE/one.go" ]; do sleep 0.05; done');
  await paused(stage, 'two');
  const record = recordOf(stage, 'one');
  const queue = openQueue(queueFolder(stage), stage.dir);
  await queue.configure({ paused: false });
  expect(await queue.next()).toMatchObject({ kind: 'lease' });
  orphanSlots(stage);
  const late = await queue.next(); // it takes the slot over, and is slow
  expect(late).toMatchObject({ kind: 'lease', lease: { entry: { id: record.id } } });
  await (await beginTurn(stage.dir, record, asCaller(stage))).launch; // whoever had it before has launched the wrapper
  const turns = [late];
  const slow = { ...queue, next: async () => turns.pop() ?? queue.next() };
  await dispatch(slow, asCaller(stage));
  expect(await dispatch(queue, asCaller(stage))).toMatchObject({ why: 'full' });
  expect((await queue.list()).running).toMatchObject([{ step: 'one' }]);
  stage.cue('one.go');
  expect(await waitFor(stage, 'two')).toMatchObject({ outcome: 'success' });
  expect(order(stage)).toEqual(['one', 'two']);
});

describe.concurrent('a starter that was suspended', () => {
  test('and goes on while the run is live starts nothing, and fails nothing', async ({ stage }) => {
    const starter = await starterInCheck(stage, 'until [ -e "$STAGE/one.go" ]; do sleep 0.05; done');
    await stopped(identityOf(starter));
    const ended = waitFor(stage, 'one');
    stage.cue('check');
    await until(() => order(stage).length === 1, 'another one has started it');
    await continued(starter);
    expect(await stage.askOne('status', { step: 'one' })).toMatchObject({ state: 'running' });
    stage.cue('one.go');
    expect(await ended).toMatchObject({ outcome: 'success' });
    expect(order(stage)).toEqual(['one']);
  });

  test('and goes on after the run has ended, and the next one, changes neither', async ({ stage }) => {
    const starter = await starterInCheck(stage);
    await stopped(identityOf(starter));
    stage.cue('check');
    const first = await waitFor(stage, 'one');
    expect(first).toMatchObject({ outcome: 'success' });
    await start(stage, 'one');
    const second = await waitFor(stage, 'one');
    await continued(starter);
    expect(second).toMatchObject({ outcome: 'success' });
    expect(await stage.askOne('status', { step: 'one' })).toMatchObject({ id: second.id, outcome: 'success' });
    expect(await stage.askOne('status', { step: 'one~1' })).toMatchObject({ id: first.id, outcome: 'success' });
    expect(textOf(join(stage.dir, 'one.status'))).toBe('SUCCESS\n');
    expect(order(stage)).toEqual(['one', 'one']);
  });

  test('does not hold up the stop of its run, which never begins', async ({ stage }) => {
    const starter = await starterInCheck(stage);
    await stopped(identityOf(starter));
    expect(await stage.askOne('stop', { steps: ['one'] })).toMatchObject({ outcome: 'cancelled' });
    stage.cue('check');
    await continued(starter);
    expect(await stage.askOne('status', { step: 'one' })).toMatchObject({ outcome: 'cancelled' });
    expect(order(stage)).toEqual([]);
  });
});

describe.concurrent('residents', () => {
  test('two at once start each run once', async ({ stage }) => {
    const names = ['a', 'b', 'c', 'd', 'e', 'f'];
    await stage.ask('queue', { action: 'set', name: 'heavy', slots: 2 });
    for (const name of names) await paused(stage, name);
    const [program = '', ...args] = residentCall();
    for (const _ of [1, 2])
      spawn(program, [...args, stage.dir], { env: stage.env as NodeJS.ProcessEnv, stdio: 'ignore' });
    await openQueue(queueFolder(stage), stage.dir).configure({ paused: false });
    await until(() => order(stage).length >= names.length, 'all have begun');
    expect((await stage.ask('wait', { steps: names })).runs.map(({ outcome }) => outcome)).toEqual(
      names.map(() => 'success'),
    );
    expect(order(stage).sort()).toEqual(names);
  });

  test('when all that runs Node was killed, a wrapper that ends brings one back, which starts the next', async ({
    stage,
  }) => {
    await start(stage, 'one', 'until [ -e "$STAGE/one.go" ]; do sleep 0.05; done', world(stage));
    await start(stage, 'two', 'true', world(stage));
    await until(() => findResident(stage.dir) !== undefined, 'a resident is elected');
    await until(() => residents(stage).every((resident) => !signalIfSame(resident, 'SIGKILL')), 'it is gone');
    stage.cue('one.go');
    await until(() => order(stage).includes('two'), 'the next one has begun');
    await waitFor(stage, 'two');
    expect(order(stage)).toEqual(['one', 'two']);
  });
});

describe.skipIf(!canMount()).concurrent('on a full disk', () => {
  test('nothing is queued, and nothing is left of it', async ({ stage }) => {
    await withTinyDisk(stage, async () => {
      await start(stage, 'one', 'until [ -e "$STAGE/one.go" ]; do sleep 0.05; done');
      fill(stage);
      const full = { code: 'directory-unusable', message: expect.stringMatching(/disk of .* full/) };
      await expect(start(stage, 'two')).rejects.toMatchObject(full);
      makeRoom(stage);
      expect((await stage.ask('ls', {})).runs.map(({ step }) => step)).toEqual(['one']);
      expect((await stage.ask('queue', { action: 'heavy' })).queues).toMatchObject([{ total: 0 }]);
      stage.cue('one.go');
      await waitFor(stage, 'one');
      await start(stage, 'two');
      expect(await waitFor(stage, 'two')).toMatchObject({ outcome: 'success' });
    });
  });

  test('of the queue, who waits goes on until there is room', async ({ stage }) => {
    await withTinyDisk(stage, async () => {
      const env = { ...stage.env, XDG_STATE_HOME: stage.dir };
      const elsewhere = { dir: join(stage.folder, 'elsewhere'), queue: 'heavy', ...QUICK };
      const one = ['sh', '-c', 'until [ -e "$STAGE/one.go" ]; do sleep 0.05; done'];
      await stage.ask('start', { step: 'one', command: one, ...elsewhere }, { env });
      await stage.ask('start', { step: 'two', command: ['true'], ...elsewhere }, { env });
      const { dir } = elsewhere;
      const waiting = stage.askOne('wait', { steps: ['two'], dir }, { env });
      fill(stage);
      stage.cue('one.go');
      await stage.askOne('wait', { steps: ['one'], dir }, { env });
      expect((await stage.askOne('wait', { steps: ['two'], dir, budget: '2s' }, { env })).state).toBe('queued');
      makeRoom(stage);
      expect(await waiting).toMatchObject({ outcome: 'success' });
    });
  });

  test('of the queue, a slot is given back as soon as there is room, also by a process that asks for no other', async ({
    stage,
  }) => {
    await withTinyDisk(stage, async () => {
      const context = { env: { ...stage.env, XDG_STATE_HOME: stage.dir } };
      const [dir, folder] = [join(stage.folder, 'elsewhere'), join(stage.dir, 'process-monitor', 'queues', 'heavy')];
      await stage.ask('queue', { action: 'pause', name: 'heavy', dir }, context);
      for (const step of ['one', 'two'])
        await stage.ask('start', { step, command: ['true'], dir, queue: 'heavy', ...QUICK }, context);
      const queue = openQueue(folder, dir);
      await queue.configure({ paused: false });
      const next = await queue.next();
      if (next.kind !== 'lease') throw new Error(`no lease: ${next.why}`);
      fill(stage);
      await expect(queue.putBack(next.lease)).rejects.toThrow(/ENOSPC/);
      makeRoom(stage);
      const other = openQueue(folder, dir);
      await until(async () => (await other.next()).kind === 'lease', 'the slot is free');
    });
  });
});

test
  .skipIf(process.getuid?.() === 0)
  .concurrent('a state folder that cannot be written to queues nothing', async ({ stage }) => {
    const state = join(stage.folder, 'state');
    mkdirSync(state);
    chmodSync(state, 0o500);
    await expect(start(stage, 'one')).rejects.toThrow(/state/);
    expect((await stage.ask('ls', {})).total).toBe(0);
  });

function start(stage: Stage, name: string, then = 'true', context?: Partial<Context>): Promise<RunView> {
  const command = ['sh', '-c', `echo ${name} >> "$STAGE/order"; ${then}`];
  return stage.askOne('start', { step: name, command, queue: 'heavy', ...QUICK }, context);
}

async function paused(stage: Stage, name: string, then?: string): Promise<void> {
  await stage.ask('queue', { action: 'pause', name: 'heavy' });
  await start(stage, name, then);
}

/** A process that has taken the slot of `one`, and asks a check that ends at the cue `check`. */
async function starterInCheck(stage: Stage, then = 'true') {
  const checking = ['sh', '-c', 'echo x >> "$STAGE/checking"; until [ -e "$STAGE/check" ]; do sleep 0.05; done'];
  const check = { check: 'run', argv: checking, timeout: '2m' };
  writeFileSync(
    join(stage.folder, 'pm.config.json'),
    JSON.stringify({ steps: { one: { command: ['true'], checks: [check] } } }),
  );
  await stage.ask('queue', { action: 'pause', name: 'heavy' });
  await start(stage, 'one', then);
  const starter = pm(stage, ['queue', 'resume', 'heavy']);
  await until(() => stage.hasCue('checking'), 'it asks the check');
  return starter;
}

/** The shells of this process that are about to start the wrapper of a run. Each leads a group. */
function startersOf(id: string): number[] {
  const children = readdirSync('/proc/self/task').flatMap((task) =>
    textOf(`/proc/self/task/${task}/children`).split(' ').filter(Boolean).map(Number),
  );
  return children.filter((pid) => textOf(`/proc/${pid}/cmdline`).includes(`run_id=${id}`));
}

/** Children that nobody has waited for: their pids cannot belong to others. */
function killGroups(leaders: readonly number[]): boolean {
  for (const leader of leaders) process.kill(-leader, 'SIGKILL');
  return leaders.length > 0;
}

/** Kills what these shells have started, as soon as they have. It takes milliseconds, and then it is too late. */
function killShells(starters: readonly number[]): boolean {
  for (;;) {
    const alive = starters.flatMap((pid) => identify(pid) ?? []).filter((one) => lifeOf(one) === 'running');
    if (alive.length === 0) return false;
    const children = alive
      .flatMap(({ pid }) => textOf(`/proc/${pid}/task/${pid}/children`).split(' ').filter(Boolean))
      .flatMap((pid) => identify(Number(pid)) ?? []);
    if (children.length > 0) return children.some((child) => signalIfSame(child, 'SIGKILL'));
  }
}

function asCaller({ folder, env }: Stage): Context {
  return { cwd: folder, env, signal: new AbortController().signal };
}

async function stopped(identity: Identity): Promise<void> {
  signalIfSame(identity, 'SIGSTOP');
  await until(() => lifeOf(identity) === 'stopped');
}

async function continued(starter: ReturnType<typeof pm>): Promise<void> {
  signalIfSame(identityOf(starter), 'SIGCONT');
  await until(() => starter.exitCode !== null || starter.signalCode !== null, 'it ends');
}

function waitFor(stage: Stage, step: string): Promise<RunView> {
  return stage.askOne('wait', { steps: [step] });
}

/** Whoever took the slots has died. */
function orphanSlots(stage: Stage): void {
  const { pid } = spawnSync('true');
  const slots = join(queueFolder(stage), 'slots');
  for (const name of readdirSync(slots)) {
    const record = JSON.parse(readFileSync(join(slots, name), 'utf8'));
    writeFileSync(join(slots, name), JSON.stringify({ ...record, by: { ...record.by, pid, startTime: '1' } }));
  }
}

function recordOf({ dir }: Stage, step: string): QueuedRecord {
  const record = presentIn(readQueued(dir, step));
  if (record === undefined) throw new Error(`${step} does not wait`);
  return record;
}

function queueFolder({ folder }: Stage): string {
  return join(folder, 'state', 'process-monitor', 'queues', 'heavy');
}

function order(stage: Stage): string[] {
  return textOf(join(stage.folder, 'order')).split('\n').filter(Boolean);
}

function world(stage: Stage): Partial<Context> {
  const env = { ...stage.env, PM_RESIDENT: undefined };
  return { env, resident: residentCall(), program: PROGRAM, answered: (work) => work() };
}

function residents(stage: Stage): Identity[] {
  return stage
    .alive()
    .filter(({ pid }) =>
      textOf(`/proc/${pid}/cmdline`)
        .split('\0')
        .some((word) => word.endsWith('/resident.cjs')),
    )
    .filter(({ pid }) => !textOf(`/proc/${pid}/cmdline`).includes('wrapper.sh'));
}
