import { expect, test } from 'vitest';
import { didYouMean } from './did-you-mean.ts';

const VERBS = ['start', 'wait', 'ls', 'status', 'logs', 'stop', 'run'];

test.each([
  ['strat', 'start'],
  ['stat', 'status'],
  ['log', 'logs'],
  ['lgos', 'logs'],
  ['sttop', 'stop'],
  ['runn', 'run'],
  ['deploy', undefined],
  ['x', undefined],
])('%s: %s', (typed, meant) => {
  expect(didYouMean(typed, VERBS)).toBe(meant);
});
