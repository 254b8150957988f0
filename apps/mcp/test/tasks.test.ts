import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { until } from '@pm/testing';
import { afterAll, beforeAll, describe, expect, vi } from 'vitest';
import { serveBuilt } from './server.ts';
import { call, facts, job, openStage, type Stage, test, textOf } from './stage.ts';
import { asTaskClient, type TaskClient } from './task-client.ts';

vi.setConfig({ maxConcurrency: 3 });

const UNTIL_CUE = job('until-cue.sh');
const TASK = {
  resultType: 'task',
  status: 'working',
  ttlMs: null,
  pollIntervalMs: expect.any(Number),
  createdAt: expect.stringMatching(/Z$/),
};

describe.concurrent('of one server', () => {
  let stage: Stage;
  let client: TaskClient;
  beforeAll(() => {
    stage = openStage();
    client = stage.taskClient();
  });
  afterAll(() => stage.close());
  const runOf = async (name: string) => (await stage.runs()).find(({ step }) => step === name);

  test('a wait is a task for a client that knows tasks, and tells how the run ended', async () => {
    const { result: task } = await client.call('start_run', {
      step: 'train',
      command: [UNTIL_CUE, 'end-train'],
      wait: true,
    });
    expect(task).toMatchObject(TASK);
    const taskId = String(task?.['taskId']);
    expect(taskId.length).toBeLessThanOrEqual(24);
    expect((await client.request('tasks/get', { taskId })).result).toMatchObject({ status: 'working' });
    stage.cue('end-train');
    const done = await client.ended(taskId);
    expect(done).toMatchObject({ status: 'completed', result: { structuredContent: { outcome: 'success' } } });
    expect(done.result?.isError).toBeUndefined();
  });

  test('what has ended before the wait is no task', async () => {
    await client.call('start_run', { step: 'quick', command: ['true'] });
    await until(async () => (await runOf('quick'))?.state === 'ended');
    const { result } = await client.call('wait_run', { steps: ['quick'] });
    expect(result).toMatchObject({ structuredContent: { outcome: 'success', advice: 'proceed' } });
  });

  test('a run that failed is a completed task whose text alone tells the story', async () => {
    const command = [job('prints-hostile.sh'), 'end-tests'];
    const { result: task } = await client.call('start_run', { step: 'tests', command, wait: true });
    expect(task).toMatchObject(TASK);
    stage.cue('end-tests');
    const { status, result } = await client.ended(String(task?.['taskId']));
    expect([status, result?.isError]).toEqual(['completed', true]);
    expect(JSON.parse(textOf(result ?? { content: [] }))).toMatchObject({
      outcome: 'failed',
      exitCode: 7,
      advice: 'fix',
    });
  });

  test('cancelling a task ends the waiting alone, says so, and may be repeated', async () => {
    const { result: task } = await client.call('start_run', {
      step: 'long',
      command: [UNTIL_CUE, 'end-long'],
      wait: true,
    });
    const taskId = String(task?.['taskId']);
    for (const _ of [1, 2]) expect((await client.request('tasks/cancel', { taskId })).error).toBeUndefined();
    expect((await client.request('tasks/get', { taskId })).result).toMatchObject({
      status: 'cancelled',
      statusMessage: 'long: only the wait was cancelled, the run goes on; stop_run ends the run, wait_run waits again',
    });
    expect(await runOf('long')).toMatchObject({ state: 'running' });
    const { result: again } = await client.call('wait_run', { steps: ['long'] });
    stage.cue('end-long');
    expect(await client.ended(String(again?.['taskId']))).toMatchObject({ status: 'completed' });
  });

  test('a task is for those who declare it, and an unknown one is a mistake of the protocol', async () => {
    const { result: task } = await client.call('start_run', {
      step: 'other',
      command: [UNTIL_CUE, 'end-other'],
      wait: true,
    });
    const taskId = String(task?.['taskId']);
    expect((await client.request('tasks/get', { taskId }, {})).error?.code).toBe(-32021);
    for (const unknown of ['', 'wait-', 'wait-e30', `wait-${'A'.repeat(9_000)}`, 'task-1'])
      for (const method of ['tasks/get', 'tasks/cancel'])
        expect((await client.request(method, { taskId: unknown })).error?.code).toBe(-32602);
    stage.cue('end-other');
  });
});

