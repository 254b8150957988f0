import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { until } from '@pm/testing';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { scan } from '../src/platform/current.ts';
import { treeUsage } from '../src/usage/tree-usage.ts';
import { openStage, type Stage } from './stage.ts';

let stage: Stage;
let folder: string;
beforeEach(() => {
  stage = openStage();
  folder = mkdtempSync(join(tmpdir(), 'pm-usage-'));
});
afterEach(async () => {
  rmSync(folder, { recursive: true });
  await stage.close();
});

test('without a cgroup the usage is that of the living processes together', async () => {
  const jobs = [stage.start('spin.mjs'), stage.start('spin.mjs')];
  await until(() => (treeUsage(jobs, scan(), undefined)?.cpuMs ?? 0) >= 100);
  const one = treeUsage(jobs.slice(0, 1), scan(), undefined);
  const both = treeUsage(jobs, scan(), undefined);
  expect([one?.processes, both?.processes]).toEqual([1, 2]);
  expect(one?.memoryBytes).toBeGreaterThan(1_000_000);
  expect(both?.memoryBytes).toBeGreaterThan(1.5 * (one?.memoryBytes ?? 0));
  expect(both?.cpuOverMs).toBeGreaterThan(0);
});

test('our own resident memory is what Node.js says it is', () => {
  const { residentBytes = 0 } = scan().get(process.pid) ?? {};
  expect(residentBytes / process.memoryUsage.rss()).toBeCloseTo(1, 0);
});

test('a cgroup counts what has ended, and each of its figures that is missing is taken from the processes', () => {
  const job = stage.start('spin.mjs');
  writeFileSync(join(folder, 'cpu.stat'), 'usage_usec 5000000\n');
  expect(treeUsage([job], scan(), folder)).toMatchObject({ cpuMs: 5000, processes: 1 });
  expect(treeUsage([job], scan(), folder)?.memoryBytes).toBeGreaterThan(0);
  writeFileSync(join(folder, 'memory.stat'), 'anon 4096\n');
  expect(treeUsage([job], scan(), folder)).toEqual({ cpuMs: 5000, memoryBytes: 4096, processes: 1 });
  rmSync(join(folder, 'cpu.stat'));
  mkdirSync(join(folder, 'cpu.stat')); // not a file: as good as absent
  expect(treeUsage([job], scan(), folder)?.cpuMs).toBeLessThan(5000);
});

test('nothing lives: nothing is used', () => {
  expect(treeUsage([], scan(), undefined)).toBeUndefined();
  expect(treeUsage([{ pid: process.pid, startTime: 'of another' }], scan(), undefined)).toBeUndefined();
});
