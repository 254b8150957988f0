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
  ['wait', { any: true, budget: '0ms', forLine: 'ready', ignore: 'quiet', dir: '/here' }, true],
  ['wait', { steps: undefined, timeout: undefined }, true],
  ['wait', { timeout: '1s' }, false],
  ['wait', { timeout: null }, false], // it takes the limit of a run away
  ['wait', { stale: '1s' }, false],
  ['wait', { steps: ['daemon'] }, false], // it gives a run that pm did not start its limit
  ['wait', { any: true, later: true }, false], // an option that may come one day
  ['wait', JSON.parse('{ "__proto__": { "timeout": "1s" } }'), false],
  ['recover', {}, false], // what it shows counts as read
  ['recover', { unread: true }, false],
  ['constructor', {}, false],
])('%s %j: %s', (operation, input, looks) => {
  expect(onlyLooks(operation, input)).toBe(looks);
});
