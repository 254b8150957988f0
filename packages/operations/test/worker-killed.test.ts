import type { ChildProcess } from 'node:child_process';
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { openFleetQueue } from '@pm/fleet';
import { presentIn, readRun } from '@pm/protocol/fs';
import { until } from '@pm/testing';
import { SERVERS, type Server } from '@pm/testing/engines';
import { afterAll, beforeAll, describe, expect } from 'vitest';
import { kill, pm, statusOf, useBuilt } from './built.ts';
import { animal, type Stage, test, textOf } from './stage.ts';

// A worker is killed while its run goes on, and another one is started on that host.

useBuilt();

const JOB = 'echo "$1" >> "$STAGE/order"; echo first; until [ -e "$STAGE/$1-go" ]; do sleep 0.05; done; echo last';
const RESULT = 'echo \'{"loss": 1}\' > "$PM_RESULT"; echo "$1 ended" >> "$STAGE/order"';

describe.for(SERVERS)('a host of a queue on $name, whose worker is killed (build first)', ({ isHere, start }) => {
  describe.skipIf(!isHere)('if the server is installed', () => {
    let server: Server;
    let queues = 0;
    beforeAll(async () => {
      server = await start();
    });
    afterAll(async () => await server?.remove());

    function configure({ folder }: Stage, lease: string): string {
      const queue = `q${process.pid}-${queues++}`;
      for (const place of [folder, join(folder, 'host')]) {
        mkdirSync(place, { recursive: true });
        writeFileSync(
          join(place, 'pm.config.json'),
          JSON.stringify({ queues: { [queue]: { engine: server.url, lease } } }),
        );
      }
      return queue;
    }

    const dirOf = ({ folder }: Stage): string => join(folder, 'host', '.pm');

    function work(stage: Stage, queue: string, ...more: string[]): ChildProcess {
      return pm(stage, ['worker', queue, '--name', 'gpu-1', '--dir', dirOf(stage), ...more]);
    }

    async function submit(stage: Stage, queue: string, step: string): Promise<string> {
      const command = ['sh', '-c', `${JOB}; ${RESULT}`, 'sh', step];
      return (await stage.askOne('start', { step, command, queue, grace: '1s' })).id ?? '';
    }

    const leave = async (worker: ChildProcess): Promise<void> => {
      worker.kill('SIGTERM');
      expect(await statusOf(worker)).toBe(0);
    };

    const linesOf = ({ folder }: Stage): string => textOf(join(folder, 'order'));

    /** Nothing says any more that a worker holds something. */
    const heldAt = (stage: Stage): string[] =>
      readdirSync(join(dirOf(stage), 'work')).filter((name) => name.startsWith('held.'));

    test('one that is restarted at once, twice, reports how the run ended', async ({ stage }) => {
      const queue = configure(stage, '2m');
      const id = await submit(stage, queue, 'train');
      let worker = work(stage, queue);
      for (const n of [1, 2]) {
        await until(() => linesOf(stage) === 'train\n', 'it runs');
        await until(async () => (await stage.askOne('status', { step: 'train' })).state === 'running', `told ${n}`);
        await kill(worker);
        worker = work(stage, queue);
      }
      await submit(stage, queue, 'next');
      stage.cue('train-go');
      const ended = await stage.askOne('wait', { steps: ['train'] });
      expect(ended).toMatchObject({ id, outcome: 'success', result: { loss: 1 } });
      expect(ended.evidence).toBe('exit 0; reported by gpu-1');
      expect(textOf(join(stage.dir, 'train.log'))).toBe('first\nlast\n');
      stage.cue('next-go');
      expect(await stage.askOne('wait', { steps: ['next'] })).toMatchObject({ outcome: 'success' });
      await leave(worker);
      // It has one slot, and the run that it has found fills it.
      expect(linesOf(stage)).toBe('train\ntrain ended\nnext\nnext ended\n');
      expect(heldAt(stage)).toEqual([]);
    });

    test('a run that ends while there is no worker is told by the next one, also with --once', async ({ stage }) => {
      const queue = configure(stage, '2m');
      const id = await submit(stage, queue, 'train');
      const worker = work(stage, queue);
      await until(() => linesOf(stage) === 'train\n', 'it runs');
      await kill(worker);
      stage.cue('train-go');
      await until(() => presentIn(readRun(dirOf(stage), id).ending) !== undefined, 'it has ended');
      expect(await statusOf(work(stage, queue, '--once'))).toBe(0);
      expect(await stage.askOne('wait', { steps: ['train'] })).toMatchObject({ id, outcome: 'success' });
      expect(textOf(join(stage.dir, 'train.log'))).toBe('first\nlast\n');
      expect(linesOf(stage)).toBe('train\ntrain ended\n');
    });

    test('a run that ended although its entry was taken back has its output once', async ({ stage }) => {
      const queue = configure(stage, '15s');
      const file = join(stage.folder, 'pm.config.json');
      const command = ['sh', '-c', JOB, 'sh', 'train'];
      const steps = { train: { command, rerun: 'if-lost', grace: '1s' } };
      writeFileSync(file, JSON.stringify({ ...JSON.parse(textOf(file)), steps }));
      const { id = '' } = await stage.askOne('start', { step: 'train', queue });
      const worker = work(stage, queue);
      await until(async () => {
        await stage.askOne('status', { step: 'train' });
        return textOf(join(stage.dir, 'train.log')) === 'first\n';
      }, 'its first line is here');
      await kill(worker);
      stage.cue('train-go');
      await until(() => presentIn(readRun(dirOf(stage), id).ending) !== undefined, 'it has ended');
      await server.expire(queue, id);
      const fleet = openFleetQueue(server.url, { queue, recoverEveryMs: 1 });
      await until(async () => (await fleet.recover()).includes(id), 'it is taken back');
      fleet.close();
      const next = work(stage, queue);
      expect(await stage.askOne('wait', { steps: ['train'] })).toMatchObject({ id, outcome: 'success', logBytes: 11 });
      await leave(next);
      expect(textOf(join(stage.dir, 'train.log'))).toBe('first\nlast\n');
      expect(linesOf(stage)).toBe('train\n');
    });

    test('a stop that was ordered meanwhile is carried out', async ({ stage }) => {
      const queue = configure(stage, '2m');
      await stage.ask('start', { step: 'long', command: [animal('rests.sh')], queue, grace: '1s' });
      const worker = work(stage, queue);
      await until(async () => (await stage.askOne('status', { step: 'long' })).state === 'running', 'it runs');
      await kill(worker);
      const stopping = stage.ask('stop', { steps: ['long'], reason: 'enough' });
      const next = work(stage, queue);
      expect((await stopping).runs).toMatchObject([{ outcome: 'cancelled', evidence: 'enough; reported by gpu-1' }]);
      await leave(next);
    });

    test('one that is restarted after the lease is told as lost, once', async ({ stage }) => {
      const queue = configure(stage, '8s');
      const id = await submit(stage, queue, 'train');
      const worker = work(stage, queue);
      await until(() => linesOf(stage) === 'train\n', 'it runs');
      await kill(worker);
      const here = { step: 'train', dir: dirOf(stage) };
      await until(async () => (await stage.askOne('status', here)).state === 'ended', 'it is ended with its lease');
      const next = work(stage, queue);
      expect(await stage.askOne('wait', { steps: ['train'] })).toMatchObject({
        id,
        outcome: 'lost',
        reason: 'lease-lost',
      });
      await submit(stage, queue, 'next');
      stage.cue('next-go');
      expect(await stage.askOne('wait', { steps: ['next'] })).toMatchObject({ outcome: 'success' });
      await leave(next);
      expect(linesOf(stage)).toBe('train\nnext\nnext ended\n');
      expect(await stage.askOne('status', { step: 'train' })).toMatchObject({ id, outcome: 'lost' });
      expect(heldAt(stage)).toEqual([]);
    });

    test('a worker that is alive keeps what it holds', async ({ stage }) => {
      const queue = configure(stage, '2m');
      await submit(stage, queue, 'train');
      const one = work(stage, queue);
      await until(() => linesOf(stage) === 'train\n', 'it runs');
      await until(() => heldAt(stage).length === 1, 'it is held');
      const file = join(dirOf(stage), 'work', heldAt(stage)[0] ?? '');
      const two = work(stage, queue, '--name', 'gpu-2');
      await submit(stage, queue, 'next');
      stage.cue('next-go');
      expect(await stage.askOne('wait', { steps: ['next'] })).toMatchObject({ evidence: 'exit 0; reported by gpu-2' });
      expect(JSON.parse(textOf(file))).toMatchObject({ holder: { pid: one.pid } });
      await leave(two);
      stage.cue('train-go');
      expect(await stage.askOne('wait', { steps: ['train'] })).toMatchObject({ evidence: 'exit 0; reported by gpu-1' });
      await leave(one);
    });
  });
});
