import { spawn } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { type Identity, identify, isAlive, signalIfSame } from '@pm/process';
import { runPaths, stepPaths } from '@pm/protocol';
import { describe, expect, vi } from 'vitest';
import { doubtOnStop } from '../src/watch/doubt-on-stop.ts';
import { stop } from '../src/watch/stop.ts';
import { fixture, type Place, test, withDescendants } from './foreign-place.ts';

vi.setConfig({ maxConcurrency: 6 });

const asked = { by: 'test', reason: 'asked', graceMs: 300, signal: new AbortController().signal };
const PATIENT = { staleMs: 60_000 };

describe('a wrapper that was killed before anybody looked', () => {
  /** Kills the wrapper once it works. Gives what is left of its processes. */
  const killed = async (place: Place, launcher?: string): Promise<Identity[]> => {
    const env = { ...process.env, WORK: fixture('forever.sh'), BEAT: '0.1', DIR: place.dir };
    const [program = '', ...args] = [
      ...(launcher ? [fixture(launcher)] : []),
      fixture('flat-files-wrapper.sh'),
      'job',
      place.dir,
    ];
    place.track(spawn(program, args, { env, stdio: 'ignore', detached: true }));
    const { pid, heartbeat, log } = stepPaths(place.dir, 'job');
    await vi.waitUntil(() => [pid, heartbeat, log].every(existsSync), { timeout: 120_000 });
    const wrapper = identify(Number(readFileSync(pid, 'utf8')));
    if (wrapper === undefined) throw new Error('it has gone by itself');
    await vi.waitUntil(() => withDescendants(wrapper).length >= 4, { timeout: 120_000 }); // job, heartbeat, its sleep
    const tree = withDescendants(wrapper);
    place.started.push(...tree);
    signalIfSame(wrapper, 'SIGKILL');
    await vi.waitUntil(() => !isAlive(wrapper), { timeout: 120_000 });
    return tree.filter((identity) => identity !== wrapper);
  };

  test.concurrent.for<[string, string?]>([
    ['a session of its own'],
    ['a group of its own in the session of a shell', 'runs-in-own-group.sh'],
  ])('%s: its job and its heartbeat are found and ended', async ([, launcher], { place }) => {
    const left = await killed(place, launcher);
    const run = await place.adopted('job', PATIENT);
    const doubts = doubtOnStop(place.dir, run);
    const outcome = await stop(place.dir, run, asked);
    expect(outcome).toMatchObject({ outcome: 'lost', reason: 'wrapper-gone' });
    expect(outcome?.survivors.length).toBeGreaterThanOrEqual(2);
    expect(left.filter(isAlive)).toEqual([]);
    if (outcome === undefined) throw new Error('an outcome');
    expect(await doubts(outcome, asked.signal)).toBeUndefined();
  });

  test.concurrent('no group of its own: what cannot be proven is named, and the end is doubted', async ({ place }) => {
    const left = await killed(place, 'runs-in-my-group.sh');
    const run = await place.adopted('job', PATIENT);
    const doubts = doubtOnStop(place.dir, run);
    const outcome = await stop(place.dir, run, asked);
    if (outcome === undefined) throw new Error('an outcome');
    const doubt = await doubts(outcome, asked.signal);
    const alive = left.filter(isAlive);
    for (const { pid } of alive.filter(({ pid }) =>
      readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('flat-files'),
    )) {
      expect(doubt).toContain(`${pid} (`);
    }
    expect(doubt === undefined).toBe(alive.length === 0);
    expect(doubt).toMatch(/its wrapper was killed, and its heartbeat is fresh/);
  });

  test.concurrent('only a stranger has its pid by now: the stranger lives', async ({ place }) => {
    const { pid } = place.announced('job', 1_000);
    const run = await place.adopted('job');
    expect(await stop(place.dir, run, asked)).toMatchObject({ outcome: 'lost', survivors: [] });
    expect(isAlive(place.started.find((identity) => identity.pid === pid) as Identity)).toBe(true);
  });

  test.concurrent('nothing of it is left, though its heartbeat is fresh: no beat comes, and no doubt is left', async ({
    place,
  }) => {
    place.announced('job', 1_000, 999_999);
    writeFileSync(`${place.dir}/job.heartbeat`, '');
    const run = await place.adopted('job', { staleMs: 1_000 });
    const doubts = doubtOnStop(place.dir, run);
    const outcome = await stop(place.dir, run, asked);
    if (outcome === undefined) throw new Error('an outcome');
    expect(await doubts(outcome, asked.signal)).toBeUndefined();
  });

  test.concurrent('somebody goes on beating, and nobody knows who: the end is doubted', async ({ place }) => {
    place.announced('job', 1_000, 999_999);
    const beat = (): void => writeFileSync(`${place.dir}/job.heartbeat`, '');
    beat();
    const beater = setInterval(beat, 20);
    try {
      const run = await place.adopted('job', PATIENT);
      const doubts = doubtOnStop(place.dir, run);
      const outcome = await stop(place.dir, run, asked);
      if (outcome === undefined) throw new Error('an outcome');
      expect(await doubts(outcome, asked.signal)).toMatch(/the process that writes it was not found/);
    } finally {
      clearInterval(beater);
    }
  });

  test.concurrent('an old heartbeat raises no doubt', async ({ place }) => {
    place.announced('job', 1_000, 999_999);
    const run = await place.adopted('job');
    const doubts = doubtOnStop(place.dir, run);
    const outcome = await stop(place.dir, run, asked);
    if (outcome === undefined) throw new Error('an outcome');
    expect(await doubts(outcome, asked.signal)).toBeUndefined();
    expect(runPaths(place.dir, run.id).outcome).toSatisfy(existsSync);
  });
});
