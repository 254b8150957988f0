import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { until } from '@pm/testing';
import { describe, expect } from 'vitest';
import { connect } from './server.ts';
import { call, facts, job, test } from './stage.ts';

const UNTIL_CUE = job('until-cue.sh');

describe.concurrent('waiting', () => {
  test('a wait answers before its client gives up, and waiting again goes on', async ({ stage }) => {
    const client = await connect(stage.serve({ PM_MCP_BUDGET_MS: '300' }), 'legacy');
    const running = facts(await call(client, 'start_run', { step: 'long', command: [UNTIL_CUE, 'end'], wait: true }));
    expect(running).toMatchObject({
      state: 'running',
      budgetOver: true,
      next: [{ tool: 'wait_run', arguments: { steps: ['long'] } }],
    });
    stage.cue('end');
    for (;;) {
      const { outcome } = facts(await call(client, 'wait_run', { steps: ['long'] }));
      if (outcome === undefined) continue;
      expect(outcome).toBe('success');
      break;
    }
  });

  test('a stop that takes longer than its client waits stands as an order', async ({ stage }) => {
    const client = await connect(stage.serve({ PM_MCP_BUDGET_MS: '500' }), 'auto');
    const command = [job('deaf-until-cue.sh'), 'end'];
    await call(client, 'start_run', { step: 'deaf', command, grace: '30s' });
    await until(() => existsSync(join(stage.folder, 'deaf')));
    const stopping = facts(await call(client, 'stop_run', { steps: ['deaf'] }));
    expect(stopping).toMatchObject({ state: 'stopping', next: [{ tool: 'wait_run' }] });
    expect(facts(await call(client, 'stop_run', { steps: ['deaf'], force: true }))).toMatchObject({
      outcome: 'cancelled',
    });
  });

  test('a client that asks for progress gets it every two seconds, in numbers that grow', async ({ stage }) => {
    const quick = `--require=${JSON.stringify(job('quick-interval.cjs'))}`; // it changes an interval of two seconds alone
    const client = await connect(stage.serve({ NODE_OPTIONS: quick }), 'auto');
    await call(client, 'start_run', { step: 'long', command: [UNTIL_CUE, 'end'] });
    const began = performance.now();
    const told: number[] = [];
    const waiting = client.callTool(
      { name: 'wait_run', arguments: { steps: ['long'] } },
      {
        timeout: 60_000,
        onprogress: ({ progress, message }) => {
          told.push(progress);
          const isUpToDate = /^long running [1-9]\d* s/.test(message ?? ''); // no report has come since its first second
          if (told.length > 1 && isUpToDate) stage.cue('end');
        },
      },
    );
    await waiting;
    expect(told.length).toBeGreaterThan(1);
    expect(told).toEqual(told.map((_, i) => i + 1));
    expect(performance.now() - began).toBeGreaterThan(1_100);
  });
});
