import { once } from 'node:events';
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { signalIfSame } from '@pm/process';
import { directoryPaths } from '@pm/protocol';
import { claimedSteps, queuedSteps } from '@pm/protocol/fs';
import { until } from '@pm/testing';
import { expect, vi } from 'vitest';
import { readConducted } from '../src/queue/conductor.ts';
import { pm, useBuilt } from './built.ts';
import { type Stage, test } from './stage.ts';

vi.setConfig({ testTimeout: 300_000 });
useBuilt();

const LINES = 12;

test('a batch is resumed after a SIGKILL of everything: what succeeded is not started again, the rest is', async ({
  stage,
}) => {
  const { process: first } = start(stage, ['--slots', '2']);
  await until(() => countOf(stage) >= 3, 'some lines run');
  // In rounds: what is killed first may have just started something.
  await until(() => {
    const alive = stage.alive();
    for (const identity of alive) signalIfSame(identity, 'SIGKILL');
    return alive.length === 0;
  }, 'all are dead');
  if (first.exitCode === null && first.signalCode === null) await once(first, 'exit');
  const succeeded = resultsOf(stage).filter(({ outcome }) => outcome === 'success');
  stage.cue('go');
  const { batch } = await stage.ask('batch', { file: 'jobs.jsonl', resume: true });
  expect(batch?.counts).toEqual({ success: LINES });
  const results = resultsOf(stage);
  expect(new Set(results.map(({ key }) => key)).size).toBe(LINES);
  expect(results).toHaveLength(LINES);
  for (const { key } of succeeded) expect(startsOf(stage, String(key))).toBe(1);
  for (const { key } of results) expect(startsOf(stage, String(key))).toBeLessThanOrEqual(2);
});

test('a line whose pm was killed between its start and the end of its waiting is started again', async ({ stage }) => {
  const keep = 'until test -e "$PM_DIR/queued/jobs-2"; do sleep 0.05; done; cp "$PM_DIR/queued/jobs-2" kept';
  const lines = [
    ['sh', '-c', keep],
    ['sh', '-c', 'test -e go'],
  ];
  writeFileSync(join(stage.folder, 'jobs.jsonl'), lines.map((line) => `${JSON.stringify(line)}\n`).join(''));
  const { batch: first } = await stage.ask('batch', { file: 'jobs.jsonl' });
  expect(first?.counts).toEqual({ success: 1, failed: 1 });
  cpSync(join(stage.folder, 'kept'), join(stage.dir, 'queued', 'jobs-2'));
  stage.cue('go');
  const { batch } = await stage.ask('batch', { file: 'jobs.jsonl', resume: true });
  expect(batch?.counts).toEqual({ success: 2 });
  expect(queuedSteps(stage.dir)).toEqual([]);
});

test('a batch whose pm was killed goes on in line, by anybody who looks', async ({ stage }) => {
  const { process: first } = start(stage, ['--slots', '2']);
  const known = () => new Set([...claimedSteps(stage.dir), ...queuedSteps(stage.dir)]);
  await until(() => countOf(stage) >= 2 && known().size === LINES, 'two lines run, and all others are in line');
  first.kill('SIGKILL');
  await once(first, 'exit');
  stage.cue('go');
  const { runs } = await stage.ask('wait', { steps: Array.from({ length: LINES }, (_, i) => `jobs-k${i}`) });
  expect(runs.map(({ outcome }) => outcome)).toEqual(Array.from({ length: LINES }, () => 'success'));
  const { batch } = await stage.ask('batch', { file: 'jobs.jsonl', resume: true });
  expect(batch).toMatchObject({ before: LINES, counts: { success: LINES } });
  for (let i = 0; i < LINES; i++) expect(startsOf(stage, `k${i}`)).toBe(1);
});

test('the resident leaves the runs of a batch to its pm, and takes over when that is killed', async ({ stage }) => {
  const { process: first } = start(stage, ['--slots', '2'], { PM_RESIDENT: 'on' });
  const known = () => new Set([...claimedSteps(stage.dir), ...queuedSteps(stage.dir)]);
  await until(() => countOf(stage) >= 3 && known().size === LINES, 'one line has ended, and all are in line or run');
  await until(() => readConducted(stage.dir).batches.size === 1, 'pm batch says that it conducts');
  first.kill('SIGKILL');
  await once(first, 'exit');
  expect(readConducted(stage.dir).batches.size).toBe(0);
  stage.cue('go');
  const { ended } = directoryPaths(stage.dir);
  await until(() => readdirSync(ended).length === LINES, 'all have ended, and nobody but the resident has looked');
  for (let i = 0; i < LINES; i++) expect(startsOf(stage, `k${i}`)).toBe(1);
});

test('two processes do not run a batch at the same time', async ({ stage }) => {
  const { process: first } = start(stage, []);
  await until(() => countOf(stage) >= 1, 'a line runs');
  await expect(stage.ask('batch', { file: 'jobs.jsonl', resume: true })).rejects.toMatchObject({
    message: expect.stringContaining(`process ${first.pid} runs the batch jobs now`),
  });
  stage.cue('go');
  expect(await once(first, 'exit')).toEqual([0, null]);
});

/** Lines that note their start, and wait for the cue `go`. */
function start(stage: Stage, options: readonly string[], env: Readonly<Record<string, string>> = {}) {
  mkdirSync(join(stage.folder, 'ran'));
  const lines = Array.from({ length: LINES }, (_, i) => ({
    key: `k${i}`,
    command: ['sh', '-c', `echo x >> ran/k${i}; ${i === 0 ? '' : 'until test -e go; do sleep 0.05; done'}`],
  }));
  writeFileSync(join(stage.folder, 'jobs.jsonl'), lines.map((line) => `${JSON.stringify(line)}\n`).join(''));
  return { process: pm(stage, ['batch', 'jobs.jsonl', ...options], { env }) };
}

function countOf(stage: Stage): number {
  return readdirSync(join(stage.folder, 'ran')).length;
}

function startsOf(stage: Stage, key: string): number {
  return readFileSync(join(stage.folder, 'ran', key), 'utf8').split('\n').length - 1;
}

function resultsOf(stage: Stage): Readonly<Record<string, unknown>>[] {
  const file = join(stage.folder, 'jobs.jsonl.results.jsonl');
  if (!existsSync(file)) return [];
  const lines = readFileSync(file, 'utf8')
    .split('\n')
    .filter((line) => line.endsWith('}'));
  return lines.map((line) => JSON.parse(line));
}
