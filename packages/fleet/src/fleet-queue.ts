import { hostname } from 'node:os';
import type { QueueSettings } from '@pm/queue';
import { parseEngineUrl } from './engine/address.ts';
import { openEngine } from './engine/engine.ts';
import type { EngineOptions, EngineSession } from './engine/session.ts';
import { entryOf, placeOf } from './entry.ts';
import * as leases from './lease.ts';
import { addRow, readRows } from './log-rows.ts';
import { pack, unpack } from './payload.ts';
import type { FleetOptions, FleetQueue } from './port.ts';
import { recover } from './recover.ts';
import { writeSettings } from './settings.ts';
import { inMotion, standingOf } from './standing.ts';
import { subscribe } from './subscribe.ts';
import { next } from './take.ts';
import { add, cancel, listOf, removeCancelled, waitingJob, withdraw } from './waiting.ts';

// Why: contributing/decisions/2026-11-29-a-queue-on-bullmq.md
/**
 * Opens a queue at an engine. Nothing is connected yet.
 * @param url `redis://…`, `rediss://…` or `postgres://…`
 * @throws EngineError if the URL is none of an engine
 */
export function openFleetQueue(url: string, options: FleetOptions): FleetQueue {
  const address = parseEngineUrl(url);
  const { leaseMs = 30_000, timeoutMs = 5_000, recoverEveryMs = Math.ceil(leaseMs / 3) } = options;
  const host = options.host?.replace(/[^\x21-\x7e]|#/g, '-');
  const connection = host === undefined ? undefined : [host, ...(options.labels ?? [])].join('#');
  const holder = host ?? hostname();
  const session: EngineOptions = { name: `pm-${options.queue}`, host: connection, leaseMs, timeoutMs, recoverEveryMs };
  const engine = openEngine(address, session);
  const { ask } = engine;

  const changed = ({ queue }: EngineSession): Promise<string> =>
    queue.getBackend().publishEvent({ event: 'changed' }, 10_000);
  const newsOfTurn = ({ turn }: leases.FleetLease, news?: unknown) => ({ turn, host: holder, news: pack(news) });

  return {
    at: address.shown,

    enqueue: async (entry) => {
      // Asked first: a connection that was lost meanwhile is noticed before there can be a doubt.
      await ask('add an entry', ({ queue }) => queue.getJobState(entry.id), 'reads');
      await ask('add an entry', ({ queue }) => add(queue, entry));
    },

    next: () => ask('take an entry', (current) => next(current, holder, leaseMs)),

    extend: (lease) => ask('extend a lease', (current) => leases.extend(current, lease, leaseMs)),
    begin: (lease) =>
      ask('say that a run begins', (current) => leases.begin(current, lease, leaseMs, newsOfTurn(lease))),
    renew: (lease, news) =>
      ask('extend a lease', (current) =>
        leases.renew(current, lease, leaseMs, news === undefined ? undefined : newsOfTurn(lease, news)),
      ),
    finish: (lease, result) => ask('say how a run ended', (current) => leases.finish(current, lease, result)),
    putBack: (lease, afterMs = 0) => ask('give an entry back', (current) => leases.putBack(current, lease, afterMs)),
    log: async (lease, rows) => {
      // One at a time: all of them may take longer than an answer.
      for (const row of rows) await ask('add to a log', (current) => addRow(current, lease, row));
    },
    readLog: (id, from) => ask('read a log', (current) => readRows(current, id, from)),

    cancel: (id) =>
      ask('take an entry out', async (current) => {
        if (!(await cancel(current.queue, id))) return false;
        await changed(current);
        return true;
      }),

    removeCancelled: (id) => ask('remove a cancelled entry', ({ queue }) => removeCancelled(queue, id)),
    withdraw: (entry) => ask('take an entry out', ({ queue }) => withdraw(queue, entry)),

    move: (id, priority) =>
      ask('move an entry', async (current) => {
        const job = await waitingJob(current.queue, id);
        if (job === undefined) return false;
        await job.changePriority(placeOf(priority));
        await changed(current);
        return true;
      }),

    list: (most) => ask('list the queue', ({ queue }) => listOf(queue, most)),

    read: ({ id }) =>
      ask('read an entry', async ({ queue }) => {
        const job = await waitingJob(queue, id);
        return job && entryOf(job);
      }),

    order: (id, order) =>
      ask('leave an order', async ({ queue }) => {
        const job = await queue.getJob(id);
        if (job === undefined || job.finishedOn !== undefined) return false;
        await job.updateData({ ...job.data, order: pack(withOrder(unpack(job.data.order), order)) });
        return true;
      }),

    standing: (id) => ask('read an entry', ({ queue }) => standingOf(queue, id)),
    inMotion: () => ask('list the entries that are held', ({ queue }) => inMotion(queue)),

    recover: () => ask('look for lost leases', (current) => recover(current, leaseMs, address.shown)),

    hosts: () =>
      ask('list the hosts', async ({ queue }) => {
        const names = (await queue.getWorkers()).map(({ rawname = '' }) => rawname.split(':w:')[1] ?? '');
        const sorted = [...new Set(names)].filter(Boolean).sort();
        return sorted.map((name) => {
          const [first = '', ...labels] = name.split('#');
          return { name: first, labels };
        });
      }),

    configure: (patch: Partial<QueueSettings>) =>
      ask('set up the queue', async (current) => {
        if (await writeSettings(current.queue, patch)) await changed(current);
      }),

    subscribe: (onChange, of = 'all') =>
      subscribe(engine, () => ask('say that somebody listens', changed), onChange, of === 'turns'),
    close: engine.close,
  };
}

/** A stop that is on its way stays there when a new limit is ordered. */
function withOrder(earlier: unknown, order: unknown): unknown {
  return isNamed(earlier) && isNamed(order) ? { ...earlier, ...order } : order;
}

function isNamed(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
