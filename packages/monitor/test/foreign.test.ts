import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { growTree, type Identity, identify, isAlive, membersOf, scan, signalIfSame } from '@pm/process';
import { DEFAULT_POLICY, type OutcomeRecord, type RunRecord, runPaths } from '@pm/protocol';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { adopt } from '../src/source/adopt-foreign-run.ts';
import { stop } from '../src/watch/stop.ts';
import { watch } from '../src/watch/watch.ts';

const fixture = (name: string): string => fileURLToPath(new URL(`fixtures/${name}`, import.meta.url));
const POLICY = { ...DEFAULT_POLICY, beatMs: 100, staleMs: 600, graceMs: 300 };

let dir: string;
let started: Identity[];

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'pm-foreign-'));
  started = [];
});

afterEach(async () => {
  vi.restoreAllMocks();
  for (const identity of started.flatMap(withDescendants)) signalIfSame(identity, 'SIGKILL');
  await rm(dir, { recursive: true, force: true, maxRetries: 50, retryDelay: 5 }); // the dying may still write
});

test('a success is read from its status, with the result that comes a moment later', async () => {
  seedWrapper('job', 'succeed.sh');
  const outcome = await ending(await adopted('job'));
  expect(outcome).toMatchObject({ outcome: 'success', reason: 'status-success', result: { key: 'value' } });
});

test('a failure is read from its status', async () => {
  seedWrapper('job', 'fail.sh');
  expect(await ending(await adopted('job'))).toMatchObject({ outcome: 'failed', reason: 'status-failed' });
});

test("yesterday's status says nothing about today's run", async () => {
  seedWrapper('job', 'succeed.sh');
  await ending(await adopted('job'));
  seedWrapper('job', 'fail.sh');
  const second = await adopted('job');
  expect(await ending(second)).toMatchObject({ outcome: 'failed', id: second.id });
});

test('a heartbeat gone stale is hung: the whole tree is killed and FAILED is left for the next reader', async () => {
  const wrapper = seedWrapper('job', 'stop-beating.sh');
  expect(await ending(await adopted('job'))).toMatchObject({ outcome: 'hung', reason: 'no-evidence', survivors: [] });
  expect(readFileSync(`${dir}/job.status`, 'utf8')).toBe('FAILED\n');
  await expect.poll(() => isAlive(wrapper)).toBe(false);
});

test("one whose files are the next run's by now was superseded: that one's status is not its own", async () => {
  const { pid } = announced('job', 2_000);
  const first = await adopted('job');
  announced('job', 1_000, pid);
  writeFileSync(`${dir}/job.status`, 'FAILED\n');
  expect(await ending(first)).toMatchObject({ outcome: 'lost', reason: 'superseded' });
  expect(readFileSync(`${dir}/job.status`, 'utf8'), 'what the next one said stays').toBe('FAILED\n');
  expect(await ending(await adopted('job'))).toMatchObject({ outcome: 'failed', reason: 'status-failed' });
});

test('one whose files were removed before anybody read its status is told so', async () => {
  announced('job', 1_000);
  const run = await adopted('job');
  rmSync(`${dir}/job.pid`);
  expect(await ending(run)).toMatchObject({ outcome: 'lost', reason: 'superseded' });
  expect(existsSync(`${dir}/job.status`)).toBe(false);
});

test('runs back to back: a monitor that is slow by courtesy still knows how each ended', async () => {
  const wrapper = seedWrapper('job', 'forever.sh');
  const run = await adopted('job');
  const watching = new AbortController();
  const events = watch(dir, [run], { signal: watching.signal, by: 'test', courtesyMs: 2_000 });
  await events.next(); // it has looked, and listens from now on
  const ended = (async () => {
    for await (const event of events) if (event.type === 'ended') return event.outcome;
    return undefined;
  })();
  writeFileSync(`${dir}/job.result`, '{"n":1}\n');
  writeFileSync(`${dir}/job.status`, 'SUCCESS\n');
  await vi.waitUntil(() => existsSync(runPaths(dir, run.id).status), { interval: 5 });
  for (const identity of withDescendants(wrapper)) signalIfSame(identity, 'SIGKILL');
  for (const kind of ['pid', 'status', 'result']) rmSync(`${dir}/job.${kind}`);
  announced('job', 0);
  expect(await ended).toMatchObject({ outcome: 'success', result: { n: 1 } });
  watching.abort();
});

