import { existsSync, readdirSync } from 'node:fs';
import { directoryPaths } from '@pm/protocol';
import { waitersOf } from '@pm/protocol/fs';
import { until } from '@pm/testing';
import { describe, expect, vi } from 'vitest';
import { animal, QUICK, type Stage, test } from './stage.ts';

// One wait for runs that have begun and for runs that wait for their turn.

vi.setConfig({ maxConcurrency: 6 });

describe.concurrent('a wait for a run that waits for its turn', () => {
  test('and for one that has begun ends with any of the two', async ({ stage }) => {
    await begun(stage, 'long');
    await inLine(stage, 'quick', 'true');
    const waiting = stage.ask('wait', { steps: ['long', 'quick'], any: true });
    await awaited(stage);
    await stage.ask('queue', { action: 'resume', name: 'line' });
    expect((await waiting).runs).toMatchObject([
      { step: 'long', state: 'running' },
      { step: 'quick', outcome: 'success' },
    ]);
  });

  test('ends with any of two in line, also with the one that has begun last', async ({ stage }) => {
    await inLine(stage, 'long', 'rests.sh');
    await inLine(stage, 'quick', 'true');
    const waiting = stage.ask('wait', { any: true });
    await stage.ask('queue', { action: 'resume', name: 'line' });
    await awaited(stage);
    await stage.ask('queue', { action: 'set', name: 'line', slots: 2 });
    expect((await waiting).runs).toContainEqual(expect.objectContaining({ step: 'quick', outcome: 'success' }));
  });

  test('tells of one that has begun and needs a decision', async ({ stage }) => {
    await begun(stage, 'long', { quietAfter: '600ms' });
    await inLine(stage, 'next', 'true');
    const { runs, budgetOver } = await stage.ask('wait', {});
    expect(runs).toMatchObject([{ step: 'long', attention: 'quiet' }]);
    expect(budgetOver).toBeUndefined();
  });

  test('finds a line of one that has begun', async ({ stage }) => {
    await begun(stage, 'long');
    await inLine(stage, 'next', 'true');
    const { runs } = await stage.ask('wait', { forLine: 'resting' });
    expect(runs).toMatchObject([{ step: 'long', lineSeen: 'resting' }]);
  });

  test('shows both when its budget is over', async ({ stage }) => {
    await begun(stage, 'long');
    await inLine(stage, 'next', 'true');
    const { runs, budgetOver, next } = await stage.ask('wait', { budget: '100ms' });
    expect(runs).toMatchObject([
      { step: 'long', state: 'running' },
      { step: 'next', state: 'queued' },
    ]);
    expect(budgetOver).toBe(true);
    expect(next).not.toEqual([]);
  });

  test('tells all of them when all have ended', async ({ stage }) => {
    await stage.ask('start', { step: 'first', command: ['true'], ...QUICK });
    for (const name of ['second', 'third']) await inLine(stage, name, 'true');
    const waiting = stage.ask('wait', { steps: ['first', 'second', 'third'] });
    await stage.ask('queue', { action: 'resume', name: 'line' });
    expect((await waiting).runs).toMatchObject(
      ['first', 'second', 'third'].map((step) => ({ step, outcome: 'success' })),
    );
  });
});

function begun(stage: Stage, step: string, input: object = {}) {
  return stage.ask('start', { step, command: [animal('rests.sh')], ...QUICK, ...input });
}

/** Until somebody waits for the end of the only run that has begun. */
function awaited(stage: Stage): Promise<void> {
  const { runs } = directoryPaths(stage.dir);
  return until(
    () => existsSync(runs) && readdirSync(runs).some((id) => waitersOf(stage.dir, id).length > 0),
    'somebody waits',
  );
}

/** Puts a run into a queue that is paused. */
async function inLine(stage: Stage, step: string, program: string): Promise<void> {
  await stage.ask('queue', { action: 'pause', name: 'line' });
  const command = [program === 'true' ? program : animal(program)];
  await stage.ask('start', { step, command, queue: 'line', ...QUICK });
}
