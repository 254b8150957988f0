import { expect, test } from 'vitest';
import { type RunInSet, unneededOf } from './unneeded.ts';

function run(step: string, { needs = [], ...more }: Partial<RunInSet> = {}): RunInSet {
  return { id: `id-${step}`, step, needs, forNeeds: false, kept: false, ...more };
}
const service = (step: string, more: Partial<RunInSet> = {}): RunInSet => run(step, { forNeeds: true, ...more });

test.each<[what: string, live: RunInSet[], stops: string[], waiting?: string[], held?: string[]]>([
  ['nothing lives', [], []],
  ['nobody needs it', [service('web')], ['web']],
  ['a live run needs it', [service('web'), run('e2e', { needs: ['web'] })], []],
  ['one of two runs still needs it', [service('db'), run('b', { needs: ['db'] })], []],
  ['a run in a queue needs it', [service('web')], [], ['web']],
  ['a starter is about to use it', [service('web')], [], [], ['web']],
  ['another service needs it', [service('db'), service('web', { needs: ['db'] }), run('e2e', { needs: ['web'] })], []],
  [
    'a service that nobody needs ends before what it needs',
    [service('db'), service('web', { needs: ['db'] })],
    ['web'],
  ],
  ['a service that somebody started by itself keeps what it needs', [service('db'), run('web', { needs: ['db'] })], []],
  ['it was started by itself', [run('web')], []],
  ['somebody has asked for it since', [service('web', { kept: true })], []],
  ['of several, those that nobody needs', [service('db'), service('web'), run('e2e', { needs: ['web'] })], ['db']],
])('%s', (_, live, stops, waiting = [], held = []) => {
  expect(unneededOf(live, new Set(waiting), new Set(held)).map(({ step }) => step)).toEqual(stops);
});
