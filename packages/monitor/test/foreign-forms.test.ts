import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { uptime } from 'node:os';
import { type Identity, isAlive, signalIfSame } from '@pm/process';
import { DEFAULT_POLICY, type RunRecord, runPaths } from '@pm/protocol';
import { openLog } from '@pm/protocol/fs';
import { describe, expect, vi } from 'vitest';
import { adopt, announcedSteps } from '../src/source/adopt-foreign-run.ts';
import { judgeOnce } from '../src/watch/judge-once.ts';
import { stop } from '../src/watch/stop.ts';
import { fixture, type Place, test, withDescendants } from './foreign-place.ts';

vi.setConfig({ maxConcurrency: 6 });

const asked = { by: 'test', reason: 'asked', graceMs: 300, signal: new AbortController().signal };
const PATIENT = { staleMs: 60_000 };

/** A writer that gives its pid this form. Its heartbeat stays fresh for the whole test. */
function pidWriter(place: Place, form: string): Identity {
  const env = { ...process.env, DIR: place.dir };
  return place.track(spawn(fixture('pid-writer.sh'), [form], { env, stdio: 'ignore', detached: true }));
}

describe('a pid as other languages write it', () => {
  test.concurrent.for([
    ['PID', 'no line end'],
    ['PID\\r\\n', 'CRLF'],
    ['PID\\r', 'a carriage return'],
    [' PID \\n', 'spaces'],
    ['\\tPID\\n\\n', 'a tab and an empty line'],
    ['\\357\\273\\277PID\\r\\n', 'a byte order mark'],
  ] as const)('%s (%s): its limit is carried out', async ([form], { place }) => {
    const writer = pidWriter(place, form);
    const run = await place.adopted('job', { ...PATIENT, timeoutMs: 700 });
    expect(await place.ending(run)).toMatchObject({ outcome: 'timeout', survivors: [] });
    expect(isAlive(writer)).toBe(false);
  });

  test.concurrent.for(['PID', 'PID\\r\\n', ' PID', '\\357\\273\\277PID'])(
    '%s: it is stopped',
    async (form, { place }) => {
      const writer = pidWriter(place, form);
      const run = await place.adopted('job', PATIENT);
      expect(await stop(place.dir, run, asked)).toMatchObject({ outcome: 'cancelled', survivors: [] });
      expect(isAlive(writer)).toBe(false);
    },
  );

  test.concurrent.for(['pid: PID\\n', '{"pid":PID}\\n', 'PID PID\\n', '+PID\\n', '0PID\\n'])(
    '%s is named, and its process is left alone',
    async (form, { place }) => {
      const writer = pidWriter(place, form);
      const run = await place.adopted('job', PATIENT);
      const { dir } = place;
      expect(await stop(dir, run, asked)).toBeUndefined();
      const said = JSON.stringify(readFileSync(`${dir}/job.pid`, 'utf8').trim());
      expect(judgeOnce(dir, run, 'test')).toMatchObject({
        kind: 'live',
        verdict: { evidence: expect.stringContaining(`its own .pid says ${said}, which is not a pid`) },
      });
      expect(isAlive(writer)).toBe(true);
    },
  );

  test.concurrent('the first half of a pid is waited for, and is never another run', ({ place }) => {
    const half = place.sleeper();
    const file = `${place.dir}/job.pid`;
    writeFileSync(file, `${half.pid}`);
    writeFileSync(`${place.dir}/job.heartbeat`, '');
    expect(adopt(place.dir, 'job'), 'a list looks again later').toBeUndefined();
    utimesSync(file, Date.now() / 1000 - 1, Date.now() / 1000 - 1);
    expect(adopt(place.dir, 'job')).toMatchObject({ foreign: { pid: half.pid } });
  });
});

