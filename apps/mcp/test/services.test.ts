import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect } from 'vitest';
import { connect } from './server.ts';
import { call, facts, job, type Stage, test, textOf } from './stage.ts';

const LISTENS = [
  'node',
  '-e',
  "require('http').createServer((_, r) => r.end('ok')).listen(process.env.PORT, '127.0.0.1')",
];

/** A service in pm.config.json that takes a free port. */
function configure({ folder }: Stage, more: object = {}): void {
  const web = { command: LISTENS, port: 'auto', ready: ['http:http://127.0.0.1:{port}/'], grace: '1s' };
  writeFileSync(join(folder, 'pm.config.json'), JSON.stringify({ steps: { web, ...more } }));
}

describe.concurrent('services', () => {
  test('ensure, test and down are three calls, and a model reads at most 900 bytes', async ({ stage }) => {
    configure(stage);
    const client = await connect(stage.serve(), 'auto');
    const ready = await call(client, 'start_run', { step: 'web', options: { ensure: true } });
    expect(facts(ready)).toMatchObject({ step: 'web', state: 'running', ready: true, port: expect.any(Number) });
    const { port, id } = facts(ready);
    const { url } = await fetch(`http://127.0.0.1:${port}/`);
    expect(url).toContain(String(port));
    const down = await call(client, 'stop_run', { all: true });
    expect(facts(down)).toMatchObject({ step: 'web', id, state: 'ended', outcome: 'cancelled', ports: [{ port }] });
    const read = [ready, down].map(textOf).join('');
    expect(Buffer.byteLength(read), read).toBeLessThanOrEqual(900);
  });

  test('the second ensure finds the first, and the holder of the port is named', async ({ stage }) => {
    configure(stage);
    const client = await connect(stage.serve(), 'auto');
    const { port, id } = facts(await call(client, 'start_run', { step: 'web', options: { ensure: true } }));
    const again = facts(await call(client, 'start_run', { step: 'web', options: { ensure: true } }));
    expect(again).toMatchObject({ alreadyRunning: true, id, port, ready: true });
    const held = facts(await call(client, 'show_status', { port }));
    expect(held).toMatchObject({
      id,
      holders: [{ port, step: 'web' }],
      next: [{ tool: 'stop_run', arguments: { port } }],
    });
    await call(client, 'stop_run', { port });
    expect(facts(await call(client, 'show_status', { port }))).toEqual({ runs: [], holders: [], advice: 'proceed' });
  });

  test('a client that has to be answered soon is answered before the service is ready', async ({ stage }) => {
    configure(stage, { late: { command: [job('rests.sh')], ready: ['file:never'], grace: '1s' } });
    const client = await connect(stage.serve({ PM_MCP_BUDGET_MS: '300' }), 'legacy');
    const asked = facts(await call(client, 'start_run', { step: 'late', options: { ensure: true } }));
    expect(asked).toMatchObject({
      ready: false,
      budgetOver: true,
      next: [{ tool: 'start_run', arguments: { step: 'late', options: { ensure: true } } }, {}, {}],
    });
    const all = facts(await call(client, 'start_run', { options: { up: true } }));
    expect(all).toMatchObject({ budgetOver: true });
    await call(client, 'stop_run', { all: true });
  });

  test('a process that was started with & is adopted under a name, and stopped', async ({ stage }) => {
    const client = await connect(stage.serve(), 'auto');
    const child = spawn('sleep', ['1000'], { stdio: 'ignore' });
    const gone = once(child, 'exit');
    const adopted = facts(await call(client, 'start_run', { step: 'mine', options: { adopt: child.pid } }));
    expect(adopted).toMatchObject({
      step: 'mine',
      state: 'running',
      notes: [expect.stringContaining('not started by pm')],
    });
    facts(await call(client, 'stop_run', { steps: ['mine'] }));
    expect(await gone).toEqual([null, 'SIGTERM']);
  });
});
