import { until } from '@pm/testing';
import { SERVERS } from '@pm/testing/engines';
import { describe, expect } from 'vitest';
import type { OperationEvent } from '../src/index.ts';
import { pm, saidBy, useBuilt } from './built.ts';
import { test } from './stage.ts';
import { configureQueue, workAt } from './workers.ts';

// A worker whose engine cannot be used says so.

useBuilt();

/** Shifts the clock of a process of Node.js. */
const SHIFTED = '--import=data:text/javascript,Date.now=(now=>()=>now()+3e3)(Date.now)';

describe.for(SERVERS)('a worker on $name', ({ name, isHere, start }) => {
  test.skipIf(!isHere || name !== 'PostgreSQL')(
    'with a wrong clock is refused at its start (build first)',
    async ({ stage }) => {
      const server = await start();
      try {
        const queue = configureQueue(stage, server.url, { lease: '1m' });
        const worker = pm(stage, ['worker', queue], { stdio: 'pipe', env: { NODE_OPTIONS: SHIFTED } });
        const { status, err } = await saidBy(worker);
        expect(status).not.toBe(0);
        expect(err).toMatch(/The clock of this host is 3\.0 s ahead of that of the database at .*set it right \(NTP\)/);
      } finally {
        await server.remove();
      }
    },
  );

  test.skipIf(!isHere)('says once that its engine is away, and takes what comes later', async ({ stage }) => {
    const server = await start();
    try {
      const queue = configureQueue(stage, server.url);
      const troubles: string[] = [];
      const heard: OperationEvent['type'][] = [];
      const report = (event: OperationEvent): void => {
        heard.push(event.type);
        if (event.type === 'trouble') troubles.push(event.message);
      };
      const worker = workAt(stage, queue, { slots: 2 }, { report });
      await stage.ask('start', { step: 'first', command: ['true'], queue, grace: '1s' });
      await stage.ask('wait', { steps: ['first'] });
      for (const times of [1, 2]) {
        await server.stop();
        await until(() => troubles.length === times, 'it says so');
        await server.start();
        await stage.ask('start', { step: 'next', command: ['true'], queue, grace: '1s' });
        expect((await stage.ask('wait', { steps: ['next'] })).runs).toMatchObject([{ outcome: 'success' }]);
        expect(troubles).toHaveLength(times);
      }
      expect(troubles[0]).toMatch(/^The queue \S+ cannot be used: .*cannot be reached/);
      expect(heard).toContain('transition');
      await worker.leave();
    } finally {
      await server.remove();
    }
  });
});
