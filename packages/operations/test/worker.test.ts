import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { openFleetQueue } from '@pm/fleet';
import type { Report } from '@pm/protocol';
import {
  addWork,
  openDirectory,
  openWork,
  presentIn,
  readOutcome,
  readQueued,
  readReport,
  readRunRecord,
} from '@pm/protocol/fs';
import { until } from '@pm/testing';
import { SERVERS, type Server } from '@pm/testing/engines';
import { afterAll, beforeAll, describe, expect } from 'vitest';
import { openEngine } from '../src/elsewhere/engine-of-queue.ts';
import { openFollower } from '../src/elsewhere/news-follower.ts';
import { closeEngines } from '../src/elsewhere/shared-engines.ts';
import { workOf } from '../src/queue/queue-folder.ts';
import { unpackEnv } from '../src/queued/queued-call.ts';
import { openQueueWork } from '../src/turn/queue-work.ts';
import { openSlowProxy } from './slow-proxy.ts';
import { animal, type Stage, test, textOf } from './stage.ts';
import { configureQueue, workAt } from './workers.ts';

describe.for(SERVERS)('a queue on $name', ({ isHere, start }) => {
  describe.skipIf(!isHere)('if the server is installed', () => {
    let server: Server;
    beforeAll(async () => {
      server = await start();
    });
    afterAll(async () => await server?.remove());

    const configure = (stage: Stage, more: object = {}, steps: object = {}): string =>
      configureQueue(stage, server.url, more, steps);
    const work = workAt;

    async function endingOf(stage: Stage, step: string) {
      const [run] = (await stage.ask('wait', { steps: [step] })).runs;
      return run;
    }

    test('a run is put in line, taken by a worker, and its ending, output and result arrive', async ({ stage }) => {
      const queue = configure(stage);
      const command = [
        'sh',
        '-c',
        'echo "hello from $(pwd)"; echo "$TRAVELS-$STAYS"; echo \'{"loss": 1}\' > "$PM_RESULT"',
      ];
      const env = { ...stage.env, TRAVELS: 'yes', STAYS: 'no' };
      const { runs } = await stage.ask('start', { step: 'train', command, queue, grace: '1s' }, { env });
      expect(runs).toMatchObject([
        { step: 'train', state: 'queued', evidence: `1st in ${queue}; no worker is connected` },
      ]);
      const worker = work(stage, queue);
      expect(await endingOf(stage, 'train')).toMatchObject({
        outcome: 'success',
        evidence: 'exit 0; reported by gpu-1',
        result: { loss: 1 },
      });
      expect(textOf(join(stage.dir, 'train.log'))).toBe(`hello from ${join(stage.folder, 'host')}\nyes-\n`);
      expect((await worker.leave()).runs).toMatchObject([{ step: 'train', outcome: 'success' }]);
      expect((await stage.ask('down', { dir: worker.dir })).runs).toEqual([]);
    });

    test('who is told how it ends is on record at the submitter', async ({ stage }) => {
      const queue = configure(stage);
      const notify = [`command:${animal('tells.sh')}`];
      await stage.ask('start', { step: 'train', command: ['false'], queue, notify, grace: '1s' });
      const worker = work(stage, queue);
      expect(await endingOf(stage, 'train')).toMatchObject({ outcome: 'failed' });
      await worker.leave();
      const [run] = (await stage.ask('status', { step: 'train' })).runs;
      expect(run?.notifications).toMatchObject([{ target: expect.stringContaining('tells.sh') }]);
    });

    test('a stop travels to the worker, and its tree is gone', async ({ stage }) => {
      const queue = configure(stage);
      await stage.ask('start', { step: 'long', command: [animal('rests.sh')], queue, grace: '1s' });
      const worker = work(stage, queue);
      await until(async () => (await stage.askOne('status', { step: 'long' })).state === 'running', 'it runs');
      const [stopped] = (await stage.ask('stop', { steps: ['long'], reason: 'enough' })).runs;
      expect(stopped).toMatchObject({ outcome: 'cancelled', evidence: 'enough; reported by gpu-1' });
      await worker.leave();
      await stage.untilGone();
    });

    test('a new limit travels to the worker, and counts when that has confirmed it', async ({ stage }) => {
      const queue = configure(stage);
      const limits = { timeout: '30m', hardTimeout: '2h' };
      const { id = '' } = await stage.askOne('start', {
        step: 'long',
        command: [animal('rests.sh')],
        queue,
        grace: '1s',
        ...limits,
      });
      const worker = work(stage, queue);
      await until(async () => (await stage.askOne('status', { step: 'long' })).state === 'running', 'it runs');
      const there = { step: 'long', dir: worker.dir };
      expect(await stage.askOne('extend', { step: 'long', limit: '+30m' })).toMatchObject({ limitMs: 3_600_000 });
      expect(await stage.askOne('status', there)).toMatchObject({ limitMs: 3_600_000 });
      // Somebody on its host shortens it meanwhile: what is added is added to the limit that counts.
      await stage.ask('extend', { ...there, limit: '50m' });
      await until(
        async () => (await stage.askOne('status', { step: 'long' })).limitMs === 3_000_000,
        'it is known here',
      );
      expect(await stage.askOne('extend', { step: 'long', limit: '+30m' })).toMatchObject({ limitMs: 4_800_000 });
      expect((await stage.ask('extend', { step: 'long', limit: '3h' })).refusal?.message).toContain(
        '--hard-timeout 2h',
      );
      // Its host has the last word, whoever has left the order.
      const fleet = openFleetQueue(server.url, { queue });
      await fleet.order(id, { limit: { toMs: 10_800_000, by: 'anybody', at: Date.now() + 1_000 } });
      const answered = () => readReport(stage.dir, id)?.report.limitOrder?.refused;
      await until(async () => {
        await stage.ask('status', { step: 'long' });
        return answered() !== undefined;
      }, 'it is refused');
      expect(answered()).toContain('long was started with --hard-timeout 2h');
      for (const limit of [5, { toMs: -1 }, { toMs: 'none' }, { toMs: 60_000, by: [], at: 1 }])
        await fleet.order(id, { limit });
      expect((await stage.ask('stop', { steps: ['long'] })).runs).toMatchObject([{ outcome: 'cancelled' }]);
      expect((await stage.ask('extend', { step: 'long', limit: '+1h' })).refusal).toMatchObject({ kind: 'ended' });
      await worker.leave();
      await stage.untilGone();
    });

    test('one that waits is taken out, and never begins', async ({ stage }) => {
      const queue = configure(stage);
      await stage.ask('start', { step: 'never', command: ['touch', join(stage.folder, 'began')], queue });
      expect((await stage.ask('stop', { steps: ['never'] })).runs).toMatchObject([{ outcome: 'cancelled' }]);
      const worker = work(stage, queue);
      await stage.ask('start', { step: 'next', command: ['true'], queue, grace: '1s' });
      expect(await endingOf(stage, 'next')).toMatchObject({ outcome: 'success' });
      await worker.leave();
      expect(stage.hasCue('began')).toBe(false);
    });

    test('of a line that is too long to ask for each run in every look, every ending arrives', async ({ stage }) => {
      const queue = configure(stage);
      const steps = Array.from({ length: 24 }, (_, i) => `line${i}`);
      for (const step of steps) await stage.ask('start', { step, command: ['true'], queue, grace: '1s' });
      const worker = work(stage, queue);
      const { runs } = await stage.ask('wait', { steps });
      expect(runs.filter(({ outcome }) => outcome === 'success')).toHaveLength(steps.length);
      await worker.leave();
    });

    test('one that lost its worker is told at the next look, however long the line is', async ({ stage }) => {
      const queue = configure(stage);
      const steps = Array.from({ length: 45 }, (_, i) => `line${i}`);
      for (const step of steps) await stage.ask('start', { step, command: ['true'], queue });
      const holder = openFleetQueue(server.url, { queue, leaseMs: 3_600_000, recoverEveryMs: 1 });
      const next = await holder.next();
      if (next.kind === 'none') throw new Error(next.why);
      const { entry } = next.lease;
      await holder.begin(next.lease);
      await holder.renew(next.lease, reportOfBegun(stage, entry));
      const { look } = openFollower(stage.dir);
      await look();
      expect(presentIn(readRunRecord(stage.dir, entry.id))).toBeDefined();
      await server.expire(queue, entry.id);
      // Somebody else takes it back, and does not tell.
      await until(async () => (await holder.recover()).includes(entry.id), 'it is taken back');
      holder.close();
      await look();
      expect(presentIn(readOutcome(stage.dir, entry.id))).toMatchObject({ outcome: 'lost', reason: 'lease-lost' });
      closeEngines();
    });

    test('one that was taken out on another host never began', async ({ stage }) => {
      const queue = configure(stage);
      const { id = '' } = await stage.askOne('start', { step: 'never', command: ['true'], queue });
      expect(await (await openEngine(queue, stage.dir)).cancel(id)).toBe(true);
      closeEngines();
      expect(await endingOf(stage, 'never')).toMatchObject({
        outcome: 'cancelled',
        evidence: 'taken out of its queue',
      });
      expect((await stage.ask('queue', { name: queue })).queues).toMatchObject([{ waiting: [] }]);
    });

    test('submitter and worker never run at the same time', async ({ stage }) => {
      const queue = configure(stage);
      await stage.ask('start', { step: 'train', command: ['sh', '-c', 'echo out; exit 3'], queue, grace: '1s' });
      const worker = stage.ask(
        'worker' as never,
        { queue, once: true, dir: join(stage.folder, 'host', '.pm') },
        { cwd: join(stage.folder, 'host') },
      );
      expect((await worker).runs).toMatchObject([{ outcome: 'failed', exitCode: 3 }]);
      expect(await endingOf(stage, 'train')).toMatchObject({ outcome: 'failed', exitCode: 3, tail: 'out' });
    });

    test('a stop that the engine does not hear of says that the run may still start', async ({ stage }) => {
      const queue = configure(stage);
      await stage.ask('start', { step: 'train', command: ['true'], queue, grace: '1s' });
      const file = join(stage.folder, 'pm.config.json');
      const config = textOf(file);
      writeFileSync(file, config.replace(server.url, 'redis://127.0.0.1:1'));
      await expect(stage.ask('stop', { steps: ['train'] })).rejects.toMatchObject({
        code: 'engine-unavailable',
        message: expect.stringMatching(/^train is not stopped and may still start: .*ECONNREFUSED/),
        next: 'pm stop train',
      });
      writeFileSync(file, config);
      expect((await stage.ask('stop', { steps: ['train'] })).runs).toMatchObject([{ outcome: 'cancelled' }]);
    });

    test('a worker without the label leaves it to one that has it', async ({ stage }) => {
      const queue = configure(stage);
      await stage.ask('start', { step: 'train', command: ['true'], queue, label: ['mem=32GiB'], grace: '1s' });
      const without = work(stage, queue, { name: 'cpu-1' });
      await stage.ask('start', { step: 'any', command: ['true'], queue, grace: '1s' });
      expect(await endingOf(stage, 'any')).toMatchObject({ outcome: 'success', evidence: 'exit 0; reported by cpu-1' });
      const why = 'no connected worker says that it has mem=32GiB';
      // Now and then the worker looks at it again.
      await until(async () => (await stage.askOne('status', { step: 'train' })).evidence === `1st in ${queue}; ${why}`);
      await until(async () => (await stage.ask('queue', { name: queue })).queues?.[0]?.waiting[0]?.why === why);
      const fit = work(stage, queue, { name: 'gpu-1', label: ['mem=64GiB'] });
      expect(await endingOf(stage, 'train')).toMatchObject({ evidence: 'exit 0; reported by gpu-1' });
      await Promise.all([without.leave(), fit.leave()]);
    });

    test('failures count wherever they happened, and the open breaker refuses the next start', async ({ stage }) => {
      const queue = configure(stage);
      const [one, two] = [
        work(stage, queue, { name: 'gpu-1' }),
        work(stage, queue, { name: 'gpu-2', dir: join(stage.folder, 'host', 'other') }),
      ];
      const asked = { step: 'train', command: ['sh', '-c', 'echo Error: boom; exit 3'], queue, grace: '1s' };
      for (let n = 1; n <= 3; n++) {
        await stage.ask('start', asked);
        expect(await endingOf(stage, 'train')).toMatchObject({ outcome: 'failed', exitCode: 3 });
      }
      const { refusal } = await stage.ask('start', asked);
      expect(refusal).toMatchObject({ kind: 'breaker-open' });
      await Promise.all([one.leave(), two.leave()]);
    });

    test('one that may run again does so on the host that has lost it', async ({ stage }) => {
      const job = 'echo x >> "$STAGE/began"; until [ -e "$STAGE/go" ]; do sleep 0.05; done';
      const steps = { train: { command: ['sh', '-c', job], rerun: 'if-lost', grace: '1s' } };
      const queue = configure(stage, {}, steps);
      const { id } = await stage.askOne('start', { step: 'train', queue });
      const worker = work(stage, queue, { slots: 2 });
      await until(() => textOf(join(stage.folder, 'began')) === 'x\n', 'it runs');
      await server.suspend();
      await until(
        async () => (await stage.askOne('status', { step: 'train', dir: worker.dir })).state === 'ended',
        'it is ended with its lease',
      );
      await server.resume();
      await until(() => textOf(join(stage.folder, 'began')) === 'x\nx\n', 'it runs again');
      stage.cue('go');
      expect(await endingOf(stage, 'train')).toMatchObject({ id, outcome: 'success' });
      await worker.leave();
      expect(textOf(join(stage.folder, 'began'))).toBe('x\nx\n');
      expect(readdirSync(join(worker.dir, 'runs'))).toHaveLength(2);
    });

    test('one that waits again after its worker was lost is ended when its queue is cleared', async ({ stage }) => {
      const steps = { train: { command: ['sh', '-c', 'echo x >> "$STAGE/began"'], rerun: 'if-lost' } };
      const queue = configure(stage, {}, steps);
      const { id = '' } = await stage.askOne('start', { step: 'train', queue });
      const holder = openFleetQueue(server.url, { queue, recoverEveryMs: 1 });
      const next = await holder.next();
      if (next.kind === 'none') throw new Error(next.why);
      await holder.begin(next.lease);
      await server.expire(queue, id);
      await until(async () => (await holder.recover()).includes(id), 'it waits again');
      holder.close();
      const { notes, runs } = await stage.ask('queue', { action: 'clear', name: queue });
      expect([runs, notes]).toEqual([[], ['runs that wait again after a lost worker, ended by the next one: 1']]);
      const worker = work(stage, queue);
      expect(await endingOf(stage, 'train')).toMatchObject({
        outcome: 'cancelled',
        evidence: 'on gpu-1: it was ordered to end',
      });
      await worker.leave();
      expect(existsSync(join(stage.folder, 'began'))).toBe(false);
    });

    test('what the worker refuses is the outcome, and says why', async ({ stage }) => {
      const queue = configure(stage);
      await stage.ask('start', { step: 'train', command: ['no-such-program'], queue });
      const worker = work(stage, queue);
      expect(await endingOf(stage, 'train')).toMatchObject({
        outcome: 'cancelled',
        reason: 'refused',
        evidence: 'on gpu-1: no-such-program is not on the PATH',
      });
      await worker.leave();
    });

    test('while the engine is away nothing is put in line, and what ran ends with its lease', async ({ stage }) => {
      const queue = configure(stage);
      await stage.ask('start', { step: 'train', command: [animal('rests.sh')], queue, grace: '1s' });
      const worker = work(stage, queue);
      await until(async () => (await stage.askOne('status', { step: 'train' })).state === 'running', 'it runs');
      await server.stop();
      try {
        await expect(stage.ask('start', { step: 'other', command: ['true'], queue })).rejects.toMatchObject({
          code: 'engine-unavailable',
        });
        await expect(stage.ask('extend', { step: 'train', limit: '+1h' })).rejects.toMatchObject({
          code: 'engine-unavailable',
          message: expect.stringContaining('The limit of train could not be changed'),
        });
        expect((await stage.ask('ls', {})).runs).toHaveLength(1);
        const here = { dir: worker.dir };
        await until(
          async () => (await stage.askOne('status', { step: 'train', ...here })).state === 'ended',
          'it ended',
        );
        expect(await stage.askOne('status', { step: 'train', ...here })).toMatchObject({
          outcome: 'lost',
          reason: 'lease-lost',
        });
      } finally {
        await server.start();
      }
      expect(await endingOf(stage, 'train')).toMatchObject({ outcome: 'lost', reason: 'lease-lost' });
      await worker.leave();
    });

    test('much output over a slow way costs a run neither its lease nor its success', async ({ stage }) => {
      const slow = await openSlowProxy(server.url, 60);
      try {
        const queue = configure(stage);
        const config = textOf(join(stage.folder, 'pm.config.json'));
        writeFileSync(join(stage.folder, 'host', 'pm.config.json'), config.replace(server.url, slow.url));
        const command = ['sh', '-c', 'head -c 6291456 /dev/zero | tr "\\0" x; echo; echo end'];
        await stage.ask('start', { step: 'train', command, queue, grace: '1s' });
        const worker = work(stage, queue);
        expect(await endingOf(stage, 'train')).toMatchObject({ outcome: 'success' });
        await worker.leave();
        const log = readFileSync(join(stage.dir, 'train.log'));
        expect([log.length, log.subarray(-5).toString()]).toEqual([6_291_456 + 5, '\nend\n']);
      } finally {
        slow.close();
      }
    });

    test('a command that the system refuses to start has failed, as on this machine', async ({ stage }) => {
      const queue = configure(stage);
      const command = ['true', 'x'.repeat(131_072)];
      await stage.ask('start', { step: 'train', command, queue, skipChecks: true, grace: '1s' });
      const worker = work(stage, queue);
      expect(await endingOf(stage, 'train')).toMatchObject({ outcome: 'failed', exitCode: 126 });
      expect((await worker.leave()).runs).toMatchObject([{ outcome: 'failed', exitCode: 126 }]);
    });

    test('a second order to end stops what the worker runs', async ({ stage }) => {
      const queue = configure(stage);
      await stage.ask('start', { step: 'long', command: [animal('rests.sh')], queue, grace: '10m' });
      const force = new AbortController();
      const worker = work(stage, queue, {}, { force: force.signal });
      await until(async () => (await stage.askOne('status', { step: 'long' })).state === 'running', 'it runs');
      const left = worker.leave();
      force.abort();
      expect((await left).runs).toMatchObject([{ step: 'long', outcome: 'cancelled' }]);
      expect(await endingOf(stage, 'long')).toMatchObject({ outcome: 'cancelled' });
      await stage.untilGone();
    });

    test('a second order to end stops what the worker runs also while the engine is away', async ({ stage }) => {
      const queue = configure(stage, { lease: '1h' });
      await stage.ask('start', { step: 'long', command: [animal('rests.sh')], queue, grace: '10m' });
      const force = new AbortController();
      const worker = work(stage, queue, {}, { force: force.signal });
      await until(async () => (await stage.askOne('status', { step: 'long' })).state === 'running', 'it runs');
      await server.stop();
      const left = worker.leave();
      try {
        force.abort();
        const here = { step: 'long', dir: worker.dir };
        await until(async () => (await stage.askOne('status', here)).state === 'ended', 'it is ended');
        expect(await stage.askOne('status', here)).toMatchObject({ outcome: 'cancelled' });
        await stage.untilGone();
      } finally {
        await server.start();
      }
      expect((await left).runs).toMatchObject([{ step: 'long', outcome: 'cancelled' }]);
      expect(await endingOf(stage, 'long')).toMatchObject({ outcome: 'cancelled' });
    });

    test('one that was ordered to end is not begun by whoever takes it then', async ({ stage }) => {
      const queue = configure(stage);
      const { id = '' } = await stage.askOne('start', { step: 'train', command: ['touch', 'began'], queue });
      const fleet = await openEngine(queue, stage.dir);
      await fleet.order(id, { stop: { evidence: 'enough' } });
      closeEngines();
      const worker = work(stage, queue);
      expect(await endingOf(stage, 'train')).toMatchObject({ evidence: 'on gpu-1: it was ordered to end' });
      await worker.leave();
      expect(existsSync(join(stage.folder, 'host', 'began'))).toBe(false);
    });

    test('a run whose records are deleted ends nothing else of its worker', async ({ stage }) => {
      const queue = configure(stage);
      for (const step of ['gone', 'stays'])
        await stage.ask('start', { step, command: [animal('rests.sh')], queue, grace: '1s' });
      const worker = work(stage, queue, { slots: 2 });
      const stateOf = async (step: string) => (await stage.askOne('status', { step })).state;
      await until(async () => (await stateOf('gone')) === 'running' && (await stateOf('stays')) === 'running');
      const { id = '' } = await stage.askOne('status', { step: 'gone' });
      rmSync(join(worker.dir, 'runs', id), { recursive: true, force: true });
      expect(await endingOf(stage, 'gone')).toMatchObject({ outcome: 'lost', reason: 'lease-lost' });
      expect(await stateOf('stays')).toBe('running');
      await stage.ask('stop', { steps: ['stays'] });
      expect((await worker.leave()).runs).toContainEqual(expect.objectContaining({ step: 'stays' }));
    });

    test('a password is in no record, answer or process list', async ({ stage }) => {
      const queue = configure(stage, { engine: 'env:TEST_ENGINE' });
      process.env['TEST_ENGINE'] = server.url;
      const secret = new URL(server.url).password;
      try {
        const asked = await stage.ask(
          'start',
          { step: 'train', command: ['sh', '-c', 'env; ps ax'], queue, grace: '1s' },
          { env: { ...stage.env, TEST_ENGINE: server.url } },
        );
        const worker = work(stage, queue);
        const ended = await endingOf(stage, 'train');
        expect(ended).toMatchObject({ outcome: 'success' });
        await worker.leave();
        for (const told of [asked, ended, textOf(join(stage.dir, 'train.log')), ...recordsIn(stage)])
          expect(JSON.stringify(told)).not.toContain(secret);
      } finally {
        delete process.env['TEST_ENGINE'];
      }
    });

    test('a command gets the address of no engine, also not of another queue', async ({ stage }) => {
      const queue = configure(stage);
      const file = join(stage.folder, 'host', 'pm.config.json');
      const config = JSON.parse(textOf(file));
      writeFileSync(file, JSON.stringify({ queues: { ...config.queues, other: { engine: 'env:OTHER_ENGINE' } } }));
      const env = { ...stage.env, OTHER_ENGINE: 'redis://:word@other', NEXT_TO_IT: 'yes' };
      const worker = work(stage, queue, {}, { env });
      await stage.ask('start', { step: 'train', command: ['env'], queue, grace: '1s' });
      expect(await endingOf(stage, 'train')).toMatchObject({ outcome: 'success' });
      await worker.leave();
      const log = textOf(join(stage.dir, 'train.log'));
      expect(log).toContain('NEXT_TO_IT=yes');
      expect(log).not.toContain('OTHER_ENGINE');
    });

    test('a batch keeps only the variables that travel, and that of the engine does not', async ({ stage }) => {
      const queue = configure(stage, { engine: 'env:TEST_ENGINE', env: ['TRAVELS', 'TEST_*'] });
      const jobs = [{ command: ['env'] }, { command: ['env'], env: { TRAVELS: 'line', OTHER: 'no' } }];
      writeFileSync(join(stage.folder, 'jobs.jsonl'), jobs.map((job) => JSON.stringify(job)).join('\n'));
      process.env['TEST_ENGINE'] = server.url;
      try {
        const env = { ...stage.env, TRAVELS: 'yes', TEST_ENGINE: server.url };
        const batch = stage.ask('batch', { file: 'jobs.jsonl', queue }, { env });
        const kept = (step: string) => {
          const record = presentIn(readQueued(stage.dir, step));
          return record && unpackEnv(record.env);
        };
        await until(() => kept('jobs-2') !== undefined, 'both lines wait');
        expect([kept('jobs-1'), kept('jobs-2')]).toEqual([{ TRAVELS: 'yes' }, { TRAVELS: 'line' }]);
        const worker = work(stage, queue);
        await batch;
        await worker.leave();
        const logs = ['jobs-1', 'jobs-2'].map((step) => textOf(join(stage.dir, `${step}.log`)));
        for (const log of logs) expect(log).not.toMatch(/TEST_ENGINE|OTHER/);
        expect(logs.map((log) => /TRAVELS=(.*)/.exec(log)?.[1])).toEqual(['yes', 'line']);
      } finally {
        delete process.env['TEST_ENGINE'];
      }
    });
  });
});

