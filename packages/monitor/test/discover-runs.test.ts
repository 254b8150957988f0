import { mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { thisPidScope } from '@pm/process';
import { DEFAULT_POLICY, directoryPaths, encodeJson, newRunId, type RunRecord, runPaths } from '@pm/protocol';
import { until } from '@pm/testing';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { discoverRuns } from '../src/watch/discover-runs.ts';

let dir: string;
let begun = 0;

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'pm-discovery-'));
  mkdirSync(directoryPaths(dir).runs);
});
afterEach(() => rmSync(dir, { recursive: true }));

test('a run is found once', () => {
  const discovery = discoverRuns(dir);
  const { run } = prepared();
  expect(discovery.newRuns()).toEqual([run]);
  expect(discovery.newRuns()).toEqual([]);
});

test.each([
  ['half of its record', (text: string) => text.slice(0, 40)],
  ['none of its record', () => ''],
])('a run met with %s written is found once it is whole', (_, part) => {
  const discovery = discoverRuns(dir);
  const { run, file, text } = prepared(part);
  expect(discovery.newRuns()).toEqual([]);
  age(); // the folder of the runs will not change again
  expect(discovery.newRuns()).toEqual([]);
  writeFileSync(file, text);
  expect(discovery.newRuns()).toEqual([run]);
});

test('a run that began after the folder had long been the same is found', () => {
  const discovery = discoverRuns(dir);
  prepared();
  age();
  expect(discovery.newRuns()).toHaveLength(1);
  expect(discovery.newRuns()).toEqual([]);
  const { run } = prepared();
  expect(discovery.newRuns()).toEqual([run]);
});

test('a run whose outcome cannot be read is none', () => {
  const { run } = prepared();
  writeFileSync(runPaths(dir, run.id).outcome, '');
  expect(discoverRuns(dir).newRuns()).toEqual([]);
});

test("a foreign writer's run is found with its first beat, however long after its .pid", () => {
  const discovery = discoverRuns(dir);
  writeFileSync(join(dir, 'other.pid'), `${process.pid}\n`);
  utimesSync(join(dir, 'other.pid'), 1_000, 1_000);
  expect(discovery.newRuns()).toEqual([]);
  writeFileSync(join(dir, 'other.heartbeat'), '');
  expect(discovery.newRuns()).toMatchObject([{ step: 'other' }]);
});

test('a run that another process judges is given when that process does so no longer', async () => {
  let isOthers = true;
  const discovery = discoverRuns(dir, () => isOthers);
  const { run } = prepared();
  expect(discovery.newRuns()).toEqual([]);
  expect(discovery.isAnyLeft()).toBe(true);
  isOthers = false;
  const found: RunRecord[] = [];
  await until(() => found.push(...discovery.newRuns()) > 0, 'the run is given');
  expect(found).toEqual([run]);
  expect(discovery.isAnyLeft()).toBe(false);
});

test('a run that another process judges is forgotten when its records are gone', async () => {
  const discovery = discoverRuns(dir, () => true);
  const { run } = prepared();
  expect(discovery.newRuns()).toEqual([]);
  rmSync(runPaths(dir, run.id).folder, { recursive: true });
  await until(() => discovery.newRuns().length === 0 && !discovery.isAnyLeft(), 'nothing is left');
});

/** A run as a starter prepares it; its record may be written in part. */
function prepared(part = (text: string) => text): { run: RunRecord; file: string; text: string } {
  begun += 1;
  const id = newRunId(
    Date.now(),
    Uint8Array.from({ length: 10 }, () => begun % 32),
  );
  const run: RunRecord = {
    v: 1,
    id,
    step: `job${begun}`,
    argv: ['true'],
    cwd: dir,
    createdAt: Date.now(),
    host: { name: hostname(), ...thisPidScope() },
    policy: DEFAULT_POLICY,
    owner: { user: 'test' },
  };
  const text = encodeJson(run);
  mkdirSync(runPaths(dir, id).folder);
  writeFileSync(runPaths(dir, id).run, part(text));
  return { run, file: runPaths(dir, id).run, text };
}

/** Makes the folder of the runs as old as one that nobody has changed for a minute. */
function age(): void {
  const then = Date.now() / 1000 - 60;
  utimesSync(directoryPaths(dir).runs, then, then);
}
