import { spawn } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { findResident } from '@pm/monitor';
import { isAlive, signalIfSame } from '@pm/process';
import { presentIn, readOutcome, readRun } from '@pm/protocol/fs';
import { built, LONG, until } from '@pm/testing';
import { SERVERS } from '@pm/testing/engines';
import { describe, expect } from 'vitest';
import { identityOf, kill, pm, saidBy, useBuilt } from './built.ts';
import { animal, test } from './stage.ts';

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));
const ENGINES: Readonly<Record<string, string>> = { Redis: 'redis', PostgreSQL: 'postgres' };

useBuilt();

const SERVER = SERVERS.find(({ isHere }) => isHere);

describe('a host of a fleet', () => {
  test.skipIf(SERVER === undefined)(
    'a run whose worker and wrapper were killed is ended by the resident of its host',
    async ({ stage }) => {
      const server = await SERVER?.start();
      if (server === undefined) throw new Error('it was there a moment ago');
      try {
        const host = join(stage.folder, 'host');
        const dir = join(host, '.pm');
        mkdirSync(host);
        for (const folder of [stage.folder, host])
          writeFileSync(
            join(folder, 'pm.config.json'),
            JSON.stringify({ queues: { gpu: { engine: server.url, lease: '8s' } } }),
          );
        const { id = '' } = await stage.askOne('start', { step: 'train', command: [animal('rests.sh')], queue: 'gpu' });
        const worker = pm(stage, ['worker', 'gpu', '--dir', dir], { env: { PM_RESIDENT: '' } });
        await until(() => presentIn(readRun(dir, id).command) !== undefined, 'it runs');
        await until(() => findResident(dir) !== undefined, 'a resident is elected');
        const [wrapper, command] = [presentIn(readRun(dir, id).wrapper), presentIn(readRun(dir, id).command)];
        if (wrapper === undefined || command === undefined) throw new Error('no identity');
        expect(identityOf(worker).pid).not.toBe(wrapper.pid);
        signalIfSame(wrapper, 'SIGKILL');
        await kill(worker);
        await until(() => !isAlive(command), 'nothing of it lives');
        await until(() => presentIn(readOutcome(dir, id)) !== undefined, 'its outcome is on record');
        expect(presentIn(readOutcome(dir, id))).toMatchObject({ outcome: 'lost' });
        expect(await stage.askOne('wait', { steps: ['train'] })).toMatchObject({ outcome: 'lost' });
      } finally {
        await server.remove();
      }
    },
  );
});

describe.for(SERVERS)('a fleet of real processes on $name', ({ name, isHere }) => {
  // The trial finds processes in /proc. It takes minutes, so it is held in `npm run test:long`.
  test.skipIf(!isHere || !LONG || process.platform !== 'linux')(
    'each entry has one true outcome, whatever is killed',
    async () => {
      built(`${ROOT}apps/cli/dist/main.cjs`);
      const options = ['--entries', '12', '--every', '2500', '--job', '4000', '--minutes', '4'];
      const args = [`${ROOT}bench/fleet/run.mjs`, '--engine', ENGINES[name] ?? '', ...options];
      const { status, out, err } = await saidBy(spawn(process.execPath, args, { stdio: 'pipe' }));
      const wrong = out.split('\n').filter((line) => line.startsWith('✗'));
      expect({ status, wrong, err }).toEqual({ status: 0, wrong: [], err: '' });
    },
  );
});
