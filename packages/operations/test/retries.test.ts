import { existsSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { signalIfSame } from '@pm/process';
import { until } from '@pm/testing';
import { describe, expect, vi } from 'vitest';
import { type OperationEvent, operations, type RunView } from '../src/index.ts';
import { animal, QUICK, type Stage, test, textOf } from './stage.ts';

vi.setConfig({ maxConcurrency: 6 });

describe.concurrent('a run with retries', () => {
  test('that fails twice and then succeeds is a success, and says how many attempts it took', async ({ stage }) => {
    await start(stage, ['3', '4', '0'], { retries: 3, backoff: '100ms' });
    const run = await stage.askOne('wait', { steps: ['work'] });
    expect(run).toMatchObject({ outcome: 'success', reason: 'exit-zero', exitCode: 0, attempts: 3 });
    expect(run.elapsedMs).toBeGreaterThanOrEqual(200); // the whole run, not the last attempt
    expect(run.attempt).toBeUndefined();
  });

  test('that always fails ends as its last attempt did', async ({ stage }) => {
    await start(stage, ['3', '4', '5'], { retries: 2, backoff: '0s' });
    const run = await stage.askOne('wait', { steps: ['work'] });
    expect(run).toMatchObject({ outcome: 'failed', exitCode: 5, attempts: 3, tail: 'call 3' });
  });

  test('that need not be retried has made one attempt', async ({ stage }) => {
    await start(stage, ['127'], { retries: 2, backoff: '0s' });
    expect(await stage.askOne('wait', { steps: ['work'] })).toMatchObject({ exitCode: 127, attempts: 1 });
  });

  test('says in its backoff that an attempt has failed', async ({ stage }) => {
    await start(stage, ['3'], { retries: 3, backoff: '30m' });
    await until(async () => (await status(stage)).attemptExitCode === 3);
    const resting = await status(stage);
    expect(resting).toMatchObject({ state: 'running', attempt: 1, attemptLimit: 4 });
    expect(resting.evidence).toBe('attempt 1 of 4 ended with exit 3; the next begins 30m after that');
    expect(resting.pid).toBeUndefined();
  });

  test('says which attempt is on, and began with the first', async ({ stage }) => {
    await start(stage, ['3', 'hold'], { retries: 3, backoff: '200ms' });
    await until(async () => (await status(stage)).attempt === 2 && (await status(stage)).pid !== undefined);
    const again = await status(stage);
    expect(again.attemptExitCode).toBeUndefined();
    expect(again.startedAt).toBe(Math.round(statSync(stage.files().wrapper).mtimeMs));
    stage.cue('go');
    expect(await stage.askOne('wait', { steps: ['work'] })).toMatchObject({ outcome: 'success', attempts: 2 });
  });

  test('is not hung by the silence of its backoff, however long it is watched', async ({ stage }) => {
    const policy = { retries: 1, backoff: '4s', liveness: 'output', stale: '1500ms', beat: '100ms' };
    await start(stage, ['3', '0'], policy);
    expect(await stage.askOne('wait', { steps: ['work'] })).toMatchObject({ outcome: 'success', attempts: 2 });
  });

  test('is hung by the silence of an attempt, and that is final', async ({ stage }) => {
    const policy = { retries: 5, backoff: '100ms', liveness: 'output', stale: '1500ms', beat: '100ms' };
    await start(stage, ['3', 'hold'], policy);
    expect(await stage.askOne('wait', { steps: ['work'] })).toMatchObject({ outcome: 'hung', attempts: 2 });
    expect(calls(stage)).toBe(2);
  });

  test('is stopped in its backoff, and no other attempt begins', async ({ stage }) => {
    await start(stage, ['3'], { retries: 3, backoff: '1h' });
    await until(async () => (await status(stage)).attemptExitCode === 3);
    const stopped = await stage.askOne('stop', { steps: ['work'], reason: 'enough' });
    expect(stopped).toMatchObject({ outcome: 'cancelled', evidence: 'enough', exitCode: 3, attempts: 1 });
    expect(stopped.tail).toBe('call 1');
    await until(() => stage.alive().length === 0);
    expect(calls(stage)).toBe(1);
    expect(textOf(`${stage.dir}/work.status`)).toBe('FAILED\n');
  });

  test('is stopped in its second attempt', async ({ stage }) => {
    await start(stage, ['3', 'hold'], { retries: 3, backoff: '0s' });
    await until(() => calls(stage) === 2);
    expect(await stage.askOne('stop', { steps: ['work'] })).toMatchObject({ outcome: 'cancelled', attempts: 2 });
    await until(() => stage.alive().length === 0);
    expect(calls(stage)).toBe(2);
  });

  test('is stopped with what an attempt before left running', async ({ stage }) => {
    await stage.ask('start', {
      step: 'work',
      command: [animal('leaves-in-turn.sh')],
      ...QUICK,
      retries: 1,
      backoff: '0s',
    });
    await until(async () => (await status(stage)).attempt === 2);
    await until(() => stage.alive().some(({ pid }) => String(pid) === textOf(`${stage.folder}/left`).trim()));
    const stopped = await stage.askOne('stop', { steps: ['work'] });
    expect(stopped.survivors).toBeUndefined();
    await until(() => stage.alive().length === 0);
  });

  test('is over its limit in its backoff', async ({ stage }) => {
    await start(stage, ['3'], { retries: 3, backoff: '1h', timeout: '3s' });
    const run = await stage.askOne('wait', { steps: ['work'] });
    expect(run).toMatchObject({ outcome: 'timeout', exitCode: 3, attempts: 1 });
    expect(calls(stage)).toBe(1);
  });

  test('whose wrapper dies in the backoff is lost', async ({ stage }) => {
    await start(stage, ['3'], { retries: 3, backoff: '1h' });
    await until(async () => (await status(stage)).attemptExitCode === 3);
    signalIfSame(stage.recorded('wrapper'), 'SIGKILL');
    const run = await stage.askOne('wait', { steps: ['work'] });
    expect(run).toMatchObject({ outcome: 'lost', reason: 'wrapper-gone', attempts: 1 });
    expect(run.evidence).toBe('the wrapper died between two attempts; attempt 1 of 4 had ended with exit 3');
  });

  test('is followed by run from its first attempt to its last', async ({ stage }) => {
    const events: OperationEvent[] = [];
    const command = [animal('in-turn.sh'), '3', '4', '0'];
    const input = { step: 'work', command, ...QUICK, retries: 2, backoff: '100ms' };
    await stage.ask('run', input, { report: (event) => void events.push(event) });
    const bytes = events.flatMap((event) => (event.type === 'output' ? [event.bytes] : []));
    expect(Buffer.concat(bytes).toString()).toBe('call 1\ncall 2\ncall 3\n');
  });

  test('that is attended tells of a failed attempt, and can be cancelled there', async ({ stage }) => {
    const leaving = new AbortController();
    const told: RunView[] = [];
    const report = (event: OperationEvent): void => {
      if (event.type !== 'attempt') return;
      told.push(event.run);
      leaving.abort();
    };
    const input = { step: 'work', command: [animal('in-turn.sh'), '3'], ...QUICK, retries: 2, backoff: '1h' };
    const run = await stage.askOne('run', input, { report, signal: leaving.signal });
    expect(run).toMatchObject({ outcome: 'cancelled', exitCode: 3, attempts: 1 });
    expect(told).toMatchObject([{ attempt: 1, attemptLimit: 3, attemptExitCode: 3 }]);
  });

  test('shows the log of each attempt', async ({ stage }) => {
    await start(stage, ['3', '0'], { retries: 1, backoff: '0s' });
    await stage.ask('wait', { steps: ['work'] });
    expect([await logs(stage, '1'), await logs(stage, '2'), await logs(stage)]).toEqual([
      'call 1\n',
      'call 2\n',
      'call 2\n',
    ]);
    await expect(logs(stage, '3')).rejects.toMatchObject({ code: 'usage' });
  });

  test('waits for a line of whichever attempt', async ({ stage }) => {
    await start(stage, ['3', 'hold'], { retries: 1, backoff: '300ms' });
    expect(await stage.askOne('wait', { steps: ['work'], forLine: 'call 2' })).toMatchObject({ lineSeen: 'call 2' });
    stage.cue('go');
    expect(await stage.askOne('wait', { steps: ['work'] })).toMatchObject({ outcome: 'success' });
  });
});

test.concurrent('a backoff without retries is refused: nothing begins', async ({ stage }) => {
  await expect(start(stage, ['0'], { backoff: '1s' })).rejects.toMatchObject({ code: 'usage' });
  expect(existsSync(`${stage.dir}/runs`) ? readdirSync(`${stage.dir}/runs`) : []).toEqual([]);
});

test.concurrent('a backoff that the configuration gives to steps without retries is no mistake', async ({ stage }) => {
  writeFileSync(`${stage.folder}/pm.config.json`, JSON.stringify({ defaults: { backoff: '1h' } }));
  await start(stage, ['3'], {});
  const run = await stage.askOne('wait', { steps: ['work'] });
  expect(run).toMatchObject({ outcome: 'failed', exitCode: 3 });
  expect(run.attempts).toBeUndefined();
});

async function start(
  stage: Stage,
  ways: readonly string[],
  options: Readonly<Record<string, string | number>>,
): Promise<void> {
  const command = [animal('in-turn.sh'), ...ways];
  await stage.ask('start', { step: 'work', command, ...QUICK, ...options });
}

function status(stage: Stage): Promise<RunView> {
  return stage.askOne('status', { step: 'work' });
}

async function logs({ dir, folder, env }: Stage, attempt?: string): Promise<string> {
  const operation = await operations.logs();
  const input = operation.input.parse({ step: 'work', dir, attempt });
  const { text } = await operation.run(input, { cwd: folder, env, signal: new AbortController().signal });
  return text;
}

function calls({ folder }: Stage): number {
  return readdirSync(folder).filter((name) => /^call\d+$/.test(name)).length;
}
