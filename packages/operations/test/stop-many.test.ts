import { afterEach, expect } from 'vitest';
import { animal, QUICK, test } from './stage.ts';

const warnings: Error[] = [];
const note = (warning: Error): void => void warnings.push(warning);

afterEach(() => {
  process.off('warning', note);
});

test('a dozen runs are stopped by one call, and Node has nothing to warn of', async ({ stage }) => {
  process.on('warning', note);
  const steps = Array.from({ length: 12 }, (_, n) => `step-${n}`);
  for (const step of steps) await stage.ask('start', { step, command: [animal('rests.sh')], ...QUICK });
  const force = new AbortController().signal;
  const { runs } = await stage.ask('stop', { steps }, { force });
  expect(runs.map(({ outcome }) => outcome)).toEqual(steps.map(() => 'cancelled'));
  await new Promise((resolve) => setImmediate(resolve)); // warnings are told in a turn of their own
  expect(warnings).toEqual([]);
});
