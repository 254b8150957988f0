import { expect, test } from 'vitest';
import { withNeeds } from './needs-of.ts';

const FILE = '/project/pm.config.json';

function stepsOf(needs: Readonly<Record<string, readonly string[]>>) {
  return Object.fromEntries(
    Object.entries(needs).map(([step, own]) => [
      step,
      { command: ['x'], service: step !== 'job', ...(own.length > 0 && { needs: [...own] }) },
    ]),
  );
}

test.each<[what: string, needs: Record<string, string[]>, roots: string[], order: string[]]>([
  ['a step without needs', { a: [] }, ['a'], ['a']],
  ['what it needs comes first', { e2e: ['db', 'web'], db: [], web: [] }, ['e2e'], ['db', 'web', 'e2e']],
  ['also what that needs', { e2e: ['web'], db: [], web: ['db'] }, ['e2e'], ['db', 'web', 'e2e']],
  ['each once', { e2e: ['web', 'api'], db: [], web: ['db'], api: ['db'] }, ['e2e'], ['db', 'web', 'api', 'e2e']],
  ['a need that is named twice', { a: ['b', 'b'], b: [] }, ['a'], ['b', 'a']],
  ['several roots', { a: ['c'], b: ['c'], c: [] }, ['a', 'b', 'c'], ['c', 'a', 'b']],
  ['others are left out, with their cycles', { a: [], b: ['c'], c: ['b'] }, ['a'], ['a']],
])('%s', (_, needs, roots, order) => {
  expect(withNeeds(stepsOf(needs), roots, FILE).map(({ step }) => step)).toEqual(order);
});

test.each<[what: string, needs: Record<string, string[]>, said: string]>([
  ['a cycle of two', { a: ['b'], b: ['a'] }, 'steps.a.needs is a cycle: a → b → a'],
  ['itself', { a: ['a'] }, 'steps.a.needs is a cycle: a → a'],
  ['a cycle further on', { a: ['b'], b: ['c'], c: ['d'], d: ['b'] }, 'steps.b.needs is a cycle: b → c → d → b'],
  ['a step that is not there', { a: ['b'], b: ['bd'] }, 'steps.b.needs names bd, which is no step'],
  [
    'a job',
    { a: ['b'], b: ['job'], job: [] },
    'steps.b.needs names job, which is no service: nothing says when it is ready',
  ],
  ['a name of every object', { a: ['toString'] }, 'steps.a.needs names toString, which is no step'],
])('%s is refused', (_, needs, said) => {
  expect(() => withNeeds(stepsOf(needs), ['a'], FILE)).toThrow(
    expect.objectContaining({ code: 'usage', message: `${FILE}: ${said}.`, next: expect.stringMatching(/./) }),
  );
});
