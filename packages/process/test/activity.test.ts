import { until } from '@pm/testing';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type Activity, activityBetween, sampleActivity } from '../src/activity.ts';
import { type Identity, lifeOf } from '../src/identity.ts';
import { scan } from '../src/platform/current.ts';
import { signalIfSame } from '../src/signal.ts';
import { openStage, type Stage } from './stage.ts';

let stage: Stage;
beforeEach(() => {
  stage = openStage();
});
afterEach(() => stage.close());

const HALF_A_SECOND = 500;

/** Looks at the processes until what they did answers the question. To see that it never does, half a second is looked at. */
async function observe(
  members: readonly Identity[],
  answers: (activity: Activity) => boolean,
  forMs = 60_000,
): Promise<Activity> {
  const begun = performance.now();
  const before = sampleActivity(members, scan());
  let activity: Activity;
  do {
    await new Promise((resolve) => setTimeout(resolve, 50));
    activity = activityBetween(before, sampleActivity(members, scan()), performance.now() - begun);
  } while (!answers(activity) && performance.now() - begun < forMs);
  return activity;
}

test('a process that spins is active by its CPU share', async () => {
  const job = stage.start('spin.mjs');
  const activity = await observe([job], ({ active, cpuShare }) => active && cpuShare > 0.01);
  expect(activity.active).toBe(true);
  expect(activity.cpuShare).toBeGreaterThan(0.01);
});

test('a process that sleeps is not active', async () => {
  stage.start('rest.sh', 'job');
  const job = await stage.player('job');
  await until(() => scan().get(job.pid)?.command === 'sleep');
  await observe([job], ({ active }) => !active); // the last of its start-up
  expect(await observe([job], ({ active }) => active, HALF_A_SECOND)).toMatchObject({ active: false, ioBytes: 0 });
});

test('a stopped process is not active, however busy it was', async () => {
  const job = stage.start('spin.mjs');
  await observe([job], ({ active, cpuShare }) => active && cpuShare > 0.01);
  signalIfSame(job, 'SIGSTOP');
  await until(() => lifeOf(job) === 'stopped');
  expect(await observe([job], ({ active }) => active, HALF_A_SECOND)).toMatchObject({ active: false, cpuShare: 0 });
});

test.runIf(process.platform === 'linux')('a process that writes is active by its bytes', async () => {
  const job = stage.start('write.mjs');
  const activity = await observe([job], ({ ioBytes }) => ioBytes >= 8192);
  expect(activity.active).toBe(true);
  expect(activity.ioBytes).toBeGreaterThanOrEqual(4096);
});

test('a member that ends between two samples is no negative activity', async () => {
  const spinning = stage.start('spin.mjs');
  const resting = stage.start('rest.sh', 'job');
  await stage.player('job');
  await observe([spinning], ({ active, cpuShare }) => active && cpuShare > 0.01);
  const before = sampleActivity([spinning, resting], scan());
  signalIfSame(spinning, 'SIGKILL');
  await until(() => lifeOf(spinning) === 'gone');
  const after = sampleActivity([spinning, resting], scan());
  const activity = activityBetween(before, after, 100);
  expect(after.cpuMs).toBeLessThan(before.cpuMs);
  expect(after.perProcess.size).toBe(1);
  expect(activity.cpuShare).toBeGreaterThanOrEqual(0);
  expect(activity.ioBytes).toBeGreaterThanOrEqual(0);
});
