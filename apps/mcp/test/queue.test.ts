import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect } from 'vitest';
import { connect } from './server.ts';
import { call, facts, job, test, textOf } from './stage.ts';

const UNTIL_CUE = job('until-cue.sh');
const IN_HEAVY = { options: { queue: 'heavy' } };

describe.concurrent('a run that waits for its turn', () => {
  test('is told its place and then its ending, in at most 600 bytes', async ({ stage }) => {
    const client = await connect(stage.serve(), 'auto');
    await call(client, 'start_run', { step: 'build', command: [UNTIL_CUE, 'end'], ...IN_HEAVY });
    const queued = await call(client, 'start_run', { step: 'npm-test', command: ['true'], ...IN_HEAVY });
    expect(facts(queued)).toMatchObject({
      step: 'npm-test',
      state: 'queued',
      evidence: '1st in heavy behind build',
      queue: { name: 'heavy', place: 1, waiting: 1 },
      next: [{ tool: 'wait_run', arguments: { steps: ['npm-test'] } }],
    });
    const waiting = call(client, 'wait_run', { steps: ['npm-test'] });
    stage.cue('end');
    const ended = await waiting;
    expect(facts(ended)).toMatchObject({ outcome: 'success' });
    const read = [queued, ended].map(textOf).join('');
    expect(Buffer.byteLength(read), read).toBeLessThanOrEqual(600);
  });

  test('is still queued when the client has to answer first, and waiting again goes on', async ({ stage }) => {
    const client = await connect(stage.serve({ PM_MCP_BUDGET_MS: '300' }), 'legacy');
    await call(client, 'start_run', { step: 'build', command: [UNTIL_CUE, 'end'], ...IN_HEAVY });
    const waited = await call(client, 'start_run', { step: 'check', command: ['true'], wait: true, ...IN_HEAVY });
    expect(facts(waited)).toMatchObject({ state: 'queued', budgetOver: true, next: [{ tool: 'wait_run' }] });
    stage.cue('end');
    for (;;) {
      const { outcome } = facts(await call(client, 'wait_run', { steps: ['check'] }));
      if (outcome === undefined) continue;
      expect(outcome).toBe('success');
      break;
    }
  });

  test('is a task that goes on until its ending, also in a later server', async ({ stage }) => {
    const client = stage.taskClient();
    await client.call('start_run', { step: 'build', command: [UNTIL_CUE, 'end'], ...IN_HEAVY });
    const { result } = await client.call('start_run', { step: 'check', command: ['true'], wait: true, ...IN_HEAVY });
    expect(result).toMatchObject({ resultType: 'task', status: 'working' });
    const taskId = String(result?.['taskId']);
    const later = stage.taskClient();
    expect((await later.request('tasks/get', { taskId })).result).toMatchObject({ status: 'working' });
    stage.cue('end');
    const ended = { status: 'completed', result: { structuredContent: { step: 'check', outcome: 'success' } } };
    expect(await later.ended(taskId)).toMatchObject(ended);
    expect(await client.ended(taskId)).toMatchObject(ended);
  });

  test('is not refused while as many runs are live as the bounds allow: it waits until fewer are', async ({
    stage,
  }) => {
    writeFileSync(join(stage.folder, 'pm.config.json'), '{"bounds":{"concurrentRuns":1,"startsPerMinute":3}}');
    const client = await connect(stage.serve(), 'auto');
    await call(client, 'start_run', { step: 'build', command: [UNTIL_CUE, 'end'] });
    expect((await call(client, 'start_run', { step: 'now', command: ['true'] })).isError).toBe(true);
    const queued = facts(await call(client, 'start_run', { step: 'check', command: ['true'], ...IN_HEAVY }));
    expect(queued).toMatchObject({ state: 'queued', evidence: expect.stringMatching(/fewer than 1 runs are live/) });
    await call(client, 'start_run', { step: 'deploy', command: ['true'], ...IN_HEAVY });
    const fourth = await call(client, 'start_run', { step: 'lint', command: ['true'], ...IN_HEAVY });
    expect([fourth.isError, textOf(fourth)]).toEqual([true, expect.stringContaining('3 starts in the last minute')]);
    const waiting = call(client, 'wait_run', { steps: ['check'] });
    stage.cue('end');
    expect(facts(await waiting)).toMatchObject({ step: 'check', outcome: 'success' });
  });

  test('is stopped at once, and so is what waits for it', async ({ stage }) => {
    const client = await connect(stage.serve(), 'auto');
    await call(client, 'start_run', { step: 'build', command: [UNTIL_CUE, 'end'], ...IN_HEAVY });
    await call(client, 'start_run', { step: 'check', command: ['true'], ...IN_HEAVY });
    await call(client, 'start_run', { step: 'deploy', command: ['true'], options: { after: ['check'] } });
    expect(facts(await call(client, 'stop_run', { steps: ['check'] }))).toMatchObject({
      step: 'check',
      outcome: 'cancelled',
      evidence: 'asked to stop',
    });
    expect(facts(await call(client, 'wait_run', { steps: ['deploy'] }))).toMatchObject({
      outcome: 'cancelled',
      reason: 'dependency-failed',
      evidence: 'check did not succeed: cancelled',
    });
    stage.cue('end');
  });
});
