import { expect, test } from 'vitest';
import { operations } from '../index.ts';
import { onlyLooks } from './only-looks.ts';

const LOOKS = ['ls', 'status', 'logs', 'who', 'wait', 'watch', 'template', 'queue', 'breaker'];

test('an operation changes something unless it is known to look', () => {
  const looking = Object.keys(operations).filter((name) => onlyLooks(name, {}));
  expect(looking.sort()).toEqual(LOOKS.sort());
});

test.each([
  ['queue', { action: 'show', name: 'q' }, true],
  ['queue', { action: 'pause', name: 'q' }, false],
  ['queue', { action: 'heavy' }, false], // the name of a queue may be a new action one day
  ['breaker', { action: 'status', name: 'x' }, true],
  ['breaker', { action: 'reset', name: 'x' }, false],
  ['breaker', { action: 'ask', name: 'x' }, false],
  ['queue', null, true],
  ['constructor', {}, false],
])('%s %j: %s', (operation, input, looks) => {
  expect(onlyLooks(operation, input)).toBe(looks);
});
