import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { bunDrift } from './bun.ts';
import { npmDrift } from './npm.ts';
import { pnpmDrift } from './pnpm.ts';
import { modernYarnDrift, yarnDrift } from './yarn.ts';

// What the managers themselves wrote for is-odd 3.0.0, ms ^2.1.0 (for development) and fsevents (optional, for macOS), on Linux.
const at = (name: string): string => readFileSync(new URL(`../../test/data/${name}`, import.meta.url), 'utf8');
const newerMs = (text: string): string =>
  text.replaceAll('2.1.3', '2.1.9').replaceAll(/sha512-6Flzub\w*/g, 'sha512-other');

describe.each([
  ['pnpm', (lock: string, installed: string | undefined) => pnpmDrift(lock, installed, at('pnpm/modules'))],
  ['yarn-1', (lock: string, installed: string | undefined) => yarnDrift(lock, installed)],
  ['yarn', (lock: string, installed: string | undefined) => modernYarnDrift(lock, installed)],
] as const)('%s', (manager, drift) => {
  const lock = at(`${manager}/lock`);
  const installed = at(`${manager}/installed`);

  test('what was installed from a lock is what it says', () => {
    expect(drift(lock, installed)).toEqual([]);
    expect(drift(lock.replace(/\n/g, '\r\n'), installed)).toEqual([]);
  });

  test('a lock that was changed since names what changed', () => {
    const changed = drift(newerMs(lock), installed) ?? [];
    expect(changed.filter((name) => /^ms@/.test(name))).toEqual(changed);
    expect(changed).not.toEqual([]);
  });

  test('without a note everything is missing, but for what is optional or for other machines', () => {
    const missing = drift(lock, undefined) ?? [];
    expect(missing).toEqual(expect.arrayContaining([expect.stringMatching(/^is-odd@/), expect.stringMatching(/^ms@/)]));
    if (manager !== 'yarn-1') expect(missing.join()).not.toContain('fsevents');
  });

  test.each(['', 'garbage', '{', '[]', 'null', '{"packages":null}', '\u0000'])(
    'garbage (%j) never throws',
    (garbage) => {
      drift(garbage, installed);
      drift(lock, garbage);
      drift(garbage, garbage);
    },
  );
});

const installed: Record<string, string> = { 'is-odd': '3.0.0', 'is-number': '6.0.0', ms: '2.1.3' };

describe('npm', () => {
  test.each<[what: string, patch: Record<string, string | undefined>, drift: string[]]>([
    ['what was installed from a lock is what it says', {}, []],
    ['another version', { 'is-odd': '2.0.0' }, ['is-odd@3.0.0']],
    ['one is missing', { 'is-number': undefined }, ['is-number@6.0.0']],
    ['what is for development may be left out as a whole', { ms: undefined }, []],
    [
      'without anything everything is missing, but for what is optional',
      { ms: undefined, 'is-odd': undefined, 'is-number': undefined },
      ['is-number@6.0.0', 'is-odd@3.0.0', 'ms@2.1.3'],
    ],
  ])('%s', (_, patch, drift) => {
    const now: Record<string, string | undefined> = { ...installed, ...patch };
    expect(npmDrift(at('npm/lock'), (folder) => now[folder.slice('node_modules/'.length)])).toEqual(drift);
  });

  test.each(['', '{', 'null', '{"packages":null}', '{"lockfileVersion":1,"dependencies":{}}'])(
    'what has no paths (%j) cannot be compared',
    (lock) => expect(npmDrift(lock, () => '1')).toBeUndefined(),
  );
});

describe('bun', () => {
  const lock = at('bun/lock');
  test.each<[what: string, patch: Record<string, string | undefined>, drift: string[]]>([
    ['what was installed from a lock is what it says', {}, []],
    ['another version', { ms: '2.1.2' }, ['ms@2.1.3']],
    ['what the project itself needs is missing', { 'is-odd': undefined }, ['is-odd@3.0.0']],
  ])('%s', (_, patch, drift) => {
    const now: Record<string, string | undefined> = { ...installed, ...patch };
    expect(bunDrift(lock, (name) => now[name])).toEqual(drift);
  });
  test('garbage cannot be compared', () => expect(bunDrift('{', () => undefined)).toBeUndefined());
});