test('a healthy one is left alone as long as it beats', async () => {
  const wrapper = seedWrapper('job', 'forever.sh');
  const run = await adopted('job');
  let looks = 0;
  const watching = new AbortController();
  for await (const event of watch(dir, [run], { signal: watching.signal, by: 'test' })) {
    expect(event.type).toBe('look');
    looks += 1;
    if (looks === 12) watching.abort(); // five looks make one stale time
  }
  expect(looks).toBe(12);
  expect(isAlive(wrapper)).toBe(true);
});

test('its limit counts from its .pid', async () => {
  const wrapper = seedWrapper('job', 'forever.sh');
  const run = await adopted('job', { timeoutMs: 700 });
  expect(await ending(run)).toMatchObject({ outcome: 'timeout', reason: 'max-elapsed', survivors: [] });
  await expect.poll(() => isAlive(wrapper)).toBe(false);
});

test('a wrapper that died without a word is lost, not hung', async () => {
  const wrapper = seedWrapper('job', 'forever.sh');
  const run = await adopted('job');
  started.push(...withDescendants(wrapper)); // its orphans would beat for ever
  signalIfSame(wrapper, 'SIGKILL');
  expect(await ending(run)).toMatchObject({ outcome: 'lost', reason: 'wrapper-gone' });
});

test('leftovers whose pid belongs to somebody else by now: lost, and the innocent lives', async () => {
  const innocent = track(spawn('sleep', ['1000'], { stdio: 'ignore' }));
  writeFileSync(`${dir}/job.pid`, `${innocent.pid}\n`);
  writeFileSync(`${dir}/job.heartbeat`, '');
  const anHourAgo = Date.now() / 1000 - 3600;
  for (const kind of ['pid', 'heartbeat']) utimesSync(`${dir}/job.${kind}`, anHourAgo, anHourAgo);
  expect(await ending(await adopted('job'))).toMatchObject({ outcome: 'lost', reason: 'wrapper-gone' });
  expect(isAlive(innocent)).toBe(true);
});

test.for([['0'], ['1'], ['-1'], ['train'], ['99999999999']])(
  'a .pid of %s is never signalled; without a beat its run is lost',
  async ([text]) => {
    writeFileSync(`${dir}/job.pid`, `${text}\n`);
    expect(await ending(await adopted('job'))).toMatchObject({ outcome: 'lost', reason: 'beat-stale' });
  },
);

test.skipIf(process.getuid?.() !== 0)(
  "another user's process in a .pid is never signalled, and not even root stops it",
  async () => {
    const innocent = track(spawn('sleep', ['1000'], { stdio: 'ignore', uid: 65_534, gid: 65_534 }));
    writeFileSync(`${dir}/job.pid`, `${innocent.pid}\n`);
    writeFileSync(`${dir}/job.heartbeat`, '');
    const run = await adopted('job');
    const asked = { by: 'test', reason: 'asked', signal: AbortSignal.timeout(10_000) };
    expect(await stop(dir, run, asked)).toBeUndefined();
    const { outcome, evidence } = await ending(run); // its heartbeat stays as old as it is
    expect({ outcome, evidence }).toEqual({
      outcome: 'lost',
      evidence: expect.stringMatching(
        /^no heartbeat for .*; malformed: its records name no process that can be identified$/,
      ),
    });
    expect(isAlive(innocent)).toBe(true);
  },
);