/** The first report of a worker that has begun a run of the stage. */
function reportOfBegun({ dir }: Stage, { id, step }: { readonly id: string; readonly step: string }): Report {
  const queued = presentIn(readQueued(dir, step));
  if (queued === undefined) throw new Error(`${step} does not wait`);
  const { argv, policy, owner, createdAt } = queued;
  const host = { name: 'gpu', bootId: 'boot', pidNamespace: '1' };
  const run = { v: 1 as const, id, step, argv, cwd: '/there', createdAt, host, policy, owner };
  const worker = { name: 'gpu-1', host };
  return { v: 1, id, seq: 1, at: Date.now(), worker, run, state: 'running', evidence: 'alive', elapsedMs: 1 };
}

function recordsIn({ dir, folder }: Stage): string[] {
  return [dir, join(folder, 'host', '.pm'), join(folder, 'state')]
    .flatMap((place) => filesIn(place))
    .map((file) => readFileSync(file, 'latin1'));
}

function filesIn(folder: string): string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
}

describe('a label', () => {
  test.for([
    ['without a queue', {}],
    ['for a queue of this machine', { queue: 'heavy' }],
  ] as const)('%s is refused', async ([, more], { stage }) => {
    const asked = stage.ask('start', { step: 'train', command: ['true'], label: ['cuda'], ...more });
    await expect(asked).rejects.toMatchObject({ code: 'usage', message: expect.stringContaining('--label says') });
  });
});

test('an engine that is gone for good keeps no resident alive once nothing waits for it', async ({ stage }) => {
  const config = { queues: { gone: { engine: 'redis://127.0.0.1:1' } } };
  writeFileSync(join(stage.folder, 'pm.config.json'), JSON.stringify(config));
  openDirectory(stage.dir);
  addWork(stage.dir, workOf('engine:gone'), 'engine:gone');
  const over = new AbortController();
  const work = openQueueWork(stage.dir, { cwd: '/', env: {}, signal: over.signal });
  try {
    await until(() => {
      work.turn();
      return openWork(stage.dir).length === 0;
    }, 'nothing is left to do');
  } finally {
    over.abort();
  }
});