describe('a status as other languages write it', () => {
  test.concurrent.for([
    ['success', { outcome: 'success', reason: 'status-success' }],
    ['Success\r\n', { outcome: 'success' }],
    ['\uFEFFSUCCESS\r\n', { outcome: 'success' }],
    ['SUCCESS in 3s\n', { outcome: 'success' }],
    [
      'FAILED 7',
      { outcome: 'failed', reason: 'status-failed', exitCode: 7, evidence: 'its own .status says FAILED 7' },
    ],
    ['failed(7)\r\n', { outcome: 'failed', exitCode: 7 }],
    ['FAILED: 7\n', { outcome: 'failed', exitCode: 7 }],
    ['exit 7\n', { outcome: 'failed', exitCode: 7 }],
    ['FAILED tests/a.py\nTraceback\n', { outcome: 'failed', evidence: 'its own .status says FAILED tests/a.py' }],
  ] as const)('%j', async ([text, expected], { place }) => {
    place.seedWrapper('job', 'forever.sh');
    const run = await place.adopted('job');
    writeFileSync(`${place.dir}/job.status`, text);
    expect(await place.ending(run)).toMatchObject(expected);
    expect(readFileSync(`${place.dir}/job.status`, 'utf8')).toBe(text);
  });

  test.concurrent.for([
    'DONE\n',
    'ok',
    'SUCCESS\nFAILED\n',
    'SUCCESS?',
    '{"status":"SUCCESS"}',
    '0',
    'SUCCESS: false\n',
  ])('%j is named and left, when its writer is gone', async (text, { place }) => {
    const wrapper = place.seedWrapper('job', 'forever.sh');
    const run = await place.adopted('job');
    place.started.push(...withDescendants(wrapper));
    writeFileSync(`${place.dir}/job.status`, text);
    signalIfSame(wrapper, 'SIGKILL');
    expect(await place.ending(run)).toMatchObject({
      outcome: 'lost',
      reason: 'status-unknown',
      advice: 'fix',
      evidence: `its own .status says ${JSON.stringify(text.trim())}, which is neither SUCCESS nor FAILED; the file was left as it is`,
    });
    expect(readFileSync(`${place.dir}/job.status`, 'utf8')).toBe(text);
  });

  test.concurrent('a word about the work is no end while the work goes on, and is told', async ({ place }) => {
    const wrapper = place.seedWrapper('job', 'forever.sh');
    const run = await place.adopted('job', PATIENT);
    writeFileSync(`${place.dir}/job.status`, 'RUNNING epoch 3\n');
    expect(judgeOnce(place.dir, run, 'test')).toMatchObject({
      kind: 'live',
      verdict: { evidence: expect.stringContaining('its own .status says "RUNNING epoch 3"') },
    });
    expect(isAlive(wrapper)).toBe(true);
  });

  test.concurrent('a limit that is over is carried out, and the unknown word stays', async ({ place }) => {
    place.seedWrapper('job', 'forever.sh');
    const run = await place.adopted('job', { ...PATIENT, timeoutMs: 500 });
    writeFileSync(`${place.dir}/job.status`, 'DONE\n');
    expect(await place.ending(run)).toMatchObject({
      outcome: 'timeout',
      evidence: expect.stringMatching(/; its own \.status says "DONE"/),
    });
    expect(readFileSync(`${place.dir}/job.status`, 'utf8')).toBe('DONE\n');
  });

  test.concurrent.for<[string, (file: string) => void, string]>([
    ['a folder', (file) => mkdirSync(file), 'not a regular file'],
    ['a link', (file) => symlinkSync('elsewhere', file), 'a symbolic link'],
    ['a link to itself', (file) => symlinkSync('job.status', file), 'a symbolic link'],
    ['2 MB', (file) => writeFileSync(file, 'x'.repeat(2_000_000)), '2000000 bytes'],
  ])('%s in its place is named and left', async ([, put, why], { place }) => {
    const wrapper = place.seedWrapper('job', 'forever.sh');
    const run = await place.adopted('job');
    place.started.push(...withDescendants(wrapper));
    put(`${place.dir}/job.status`);
    signalIfSame(wrapper, 'SIGKILL');
    const { outcome, evidence } = await place.ending(run);
    expect({ outcome, evidence }).toEqual({
      outcome: 'lost',
      evidence: expect.stringContaining(`its own .status cannot be read: ${why}`),
    });
  });
});

