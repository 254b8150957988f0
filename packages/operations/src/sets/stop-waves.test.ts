import { expect, test } from 'vitest';
import { type StopCandidate, stopOrder } from './stop-waves.ts';

function run(step: string, needs: readonly string[] = [], parent?: string): StopCandidate {
  return { id: `id-${step}`, step, needs, ...(parent !== undefined && { parent: `id-${parent}` }) };
}

test.each<[what: string, runs: StopCandidate[], waves: string[][]]>([
  ['nothing', [], []],
  ['one run', [run('web')], [['web']]],
  ['runs that need nothing end together', [run('a'), run('b')], [['a', 'b']]],
  ['who needs another one ends first', [run('db'), run('web', ['db'])], [['web'], ['db']]],
  [
    'a chain, from its end',
    [run('db'), run('web', ['db']), run('e2e', ['web', 'db']), run('lint')],
    [['e2e', 'lint'], ['web'], ['db']],
  ],
  ['two that share a need', [run('db'), run('a', ['db']), run('b', ['db'])], [['a', 'b'], ['db']]],
  ['a need that does not run is no obstacle', [run('web', ['db'])], [['web']]],
  ['what a run has started ends after it', [run('inner', [], 'outer'), run('outer')], [['outer'], ['inner']]],
  ['a parent that is over is no obstacle', [run('inner', [], 'gone')], [['inner']]],
  ['a cycle ends together', [run('a', ['b']), run('b', ['a'])], [['a', 'b']]],
  ['before a cycle, what needs it', [run('a', ['b']), run('b', ['a']), run('c', ['a'])], [['c'], ['a', 'b']]],
  ['who needs itself', [run('a', ['a'])], [['a']]],
])('%s', (_, runs, waves) => {
  expect(stopOrder(runs).map((wave) => wave.map(({ step }) => step))).toEqual(waves);
});
