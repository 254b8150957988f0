import { readFileSync } from 'node:fs';
import { describe, expect } from 'vitest';
import { test } from './stage.ts';

const animal = (...args: string[]): string[] => ['sleep', ...args];

describe('a name that nobody chose', () => {
  test('is numbered if another command is running under it, and that is said', async ({ stage }) => {
    await stage.ask('start', { command: animal('60') });
    const second = await stage.ask('start', { command: animal('61') });
    expect(second).toMatchObject({
      runs: [{ step: 'sleep-2' }],
      notes: ['named sleep-2: sleep is running another command'],
    });
    const third = await stage.askOne('start', { command: animal('62') });
    expect(third.step).toBe('sleep-3');
  });

  test('of the same command is that of the run that is live', async ({ stage }) => {
    await stage.ask('start', { command: animal('60') });
    await stage.ask('start', { command: animal('61') });
    for (const [seconds, step] of [
      ['60', 'sleep'],
      ['61', 'sleep-2'],
    ] as const)
      expect(await stage.ask('start', { command: animal(seconds) })).toMatchObject({
        alreadyRunning: true,
        runs: [{ step }],
      });
  });

  test('is used again for a repetition', async ({ stage }) => {
    await stage.ask('start', { command: animal('60') });
    await stage.ask('start', { command: animal('0.01'), wait: true });
    const again = await stage.ask('start', { command: animal('0.01'), wait: true });
    expect(again).toMatchObject({ runs: [{ step: 'sleep-2' }], notes: ['named sleep-2, as before'] });
    await stage.ask('stop', { steps: ['sleep'], force: true });
    expect((await stage.askOne('start', { command: animal('0.01'), wait: true })).step).toBe('sleep-2');
    expect((await stage.askOne('start', { command: animal('0.02'), wait: true })).step).toBe('sleep');
  });

  test('is not numbered if the other run has ended', async ({ stage }) => {
    await stage.ask('start', { command: animal('0.01'), wait: true });
    const next = await stage.ask('start', { command: animal('0.02'), wait: true });
    expect([next.runs[0]?.step, next.notes]).toEqual(['sleep', undefined]);
  });

  test('is numbered for another directory, too', async ({ stage }) => {
    await stage.ask('start', { command: animal('60') });
    expect((await stage.askOne('start', { command: animal('60'), cwd: '/' })).step).toBe('sleep-2');
  });

  test('is numbered for starts at the same time', async ({ stage }) => {
    const answers = await Promise.all(
      ['60', '61', '62', '63', '64'].map((seconds) => stage.askOne('start', { command: animal(seconds) })),
    );
    expect(new Set(answers.map(({ step }) => step)).size).toBe(5);
  });

  test('that was chosen is not numbered', async ({ stage }) => {
    await stage.ask('start', { step: 'nap', command: animal('60') });
    const { refusal } = await stage.ask('start', { step: 'nap', command: animal('61') });
    expect(refusal?.kind).toBe('already-running');
  });

  test('is the same for pm run', async ({ stage }) => {
    await stage.ask('start', { command: ['cat', '/dev/null'], wait: true });
    await stage.ask('start', { command: animal('60') });
    expect((await stage.askOne('run', { command: animal('0.01') })).step).toBe('sleep-2');
    expect(readFileSync(stage.files().log, 'utf8')).toBe('');
  });
});
