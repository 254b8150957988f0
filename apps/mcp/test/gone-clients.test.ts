import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { LONG, until } from '@pm/testing';
import { describe, expect } from 'vitest';
import { ERAS, type Serving } from './server.ts';
import { call, job, openStage, type Stage, test, untoldSteps } from './stage.ts';
import { asTaskClient } from './task-client.ts';

// A client that has gone was told nothing, and its end reaches no run.

const UNTIL_CUE = job('until-cue.sh');
const TRIALS = LONG ? 50 : 1;

describe.concurrent('an ending', () => {
  test.for(ERAS)('that a client has read is not told again, by %s', async (era, { stage }) => {
    const client = await stage.client(era);
    await call(client, 'start_run', { step: 'train', command: ['true'], wait: true });
    await until(async () => (await untoldSteps(stage)).length === 0);
  });

  test.for<[string, (serving: Serving) => void]>([
    ['that reads no more', ({ child }) => void child.stdout?.destroy()],
    ['that has closed its end', ({ child }) => void child.stdin?.destroy()],
    ['that was killed', ({ child }) => [child.stdin, child.stdout].forEach((pipe) => void pipe?.destroy())],
  ])('of a wait of a client %s is told to the next session', async ([, leave]) => {
    for (let trial = 0; trial < TRIALS; trial++) {
      const stage = openStage();
      try {
        const serving = await waiting(stage);
        leave(serving);
        stage.cue('end');
        await until(async () => (await stage.runs()).every(({ state }) => state === 'ended'));
        await serving.gone; // it has tried to answer, or has noticed that nobody is there
        expect(await untoldSteps(stage)).toEqual(['train']);
      } finally {
        await stage.close();
      }
    }
  });
});

test.skipIf(!existsSync('/proc/self/stat'))('a server has no run below it, so its end ends none', async ({ stage }) => {
  const serving = await waiting(stage);
  await until(() => childrenOf(serving.child.pid ?? 0).length === 0);
  serving.child.kill('SIGKILL');
  await serving.gone;
  expect(await stage.runs()).toMatchObject([{ step: 'train', state: 'running' }]);
  stage.cue('end');
  await until(async () => (await stage.runs()).every(({ outcome }) => outcome === 'success'));
});

/** A server of a client whose call waits for a run. */
async function waiting(stage: Stage): Promise<Serving> {
  const serving = stage.serve();
  const client = asTaskClient(serving);
  const params = { name: 'start_run', arguments: { step: 'train', command: [UNTIL_CUE, 'end'], wait: true } };
  void client.request('tools/call', params, {}); // without tasks
  await until(async () => (await stage.runs()).some(({ state }) => state === 'running'));
  return serving;
}

function childrenOf(pid: number): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((other) => parentOf(other) === pid);
}

function parentOf(pid: number): number | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]);
  } catch {
    return undefined; // it has ended meanwhile
  }
}
