// The contract of queues: what holds wherever a queue is kept. It is for tests only.
// Why some promises are not for all: contributing/decisions/2026-11-29-a-queue-on-bullmq.md
import { deepEqual, equal, ok } from 'node:assert/strict';
import { newRunId } from '@pm/protocol';
import type { Lease, NewEntry, NextTurn, Queue } from './port.ts';
import { FRONT } from './turn/ticket.ts';

/** A queue as the contract uses it. Each case has an empty one. */
export interface QueueDriver {
  /** Opens the queue as another process does. */
  readonly open: () => Queue;
  /** Makes it as if the holder of a lease had died, before the run of its entry began or during that run. */
  readonly die: (lease: Lease, when: 'before' | 'during') => Promise<void>;
  /** Makes it as if the run of an entry had begun, or was over. */
  readonly run: (lease: Lease, standing: 'begun' | 'over') => Promise<void>;
}

/** A promise that not every queue gives. `fairness`: within a priority the projects take turns; without it, the first to come goes first. */
export type OptionalPromise = 'fairness';

interface QueueCase {
  readonly title: string;
  /** The case holds only for queues that promise this. */
  readonly needs?: OptionalPromise;
  readonly run: (driver: QueueDriver) => Promise<void>;
}

/** All promises of a queue: `for (const { title, run } of queueContract) test(title, …)`. A case that fails rejects with an AssertionError. */
export const queueContract: readonly QueueCase[] = [
  {
    title: 'the first to come is the first to go, as many at a time as there are slots',
    async run({ open }) {
      const queue = open();
      await queue.configure({ slots: 1 });
      const ids = await add(queue, 3);
      const first = leaseOf(await open().next());
      equal(first.entry.id, ids[0]);
      deepEqual(await queue.next(), { kind: 'none', why: 'full' });
      await queue.configure({ slots: 2 });
      equal(leaseOf(await queue.next()).entry.id, ids[1]);
      deepEqual(await queue.next(), { kind: 'none', why: 'full' });
      equal(await queue.finish(first), true);
      equal(leaseOf(await queue.next()).entry.id, ids[2]);
    },
  },
  {
    title: 'an empty queue gives nothing',
    async run({ open }) {
      deepEqual(await open().next(), { kind: 'none', why: 'empty' });
      deepEqual((await open().list()).waiting, []);
    },
  },
  {
    title: 'a higher priority goes first, and the front before all',
    async run({ open }) {
      const queue = open();
      const [usual] = await add(queue, 1);
      const [low] = await add(queue, 1, { priority: -5 });
      const [high] = await add(queue, 1, { priority: 5 });
      const [front] = await add(queue, 1, { priority: FRONT });
      deepEqual(await drain(queue), [front, high, usual, low]);
    },
  },
  {
    title: 'projects take turns, so one with many entries does not starve another one',
    needs: 'fairness',
    async run({ open }) {
      const queue = open();
      const many = await add(queue, 4, { project: 'aaaaaaaaaaaaaaaa' });
      const [one] = await add(queue, 1, { project: 'bbbbbbbbbbbbbbbb' });
      const [other] = await add(queue, 1, { project: 'cccccccccccccccc' });
      deepEqual(await drain(queue), [many[0], one, other, many[1], many[2], many[3]]);
    },
  },
  {
    title: 'the beginning of the line is listed in the same order as the whole, with the number of all',
    async run({ open }) {
      const queue = open();
      for (const project of ['aaaaaaaaaaaaaaaa', 'bbbbbbbbbbbbbbbb'])
        for (const priority of [0, 5, FRONT]) await add(queue, 3, { project, priority });
      const { waiting, total } = await queue.list();
      equal(total, 18);
      for (const most of [0, 1, 4, 7, 13, 18, 20]) {
        const beginning = await open().list(most);
        deepEqual([beginning.waiting, beginning.total], [waiting.slice(0, most), 18]);
      }
    },
  },
  {
    title: 'an entry that is added twice is there once',
    async run({ open }) {
      const queue = open();
      const entry = anEntry();
      await queue.enqueue(entry);
      await open().enqueue(entry);
      equal((await queue.list()).waiting.length, 1);
      const lease = leaseOf(await queue.next());
      await queue.enqueue(entry);
      deepEqual((await queue.list()).waiting, []);
      await queue.finish(lease);
      deepEqual(await queue.next(), { kind: 'none', why: 'empty' });
    },
  },
  {
    title: 'a cancelled entry never gets a turn, and only a waiting one can be cancelled',
    async run({ open }) {
      const queue = open();
      const [first = '', second = ''] = await add(queue, 2);
      equal(await open().cancel(first), true);
      equal(await queue.cancel(first), false);
      equal(leaseOf(await queue.next()).entry.id, second);
      equal(await queue.cancel(second), false);
    },
  },
  {
    title: 'a moved entry has its new place',
    async run({ open }) {
      const queue = open();
      const [first, second, third = ''] = await add(queue, 3);
      equal(await queue.move(third, FRONT), true);
      equal(await queue.move(anEntry().id, 1), false);
      deepEqual(await drain(queue), [third, first, second]);
    },
  },
  {
    title: 'a paused queue gives nothing until it is resumed',
    async run({ open }) {
      const queue = open();
      const [id] = await add(queue, 1);
      await queue.configure({ paused: true });
      deepEqual(await open().next(), { kind: 'none', why: 'paused' });
      await queue.configure({ paused: false });
      equal(leaseOf(await open().next()).entry.id, id);
    },
  },
  {
    title: 'a machine without room is waited for, with evidence',
    async run({ open }) {
      const queue = open();
      await add(queue, 1);
      await queue.configure({ freeMemoryBytes: 2 ** 60 });
      const next = await queue.next();
      ok(next.kind === 'none' && next.why === 'machine');
      ok(/of free memory/.test(next.evidence), next.evidence);
    },
  },
  {
    title: 'the list shows who runs and who waits, in the order of their turns',
    async run({ open }) {
      const queue = open();
      await queue.configure({ slots: 1 });
      const ids = await add(queue, 3);
      await queue.next();
      const { running, waiting, settings } = await open().list();
      deepEqual(
        running.map(({ id }) => id),
        [ids[0]],
      );
      deepEqual(
        waiting.map(({ id }) => id),
        ids.slice(1),
      );
      equal(settings.slots, 1);
    },
  },
  {
    title: 'the entry of a holder that died before its run began is given to another one',
    async run({ open, die }) {
      const [id] = await add(open(), 1);
      const lost = leaseOf(await open().next());
      await die(lost, 'before');
      const again = leaseOf(await open().next());
      equal(again.entry.id, id);
      equal(await open().extend(lost), false);
      equal(await open().extend(again), true);
      equal(await open().finish(lost), false);
      deepEqual(await open().next(), { kind: 'none', why: 'empty' });
      equal((await open().list()).running.length, 1);
    },
  },
  {
    title: 'the slot of a holder that died is free when its run is over, and not earlier',
    async run({ open, die, run }) {
      await open().configure({ slots: 1 });
      const ids = await add(open(), 2);
      const lost = leaseOf(await open().next());
      await run(lost, 'begun');
      await die(lost, 'during');
      deepEqual(await open().next(), { kind: 'none', why: 'full' });
      await run(lost, 'over');
      equal(leaseOf(await open().next()).entry.id, ids[1]);
    },
  },
  {
    title: 'of many that ask at once, each entry has one',
    async run({ open }) {
      const ids = await add(open(), 40);
      await open().configure({ slots: 40 });
      const asked = await Promise.all(Array.from({ length: 60 }, async () => await open().next()));
      const given = asked.flatMap((next) => (next.kind === 'lease' ? [next.lease.entry.id] : []));
      deepEqual(given.toSorted(), ids.toSorted());
    },
  },
  {
    title: 'a subscriber hears that something has changed',
    async run({ open }) {
      let close = (): void => {};
      const heard = new Promise<void>((resolve) => {
        close = open().subscribe(resolve);
      });
      await add(open(), 1);
      await heard;
      close();
    },
  },
];

function anEntry(patch: Partial<NewEntry> = {}): NewEntry {
  const id = newRunId(Date.now());
  return { id, dir: '/project/.pm', step: 'work', project: 'aaaaaaaaaaaaaaaa', priority: 0, ...patch };
}

async function add(queue: Queue, count: number, patch: Partial<NewEntry> = {}): Promise<string[]> {
  const entries = Array.from({ length: count }, () => anEntry(patch));
  for (const entry of entries) await queue.enqueue(entry);
  return entries.map(({ id }) => id);
}

/** Takes and finishes one entry after the other. */
async function drain(queue: Queue): Promise<string[]> {
  const ids: string[] = [];
  for (;;) {
    const next = await queue.next();
    if (next.kind === 'none') return ids;
    ids.push(next.lease.entry.id);
    await queue.finish(next.lease);
  }
}

function leaseOf(next: NextTurn): Lease {
  ok(next.kind === 'lease', `no entry had its turn: ${JSON.stringify(next)}`);
  return next.lease;
}
