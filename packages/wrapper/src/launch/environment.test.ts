import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { WRAPPER } from '../wrapper-script.ts';
import { environmentPrefix, wrapperEnvironment } from './environment.ts';

function prefix(env: Record<string, string | undefined>): string | undefined {
  return environmentPrefix(env)?.toString('utf8');
}

const ID = '20261123T180512345Z-7k3f9q2m7x';

test('the wrapper is marked as a supervisor of its run', () => {
  expect(wrapperEnvironment({ PATH: '/bin', GONE: undefined }, ID)).toEqual({
    PATH: '/bin',
    PM_RUN_ID: `supervisor-of-${ID}`,
  });
});

test.each(['PM_RUN_ID', 'PM_STEP', 'PM_RESULT', 'PM_BEAT', 'PM_PROGRESS'])(
  '%s of an outer run is not passed on',
  (name) => {
    expect(wrapperEnvironment({ [name]: 'outer' }, ID)[name]).not.toBe('outer');
    expect(environmentPrefix({ [name]: 'outer' })).toBeUndefined();
  },
);

test('PM_DIR of an outer run stays: the inner one belongs to the same directory', () => {
  expect(wrapperEnvironment({ PM_DIR: '/project/.pm' }, ID)['PM_DIR']).toBe('/project/.pm');
});

test.each<[string, string, string]>([
  ['a dot in the name', 'a.b', `'a.b=1'`],
  ['a dash in the name', 'INPUT_who-to', `'INPUT_who-to=1'`],
  ['a dash before the name', '-u', `'-u=1'`],
  ['a digit before the name', '7zip', `'7zip=1'`],
  ['an exported bash function', 'BASH_FUNC_f%%', `'BASH_FUNC_f%%=1'`],
  ['a quote in the name', `it's`, `'it'\\''s=1'`],
  ['a name that the wrapper uses', 'step', `'step=1'`],
  ['a name that shells obey', 'SHELLOPTS', `'SHELLOPTS=1'`],
])('%s: passed through env(1), unseen by the shell', (_, name, word) => {
  expect(prefix({ [name]: '1', PATH: '/bin' })).toBe(`set -- /usr/bin/env -- ${word} "$@"\n`);
  expect(wrapperEnvironment({ [name]: '1' }, ID)).not.toHaveProperty([name]);
});

test('a value keeps its quotes and newlines', () => {
  expect(prefix({ 'a.b': `it's\n"$HOME"` })).toBe(`set -- /usr/bin/env -- 'a.b=it'\\''s\n"$HOME"' "$@"\n`);
});

test('an ordinary environment costs no env(1)', () => {
  expect(environmentPrefix({ PATH: '/bin', http_proxy: '', _: '/usr/bin/node', GONE: undefined })).toBeUndefined();
});

test('no variable that the wrapper assigns can be mistaken for one of the caller', () => {
  const script = readFileSync(WRAPPER, 'utf8').replace(/(^|\s)#.*$/gm, '');
  const assigned = [...script.matchAll(/(?:^|[\s;({&|])([a-z_]+)=|\bread -r ([a-z_ ]+)|\bfor ([a-z_]+)/gm)];
  const names = new Set(assigned.flatMap(([, ...groups]) => groups.join(' ').split(' ')).filter((name) => name !== ''));
  for (const operand of ['if', 'of', 'bs', 'seek', 'count', 'conv', 'lstart', 'ppid']) names.delete(operand); // of dd(1) and ps(1)
  expect([...names].filter((name) => environmentPrefix({ [name]: '1' }) === undefined)).toEqual([]);
  expect(names.size).toBeGreaterThan(20);
});
