import { readdirSync, writeFileSync } from 'node:fs';
import { signalIfSame } from '@pm/process';
import { until } from '@pm/testing';
import { describe, expect, vi } from 'vitest';
import { operations, type RunView } from '../src/index.ts';
import { animal, QUICK, type Stage, test, textOf } from './stage.ts';

vi.setConfig({ maxConcurrency: 6 });

const AT_ONCE = { backoff: '0s', retries: 2 };

describe.concurrent('a run with restart', () => {
  test('that always fails is given up, is told as failed, and opens its breaker at once', async ({ stage }) => {
    await start(stage, ['3', '4', '5'], { restart: 'on-failure', ...AT_ONCE });
    const run = await stage.askOne('wait', { steps: ['work'] });
    expect(run).toMatchObject({ outcome: 'failed', reason: 'gave-up', exitCode: 5, attempts: 3, tail: 'call 3' });
    expect(run.evidence).toBe('exit 5; 3 failures in a row, each within 10m of its start, so it is not started again');
    const again = await stage.ask('start', { step: 'work', command: [animal('in-turn.sh'), '3', '4', '5'], ...QUICK });
    expect(again.refusal).toMatchObject({ kind: 'breaker-open' });
    expect(again.refusal?.message).toContain('failed 3 times with the same error');
    expect(calls(stage)).toBe(3);
  });

  test('always: exits of 0 in a row blow the fuse as well, and are no success', async ({ stage }) => {
    await start(stage, ['0'], { restart: 'always', ...AT_ONCE });
    const run = await stage.askOne('wait', { steps: ['work'] });
    expect(run).toMatchObject({ outcome: 'failed', reason: 'gave-up', exitCode: 0, attempts: 3 });
    expect(run.evidence).toBe('exit 0; 3 ends in a row, each within 10m of its start, so it is not started again');
    expect(textOf(`${stage.dir}/work.status`)).toBe('FAILED\n');
  });

  test('on-failure: an exit of 0 ends it with success', async ({ stage }) => {
    await start(stage, ['3', '0'], { restart: 'on-failure', ...AT_ONCE });
    const run = await stage.askOne('wait', { steps: ['work'] });
    expect(run).toMatchObject({ outcome: 'success', exitCode: 0, attempts: 2 });
  });

  test('126 and 127 are final and do not count as the fuse', async ({ stage }) => {
    await start(stage, ['127'], { restart: 'always', ...AT_ONCE });
    const run = await stage.askOne('wait', { steps: ['work'] });
    expect(run).toMatchObject({ outcome: 'failed', reason: 'exit-nonzero', exitCode: 127, attempts: 1 });
  });

  test('says in its backoff that an attempt has failed, and how long the next one may take', async ({ stage }) => {
    await start(stage, ['3'], { restart: 'on-failure', backoff: '20s' });
    await until(async () => (await status(stage)).attemptExitCode === 3);
    const resting = await status(stage);
    expect(resting).toMatchObject({ state: 'running', attempt: 1 });
    expect(resting.attemptLimit).toBeUndefined();
    expect(resting.evidence).toBe('attempt 1 ended with exit 3; the next begins 20s to 1m after that');
    const stopped = await stage.askOne('stop', { steps: ['work'] });
    expect(stopped).toMatchObject({ outcome: 'cancelled', exitCode: 3, attempts: 1 });
    expect(calls(stage)).toBe(1);
  });

  test('whose wrapper dies in the backoff is lost, and nothing starts it again', async ({ stage }) => {
    await start(stage, ['3'], { restart: 'always', backoff: '1h' });
    await until(async () => (await status(stage)).attemptExitCode === 3);
    signalIfSame(stage.recorded('wrapper'), 'SIGKILL');
    const run = await stage.askOne('wait', { steps: ['work'] });
    expect(run).toMatchObject({ outcome: 'lost', reason: 'wrapper-gone', attempts: 1 });
    expect(run.evidence).toBe('the wrapper died between two attempts; attempt 1 had ended with exit 3');
    expect(calls(stage)).toBe(1);
  });

  test('keeps the newest logs only, and says so of an older one', async ({ stage }) => {
    await start(stage, ['3'], { restart: 'on-failure', backoff: '0s', retries: 7 });
    await stage.askOne('wait', { steps: ['work'] });
    expect([await logs(stage, '4'), await logs(stage, '8')]).toEqual(['call 4\n', 'call 8\n']);
    await expect(logs(stage, '3')).rejects.toMatchObject({
      code: 'usage',
      message: 'The log of attempt 3 of work was removed: with --restart, the newest 5 logs are kept.',
      next: 'Attempts 4 to 8 can be shown.',
    });
  });

  test('is configured for a step', async ({ stage }) => {
    const work = {
      command: [animal('in-turn.sh'), '3'],
      restart: 'on-failure',
      backoff: '0s',
      retries: 1,
      resetAfter: '2m',
    };
    writeFileSync(`${stage.folder}/pm.config.json`, JSON.stringify({ steps: { work } }));
    await stage.ask('start', { step: 'work', ...QUICK });
    const run = await stage.askOne('wait', { steps: ['work'] });
    expect(run).toMatchObject({ reason: 'gave-up', attempts: 2 });
    expect(run.evidence).toContain('2 failures in a row, each within 2m');
  });
});

test.concurrent.for<[string, Record<string, string | number | boolean>, string]>([
  ['--reset-after without --restart', { resetAfter: '1m' }, '--reset-after'],
  ['no restart at all', { restart: 'on-failure', retries: 0 }, '--retries must be at least 1 with restart'],
])('%s is refused: nothing begins', async ([, options, words], { stage }) => {
  await expect(start(stage, ['0'], options)).rejects.toMatchObject({
    code: 'usage',
    message: expect.stringContaining(words),
  });
  expect(calls(stage)).toBe(0);
});

async function start(
  stage: Stage,
  ways: readonly string[],
  options: Readonly<Record<string, string | number | boolean>>,
): Promise<void> {
  const command = [animal('in-turn.sh'), ...ways];
  await stage.ask('start', { step: 'work', command, ...QUICK, ...options });
}

function status(stage: Stage): Promise<RunView> {
  return stage.askOne('status', { step: 'work' });
}

async function logs({ dir, folder, env }: Stage, attempt: string): Promise<string> {
  const operation = await operations.logs();
  const input = operation.input.parse({ step: 'work', dir, attempt });
  const { text } = await operation.run(input, { cwd: folder, env, signal: new AbortController().signal });
  return text;
}

function calls({ folder }: Stage): number {
  return readdirSync(folder).filter((name) => /^call\d+$/.test(name)).length;
}
