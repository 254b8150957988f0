import { describe, expect } from 'vitest';
import { type Stage, test } from './stage.ts';

/** Starts `outer`, and from inside of it one run after the other, each by the one before. */
async function nest(stage: Stage, ...steps: string[]): Promise<void> {
  let env = stage.env;
  for (const step of ['outer', ...steps]) {
    const { id = '' } = await stage.askOne('start', { step, command: ['sleep', '600'], timeout: '10m' }, { env });
    env = { ...stage.env, PM_RUN_ID: id };
  }
}

describe('what a job has started by pm itself goes on when the job is ended, and that is said', () => {
  test('by pm stop, with the call that stops it', async ({ stage }) => {
    await nest(stage, 'inner', 'innermost');
    const { notes, next } = await stage.ask('stop', { steps: ['outer'] });
    expect(notes).toEqual([
      'inner, which outer started, is still running',
      'innermost, which inner started, is still running',
    ]);
    expect(next).toEqual([
      {
        operation: 'stop',
        input: expect.objectContaining({ steps: ['inner', 'innermost'] }),
        why: expect.stringContaining('stop'),
      },
    ]);
    expect((await stage.ask('stop', next[0]?.input ?? {})).runs.map(({ state }) => state)).toEqual(['ended', 'ended']);
  });

  test('by its limit', async ({ stage }) => {
    const { id = '' } = await stage.askOne('start', { step: 'outer', command: ['sleep', '600'], timeout: '1s' });
    await stage.ask('start', { step: 'inner', command: ['sleep', '600'] }, { env: { ...stage.env, PM_RUN_ID: id } });
    const { notes, next } = await stage.ask('wait', { steps: ['outer'], ignore: 'deadline' });
    expect(notes).toEqual(['inner, which outer started, is still running']);
    expect(next).toContainEqual(
      expect.objectContaining({ operation: 'stop', input: expect.objectContaining({ steps: ['inner'] }) }),
    );
  });

  test.for([
    [
      'an inner run that has ended',
      async (stage: Stage) => {
        await nest(stage, 'inner');
        await stage.ask('stop', { steps: ['inner'] });
      },
    ],
    [
      'a run of another session',
      async (stage: Stage) => {
        await nest(stage);
        await stage.ask('start', { step: 'other', command: ['sleep', '600'] });
      },
    ],
    [
      'an inner run that is stopped by the same call',
      async (stage: Stage) => {
        await nest(stage, 'inner');
      },
    ],
  ] as const)('%s is not told', async ([what, prepare], { stage }) => {
    await prepare(stage);
    const steps = what.includes('same call') ? ['outer', 'inner'] : ['outer'];
    const { notes, next } = await stage.ask('stop', { steps });
    expect([notes, next]).toEqual([undefined, []]);
  });
});