describe('an ending that nobody watched', () => {
  const put = (place: Place, kind: string, text: string, agoMs = 60_000): void => {
    const file = `${place.dir}/job.${kind}`;
    writeFileSync(file, text);
    const at = (Date.now() - agoMs) / 1000;
    utimesSync(file, at, at);
  };
  const told = (place: Place): RunRecord => {
    const run = adopt(place.dir, 'job');
    if (run === undefined) throw new Error('nothing was adopted');
    expect(announcedSteps(place.dir)).toEqual(['job']);
    expect(adopt(place.dir, 'job'), 'and once only').toBeUndefined();
    return run;
  };

  test.concurrent.for<[string, (place: Place) => void, object]>([
    [
      'the pid is gone',
      (place) => {
        put(place, 'heartbeat', '');
        put(place, 'status', 'FAILED 3\n');
      },
      { outcome: 'failed', exitCode: 3 },
    ],
    [
      'all but the status is gone',
      (place) => put(place, 'status', 'FAILED\n'),
      { outcome: 'failed', reason: 'status-failed' },
    ],
    [
      'the pid is gone, and there is a result',
      (place) => {
        put(place, 'result', '{"n":1}\n', 60_100);
        put(place, 'status', 'SUCCESS\n');
      },
      { outcome: 'success', result: { n: 1 } },
    ],
    [
      'the heartbeat is gone',
      (place) => {
        put(place, 'pid', '99999\n', 61_000);
        put(place, 'status', 'failed\r\n');
      },
      { outcome: 'failed' },
    ],
    [
      'the pid is gone, and the word says nothing',
      (place) => {
        put(place, 'heartbeat', '');
        put(place, 'status', 'DONE\n');
      },
      { outcome: 'lost', reason: 'status-unknown' },
    ],
    [
      'it is of an earlier boot, and failed',
      (place) => {
        const agoMs = uptime() * 1000 + 3_600_000;
        put(place, 'pid', '2\n', agoMs + 1_000);
        put(place, 'heartbeat', '', agoMs);
        put(place, 'status', 'FAILED\n', agoMs);
      },
      { outcome: 'failed' },
    ],
    [
      'it is of an earlier boot, and said nothing',
      (place) => {
        const agoMs = uptime() * 1000 + 3_600_000;
        put(place, 'pid', '999999\n', agoMs);
        put(place, 'heartbeat', '', agoMs);
      },
      { outcome: 'lost', reason: 'rebooted' },
    ],
  ])('%s', async ([, leave, expected], { place }) => {
    leave(place);
    expect(await place.ending(told(place))).toMatchObject(expected);
  });

  test.concurrent('the status of one run, and the pid of the next: both are told', async ({ place }) => {
    put(place, 'status', 'FAILED 4\n');
    writeFileSync(`${place.dir}/job.pid`, `${place.sleeper().pid}\n`);
    writeFileSync(`${place.dir}/job.heartbeat`, '');
    const next = adopt(place.dir, 'job', { ...DEFAULT_POLICY, ...PATIENT });
    expect(next).toMatchObject({ foreign: { pid: place.started[0]?.pid } });
    const [first] = ['1'].map((n) => JSON.parse(readFileSync(`${place.dir}/steps/job/${n}`, 'utf8')) as RunRecord);
    if (first === undefined || next === undefined) throw new Error('two runs');
    expect(judgeOnce(place.dir, first, 'test')).toMatchObject({
      kind: 'ended',
      outcome: { outcome: 'failed', exitCode: 4 },
    });
    expect(judgeOnce(place.dir, next, 'test'), 'what the one before said is not its own').toMatchObject({
      kind: 'live',
    });
  });

  test.concurrent('a log that is a link to another file: no reader gets that file', async ({ place }) => {
    writeFileSync(`${place.dir}/secret`, 'key\n');
    symlinkSync('secret', `${place.dir}/job.log`);
    put(place, 'status', 'FAILED 4\n');
    const { id } = told(place);
    expect(() => openLog(runPaths(place.dir, id).log)).toThrow('is a symbolic link, and pm follows none');
  });

  test.concurrent('a pid that was removed after somebody had seen the run: still one run', async ({ place }) => {
    place.announced('job', 1_000);
    const run = await place.adopted('job');
    rmSync(`${place.dir}/job.pid`);
    writeFileSync(`${place.dir}/job.status`, 'FAILED 5\n');
    expect(adopt(place.dir, 'job')).toBeUndefined();
    expect(await place.ending(run)).toMatchObject({ outcome: 'failed', exitCode: 5 });
    expect(adopt(place.dir, 'job')).toBeUndefined();
    put(place, 'status', 'FAILED 6\n', -5_000); // the next run, which removed its pid as well
    expect(await place.ending(told(place))).toMatchObject({ outcome: 'failed', exitCode: 6 });
  });

  test.concurrent('the FAILED that a monitor has left is no other run', async ({ place }) => {
    place.seedWrapper('job', 'forever.sh');
    const run = await place.adopted('job', { timeoutMs: 300 });
    expect(await place.ending(run)).toMatchObject({ outcome: 'timeout' });
    expect(readFileSync(`${place.dir}/job.status`, 'utf8')).toBe('FAILED\n');
    rmSync(`${place.dir}/job.pid`);
    expect(adopt(place.dir, 'job')).toBeUndefined();
  });

  test.concurrent.for(['DONE\n', 'enabled\n', ''])(
    'a file of another program that ends in .status is no run: %j',
    (text, { place }) => {
      writeFileSync(`${place.dir}/unit.status`, text);
      expect(adopt(place.dir, 'unit')).toBeUndefined();
      expect(existsSync(`${place.dir}/runs`)).toBe(false);
    },
  );
});
