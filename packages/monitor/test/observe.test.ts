import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, renameSync, rmSync, statSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { bootClockMs, identify, thisPidScope } from '@pm/process';
import { DEFAULT_POLICY, encodeLease, newRunId, type RunRecord, runPaths } from '@pm/protocol';
import { until } from '@pm/testing';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { decide } from '../src/judge/decide.ts';
import { type Look, observe } from '../src/look/observe.ts';

/** After this the time of a folder is doubted no more. */
const LATER_MS = 60_000;

let dir: string;
let wrapper: ChildProcess;
let run: RunRecord;
let paths: ReturnType<typeof runPaths>;

beforeEach(async () => {
  dir = mkdtempSync(join(tmpdir(), 'pm-observe-'));
  wrapper = spawn('sleep', ['1000'], { stdio: 'ignore' });
  run = aRun();
  paths = runPaths(dir, run.id);
  mkdirSync(paths.folder, { recursive: true });
  writeFileSync(paths.wrapper, identityLine());
  writeFileSync(paths.command, identityLine());
  writeFileSync(paths.heartbeat, '1\n');
  writeFileSync(paths.deadline, 'v1 1800000\n');
  const { ctimeMs } = statSync(paths.folder);
  await until(() => fileClockMs() > ctimeMs, 'the clock of files has moved on');
});
/** The time that a file gets which is written now. The kernel counts it in steps of some milliseconds. */
function fileClockMs(): number {
  const probe = join(dir, 'probe');
  writeFileSync(probe, '');
  return statSync(probe).ctimeMs;
}

afterEach(async () => {
  await killWrapper();
  rmSync(dir, { recursive: true });
});

test('of a run in whose folder no name has come or gone, the beat and the limit are read anew', () => {
  const first = lookAfter(undefined);
  writeFileSync(paths.heartbeat, '2\n');
  writeFileSync(paths.deadline, 'v1 900000\n');
  const second = lookAfter(first);
  expect(second.disk).toMatchObject({ heartbeat: { value: 2 }, deadline: { value: 900_000 } });
  expect(second.disk.wrapper, 'read once').toBe(first.disk.wrapper);
});

test.each(['exit', 'ending'] as const)('an %s that comes after quiet looks is read', (name) => {
  const quiet = lookAfter(lookAfter(undefined));
  writeFileSync(paths[name], 'v1 exit 7\n');
  expect(lookAfter(quiet, 'now').disk[name]).toMatchObject({ value: { cause: 'exit', code: 7 } });
});

test('what was made within the last two seconds is doubted: another name may have come in the same snapshot of the clock', () => {
  const first = lookAfter(undefined, 'now');
  expect(lookAfter(first, 'now').disk.wrapper).not.toBe(first.disk.wrapper);
});

test('records that somebody is deleting do not say that the run never started', () => {
  const old = { ...run, createdAt: run.createdAt - 60_000, host: { ...run.host, uptimeMs: 0 } };
  for (const name of ['wrapper', 'command'] as const) rmSync(paths[name]);
  expect(decide(lookAt(old, undefined, 'now').observation, run.policy)).toMatchObject({ state: 'starting' });
  expect(decide(lookAt(old, undefined).observation, run.policy), 'its wrapper has beaten').toMatchObject({
    state: 'starting',
  });
  writeFileSync(paths.heartbeat, '0\n');
  expect(decide(lookAt(old, undefined).observation, run.policy)).toMatchObject({ reason: 'never-started' });
  rmSync(paths.heartbeat);
  expect(decide(lookAt(old, undefined).observation, run.policy), 'the starter left one').toMatchObject({
    state: 'starting',
  });
});

test('nor do they if the deleting begins amid the look', () => {
  const old = { ...run, createdAt: run.createdAt - 60_000, host: { ...run.host, uptimeMs: 0 } };
  const before = {
    ...lookAt(old, undefined),
    // Asked for between the folder's time and the records.
    get folderStampMs() {
      for (const name of ['wrapper', 'command'] as const) rmSync(paths[name]);
      return undefined;
    },
  };
  const { observation } = lookAt(old, before);
  expect(observation).toMatchObject({ wrapper: 'unseen', command: 'unseen' });
  expect(decide(observation, run.policy)).toMatchObject({ state: 'starting' });
});

test('an exit that was met half written is read once it is whole', () => {
  writeFileSync(paths.exit, '');
  const first = lookAfter(undefined);
  expect(first.disk.exit.kind).toBe('malformed');
  writeFileSync(paths.exit, 'v1 exit 7\n');
  expect(lookAfter(first).disk.exit).toMatchObject({ value: { code: 7 } });
});

