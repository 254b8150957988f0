import { expect, test } from 'vitest';
import type { Config } from '../config/config.ts';
import { engineFolder } from './engine-of-queue.ts';
import { envToKeep } from './travelling.ts';

const ENV = { A: '1', B_1: '2', B_2: undefined, QUEUE_URL: 'redis://:secret@host' };

test.each<[what: string, queue: NonNullable<Config['queues']>[string], kept: object]>([
  ['names nothing', { engine: 'env:QUEUE_URL' }, {}],
  ['names one', { engine: 'env:QUEUE_URL', env: ['A', 'C'] }, { A: '1' }],
  ['names several by their beginning', { engine: 'env:QUEUE_URL', env: ['B_*'] }, { B_1: '2' }],
  ['names the address of its engine', { engine: 'env:QUEUE_URL', env: ['A', 'QUEUE_URL'] }, { A: '1' }],
  ['names it by its beginning', { engine: 'env:QUEUE_URL', env: ['QUEUE_*'] }, {}],
])('of a queue that %s, this travels', (_, queue, kept) => {
  expect(envToKeep(ENV, { name: 'gpu', folder: engineFolder('gpu') }, { queues: { gpu: queue } })).toEqual(kept);
});

test('the address of the engine of another queue does not travel', () => {
  const queues = { gpu: { engine: 'redis://here', env: ['A', 'QUEUE_*'] }, cpu: { engine: 'env:QUEUE_URL' } };
  expect(envToKeep(ENV, { name: 'gpu', folder: engineFolder('gpu') }, { queues })).toEqual({ A: '1' });
});

test('a queue of this machine keeps all', () => {
  expect(envToKeep(ENV, { name: 'gpu', folder: '/q/gpu' }, { queues: { gpu: { env: ['A'] } } })).toBe(ENV);
});
