import { newRunId } from '@pm/protocol';
import { until } from '@pm/testing';
import { SERVERS, type Server } from '@pm/testing/engines';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type FleetLease, openFleetQueue } from '../src/index.ts';

describe.for(SERVERS)('with $name', ({ isHere, start }) => {
  describe.skipIf(!isHere)('if the server is installed', () => {
    let server: Server;
    beforeAll(async () => {
      server = await start();
    });
    afterAll(async () => await server?.remove());

    async function take(): Promise<{ queue: ReturnType<typeof openFleetQueue>; id: string; lease: FleetLease }> {
      const queue = openFleetQueue(server.url, { queue: newRunId(Date.now()), leaseMs: 3_600_000, timeoutMs: 60_000 });
      const id = newRunId(Date.now());
      await queue.enqueue({ id, dir: '/p/.pm', step: 'train', project: '0'.repeat(16), priority: 0 });
      const next = await queue.next();
      if (next.kind !== 'lease') throw new Error(next.why);
      return { queue, id, lease: next.lease };
    }

    test('the rows of a log are read from any of them on, a page at a time', async () => {
      const { queue, id, lease } = await take();
      const rows = Array.from({ length: 120 }, (_, i) => ({ i, text: `line ${i} é\u0000` }));
      await queue.log(lease, rows);
      const first = await queue.readLog(id, 0);
      expect(first).toEqual(rows.slice(0, 100).map((row) => ({ turn: lease.turn, row })));
      expect(await queue.readLog(id, 100)).toEqual(rows.slice(100).map((row) => ({ turn: lease.turn, row })));
      expect(await queue.readLog(id, 120)).toEqual([]);
      queue.close();
    });

    test('what is put back for a while still waits, and is taken again after it', async () => {
      const { queue, id, lease } = await take();
      expect(await queue.putBack(lease, 200)).toBe(true);
      expect((await queue.list()).waiting.map((entry) => entry.id)).toEqual([id]);
      expect(await queue.standing(id)).toEqual({ kind: 'waiting' });
      await until(async () => (await queue.next()).kind === 'lease', 'it is taken again');
      queue.close();
    });

    test('what is put back for a while can be taken out', async () => {
      const { queue, id, lease } = await take();
      await queue.putBack(lease, 3_600_000);
      expect(await queue.next()).toMatchObject({ kind: 'none' });
      expect(await queue.cancel(id)).toBe(true);
      expect(await queue.list()).toMatchObject({ total: 0, running: [] });
      queue.close();
    });
  });
});
