import { expect, test } from 'vitest';
import { cliErrorOf, usageError } from './cli-error.ts';

test.each([
  ['pm help start', 'node /x/main.cjs help start'],
  ['Look at it with: pm status train', 'Look at it with: node /x/main.cjs status train'],
  ['name it in pm.config.json (pm init writes one)', 'name it in pm.config.json (node /x/main.cjs init writes one)'],
  ['a newer pm wrote it', 'a newer pm wrote it'],
  ['node /x/main.cjs start t -- npm run pm start', 'node /x/main.cjs start t -- npm run pm start'],
  ['./bin/pm start train', './bin/pm start train'],
])('the next call is written as this one was: %s', (next, told) => {
  expect(cliErrorOf(usageError('no', next), {}, 'node /x/main.cjs').next).toBe(told);
});

test('what nobody foresaw asks for a report', () => {
  expect(cliErrorOf(new Error('odd'), {}, 'pm')).toMatchObject({ code: 'unexpected', message: 'unexpected: odd' });
});
