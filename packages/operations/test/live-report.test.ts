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
