import { copyFileSync } from 'node:fs';
import { hostname, uptime } from 'node:os';
import { join } from 'node:path';
import { until } from '@pm/testing';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type Identity, identify, isAlive, lifeOf, startedAtMs } from '../src/identity.ts';
import { isBeforeBoot, seesOwnPids, thisPidScope } from '../src/pid-scope.ts';
import { scan } from '../src/platform/current.ts';
import { signalIfSame } from '../src/signal.ts';
import { openStage, pathOf, type Stage } from './stage.ts';

let stage: Stage;
beforeEach(() => {
  stage = openStage();
});
afterEach(() => stage.close());

describe('identity', () => {
  test('a process is the same as long as it runs', () => {
    const job = stage.start('rest.sh', 'job');
    expect(identify(job.pid)).toEqual(job);
    expect(lifeOf(job)).toBe('running');
  });

  test('another start time under the same pid is gone', () => {
    const job = stage.start('rest.sh', 'job');
    const former = { pid: job.pid, startTime: String(Number(job.startTime) - 1) };
    expect(lifeOf(former)).toBe('gone');
    expect(isAlive(former)).toBe(false);
  });

  test.each([0, 1, -1, -process.pid, 1.5, Number.NaN, 2 ** 31])('%s is no process of ours', (pid) => {
    expect(identify(pid)).toBeUndefined();
  });

  test('a command name with parentheses and spaces does not shift the fields', async () => {
    const program = join(stage.folder, 'odd) (S 1 2');
    copyFileSync(pathOf('ignore-term.sh'), program);
    const job = stage.start(program);
    const row = scan().get(job.pid);
    expect(row).toMatchObject({ command: 'odd) (S 1 2', ppid: process.pid, sid: job.pid, pgid: job.pid, ...job });
  });

  test('the start is known to a fraction of a second', () => {
    const before = Date.now();
    const job = stage.start('rest.sh', 'job');
    const at = startedAtMs(job);
    expect(at).toBeGreaterThan(before - 50);
    expect(at).toBeLessThan(Date.now() + 50);
  });
});

describe('life', () => {
  test('a stopped process is alive', async () => {
    const job = stage.start('rest.sh', 'job');
    signalIfSame(job, 'SIGSTOP');
    await until(() => lifeOf(job) === 'stopped');
    expect(isAlive(job)).toBe(true);
  });

  test('a zombie is dead, and answers kill -0', async () => {
    const { zero, seven, killed } = await leaveZombies();
    for (const zombie of [zero, seven, killed]) {
      expect(process.kill(zombie.pid, 0)).toBe(true);
      expect(isAlive(zombie)).toBe(false);
    }
  });
});

describe('signal', () => {
  test('is never sent to a pid that belongs to another start time', async () => {
    const job = stage.start('rest.sh', 'job');
    await stage.player('job');
    const former = { pid: job.pid, startTime: String(Number(job.startTime) + 1) };
    expect(signalIfSame(former, 'SIGKILL')).toBe(false);
    signalIfSame(job, 'SIGSTOP'); // would not be seen to stop if the kill had been sent before
    await until(() => lifeOf(job) === 'stopped');
  });

  test('is never sent to ourselves, to init, to a group or to a zombie', async () => {
    const init = scan().get(1);
    expect(signalIfSame({ pid: 1, startTime: init?.startTime ?? '' }, 'SIGCONT')).toBe(false);
    expect(signalIfSame({ pid: process.pid, startTime: identify(process.pid)?.startTime ?? '' }, 'SIGCONT')).toBe(
      false,
    );
    const job = stage.start('rest.sh', 'job');
    expect(signalIfSame({ pid: -job.pid, startTime: job.startTime }, 'SIGCONT')).toBe(false);
    const { seven } = await leaveZombies();
    expect(signalIfSame(seven, 'SIGTERM')).toBe(false);
  });
});

describe('world', () => {
  test('names this boot and this pid namespace, the same every time', () => {
    expect(seesOwnPids()).toBe(true);
    expect(thisPidScope()).toEqual(thisPidScope());
    if (process.platform === 'linux') expect(thisPidScope().pidNamespace).toMatch(/^\d+$/);
    expect(thisPidScope().bootId).not.toBe('');
  });

  const [name, bootId, bootAtMs] = [hostname(), thisPidScope().bootId, Date.now() - uptime() * 1_000];
  test.each<[string, { name?: string; bootId?: string; now?: string }, number | undefined, boolean]>([
    ['this boot', { bootId }, undefined, false],
    ['another boot, and never a beat', {}, undefined, true],
    ['another boot, the last beat before ours', {}, bootAtMs - 60_000, true],
    ['another boot, and a beat since ours: another machine of our name', {}, bootAtMs + 60_000, false],
    ['another machine', { name: 'another' }, undefined, false],
    ['a boot that the platform did not tell', { bootId: '' }, undefined, false],
    ['another boot, and ours is not told', { now: '' }, undefined, false],
  ])('is before our boot: %s', (_, { now = bootId, ...then }, beatAtMs, expected) => {
    const scope = { ...thisPidScope(), bootId: now };
    expect(isBeforeBoot({ name, bootId: 'another boot', ...then }, scope, beatAtMs)).toBe(expected);
  });
});

/** Three children whose parent never waits for them. */
async function leaveZombies(): Promise<{ zero: Identity; seven: Identity; killed: Identity }> {
  const parent = stage.start('zombies.sh');
  const [zero, seven, killed] = [await stage.player('zero'), await stage.player('seven'), await stage.player('killed')];
  await until(() => scan().get(parent.pid)?.command === 'sleep');
  stage.cue('end');
  signalIfSame(killed, 'SIGKILL');
  await until(() => [zero, seven, killed].every((child) => lifeOf(child) === 'zombie'));
  return { zero, seven, killed };
}
