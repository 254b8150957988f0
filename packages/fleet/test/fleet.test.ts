import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { newRunId } from '@pm/protocol';
import { FRONT, type ListedTicket } from '@pm/queue';
import { until } from '@pm/testing';
import { SERVERS, type Server } from '@pm/testing/engines';
import { Queue } from 'bullmq';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { type FleetEntry, type FleetLease, type FleetOptions, type FleetQueue, openFleetQueue } from '../src/index.ts';

const HOLDER = fileURLToPath(new URL('fixtures/holder.mjs', import.meta.url));

describe.for(SERVERS)('what an engine adds, on $name', ({ name, isHere, start }) => {
  describe.skipIf(!isHere)('if the server is installed', () => {
    let server: Server;
    let queue = newRunId(Date.now());
    const opened: FleetQueue[] = [];
    const open = (options: Partial<FleetOptions> = {}): FleetQueue => {
      const usual = { queue, leaseMs: 3_600_000, recoverEveryMs: 1, timeoutMs: 60_000 };
      const one = openFleetQueue(server.url, { ...usual, ...options });
      opened.push(one);
      return one;
    };
    const lose = async ({ entry }: FleetLease): Promise<void> => {
      await server.expire(queue, entry.id);
      await until(async () => (await open().recover()).includes(entry.id));
    };

    beforeAll(async () => {
      server = await start();
    });
    afterEach(() => {
      for (const one of opened.splice(0)) one.close();
      queue = newRunId(Date.now());
    });
    afterAll(async () => await server?.remove());

    test('a long line is listed in its order, and what is far from its turn can be read', async () => {
      const one = open();
      const entries = Array.from({ length: 40 }, () => anEntry());
      for (const entry of entries) await one.enqueue(entry);
      const { waiting, total } = await one.list();
      expect(total).toBe(40);
      expect(waiting.map(({ id }) => id)).toEqual(entries.map(({ id }) => id));
      expect(await one.read(waiting[39] as ListedTicket)).toMatchObject({ id: entries[39]?.id, step: 'work' });
    });

    test('what is held and what has ended is in motion, what waits is not', async () => {
      const one = open({ host: 'gpu-1' });
      const entries = [anEntry(), anEntry(), anEntry()];
      for (const entry of entries) await one.enqueue(entry);
      expect(await one.inMotion()).toEqual(new Set());
      const [first, second] = [await take(one), await take(one)];
      expect(await one.inMotion()).toEqual(new Set([first.entry.id, second.entry.id]));
      await one.begin(second);
      await one.finish(first, {});
      await lose(second);
      expect(await one.inMotion(), 'it waits until somebody ends it').toEqual(new Set([first.entry.id]));
      await one.next();
      expect(await one.inMotion(), 'one is lost, and the third one was taken').toEqual(
        new Set(entries.map(({ id }) => id)),
      );
    });

    test('what the submitter adds reaches the holder, and what the holder says reaches the submitter', async () => {
      const submitter = open();
      const entry = anEntry({ work: { argv: ['python', 'train.py'] } });
      await submitter.enqueue(entry);
      expect(await submitter.standing(entry.id)).toEqual({ kind: 'waiting' });
      const worker = open({ host: 'gpu 1' });
      const lease = await take(worker);
      expect(lease).toMatchObject({
        entry: { id: entry.id, step: 'work' },
        work: entry.work,
        turn: 1,
        order: undefined,
      });
      expect(await submitter.standing(entry.id)).toMatchObject({ kind: 'running', host: 'gpu-1', hasBegun: false });
      expect(await worker.begin(lease)).toMatchObject({ kind: 'held' });
      expect(await worker.renew(lease, { phase: 'loading' })).toMatchObject({ kind: 'held', order: undefined });
      const running = { kind: 'running', host: 'gpu-1', turn: 1, hasBegun: true, news: { phase: 'loading' } };
      expect(await submitter.standing(entry.id)).toEqual(running);
      expect(await submitter.order(entry.id, { stop: { graceMs: 5 } })).toBe(true);
      expect(await worker.renew(lease)).toMatchObject({ kind: 'held', order: { stop: { graceMs: 5 } } });
      expect(await submitter.order(entry.id, { limit: { toMs: 7 } })).toBe(true);
      expect(await submitter.order(entry.id, { limit: { toMs: 9 } })).toBe(true);
      expect(await worker.renew(lease), 'an order takes the place of one of its name only').toMatchObject({
        order: { stop: { graceMs: 5 }, limit: { toMs: 9 } },
      });
      expect(await worker.hosts()).toEqual([{ name: 'gpu-1', labels: [] }]);
      expect(await worker.finish(lease, { exitCode: 3 })).toBe(true);
      expect(await worker.finish(lease, { exitCode: 3 }), 'the answer may have been lost').toBe(true);
      expect(await worker.renew(lease)).toEqual({ kind: 'lost' });
      expect(await submitter.standing(entry.id)).toEqual({ kind: 'ended', host: 'gpu-1', result: { exitCode: 3 } });
      expect(await submitter.order(entry.id, {})).toBe(false);
      await submitter.enqueue(entry);
      expect(await worker.next(), 'it is known that it has ended').toEqual({ kind: 'none', why: 'empty' });
      expect(await submitter.standing(newRunId(Date.now()))).toEqual({ kind: 'unknown' });
    });

    test('a late holder is told that it has lost, and what it writes does not count', async () => {
      const entry = anEntry();
      await open().enqueue(entry);
      const worker = open();
      const late = await take(worker);
      await lose(late);
      const holder = await take(worker);
      expect(holder).toMatchObject({ entry: { id: entry.id }, turn: 2 });
      expect(await worker.begin(late)).toEqual({ kind: 'lost' });
      expect(await worker.begin(holder)).toMatchObject({ kind: 'held' });
      expect(await worker.renew(holder, 'from the holder')).toMatchObject({ kind: 'held' });
      expect(await worker.renew(late, 'from the late one')).toEqual({ kind: 'lost' });
      expect(await worker.finish(late, 'from the late one')).toBe(false);
      expect(await worker.putBack(late)).toBe(false);
      expect(await open().standing(entry.id)).toMatchObject({ kind: 'running', turn: 2, news: 'from the holder' });
      expect(await worker.finish(holder, 'from the holder')).toBe(true);
      expect(await worker.finish(late, 'from the late one')).toBe(false);
      expect(await open().standing(entry.id)).toMatchObject({ kind: 'ended', result: 'from the holder' });
    });

    test('what had begun is lost with its holder, at once for its submitter, and nobody starts it', async () => {
      const [entry, other] = [anEntry(), anEntry({ priority: 100 })];
      await open().enqueue(entry);
      const lease = await take(open());
      await open().begin(lease);
      await open().enqueue(other);
      await lose(lease);
      expect(await open().standing(entry.id)).toMatchObject({ kind: 'lost', why: 'lease-lost' });
      const listed = await open().list();
      expect([listed.total, listed.waiting.map(({ id }) => id)], 'it no longer waits').toEqual([1, [other.id]]);
      expect((await take(open())).entry.id).toBe(other.id);
      expect(await open().next()).toEqual({ kind: 'none', why: 'empty' });
      expect(await open().standing(entry.id)).toMatchObject({ kind: 'lost', why: 'lease-lost' });
      expect((await open().list()).total).toBe(0);
    });

    test('what may run twice is given to another holder after it had begun', async () => {
      const entry = anEntry({ rerun: true });
      await open().enqueue(entry);
      const lease = await take(open());
      await open().begin(lease);
      await lose(lease);
      expect(await open().standing(entry.id)).toEqual({ kind: 'waiting' });
      expect(await open().cancel(entry.id), 'it has begun, so an order ends it').toBe(false);
      expect(await open().withdraw(entry)).toBe(false);
      expect(await take(open())).toMatchObject({ entry: { id: entry.id }, turn: 2 });
    });

    test.for(['before', 'after'])(
      'what is taken back from a holder that was lost %s it began is the first of its priority',
      async (when) => {
        const [lost, urgent] = [anEntry({ rerun: true }), anEntry({ priority: 100 })];
        const others = [anEntry(), anEntry()];
        await open().enqueue(lost);
        const lease = await take(open());
        if (when === 'after') await open().begin(lease);
        for (const entry of [...others, urgent]) await open().enqueue(entry);
        await lose(lease);
        const order = [urgent, lost, ...others].map(({ id }) => id);
        const fleet = open();
        expect((await fleet.list()).waiting.map(({ id }) => id)).toEqual(order);
        for (const id of order) expect((await take(fleet)).entry.id).toBe(id);
      },
    );

    test('a holder that is killed is lost when its lease is over, without anybody saying so (build first)', async () => {
      const entry = anEntry();
      await open().enqueue(entry);
      const holder = spawn(process.execPath, [HOLDER, server.url, queue, '1000'], {
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      try {
        const [said] = await Promise.race([once(holder.stdout, 'data'), once(holder, 'exit')]);
        expect(String(said).trim()).toBe('held');
        const watcher = open({ recoverEveryMs: 100 });
        await until(async () => {
          await watcher.recover();
          const standing = await watcher.standing(entry.id);
          return standing.kind === 'running' && standing.news !== undefined;
        }, 'it is held on');
      } finally {
        holder.kill('SIGKILL');
      }
      const watcher = open({ recoverEveryMs: 100 });
      await until(async () => {
        await watcher.recover();
        return (await watcher.standing(entry.id)).kind === 'lost';
      });
      expect(await watcher.standing(entry.id)).toEqual({ kind: 'lost', host: 'holder', why: 'lease-lost' });
    });

    test('one that is withdrawn is never taken, also if it arrives afterwards', async () => {
      const [early, late, running] = [anEntry(), anEntry(), anEntry()];
      const fleet = open();
      await fleet.enqueue(running);
      const lease = await take(fleet);
      await fleet.enqueue(early);
      expect(await fleet.withdraw(early)).toBe(true);
      expect(await fleet.withdraw(late)).toBe(true);
      expect(await fleet.withdraw(running), 'its holder is told by an order').toBe(false);
      await fleet.enqueue(late);
      expect(await fleet.list()).toMatchObject({ waiting: [], total: 0 });
      expect(await fleet.next()).toEqual({ kind: 'none', why: 'empty' });
      for (const { id } of [early, late]) expect(await fleet.standing(id)).toEqual({ kind: 'cancelled' });
      await fleet.enqueue(late);
      expect(await fleet.next(), 'it has ended').toEqual({ kind: 'none', why: 'empty' });
      expect(await fleet.begin(lease)).toMatchObject({ kind: 'held' });
      expect(await fleet.finish(lease, 'done')).toBe(true);
    });

    test('of cancelling and taking at the same time, one counts', async () => {
      const entries = Array.from({ length: 60 }, () => anEntry());
      const [canceller, taker] = [open(), open()];
      for (const entry of entries) await taker.enqueue(entry);
      const cancelAll = async (): Promise<string[]> =>
        (
          await Promise.all(entries.toReversed().map(async ({ id }) => ((await canceller.cancel(id)) ? id : [])))
        ).flat();
      const takeAll = async (): Promise<string[]> => {
        const taken: string[] = [];
        for (let next = await taker.next(); next.kind === 'lease'; next = await taker.next()) {
          taken.push(next.lease.entry.id);
          await taker.finish(next.lease);
        }
        return taken;
      };
      const [cancelled, taken] = await Promise.all([cancelAll(), takeAll()]);
      expect(cancelled.filter((id) => taken.includes(id))).toEqual([]);
      for (const { id } of entries) {
        const standing = await taker.standing(id);
        if (taken.includes(id)) expect(standing).toMatchObject({ kind: 'ended' });
        else expect(['cancelled', 'unknown']).toContain(standing.kind);
      }
    });

    test('a cancelled entry is told as cancelled until its submitter removes it, wherever it waited', async () => {
      const [usual, front, delayed, other] = [anEntry(), anEntry({ priority: FRONT }), anEntry(), anEntry()];
      await open().enqueue(delayed);
      expect(await open().putBack(await take(open()), 3_600_000)).toBe(true);
      for (const entry of [usual, front, other]) await open().enqueue(entry);
      const fleet = open();
      for (const { id } of [usual, front, delayed]) {
        expect(await fleet.cancel(id)).toBe(true);
        expect(await fleet.standing(id)).toEqual({ kind: 'cancelled' });
        expect(await fleet.read({ id, order: 0, priority: 0 } as never)).toBeUndefined();
        expect(await fleet.move(id, 5)).toBe(false);
      }
      const { total, waiting } = await fleet.list();
      expect([total, waiting.map(({ id }) => id)]).toEqual([1, [other.id]]);
      expect((await fleet.list(0)).total).toBe(1);
      await fleet.removeCancelled(usual.id);
      await fleet.removeCancelled(other.id);
      expect(await fleet.standing(usual.id)).toEqual({ kind: 'unknown' });
      expect((await take(fleet)).entry.id).toBe(other.id);
      expect(await fleet.next()).toEqual({ kind: 'none', why: 'empty' });
      for (const { id } of [front, delayed]) {
        await fleet.removeCancelled(id);
        expect(['unknown', 'cancelled']).toContain((await fleet.standing(id)).kind);
      }
    });

    test('texts of others about an entry are bounded, and have no control characters', async () => {
      const entry = anEntry();
      await open().enqueue(entry);
      const { token } = await take(open());
      await withJobs(async (jobs) => {
        const error = new Error(`\u001b[31m${'x'.repeat(10_000)}`);
        await (await jobs.getJob(entry.id))?.moveToFailed(error, token, false);
      });
      const standing = await open().standing(entry.id);
      expect(standing).toEqual({ kind: 'lost', host: expect.any(String), why: ` [31m${'x'.repeat(4_096 - 5)}` });
    });

    test('an entry that is given back is taken again', async () => {
      const entry = anEntry();
      await open().enqueue(entry);
      const lease = await take(open());
      expect(await open().putBack(lease, 1.5), 'also after a part of a millisecond').toBe(true);
      expect(await open().renew(lease)).toEqual({ kind: 'lost' });
      const taker = open();
      await until(async () => {
        const next = await taker.next();
        return next.kind === 'lease' && next.lease.entry.id === entry.id && next.lease.turn === 2;
      });
    });

    test('texts that a database refuses reach the other side as they are', async () => {
      const text = 'a NUL \u0000, half a character \ud83d, ünd 😀 \\u0000';
      const entry = anEntry({ work: { text } });
      await open().enqueue(entry);
      const fleet = open();
      const lease = await take(fleet);
      expect(lease.work).toEqual({ text });
      await fleet.begin(lease);
      await fleet.order(entry.id, [text]);
      expect(await fleet.renew(lease, text)).toMatchObject({ kind: 'held', order: [text] });
      expect(await fleet.standing(entry.id)).toMatchObject({ news: text });
      await fleet.finish(lease, { text });
      expect(await fleet.standing(entry.id)).toMatchObject({ result: { text } });
    });

    test('within a priority the first to come goes first, whatever its project', async () => {
      const entries = ['a', 'a', 'b'].map((project) => anEntry({ project: project.repeat(16) }));
      for (const entry of entries) await open().enqueue(entry);
      for (const { id } of entries) expect((await take(open())).entry.id).toBe(id);
    });

    test('slots have no bound until one is set, and a limit of the machine can be taken back', async () => {
      const fleet = open();
      expect((await fleet.list()).settings).toMatchObject({ slots: 1_000, paused: false });
      await fleet.configure({ slots: 2, freeMemoryBytes: 2 ** 60, maxLoad: 0 });
      const settings = { slots: 2, freeMemoryBytes: 2 ** 60, maxLoad: 0, paused: false };
      expect((await fleet.list()).settings).toEqual(settings);
      await fleet.enqueue(anEntry());
      expect(await fleet.next()).toMatchObject({ kind: 'none', why: 'machine' });
      expect((await fleet.list()).lacks).toMatch(/of free memory/);
      await fleet.configure({ freeMemoryBytes: undefined, maxLoad: undefined });
      await take(fleet);
    });

    test('a job that others have put there is failed, and holds up nobody', async () => {
      const fleet = open();
      await fleet.enqueue(anEntry({ priority: 0 }));
      await fleet.enqueue(anEntry({ priority: FRONT }));
      const id = newRunId(Date.now());
      await withJobs(
        async (jobs) => void (await jobs.add('foreign', { v: 7, dir: 'nowhere' }, { jobId: id, lifo: true })),
      );
      expect((await fleet.list()).waiting).toHaveLength(2);
      await take(fleet);
      await take(fleet);
      expect(await fleet.standing(id)).toMatchObject({ kind: 'lost', why: expect.stringMatching(/no entry/) });
    });

    test('a subscriber hears of each change, also after the engine was away', async () => {
      let heard = 0;
      const end = open().subscribe(() => {
        heard += 1;
      });
      const hears = async (change: () => Promise<unknown>): Promise<void> => {
        const before = heard;
        await change();
        await until(() => heard > before);
      };
      try {
        await until(() => heard > 0);
        const entry = anEntry();
        await hears(() => open().enqueue(entry));
        await hears(() => open().configure({ slots: 3 }));
        await hears(() => open().move(entry.id, 5));
        await hears(async () => {
          await server.stop();
          await server.start();
        });
        await hears(() => open().enqueue(anEntry()));
        await hears(() => take(open()));
      } finally {
        end();
      }
    });

    test('one who waits for a turn does not hear of the progress of runs', async () => {
      const heard = { all: 0, turns: 0 };
      const ends = (['all', 'turns'] as const).map((of) =>
        open().subscribe(() => {
          heard[of] += 1;
        }, of),
      );
      try {
        await until(() => heard.all > 0 && heard.turns > 0);
        const fleet = open();
        const [running, next] = [anEntry(), anEntry()];
        await fleet.enqueue(running);
        const lease = await take(fleet);
        const before = { ...heard };
        for (let i = 0; i < 30; i++) await fleet.renew(lease, i);
        await until(() => heard.all >= before.all + 30);
        const between = heard.turns;
        await fleet.enqueue(next);
        await until(() => heard.turns > between);
        expect(heard.turns - before.turns).toBeLessThan(30);
      } finally {
        for (const end of ends) end();
      }
    });

    test('what waits and what is held survives a restart of the engine, and one that was open goes on', async () => {
      const fleet = open();
      const entries = [anEntry(), anEntry()];
      for (const entry of entries) await fleet.enqueue(entry);
      const lease = await take(fleet);
      await server.stop();
      const quick = open({ timeoutMs: 2_000 });
      await expect(quick.enqueue(anEntry())).rejects.toMatchObject({ problem: 'unreachable' });
      await expect(fleet.renew(lease)).rejects.toMatchObject({ problem: 'unreachable' });
      await server.start();
      await until(
        () =>
          fleet.renew(lease).then(
            ({ kind }) => kind === 'held',
            () => false,
          ),
        'it is reached again',
      );
      expect((await fleet.list()).waiting.map(({ id }) => id)).toEqual([entries[1]?.id]);
      expect(await fleet.finish(lease)).toBe(true);
    });

    test.for(['idle', 'asked'])('one that is closed while it is %s connects nobody any more', async (state) => {
      const [closed, other] = [open({ host: 'closed' }), open()];
      if (state === 'idle') await closed.list();
      const asking = closed.list().catch(() => {});
      closed.close();
      await asking;
      for (let i = 0; i < 3; i++) await expect(closed.list()).rejects.toMatchObject({ problem: 'unreachable' });
      await until(async () => (await other.hosts()).length === 0, 'its connections are closed');
    });

    test('an engine that is suspended is said to be so in time, and what was asked meanwhile loses nothing', async () => {
      const submitter = open();
      const entry = anEntry();
      await submitter.enqueue(entry);
      const worker = open({ timeoutMs: 500 });
      await until(
        () =>
          worker.list().then(
            () => true,
            () => false,
          ),
        'the worker is connected',
      );
      await server.suspend();
      try {
        for (let i = 0; i < 5; i++) await expect(worker.next()).rejects.toMatchObject({ problem: 'unreachable' });
      } finally {
        await server.resume();
      }
      // One of those questions may have taken it, without anybody knowing.
      const taker = open();
      await until(async () => {
        await server.expire(queue, entry.id).catch(() => {});
        await taker.recover();
        const next = await taker.next();
        return next.kind === 'lease' && next.lease.entry.id === entry.id;
      });
    });

    test.skipIf(name !== 'PostgreSQL')('a host with a wrong clock takes back nothing', async () => {
      const now = Date.now;
      const fleet = open();
      await fleet.enqueue(anEntry());
      await take(fleet);
      Date.now = () => now() + 7_200_000;
      try {
        for (let i = 0; i < 3; i++) await expect(fleet.recover()).rejects.toMatchObject({ problem: 'clock' });
      } finally {
        Date.now = now;
      }
      expect(await fleet.recover()).toEqual([]);
    });

    async function withJobs(act: (jobs: Queue) => Promise<void>): Promise<void> {
      if (name !== 'Redis') {
        const { createPostgresBackend } = await import('bullmq');
        const jobs = new Queue(`pm-${queue}`, { connection: server.url }, createPostgresBackend);
        await act(jobs as unknown as Queue).finally(() => jobs.close());
      } else {
        const jobs = new Queue(`pm-${queue}`, { connection: { url: server.url } });
        await act(jobs).finally(() => jobs.close());
      }
    }
  });
});

function anEntry(patch: Partial<FleetEntry> = {}): FleetEntry {
  const id = newRunId(Date.now());
  return { id, dir: '/project/.pm', step: 'work', project: 'aaaaaaaaaaaaaaaa', priority: 0, ...patch };
}

async function take(queue: FleetQueue): Promise<FleetLease> {
  const next = await queue.next();
  if (next.kind !== 'lease') throw new Error(`no entry had its turn: ${next.why}`);
  return next.lease;
}
