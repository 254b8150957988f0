import { readFileSync, writeFileSync } from 'node:fs';
import { until } from '@pm/testing';
import { expect } from 'vitest';
import { test } from './stage.ts';

const BUSY = ['sh', '-c', 'sleep 300 & while :; do :; done'];

test('a list and a status say what the tree of a live run uses; an ended run uses nothing', async ({ stage }) => {
  await stage.askOne('start', { step: 'busy', command: BUSY });
  await until(async () => ((await stage.askOne('ls', {})).usage?.cpuMs ?? 0) >= 50);
  for (const verb of ['ls', 'status'] as const) {
    const { usage } = await stage.askOne(verb, verb === 'status' ? { step: 'busy' } : {});
    expect(usage).toMatchObject({ processes: 2 });
    expect(usage?.memoryBytes).toBeGreaterThan(100_000);
    expect(usage?.cpuMs).toBeGreaterThanOrEqual(50);
  }
  expect(await stage.askOne('stop', { steps: ['busy'] })).not.toHaveProperty('usage');
  const [ended] = (await stage.ask('ls', {})).runs;
  expect(ended).toMatchObject({ state: 'ended' });
  for (const field of ['usage', 'cpuPercent', 'usualMs', 'remainingMs']) expect(ended).not.toHaveProperty(field);
});

test('its share of the CPU time is known when it has run for a second', async ({ stage }) => {
  await stage.askOne('start', { step: 'busy', command: BUSY });
  await until(async () => ((await stage.askOne('ls', {})).cpuPercent ?? 0) > 0);
  const { usage, cpuPercent = 0, elapsedMs } = await stage.askOne('status', { step: 'busy' });
  expect(elapsedMs).toBeGreaterThanOrEqual(1_000);
  expect(cpuPercent).toBeCloseTo((100 * (usage?.cpuMs ?? 0)) / elapsedMs, -1); // the age of a process and that of its run differ a little
});

test('how long a step usually takes is known from its successes, and progress tells the rest', async ({ stage }) => {
  for (const code of [0, 0, 1])
    await stage.ask('start', { step: 'train', command: ['sh', '-c', `sleep 0.1; exit ${code}`], wait: true });
  await stage.askOne('start', { step: 'train', command: ['sleep', '300'] });
  const live = await stage.askOne('status', { step: 'train' });
  expect(live.usualMs).toBeGreaterThanOrEqual(100);
  writeFileSync(stage.files().progress, '1/1000 epoch 1\n');
  const { progress, remainingMs = 0, elapsedMs } = await stage.askOne('status', { step: 'train' });
  expect(progress).toBe('1/1000 epoch 1');
  expect(remainingMs).toBeGreaterThan(elapsedMs);
});

test('a run of another host uses nothing that can be seen here', async ({ stage }) => {
  await stage.askOne('start', { step: 'nap', command: ['sleep', '300'] });
  const { run } = stage.files();
  const before = readFileSync(run, 'utf8');
  writeFileSync(run, before.replace(/"bootId":"[^"]*"/, '"bootId":"elsewhere"'));
  expect((await stage.ask('ls', {})).runs[0]).not.toHaveProperty('usage');
  writeFileSync(run, before);
});