test.concurrent('a request for a task is held until the wait is over, and holds nothing else up', async ({ stage }) => {
  const client = stage.taskClient(stage.serve());
  const { result: task } = await client.call('start_run', { step: 'train', command: [UNTIL_CUE, 'end'], wait: true });
  const answers: string[] = [];
  const asked = client.request('tasks/get', { taskId: String(task?.['taskId']) });
  void asked.then(() => answers.push('task'));
  for (const _ of [1, 2, 3]) await client.call('ls_runs', {}).then(() => answers.push('list'));
  stage.cue('end');
  expect((await asked).result).toMatchObject({
    status: 'completed',
    result: { structuredContent: { outcome: 'success' } },
  });
  expect(answers).toEqual(['list', 'list', 'list', 'task']);
});

test.concurrent('a held request ends when its task is cancelled, and when the client takes it back', async ({
  stage,
}) => {
  const client = stage.taskClient(stage.serve());
  const { result: task } = await client.call('start_run', { step: 'train', command: [UNTIL_CUE, 'end'], wait: true });
  const taskId = String(task?.['taskId']);
  const id = client.nextId();
  const takenBack = client.request('tasks/get', { taskId });
  await client.call('ls_runs', {}); // now it is held
  client.notify('notifications/cancelled', { requestId: id });
  const held = client.request('tasks/get', { taskId });
  await client.call('ls_runs', {});
  await client.request('tasks/cancel', { taskId });
  expect((await held).result).toMatchObject({ status: 'cancelled' });
  expect(await Promise.race([takenBack, 'unanswered'])).toBe('unanswered');
  stage.cue('end');
});

test.concurrent('a client that cannot write its state gets a long id, which any server understands', async ({
  stage,
}) => {
  const file = join(stage.folder, 'no-folder');
  writeFileSync(file, '');
  const client = stage.taskClient(stage.serve({ XDG_STATE_HOME: file, PM_MCP_BUDGET_MS: '300' }));
  const { result: task } = await client.call('start_run', { step: 'train', command: [UNTIL_CUE, 'end'], wait: true });
  const taskId = String(task?.['taskId']);
  expect(taskId.length).toBeGreaterThan(100);
  stage.cue('end');
  expect(await stage.taskClient().ended(taskId)).toMatchObject({ status: 'completed' });
});

test.concurrent('a server that is killed in a wait loses neither the run nor the task, wherever the next one is started', async ({
  stage,
}) => {
  const first = stage.serve();
  const client = stage.taskClient(first);
  const { result: task } = await client.call('start_run', { step: 'train', command: [UNTIL_CUE, 'end'], wait: true });
  const taskId = String(task?.['taskId']);
  first.child.kill('SIGKILL');
  await first.gone;

  const elsewhere = join(stage.folder, 'else where');
  mkdirSync(join(elsewhere, '.git'), { recursive: true });
  const other = serveBuilt(elsewhere, { ...stage.env, PM_MCP_BUDGET_MS: '300' });
  stage.later(async () => void other.child.stdin?.end());
  const next = asTaskClient(other);
  expect((await next.request('tasks/get', { taskId })).result).toMatchObject({ taskId, status: 'working' });
  stage.cue('end');
  expect(await next.ended(taskId)).toMatchObject({ result: { structuredContent: { result: { acc: 0.93 } } } });

  const third = stage.taskClient(); // and a task that had ended before this one came
  const { result } = await third.request('tasks/get', { taskId });
  expect(result).toMatchObject({ status: 'completed', createdAt: task?.['createdAt'] });
  expect(facts(await call(await stage.client('auto'), 'show_status', { step: 'train' }))).toMatchObject({
    outcome: 'success',
  });
});

test.concurrent('a task means its own run, whatever is started under the same name later', async ({ stage }) => {
  const client = stage.taskClient();
  const first = { step: 'train', command: [UNTIL_CUE, 'first'], wait: true };
  const { result: task } = await client.call('start_run', first);
  stage.cue('first');
  await client.ended(String(task?.['taskId']));
  await client.call('start_run', { step: 'train', command: [UNTIL_CUE, 'second'] });
  const other = stage.taskClient();
  expect((await other.request('tasks/get', { taskId: String(task?.['taskId']) })).result).toMatchObject({
    status: 'completed',
    result: { structuredContent: { outcome: 'success', back: 1 } },
  });
  stage.cue('second');
});

test.concurrent('trouble ends a task as it ends a wait', async ({ stage }) => {
  const client = stage.taskClient();
  const started = { step: 'slow', command: [job('rests.sh')], quietAfter: '200ms', stale: '2s', wait: true };
  const { result: task } = await client.call('start_run', started);
  const { result } = await client.ended(String(task?.['taskId']));
  expect(result?.isError).toBeUndefined();
  expect(result?.structuredContent).toMatchObject({ step: 'slow', attention: 'quiet', next: expect.any(Array) });
});