test('an empty .status is not yet a status', async () => {
  const wrapper = seedWrapper('job', 'forever.sh');
  const run = await adopted('job');
  writeFileSync(`${dir}/job.status`, '');
  for await (const event of watch(dir, [run], { signal: AbortSignal.timeout(400), by: 'test' }))
    expect(event.type).toBe('look');
  expect(isAlive(wrapper)).toBe(true);
});

test('a .pid that is just being written is nobody yet; one that stays empty is told as unreadable', () => {
  const pid = `${dir}/job.pid`;
  writeFileSync(pid, '');
  expect(adopt(dir, 'job', POLICY)).toBeUndefined();
  utimesSync(pid, 1_000, 1_000);
  expect(adopt(dir, 'job', POLICY)).toMatchObject({ foreign: { pid: 0 } });
});

test('met by a mere look, a .pid alone is no run, and one that beats has no limit', async () => {
  const daemon = track(spawn('sleep', ['1000'], { stdio: 'ignore' }));
  writeFileSync(`${dir}/job.pid`, `${daemon.pid}\n`);
  expect(adopt(dir, 'job')).toBeUndefined();
  writeFileSync(`${dir}/job.heartbeat`, '');
  expect(adopt(dir, 'job')).toMatchObject({
    foreign: { pid: daemon.pid },
    policy: { timeoutMs: null, staleMs: 60_000 },
  });
});

test('one that a killed monitor has adopted by half is adopted anew', async () => {
  seedWrapper('job', 'forever.sh');
  const { id } = await adopted('job');
  rmSync(`${dir}/steps/job/1`);
  const { ctimeMs } = statSync(runPaths(dir, id).folder);
  const now = vi.spyOn(Date, 'now').mockReturnValue(ctimeMs + 4_999);
  expect(adopt(dir, 'job', POLICY), 'somebody may be at it right now').toBeUndefined();
  now.mockReturnValue(ctimeMs + 5_001);
  expect(adopt(dir, 'job', POLICY), 'it is cleared away').toBeUndefined();
  expect(adopt(dir, 'job', POLICY)).toMatchObject({ id });
});

test('two monitors adopt one run as one', async () => {
  seedWrapper('job', 'forever.sh');
  await adopted('job');
  expect(adopt(dir, 'job', POLICY)).toBeUndefined();
});

function seedWrapper(step: string, work: string): Identity {
  const env = { ...process.env, WORK: fixture(work), BEAT: '0.1', DIR: dir };
  return track(spawn(fixture('flat-files-wrapper.sh'), [step, dir], { env, stdio: 'ignore', detached: true }));
}

/** Leaves the files of a wrapper that wrote its `.pid` so long ago and is gone: it has the pid of a process that began later. */
function announced(
  step: string,
  agoMs: number,
  pid = track(spawn('sleep', ['1000'], { stdio: 'ignore' })).pid,
): { pid: number } {
  const at = (Date.now() - 3_600_000 - agoMs) / 1000;
  writeFileSync(`${dir}/${step}.pid`, `${pid}\n`);
  writeFileSync(`${dir}/${step}.heartbeat`, '');
  for (const kind of ['pid', 'heartbeat']) utimesSync(`${dir}/${step}.${kind}`, at, at);
  return { pid };
}

function track(child: ChildProcess): Identity {
  const identity = identify(child.pid ?? 0);
  if (identity === undefined) throw new Error('the child did not start');
  started.push(identity);
  return identity;
}

function withDescendants(root: Identity): Identity[] {
  return [root, ...membersOf(growTree({ root }, undefined, scan()))];
}

async function adopted(step: string, policy: Partial<typeof POLICY> = {}): Promise<RunRecord> {
  const run = await vi.waitUntil(() => adopt(dir, step, { ...POLICY, ...policy }), { interval: 5 });
  return run;
}

async function ending(run: RunRecord): Promise<OutcomeRecord> {
  for await (const event of watch(dir, [run], { signal: AbortSignal.timeout(10_000), by: 'test' })) {
    if (event.type === 'ended') return event.outcome;
  }
  throw new Error('no ending within ten seconds');
}
