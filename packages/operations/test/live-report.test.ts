import { writeFileSync } from 'node:fs';
import { until } from '@pm/testing';
import { expect } from 'vitest';
import type { OperationEvent } from '../src/index.ts';
import { animal, test } from './stage.ts';

test.each(['8/1200', 'epoch 3', '100 %', 'ünïcode 2/3', 'a\nb 2/2'])(
  'between two looks a terminal is told of the progress %j',
  async (progress) => {
    const { openStage } = await import('./stage.ts');
    const stage = openStage();
    try {
      await stage.ask('start', { step: 'work', command: [animal('rests.sh')] });
      const told: OperationEvent[] = [];
      const waiting = stage.ask(
        'wait',
        { steps: ['work'] },
        { report: (event) => void told.push(event), reportEveryMs: 20 },
      );
      await until(() => told.length > 2, 'it is reported again without a look');
      writeFileSync(stage.files().progress, `${progress}\n`);
      const line = progress.split('\n').at(-1);
      await until(() => told.some((event) => event.type === 'progress' && event.run.progress === line), 'it is told');
      await stage.ask('stop', { steps: ['work'] });
      expect((await waiting).runs).toMatchObject([{ outcome: 'cancelled' }]);
    } finally {
      await stage.close();
    }
  },
);

test('of several runs a terminal is told of all together, also of those that have ended', async ({ stage }) => {
  for (const step of ['lint', 'unit']) await stage.ask('start', { step, command: [animal('rests.sh')] });
  const told: OperationEvent[] = [];
  const waiting = stage.ask(
    'wait',
    { steps: ['lint', 'unit'] },
    { report: (event) => void told.push(event), reportEveryMs: 20 },
  );
  const states = () => {
    const last = told.findLast((event) => event.type === 'list');
    return last?.type === 'list' ? last.answer.runs.map(({ step, outcome }) => `${step} ${outcome}`) : [];
  };
  await until(() => states().join() === 'lint undefined,unit undefined');
  await stage.ask('stop', { steps: ['unit'] });
  await until(() => states().join() === 'lint undefined,unit cancelled');
  await stage.ask('stop', { steps: ['lint'] });
  await waiting;
  expect(new Set(told.map(({ type }) => type))).toEqual(new Set(['list']));
});

test('a list that is kept current is told again, and the last one is the answer', async ({ stage }) => {
  await stage.ask('start', { step: 'work', command: [animal('rests.sh')] });
  const leaving = new AbortController();
  const told: OperationEvent[] = [];
  const watching = stage.ask(
    'ls',
    { watch: true },
    { report: (event) => void told.push(event), signal: leaving.signal },
  );
  await until(() => told.length >= 2);
  leaving.abort();
  expect(await watching).toMatchObject({ runs: [{ step: 'work', state: 'running' }], total: 1 });
  expect(told.every(({ type }) => type === 'list')).toBe(true);
});
