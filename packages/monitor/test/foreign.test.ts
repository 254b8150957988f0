import { existsSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { isAlive, signalIfSame } from '@pm/process';
import { runPaths } from '@pm/protocol';
import { expect, onTestFinished, vi } from 'vitest';
import { adopt } from '../src/source/adopt-foreign-run.ts';
import { stop } from '../src/watch/stop.ts';
import { watch } from '../src/watch/watch.ts';
import { longAgoMs, POLICY, test, withDescendants } from './foreign-place.ts';

vi.setConfig({ maxConcurrency: 6 });

test.concurrent('a success is read from its status, with the result that comes a moment later', async ({ place }) => {
  place.seedWrapper('job', 'succeed.sh');
  const outcome = await place.ending(await place.adopted('job'));
  expect(outcome).toMatchObject({ outcome: 'success', reason: 'status-success', result: { key: 'value' } });
});

test.concurrent('a failure is read from its status', async ({ place }) => {
  place.seedWrapper('job', 'fail.sh');
  expect(await place.ending(await place.adopted('job'))).toMatchObject({ outcome: 'failed', reason: 'status-failed' });
});

test.concurrent("yesterday's status says nothing about today's run", async ({ place }) => {
  place.seedWrapper('job', 'succeed.sh');
  await place.ending(await place.adopted('job'));
  place.seedWrapper('job', 'fail.sh');
  const second = await place.adopted('job');
  expect(await place.ending(second)).toMatchObject({ outcome: 'failed', id: second.id });
});

test.concurrent('a heartbeat gone stale is hung: the whole tree is killed and FAILED is left for the next reader', async ({
  place,
}) => {
  const wrapper = place.seedWrapper('job', 'stop-beating.sh');
  expect(await place.ending(await place.adopted('job'))).toMatchObject({
    outcome: 'hung',
    reason: 'no-evidence',
    survivors: [],
  });
  expect(readFileSync(`${place.dir}/job.status`, 'utf8')).toBe('FAILED\n');
  await expect.poll(() => isAlive(wrapper), { timeout: 120_000 }).toBe(false);
});

test.concurrent("one whose files are the next run's by now was superseded: that one's status is not its own", async ({
  place,
}) => {
  const { pid } = place.announced('job', 2_000);
  const first = await place.adopted('job');
  place.announced('job', 1_000, pid);
  writeFileSync(`${place.dir}/job.status`, 'FAILED\n');
  expect(await place.ending(first)).toMatchObject({ outcome: 'lost', reason: 'superseded' });
  expect(readFileSync(`${place.dir}/job.status`, 'utf8'), 'what the next one said stays').toBe('FAILED\n');
  expect(await place.ending(await place.adopted('job'))).toMatchObject({ outcome: 'failed', reason: 'status-failed' });
});

test.concurrent('one whose files were removed before anybody read its status is told so', async ({ place }) => {
  place.announced('job', 1_000);
  const run = await place.adopted('job');
  rmSync(`${place.dir}/job.pid`);
  expect(await place.ending(run)).toMatchObject({ outcome: 'lost', reason: 'superseded' });
  expect(existsSync(`${place.dir}/job.status`)).toBe(false);
});

test.concurrent('runs back to back: a monitor that is slow by courtesy still knows how each ended', async ({
  place,
}) => {
  const wrapper = place.seedWrapper('job', 'forever.sh');
  const run = await place.adopted('job');
  const watching = new AbortController();
  const events = watch(place.dir, [run], { signal: watching.signal, by: 'test', courtesyMs: 2_000 });
  await events.next(); // it has looked, and listens from now on
  const ended = (async () => {
    for await (const event of events) if (event.type === 'ended') return event.outcome;
    return undefined;
  })();
  writeFileSync(`${place.dir}/job.result`, '{"n":1}\n');
  writeFileSync(`${place.dir}/job.status`, 'SUCCESS\n');
  await vi.waitUntil(() => existsSync(runPaths(place.dir, run.id).status), { interval: 5, timeout: 120_000 });
  for (const identity of withDescendants(wrapper)) signalIfSame(identity, 'SIGKILL');
  for (const kind of ['pid', 'status', 'result']) rmSync(`${place.dir}/job.${kind}`);
  place.announced('job', 0);
  expect(await ended).toMatchObject({ outcome: 'success', result: { n: 1 } });
  watching.abort();
});

test.concurrent('a healthy one is left alone as long as it beats', async ({ place }) => {
  const wrapper = place.seedWrapper('job', 'forever.sh');
  const run = await place.adopted('job');
  let looks = 0;
  const watching = new AbortController();
  for await (const event of watch(place.dir, [run], { signal: watching.signal, by: 'test' })) {
    expect(event.type).toBe('look');
    looks += 1;
    if (looks === 12) watching.abort(); // five looks make one stale time
  }
  expect(looks).toBe(12);
  expect(isAlive(wrapper)).toBe(true);
});

test.concurrent('its limit counts from its .pid', async ({ place }) => {
  const wrapper = place.seedWrapper('job', 'forever.sh');
  const run = await place.adopted('job', { timeoutMs: 700 });
  expect(await place.ending(run)).toMatchObject({ outcome: 'timeout', reason: 'max-elapsed', survivors: [] });
  await expect.poll(() => isAlive(wrapper), { timeout: 120_000 }).toBe(false);
});

test.concurrent('a wrapper that died without a word is lost, not hung', async ({ place }) => {
  const wrapper = place.seedWrapper('job', 'forever.sh');
  const run = await place.adopted('job');
  place.started.push(...withDescendants(wrapper)); // its orphans would beat for ever
  signalIfSame(wrapper, 'SIGKILL');
  expect(await place.ending(run)).toMatchObject({ outcome: 'lost', reason: 'wrapper-gone' });
});

test.concurrent('leftovers whose pid belongs to somebody else by now: lost, and the innocent lives', async ({
  place,
}) => {
  const innocent = place.sleeper();
  writeFileSync(`${place.dir}/job.pid`, `${innocent.pid}\n`);
  writeFileSync(`${place.dir}/job.heartbeat`, '');
  const longAgo = longAgoMs() / 1000;
  for (const kind of ['pid', 'heartbeat']) utimesSync(`${place.dir}/job.${kind}`, longAgo, longAgo);
  expect(await place.ending(await place.adopted('job'))).toMatchObject({ outcome: 'lost', reason: 'wrapper-gone' });
  expect(isAlive(innocent)).toBe(true);
});

test.concurrent.for([['0'], ['1'], ['-1'], ['train'], ['99999999999']])(
  'a .pid of %s is never signalled; without a beat its run is lost',
  async ([text], { place }) => {
    writeFileSync(`${place.dir}/job.pid`, `${text}\n`);
    expect(await place.ending(await place.adopted('job'))).toMatchObject({ outcome: 'lost', reason: 'beat-stale' });
  },
);

test
  .skipIf(process.getuid?.() !== 0)
  .concurrent("another user's process in a .pid is never signalled, and not even root stops it", async ({ place }) => {
    const innocent = place.sleeper({ uid: 65_534, gid: 65_534 });
    writeFileSync(`${place.dir}/job.pid`, `${innocent.pid}\n`);
    writeFileSync(`${place.dir}/job.heartbeat`, '');
    const run = await place.adopted('job');
    const asked = { by: 'test', reason: 'asked', signal: AbortSignal.timeout(10_000) };
    expect(await stop(place.dir, run, asked)).toBeUndefined();
    const { outcome, evidence } = await place.ending(run); // its heartbeat stays as old as it is
    expect({ outcome, evidence }).toEqual({
      outcome: 'lost',
      evidence: expect.stringMatching(
        /^no heartbeat for .*; malformed: its records name no process that can be identified$/,
      ),
    });
    expect(isAlive(innocent)).toBe(true);
  });

test.concurrent('an empty .status is not yet a status', async ({ place }) => {
  const wrapper = place.seedWrapper('job', 'forever.sh');
  const run = await place.adopted('job');
  writeFileSync(`${place.dir}/job.status`, '');
  for await (const event of watch(place.dir, [run], { signal: AbortSignal.timeout(400), by: 'test' }))
    expect(event.type).toBe('look');
  expect(isAlive(wrapper)).toBe(true);
});

test.concurrent('a .pid that is just being written is nobody yet; one that stays empty is told as unreadable', ({
  place,
}) => {
  const pid = `${place.dir}/job.pid`;
  writeFileSync(pid, '');
  expect(adopt(place.dir, 'job', POLICY)).toBeUndefined();
  utimesSync(pid, 1_000, 1_000);
  expect(adopt(place.dir, 'job', POLICY)).toMatchObject({ foreign: { pid: 0 } });
});

test.concurrent('met by a mere look, a .pid alone is no run, and one that beats has no limit', async ({ place }) => {
  const daemon = place.sleeper();
  writeFileSync(`${place.dir}/job.pid`, `${daemon.pid}\n`);
  expect(adopt(place.dir, 'job')).toBeUndefined();
  writeFileSync(`${place.dir}/job.heartbeat`, '');
  expect(adopt(place.dir, 'job')).toMatchObject({
    foreign: { pid: daemon.pid },
    policy: { timeoutMs: null, staleMs: 60_000 },
  });
});

test('one that a killed monitor has adopted by half is adopted anew', async ({ place }) => {
  place.seedWrapper('job', 'forever.sh');
  const { id } = await place.adopted('job');
  rmSync(`${place.dir}/steps/job/1`);
  const { ctimeMs } = statSync(runPaths(place.dir, id).folder);
  const now = vi.spyOn(Date, 'now').mockReturnValue(ctimeMs + 4_999);
  onTestFinished(() => void now.mockRestore());
  expect(adopt(place.dir, 'job', POLICY), 'somebody may be at it right now').toBeUndefined();
  now.mockReturnValue(ctimeMs + 5_001);
  expect(adopt(place.dir, 'job', POLICY), 'it is cleared away').toBeUndefined();
  expect(adopt(place.dir, 'job', POLICY)).toMatchObject({ id });
});

test.concurrent('two monitors adopt one run as one', async ({ place }) => {
  place.seedWrapper('job', 'forever.sh');
  await place.adopted('job');
  expect(adopt(place.dir, 'job', POLICY)).toBeUndefined();
});
