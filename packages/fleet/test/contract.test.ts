import { newRunId } from '@pm/protocol';
import type { Lease } from '@pm/queue';
import { queueContract } from '@pm/queue/contract';
import { until } from '@pm/testing';
import { SERVERS, type Server } from '@pm/testing/engines';
import { afterAll, beforeAll, describe, test } from 'vitest';
import { type FleetLease, type FleetQueue, openFleetQueue } from '../src/index.ts';

// Work on one host is fair to its projects; at an engine the first to come is the first to go.
const LACKS = ['fairness'];

describe.for(SERVERS)('a queue on $name', ({ isHere, start }) => {
  describe.skipIf(!isHere)('if the server is installed', () => {
    let server: Server;
    beforeAll(async () => {
      server = await start();
    });
    afterAll(async () => await server?.remove());

    for (const { title, run, needs } of queueContract) {
      test.skipIf(needs !== undefined && LACKS.includes(needs))(title, async () => {
        const queue = newRunId(Date.now());
        const opened: FleetQueue[] = [];
        const open = (): FleetQueue => {
          // Leases that nobody ends, and no pause between two looks at them.
          const one = openFleetQueue(server.url, { queue, leaseMs: 3_600_000, recoverEveryMs: 1, timeoutMs: 60_000 });
          opened.push(one);
          return one;
        };
        const lose = async ({ entry }: Lease): Promise<void> => {
          await server.expire(queue, entry.id);
          const recovering = open();
          await until(async () => (await recovering.recover()).includes(entry.id));
        };
        try {
          await run({
            open,
            die: async (lease, when) => {
              if (when === 'before') await lose(lease);
            },
            run: async (lease, standing) => {
              if (standing === 'begun') await open().begin(lease as FleetLease);
              else await lose(lease);
            },
          });
        } finally {
          for (const one of opened) one.close();
        }
      });
    }
  });
});
