import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { until } from '@pm/testing';
import { SERVERS, type Server } from '@pm/testing/engines';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect } from 'vitest';
import { kill, pm, saidBy, useBuilt } from './built.ts';
import { type EngineProxy, FATES, openProxy } from './proxy.ts';
import { type Stage, test, textOf } from './stage.ts';

// An engine is asked to take a run, and its answer does not arrive: it may have the run or not.

useBuilt();

const UNANSWERED = 'the engine did not answer; whether the entry was added is not known yet';

describe.for(SERVERS)('a queue on $name', ({ isHere, start }) => {
  describe.skipIf(!isHere)('if the server is installed', () => {
    let server: Server;
    let proxy: EngineProxy;
    let queues = 0;
    beforeAll(async () => {
      server = await start();
    });
    afterAll(async () => await server?.remove());
    beforeEach(async () => {
      proxy = await openProxy(server.url);
    });
    afterEach(() => proxy?.close());

    /** The submitter asks through the proxy, the worker does not. */
    function configure({ folder }: Stage): string {
      const queue = `q${process.pid}-${queues++}`;
      for (const [place, engine] of [
        [folder, proxy.url],
        [join(folder, 'host'), server.url],
      ] as const) {
        mkdirSync(place, { recursive: true });
        writeFileSync(join(place, 'pm.config.json'), JSON.stringify({ queues: { [queue]: { engine, lease: '8s' } } }));
      }
      return queue;
    }

    function work(stage: Stage, queue: string): () => Promise<unknown> {
      const leaving = new AbortController();
      const cwd = join(stage.folder, 'host');
      const asked = { queue, name: 'gpu-1', dir: join(cwd, '.pm') };
      const done = stage.ask('worker' as never, asked, { cwd, signal: leaving.signal });
      done.catch(() => {});
      return () => {
        leaving.abort();
        return done;
      };
    }

    const JOB = ['sh', '-c', 'echo x >> "$STAGE/began"'];

    test.for(FATES)('a start whose order is struck (%s) runs once, and is told once', async (fate, { stage }) => {
      const queue = configure(stage);
      const asked = { step: 'train', command: JOB, queue, grace: '1s' };
      proxy.arm('began', fate);
      const { runs, next } = await stage.ask('start', asked);
      expect(proxy.isStruck()).toBe(true);
      expect(runs).toMatchObject([{ step: 'train', state: 'queued', evidence: UNANSWERED }]);
      expect(next).toMatchObject([{ operation: 'wait', input: { steps: ['train'] } }]);
      const again = await stage.ask('start', asked);
      expect(again).toMatchObject({ alreadyRunning: true, runs: [{ id: runs[0]?.id, state: 'queued' }] });
      const leave = work(stage, queue);
      const ended = await stage.askOne('wait', { steps: ['train'] });
      expect(ended).toMatchObject({ id: runs[0]?.id, outcome: 'success' });
      proxy.deliver();
      await stage.ask('start', { ...asked, step: 'last', command: ['true'] });
      expect(await stage.askOne('wait', { steps: ['last'] })).toMatchObject({ outcome: 'success' });
      await leave();
      expect(textOf(join(stage.folder, 'began'))).toBe('x\n');
      expect(readdirSync(join(stage.dir, 'runs'))).toHaveLength(2);
      expect(readdirSync(join(stage.dir, 'work')).filter((name) => !name.startsWith('queue.'))).toEqual([]);
    });

    test.for(['no-answer', 'late'] as const)(
      'a start whose order is struck (%s), and that is stopped then, never runs',
      async (fate, { stage }) => {
        const queue = configure(stage);
        proxy.arm('began', fate);
        await stage.ask('start', { step: 'train', command: JOB, queue, grace: '1s' });
        const stopped = await stage.ask('stop', { steps: ['train'], reason: 'enough' });
        expect(stopped.runs).toMatchObject([{ outcome: 'cancelled', evidence: 'enough' }]);
        expect((await stage.ask('queue', { action: 'show', name: queue })).queues?.[0]).toMatchObject({ waiting: [] });
        proxy.deliver();
        const leave = work(stage, queue);
        await stage.ask('start', { step: 'last', command: ['true'], queue, grace: '1s' });
        expect(await stage.askOne('wait', { steps: ['last'] })).toMatchObject({ outcome: 'success' });
        await leave();
        expect(stage.hasCue('began')).toBe(false);
      },
    );

    test('a start that is killed while it waits for the answer runs once (build first)', async ({ stage }) => {
      const queue = configure(stage);
      proxy.arm('began', 'no-answer');
      const args = ['start', 'train', '--queue', queue, '--grace', '1s', '--', ...JOB];
      const starting = pm(stage, args, { stdio: 'pipe' });
      const said = saidBy(starting);
      await until(() => proxy.isStruck() || starting.exitCode !== null, 'the engine is asked');
      if (!proxy.isStruck()) throw new Error((await said).err);
      await kill(starting);
      expect(await stage.askOne('status', { step: 'train' })).toMatchObject({ state: 'queued' });
      const leave = work(stage, queue);
      // Nobody waits, and there is no resident: each look asks the engine.
      await until(async () => (await stage.askOne('status', { step: 'train' })).state === 'ended', 'it has ended');
      expect(await stage.askOne('status', { step: 'train' })).toMatchObject({ outcome: 'success' });
      await leave();
      expect(textOf(join(stage.folder, 'began'))).toBe('x\n');
    });

    test('a connection that was never made leaves no doubt, and nothing behind', async ({ stage }) => {
      const queue = configure(stage);
      const asked = { step: 'train', command: JOB, queue };
      const dead = new URL(server.url);
      dead.port = '1';
      const wrong = new URL(server.url);
      wrong.password = 'wrong';
      for (const engine of [dead.href, wrong.href, server.url.replace('127.0.0.1', 'engine.invalid')]) {
        writeFileSync(join(stage.folder, 'pm.config.json'), JSON.stringify({ queues: { [queue]: { engine } } }));
        await expect(stage.ask('start', asked)).rejects.toMatchObject({ code: 'engine-unavailable' });
        expect((await stage.ask('ls', {})).runs).toEqual([]);
        expect(readdirSync(join(stage.dir, 'work')).filter((name) => !name.startsWith('queue.'))).toEqual([]);
      }
    });

    test('a server that is suspended before the order leaves no doubt: it is not done later', async ({ stage }) => {
      const queue = configure(stage);
      await server.suspend();
      const refused = stage.ask('start', { step: 'train', command: JOB, queue });
      await expect(refused.finally(server.resume)).rejects.toMatchObject({ code: 'engine-unavailable' });
      expect((await stage.ask('ls', {})).runs).toEqual([]);
      const leave = work(stage, queue);
      await stage.ask('start', { step: 'last', command: ['true'], queue, grace: '1s' });
      expect(await stage.askOne('wait', { steps: ['last'] })).toMatchObject({ outcome: 'success' });
      await leave();
      expect(stage.hasCue('began')).toBe(false);
    });
  });
});
