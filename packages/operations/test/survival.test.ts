import { existsSync, mkdirSync, rmdirSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { orderEnding } from '@pm/monitor';
import { cgroupMembers, isAlive, lifeOf, signalIfSame } from '@pm/process';
import { encodeDeadline, stepPaths } from '@pm/protocol';
import { LONG, until } from '@pm/testing';
import { describe, expect, vi } from 'vitest';
import type { Context, RunView } from '../src/index.ts';
import { identityOf, kill, pm, statusOf, useBuilt } from './built.ts';
import { animal, CGROUPS, QUICK, type Stage, test, textOf } from './stage.ts';

vi.setConfig({ maxConcurrency: 9 });

useBuilt();

/** How many go on when every `pm` is killed. */
const RUNS = LONG ? 10 : 4;

describe.concurrent('a command that has outlived its wrapper', () => {
  test('ends at its limit though every wait is shorter than that', async ({ stage }) => {
    await stage.askOne('start', { step: 'work', command: [animal('rests.sh')], ...QUICK, timeout: '30m' });
    await waitBriefly(stage); // it leaves a trace
    const wrapper = stage.recorded('wrapper');
    signalIfSame(wrapper, 'SIGKILL');
    await until(() => lifeOf(wrapper) !== 'running');
    const [first, second] = [await waitBriefly(stage), await waitBriefly(stage)];
    expect(second.elapsedMs).toBeGreaterThan(first.elapsedMs);
    writeFileSync(stage.files().deadline, encodeDeadline(Math.round(second.elapsedMs) + 500));
    await until(async () => (await waitBriefly(stage)).outcome !== undefined, 'its limit is over');
    expect(await stage.askOne('status', { step: 'work' })).toMatchObject({ outcome: 'timeout' });
  });
});

test.concurrent('a heartbeat that somebody has written into is itself again at the next beat', async ({ stage }) => {
  await stage.askOne('start', { step: 'work', command: [animal('rests.sh')], ...QUICK });
  const { heartbeat } = stage.files();
  for (const text of ['999999999999\n', 'no number, and no end', '']) {
    writeFileSync(heartbeat, text);
    await until(() => /^\d{1,4}\n$/.test(textOf(heartbeat)), 'it is a number of beats');
  }
  await stage.ask('stop', { steps: ['work'], force: true });
});

function waitBriefly(stage: Stage): Promise<RunView> {
  return stage.askOne('wait', { steps: ['work'], budget: '50ms', ignore: 'deadline,quiet' });
}

describe.concurrent('killing what runs Node', () => {
  test(`in the middle of ${RUNS} runs costs none of them its exit status`, async ({ stage }) => {
    const codes = Array.from({ length: RUNS }, (_, code) => code);
    const ours = codes.map((code) => {
      const verb = code % 2 === 0 ? ['run'] : ['start', '--wait'];
      return pm(stage, [
        ...verb,
        `step-${code}`,
        '--beat',
        '150ms',
        '--stale',
        '800ms',
        '--',
        animal('waits.sh'),
        `${code}`,
      ]);
    });
    await until(async () => (await stage.ask('ls', {})).runs.filter(({ pid }) => pid !== undefined).length === RUNS);
    for (const child of ours) await kill(child);
    const { runs } = await stage.ask('ls', {});
    expect(runs.map(({ state }) => state)).toEqual(codes.map(() => 'running'));
    stage.cue('go');
    const told = async (): Promise<RunView[]> => (await stage.ask('ls', {})).runs;
    await until(async () => (await told()).every(({ state }) => state === 'ended'));
    for (const { step, outcome, exitCode, result } of await told()) {
      const code = Number(step.slice('step-'.length));
      expect({ outcome, exitCode, result }).toEqual({
        outcome: code === 0 ? 'success' : 'failed',
        exitCode: code,
        result: { code },
      });
    }
  });

  test('between the attempts of a run costs none of them', async ({ stage }) => {
    const command = [animal('in-turn.sh'), '3', '4', 'hold']; // its pm is there until we say so
    const ours = pm(stage, [
      'run',
      'work',
      '--beat',
      '150ms',
      '--stale',
      '800ms',
      '--retries',
      '2',
      '--backoff',
      '500ms',
      '--',
      ...command,
    ]);
    await until(async () => (await stage.ask('ls', {})).runs.length > 0);
    await until(() => existsSync(`${stage.files().folder}/exit.1`));
    await kill(ours);
    stage.cue('go');
    await until(() => textOf(`${stage.dir}/work.status`) !== '');
    expect(await stage.askOne('status', { step: 'work' })).toMatchObject({ outcome: 'success', attempts: 3 });
  });

  test('right after it ordered an end leaves the kill to others, and the outcome stays', async ({ stage }) => {
    await start(stage, 'exits-0-after-term.sh', { liveness: 'output', grace: '20s' });
    const waiter = pm(stage, ['wait', 'work']);
    await until(() => existsSync(stage.files().ending));
    await kill(waiter);
    stage.cue('go');
    expect(await stage.askOne('wait', { steps: ['work'] })).toMatchObject({ outcome: 'hung', exitCode: 0 });
  });

  test('between the polite and the forceful signal leaves the force to others', async ({ stage }) => {
    await start(stage, 'ignores-term.sh', { grace: '10s' }); // the wrapper itself would act as much later
    const waiter = pm(stage, ['wait', 'work', '--ignore', 'deadline']); // on a slow machine the new limit is near at once
    await until(() => existsSync(stage.files().trace), 'it has looked');
    const { elapsedMs } = await stage.askOne('status', { step: 'work' });
    await stage.ask('extend', { step: 'work', limit: `${Math.round(elapsedMs) + 1_500}ms` }); // it hears that at once
    await until(() => textOf(stage.files().events).includes('SIGTERM'));
    await kill(waiter);
    const run = await stage.askOne('wait', { steps: ['work'] });
    expect(run).toMatchObject({ outcome: 'timeout', exitCode: 137, signal: 'SIGKILL' });
  });

  test('gives the next one the time that has passed', async ({ stage }) => {
    await start(stage, 'rests.sh');
    const waiter = pm(stage, ['wait', 'work']);
    const elapsed = async (): Promise<number> => (await stage.askOne('status', { step: 'work' })).elapsedMs;
    await until(async () => existsSync(stage.files().trace) && (await elapsed()) > 1_000, 'it has counted a second');
    await kill(waiter);
    expect(await elapsed()).toBeGreaterThan(1_000);
    writeFileSync(stage.files().deadline, encodeDeadline(1_000));
    expect(await stage.askOne('wait', { steps: ['work'] })).toMatchObject({ outcome: 'timeout' });
  });

  test('is not what stopping does: a waiter that slept through the stale time kills nothing', async ({ stage }) => {
    await start(stage, 'prints-now-and-then.sh', { liveness: 'output' });
    const waiter = pm(stage, ['wait', 'work']);
    await until(() => existsSync(stage.files().trace)); // it has looked
    signalIfSame(identityOf(waiter), 'SIGSTOP');
    const stopped = Number(textOf(stage.files().heartbeat));
    await beatsOf(stage, stopped + 5); // three are stale
    signalIfSame(identityOf(waiter), 'SIGCONT');
    await beatsOf(stage, stopped + 9);
    expect(await stage.askOne('status', { step: 'work' })).toMatchObject({ state: 'running' });
    stage.cue('go');
    expect(await statusOf(waiter)).toBe(0);
  });

  test('is not what happens before the whole tree is gone', async ({ stage }) => {
    await start(stage, 'deaf-child.sh', { timeout: '500ms' });
    expect(await statusOf(pm(stage, ['wait', 'work']))).toBe(124);
    const child = Number(textOf(join(stage.folder, 'child')));
    await until(() => stage.alive().every(({ pid }) => pid !== child), 'its child is gone');
    expect((await stage.askOne('status', { step: 'work' })).survivors).toBeUndefined();
  });

  test('is nothing that two others notice: they conclude alike', async ({ stage }) => {
    await start(stage, 'deadlocks.py', { liveness: 'activity' });
    const waiters = [pm(stage, ['wait', 'work']), pm(stage, ['wait', 'work'])];
    const views = await Promise.all([1, 2].map(() => stage.askOne('wait', { steps: ['work'] })));
    expect(views[0]).toMatchObject({ outcome: 'hung', reason: 'no-evidence' });
    expect(views[1]).toEqual(views[0]);
    expect(await Promise.all(waiters.map(statusOf))).toEqual([123, 123]);
    expect(textOf(stage.files().events).match(/"event":"ordered-hung"/g)).toHaveLength(1);
  });
});

test.concurrent('what a killed monitor has concluded and not announced is announced by the next look', async ({
  stage,
}) => {
  await start(stage, 'exits.sh', {}, '7');
  await stage.ask('wait', { steps: ['work'] });
  const { ended } = stage.files();
  const { status } = stepPaths(stage.dir, 'work');
  await until(() => !isAlive(stage.recorded('wrapper')), 'its wrapper is gone');
  for (const file of [ended, status]) rmSync(file);
  expect(await stage.askOne('status', { step: 'work' })).toMatchObject({ outcome: 'failed', exitCode: 7 });
  expect([textOf(status), existsSync(ended)]).toEqual(['FAILED\n', true]);
});

test.concurrent('a folder in the place of a flat name keeps no run from its ending, nor the waiting for others', async ({
  stage,
}) => {
  await start(stage, 'rests.sh');
  const dead = (['wrapper', 'command'] as const).map((role) => stage.recorded(role));
  for (const kind of ['result', 'status'] as const) mkdirSync(stepPaths(stage.dir, 'work')[kind]);
  for (const identity of dead) signalIfSame(identity, 'SIGKILL');
  await until(() => !dead.some(isAlive), 'both are dead');
  expect(await stage.askOne('wait', { steps: ['work'] })).toMatchObject({ outcome: 'lost' });
  expect((await stage.ask('wait', {})).runs).toMatchObject([{ outcome: 'lost' }]);
  expect(existsSync(stage.files().ended)).toBe(true);
  for (const kind of ['result', 'status'] as const) rmdirSync(stepPaths(stage.dir, 'work')[kind]);
});

test.concurrent('a start that waits is told of its own run, though another of the step has begun since', async ({
  stage,
}) => {
  const command = [animal('exits.sh'), '7'];
  let own = '';
  const report: Context['report'] = async ({ type }) => {
    if (type !== 'started') return;
    const { ended, folder } = stage.files();
    own = basename(folder);
    await until(() => existsSync(ended));
    await start(stage, 'rests.sh');
  };
  const ended = await stage.askOne('start', { step: 'work', command, ...QUICK, wait: true }, { report });
  expect(ended).toMatchObject({ id: own, outcome: 'failed', exitCode: 7 });
  await stage.ask('stop', { steps: ['work'] });
});

describe.concurrent('a call that has answered', () => {
  test.skipIf(CGROUPS === undefined)('stays until its command is in a cgroup of its own', async ({ stage }) => {
    expect(await statusOf(pm(stage, ['start', 'work', '--', animal('rests.sh')]))).toBe(0);
    const { cgroup } = JSON.parse(textOf(stage.files().run)) as { cgroup: string };
    expect(cgroupMembers(cgroup)).toContain(stage.recorded('command').pid);
  });

  test('stays until the kill that it began is over', async ({ stage }) => {
    await start(stage, 'deaf-child.sh', { timeout: '1s', grace: '2s' });
    const waiter = pm(stage, ['wait', 'work']);
    await until(() => existsSync(stage.files().ending));
    waiter.kill('SIGINT');
    expect([130, 124]).toContain(await statusOf(waiter)); // 124: it was over before it heard us
    const child = Number(textOf(join(stage.folder, 'child')));
    await until(() => stage.alive().every(({ pid }) => pid !== child), 'its child is gone');
  });
});

test.concurrent('a wrapper killed after its starter has left is gone, even as a zombie', async ({ stage }) => {
  expect(
    await statusOf(pm(stage, ['start', 'work', '--beat', '150ms', '--stale', '800ms', '--', animal('rests.sh')])),
  ).toBe(0);
  const waiting = stage.askOne('wait', { steps: ['work'] });
  for (const role of ['wrapper', 'command'] as const) signalIfSame(stage.recorded(role), 'SIGKILL');
  expect(await waiting).toMatchObject({ outcome: 'lost', reason: 'wrapper-gone' });
});

describe.concurrent('an order that nobody carried out', () => {
  test('is carried out by the next monitor: a job that then exits 0 was hung', async ({ stage }) => {
    const run = await start(stage, 'exits-0-on-term.sh', { beat: '20s', stale: '60s' }); // the wrapper's beat is far away
    orderEnding(stage.dir, run.id ?? '', 'hung', 'a monitor that died', 'no output');
    expect(await stage.askOne('status', { step: 'work' })).toMatchObject({ state: 'stopping' });
    const ended = await stage.askOne('wait', { steps: ['work'] });
    expect(ended).toMatchObject({ outcome: 'hung', exitCode: 0, evidence: 'no output' });
  });

  test("is carried out by the wrapper's own beat, with no monitor at all", async ({ stage }) => {
    const run = await start(stage, 'exits-0-on-term.sh');
    orderEnding(stage.dir, run.id ?? '', 'hung', 'a monitor that died', 'no output');
    const { status } = stepPaths(stage.dir, 'work');
    await until(() => textOf(status) !== '');
    expect(textOf(status)).toBe('FAILED\n');
    expect(await stage.askOne('status', { step: 'work' })).toMatchObject({ outcome: 'hung', exitCode: 0 });
  });

  test("is forced by the wrapper's own beat after the grace", async ({ stage }) => {
    const run = await start(stage, 'ignores-term.sh');
    await until(() => textOf(run.logFile ?? '') === 'deaf\n');
    orderEnding(stage.dir, run.id ?? '', 'timeout', 'a monitor that died', 'over');
    await until(() => textOf(stepPaths(stage.dir, 'work').status) === 'FAILED\n');
    const ended = await stage.askOne('status', { step: 'work' });
    expect(ended).toMatchObject({ outcome: 'timeout', exitCode: 137 });
  });

  test('keeps its place before every later cause', async ({ stage }) => {
    const run = await start(stage, 'rests.sh');
    expect(orderEnding(stage.dir, run.id ?? '', 'hung', 'the first', 'no output')).toBe(true);
    expect(orderEnding(stage.dir, run.id ?? '', 'timeout', 'the second', 'over')).toBe(false);
    expect(await stage.askOne('stop', { steps: ['work'] })).toMatchObject({ outcome: 'hung', evidence: 'no output' });
  });

  test('is not needed by a job that ends by itself first', async ({ stage }) => {
    await start(stage, 'exits.sh', {}, '5');
    await until(() => existsSync(stage.files().ending));
    expect(await stage.askOne('stop', { steps: ['work'] })).toMatchObject({ outcome: 'failed', exitCode: 5 });
  });
});

describe.concurrent('a wrapper that', () => {
  test('is killed loses the exit status, not the job and not its result', async ({ stage }) => {
    await start(stage, 'waits.sh', {}, '0');
    expect(signalIfSame(stage.recorded('wrapper'), 'SIGKILL')).toBe(true);
    await until(() => lifeOf(stage.recorded('wrapper')) !== 'running');
    expect(await stage.askOne('status', { step: 'work' })).toMatchObject({
      state: 'running',
      evidence: 'the wrapper is gone, the command is alive: its exit status will be unknown',
    });
    const waiting = stage.askOne('wait', { steps: ['work'] });
    stage.cue('go');
    const ended = await waiting;
    expect(ended).toMatchObject({ outcome: 'lost', reason: 'wrapper-gone', result: { code: 0 }, tail: 'exits with 0' });
    expect(ended.exitCode).toBeUndefined();
    expect(textOf(stepPaths(stage.dir, 'work').status)).toBe('FAILED\n');
    expect(existsSync(stepPaths(stage.dir, 'work').result)).toBe(false);
  });

  test('is killed with its job is lost at once', async ({ stage }) => {
    await start(stage, 'rests.sh');
    const waiting = stage.askOne('wait', { steps: ['work'] });
    for (const role of ['wrapper', 'command'] as const) signalIfSame(stage.recorded(role), 'SIGKILL');
    expect(await waiting).toMatchObject({ outcome: 'lost', reason: 'wrapper-gone', advice: 'retry' });
  });

  test('is killed with its job is lost, and a stop that is the first to see it says so', async ({ stage }) => {
    await start(stage, 'rests.sh');
    const dead = (['wrapper', 'command'] as const).map((role) => stage.recorded(role));
    for (const identity of dead) signalIfSame(identity, 'SIGKILL');
    await until(() => !dead.some(isAlive), 'both are dead');
    expect(await stage.askOne('stop', { steps: ['work'] })).toMatchObject({ outcome: 'lost', reason: 'wrapper-gone' });
    expect(existsSync(stage.files().ending)).toBe(false);
  });

  test('is killed does not keep its job from being hung', async ({ stage }) => {
    await start(stage, 'rests.sh', { liveness: 'output' });
    signalIfSame(stage.recorded('wrapper'), 'SIGKILL');
    const ended = await stage.askOne('wait', { steps: ['work'] });
    expect(ended).toMatchObject({ outcome: 'hung', reason: 'no-evidence' });
    expect(ended.survivors).toBeUndefined();
  });

  test('cannot be identified is lost once its beat is stale, and nobody is killed for it', async ({ stage }) => {
    await start(stage, 'rests.sh');
    const [wrapper, command] = [stage.recorded('wrapper'), stage.recorded('command')];
    writeFileSync(stage.files().wrapper, 'unreadable\n');
    expect(await stage.askOne('wait', { steps: ['work'], budget: '1200ms' })).toMatchObject({ state: 'running' });
    signalIfSame(wrapper, 'SIGKILL'); // its beat ends with it
    const ended = await stage.askOne('wait', { steps: ['work'] });
    expect(ended).toMatchObject({ outcome: 'lost', reason: 'beat-stale', advice: 'retry' });
    expect(lifeOf(command)).toBe('running');
    signalIfSame(command, 'SIGKILL');
  });

  test('is stopped with a job that has ended is continued, and tells its exit', async ({ stage }) => {
    await start(stage, 'waits.sh', {}, '7');
    const wrapper = stage.recorded('wrapper');
    signalIfSame(wrapper, 'SIGSTOP');
    await until(() => lifeOf(wrapper) === 'stopped');
    stage.cue('go');
    await until(() => lifeOf(stage.recorded('command')) === 'zombie');
    expect(existsSync(stage.files().exit)).toBe(false);
    const ended = await stage.askOne('wait', { steps: ['work'] });
    expect(ended).toMatchObject({ outcome: 'failed', reason: 'exit-nonzero', exitCode: 7 });
  });

  test('is stopped does not hinder a stop', async ({ stage }) => {
    await start(stage, 'rests.sh');
    signalIfSame(stage.recorded('wrapper'), 'SIGSTOP');
    const ended = await stage.askOne('stop', { steps: ['work'] });
    expect(ended).toMatchObject({ outcome: 'cancelled', exitCode: 143 });
  });
});

describe.concurrent('waiting', () => {
  test('is over at once if its caller was told to end before', async ({ stage }) => {
    await start(stage, 'rests.sh');
    const { runs } = await stage.ask('wait', { steps: ['work'] }, { signal: AbortSignal.abort() });
    expect(runs).toMatchObject([{ state: 'running' }]);
  });

  test('for a while keeps the deadline of the run', async ({ stage }) => {
    await start(stage, 'rests.sh', { timeout: '2s' });
    const seen: RunView[] = [];
    for (;;) {
      const { runs, budgetOver, next } = await stage.ask('wait', { steps: ['work'], budget: '300ms' });
      const [run] = runs;
      if (run === undefined) throw new Error('no run');
      seen.push(run);
      if (run.state === 'ended') break;
      expect(budgetOver).toBe(true);
      expect(next).toMatchObject([{ operation: 'wait', input: { steps: ['work'] } }]);
      expect(seen.length).toBeLessThan(50); // restarted by every wait, it would never be over
    }
    expect(seen.at(-1)).toMatchObject({ outcome: 'timeout' });
  });

  test('many times, each shorter than what is stale, still finds a hang', async ({ stage }) => {
    await start(stage, 'rests.sh', { liveness: 'output', stale: '1200ms' });
    let waits = 0;
    let run: RunView;
    do {
      run = await stage.askOne('wait', { steps: ['work'], budget: '800ms' }); // three looks and a bit
      waits += 1;
    } while (run.state !== 'ended');
    expect(run).toMatchObject({ outcome: 'hung', reason: 'no-evidence' });
    expect(waits).toBeGreaterThan(1);
  });

  test('briefly while a job still printed does not hide that it hung later', async ({ stage }) => {
    await start(stage, 'prints-then-hangs.sh', { liveness: 'output', stale: '1200ms' });
    for (const beats of [2, 4]) {
      await beatsOf(stage, beats);
      expect(await stage.askOne('wait', { steps: ['work'], budget: '10ms' })).toMatchObject({ state: 'running' });
    }
    stage.cue('hush');
    await until(async () => (await stage.askOne('wait', { steps: ['work'], budget: '800ms' })).state === 'ended');
    const run = await stage.askOne('status', { step: 'work' });
    expect(run).toMatchObject({ outcome: 'hung', reason: 'no-evidence', tail: expect.stringContaining('still here') });
  });

  test('is ended by its caller, the run is not', async ({ stage }) => {
    await start(stage, 'rests.sh');
    const caller = new AbortController();
    const waiting = stage.ask('wait', { steps: ['work'] }, { signal: caller.signal });
    await until(() => existsSync(stage.files().trace)); // it has looked
    caller.abort();
    expect((await waiting).runs).toMatchObject([{ state: 'running' }]);
    expect(lifeOf(stage.recorded('command'))).toBe('running');
  });

  test('for what has ended already answers at once, the same to everybody', async ({ stage }) => {
    await start(stage, 'exits.sh', {}, '3');
    const views = await Promise.all([1, 2, 3].map(() => stage.askOne('wait', { steps: ['work'] })));
    expect(views[0]).toMatchObject({ outcome: 'failed', exitCode: 3 });
    expect(views).toEqual(views.map(() => views[0]));
    expect(await stage.askOne('status', { step: 'work' })).toEqual(views[0]);
  });
});

/** Starts an animal as the step `work`. */
function start(stage: Stage, name: string, policy: object = {}, ...args: string[]): Promise<RunView> {
  return stage.askOne('start', { step: 'work', command: [animal(name), ...args], ...QUICK, ...policy });
}

/** The wrapper has beaten as often as this. */
async function beatsOf(stage: Stage, beats: number): Promise<void> {
  await until(() => Number(textOf(stage.files().heartbeat)) >= beats);
}