test("a folder's time that was set back hides nothing", () => {
  const quiet = lookAfter(lookAfter(undefined));
  writeFileSync(paths.exit, 'v1 exit 7\n');
  utimesSync(paths.folder, 1, 1);
  expect(lookAfter(quiet).disk.exit).toMatchObject({ value: { code: 7 } });
});

test('the command of the next attempt takes the place of the one before', () => {
  const quiet = lookAfter(lookAfter(undefined));
  writeFileSync(`${paths.command}.next`, identityLine(process.pid));
  renameSync(`${paths.command}.next`, paths.command);
  expect(lookAfter(quiet).disk.command).toMatchObject({ value: { pid: process.pid } });
});

test('a beat of its own that lies elsewhere is seen, though no name comes with it', () => {
  symlinkSync(join(dir, 'beat'), paths.beat);
  const quiet = lookAfter(lookAfter(undefined));
  writeFileSync(join(dir, 'beat'), '');
  expect(lookAfter(quiet).silence.signs.ownBeatAtMs).toBeGreaterThan(0);
});

test('a cut of the log and a beat of its own are noticed when they come', () => {
  const quiet = lookAfter(lookAfter(undefined));
  expect(quiet.observation.logTruncated).toBe(false);
  writeFileSync(paths.truncated, 'v1 cap 1 2\n');
  writeFileSync(paths.beat, '');
  const { observation, silence } = lookAfter(quiet, 'now');
  expect(observation.logTruncated).toBe(true);
  expect(silence.signs.ownBeatAtMs).toBeGreaterThan(0);
});

test('of a lease the last one counts that could be read', () => {
  const leased = { ...run, lease: { untilMs: bootClockMs() + 60_000, atMs: bootClockMs() } };
  const first = lookAt(leased, undefined);
  expect(first.lease).toEqual(leased.lease);
  writeFileSync(paths.lease, encodeLease({ untilMs: bootClockMs() + 90_000, atMs: bootClockMs() }));
  const second = lookAt(leased, first);
  expect(second.observation.lease?.leftMs).toBeGreaterThan(80_000);
  const third = ['', 'v1 999999999999\n', 'v1 9999999999999 1000\n', 'v2 999999999999 1000\n'].reduce(
    (before, text) => {
      writeFileSync(paths.lease, text);
      return lookAt(leased, before);
    },
    second,
  );
  rmSync(paths.lease);
  expect(lookAt(leased, third).lease, 'garbage, or no file').toEqual(second.lease);
  expect(lookAt(leased, undefined).lease, 'nothing was read yet').toEqual(leased.lease);
});

test('a lease that is over needs its tree, and orders the end; that of another pid namespace is not judged here', () => {
  const over = { ...run, lease: { untilMs: bootClockMs(), atMs: bootClockMs() - 12_000 } };
  expect(decide(lookAt(over, undefined).observation, run.policy)).toMatchObject({ verdict: 'order', cause: 'lost' });
  const elsewhere = { ...over, host: { ...over.host, pidNamespace: 'another' } };
  expect(decide(lookAt(elsewhere, undefined).observation, run.policy)).toMatchObject({ verdict: 'waiting' });
});

test('a run without a lease is not ended by a file of that name', () => {
  writeFileSync(paths.lease, 'v1 1000 1000\n');
  expect(decide(lookAt(run, undefined).observation, run.policy)).toMatchObject({ state: 'running' });
});

function lookAfter(before: Look | undefined, when?: 'now'): Look {
  return lookAt(run, before, when);
}

function lookAt(it: RunRecord, before: Look | undefined, when: 'later' | 'now' = 'later'): Look {
  const wallMs = Date.now() + (when === 'later' ? LATER_MS : 0);
  const snapshot = { monotonicMs: performance.now(), wallMs, scope: thisPidScope(), table: () => new Map() };
  return observe(dir, it, snapshot, before, 15_000);
}

function identityLine(pid = wrapper.pid ?? 0): string {
  return `v1 ${pid} ${identify(pid)?.startTime}\n`;
}

async function killWrapper(): Promise<void> {
  if (wrapper.exitCode !== null || wrapper.signalCode !== null) return;
  wrapper.kill('SIGKILL');
  await once(wrapper, 'exit');
}

function aRun(): RunRecord {
  return {
    v: 1,
    id: newRunId(Date.now(), new Uint8Array(10)),
    step: 'job',
    argv: ['sleep', '1000'],
    cwd: dir,
    createdAt: Date.now(),
    host: { name: hostname(), ...thisPidScope() },
    policy: DEFAULT_POLICY,
    owner: { user: 'test' },
  };
}
