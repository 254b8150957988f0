import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { isAlive } from '@pm/process';
import { until } from '@pm/testing';
import { describe, expect, vi } from 'vitest';
import { animal, QUICK, type Stage, test, textOf } from './stage.ts';

// A wrapper that is SIGKILLed between the exit of its command and the last of its flat names. Whoever looks next finishes them, and no
// resident is there.

vi.setConfig({ maxConcurrency: 4 });

// A status has its name before the end is announced, so at the last point it is whole: a waiter may have announced the end already.
/** The calls of ln(1) at which the wrapper is killed, in their order. */
const POINTS = ['exit ending', 'result ../../', 'no-result ../../', 'status ../../', 'ending ../../ended/'] as const;
const READERS = ['ls', 'status', 'recover', 'wait', 'stop'] as const;

/** Starts a run whose wrapper is killed at the call. */
async function begin(stage: Stage, at: string, after: string, command: readonly string[]): Promise<void> {
  const kills = fileURLToPath(new URL('zoo/kills-wrapper', import.meta.url));
  const env = { ...stage.env, PATH: `${kills}:${stage.env['PATH']}`, AT: at, AFTER: after };
  await stage.ask('start', { step: 'job', command, ...QUICK }, { env });
}

const commandFor = (at: string): string[] =>
  at.startsWith('result') ? [animal('writes-result.sh'), '{"n":1}', '0'] : [animal('exits.sh'), '0'];

async function killed(stage: Stage): Promise<void> {
  const wrapper = stage.recorded('wrapper');
  await until(() => !isAlive(wrapper), 'the wrapper is killed');
}

describe.concurrent('killed at once', () => {
  test.for(
    POINTS.flatMap((at) => (at.startsWith('ending') ? [''] : ['', 'empty']).map((after) => [at, after] as const)),
  )('at ln %s (%s): a waiter leaves the names of a success', async ([at, after], { stage }) => {
    await begin(stage, at, after, commandFor(at));
    expect(await stage.askOne('wait', { steps: ['job'] })).toMatchObject({ outcome: 'success' });
    // The wait leaves the names to a wrapper that lives, and is not patient for ever: on a busy machine it is killed later.
    await killed(stage);
    await stage.ask('status', { step: 'job' });
    expect(textOf(`${stage.dir}/job.status`)).toBe('SUCCESS\n');
    expect(textOf(`${stage.dir}/job.result`)).toBe(at.startsWith('result') ? '{"n":1}' : '{}\n');
  });

  test.for(['exit ending', 'status ../../', 'ending ../../ended/'])(
    'at ln %s: a waiter leaves the names of a failure',
    async (at, { stage }) => {
      await begin(stage, at, '', [animal('exits.sh'), '7']);
      expect(await stage.askOne('wait', { steps: ['job'] })).toMatchObject({ outcome: 'failed', exitCode: 7 });
      await killed(stage);
      await stage.ask('status', { step: 'job' });
      expect(textOf(`${stage.dir}/job.status`)).toBe('FAILED\n');
      expect(existsSync(`${stage.dir}/job.result`)).toBe(false);
    },
  );
});

describe.concurrent('killed after somebody had recorded the outcome', () => {
  test.for(POINTS)('at ln %s: the waiter that did it leaves the names', async (at, { stage }) => {
    await begin(stage, at, 'outcome', commandFor(at));
    expect(await stage.askOne('wait', { steps: ['job'] })).toMatchObject({ outcome: 'success' });
    await killed(stage);
    await stage.ask('ls', {});
    expect(textOf(`${stage.dir}/job.status`)).toBe('SUCCESS\n');
  });

  test.for(READERS)('the one who did it has left: %s finishes the names', async (reader, { stage }) => {
    await begin(stage, 'exit ending', 'outcome', [animal('exits.sh'), '3']);
    await until(() => existsSync(stage.files().exit), 'the exit is on record');
    await until(async () => (await stage.ask('ls', {})).runs[0]?.state === 'ended', 'somebody records the outcome');
    await killed(stage);
    await stage.ask(
      reader,
      reader === 'status' ? { step: 'job' } : reader === 'wait' || reader === 'stop' ? { steps: ['job'] } : {},
    );
    expect(textOf(`${stage.dir}/job.status`)).toBe('FAILED\n');
    expect(existsSync(`${stage.dir}/ended/${stage.files().folder.split('/').at(-1)}`)).toBe(true);
  });
});
