import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { built, until } from '@pm/testing';
import { SERVERS, type Server } from '@pm/testing/engines';
import { afterAll, beforeAll, describe, expect } from 'vitest';
import { connect } from './server.ts';
import { call, facts, job, type Stage, test, textOf } from './stage.ts';

const UNTIL_CUE = job('until-cue.sh');
const PM = fileURLToPath(new URL('../../cli/dist/main.cjs', import.meta.url));

describe.for(SERVERS)('a run of a queue on $name', ({ isHere, start }) => {
  describe.skipIf(!isHere)('if the server is installed', () => {
    let server: Server;
    beforeAll(async () => {
      server = await start();
    });
    afterAll(async () => await server?.remove());

    /** A worker in a folder of its own, as on another host. */
    function work(stage: Stage): ChildProcess {
      const host = join(stage.folder, 'host');
      mkdirSync(host, { recursive: true });
      for (const folder of [stage.folder, host])
        writeFileSync(join(folder, 'pm.config.json'), JSON.stringify({ queues: { gpu: { engine: server.url } } }));
      const env = { ...stage.env, PM_DIR: '' };
      return spawn(process.execPath, [built(PM), 'worker', 'gpu', '--name', 'gpu-1'], {
        cwd: host,
        env,
        stdio: 'ignore',
      });
    }

    test('is started, shown, read, given more time, waited for and stopped by the tools', async ({ stage }) => {
      const worker = work(stage);
      const left = once(worker, 'exit');
      try {
        const client = await connect(stage.serve(), 'auto');
        const ask = async (tool: string, input: object) => facts(await call(client, tool, { ...input }));
        const options = { queue: 'gpu', hardTimeout: '2h', grace: '1s' };
        const started = await ask('start_run', { step: 'train', command: [UNTIL_CUE, 'end'], options });
        expect(started).toMatchObject({ step: 'train', state: 'queued' });
        expect(started['evidence'], 'its bounds do not hold it back').not.toContain('bounds');
        await until(async () => (await ask('show_status', { step: 'train' }))['state'] === 'running', 'it runs');
        const shown = await ask('show_status', { step: 'train' });
        expect(shown).toMatchObject({ evidence: 'on gpu-1: wrapper and command alive' });
        expect(shown).not.toHaveProperty('pid');
        expect(await ask('extend_run', { step: 'train', limit: '1h' })).toMatchObject({ limitMs: 3_600_000 });
        const refused = await call(client, 'extend_run', { step: 'train', limit: '3h' });
        expect([refused.isError, textOf(refused)]).toEqual([true, expect.stringContaining('hardTimeout 2h')]);
        stage.cue('end');
        const ended = { outcome: 'success', evidence: 'exit 0; reported by gpu-1' };
        expect(await ask('wait_run', { steps: ['train'] })).toMatchObject(ended);

        const failing = { step: 'test', command: ['sh', '-c', 'echo Error: boom; exit 3'], wait: true, options };
        const failed = await call(client, 'start_run', failing);
        expect(failed.structuredContent).toMatchObject({
          outcome: 'failed',
          exitCode: 3,
          untrustedOutput: 'Error: boom',
        });
        expect(textOf(await call(client, 'read_logs', { step: 'test' }))).toContain('Error: boom');

        await ask('start_run', { step: 'long', command: ['sleep', '600'], options });
        await until(async () => (await ask('show_status', { step: 'long' }))['state'] === 'running', 'it runs');
        const stopped = { outcome: 'cancelled', evidence: 'enough; reported by gpu-1' };
        expect(await ask('stop_run', { steps: ['long'], reason: 'enough' })).toMatchObject(stopped);
        expect(textOf(await call(client, 'recover_runs', {}))).not.toContain('running');
      } finally {
        worker.kill('SIGTERM');
        await left;
      }
    });

    test('is a task that ends with the run, also in a later server', async ({ stage }) => {
      const client = stage.taskClient();
      const worker = work(stage);
      const left = once(worker, 'exit');
      try {
        const command = [UNTIL_CUE, 'end'];
        const asked = { step: 'train', command, wait: true, options: { queue: 'gpu', grace: '1s' } };
        const { result } = await client.call('start_run', asked);
        expect(result).toMatchObject({ resultType: 'task', status: 'working' });
        const taskId = String(result?.['taskId']);
        const later = stage.taskClient();
        expect((await later.request('tasks/get', { taskId })).result).toMatchObject({ status: 'working' });
        stage.cue('end');
        const ended = { status: 'completed', result: { structuredContent: { step: 'train', outcome: 'success' } } };
        expect(await later.ended(taskId)).toMatchObject(ended);
        expect(await client.ended(taskId)).toMatchObject(ended);
      } finally {
        worker.kill('SIGTERM');
        await left;
      }
    });
  });
});
