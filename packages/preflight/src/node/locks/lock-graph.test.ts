import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { bunGraph } from './bun.ts';
import type { LockGraph } from './lock-graph.ts';
import { npmGraph, npmRecord } from './npm.ts';
import { pnpmGraph } from './pnpm.ts';
import { readGraph } from './read-graph.ts';
import { readYaml } from './read-yaml.ts';

// What the managers themselves wrote for is-odd 3.0.0, ms ^2.1.0 (for development) and fsevents (optional, for macOS), on Linux.
const at = (name: string): string => readFileSync(new URL(`../../../test/data/${name}`, import.meta.url), 'utf8');
const MANIFEST = {
  name: 'app',
  dependencies: { 'is-odd': '3.0.0' },
  devDependencies: { ms: '^2.1.0' },
  optionalDependencies: { fsevents: '2.3.3' },
};
const LOCKS = [
  ['npm', 'npm/lock'],
  ['pnpm', 'pnpm/lock'],
  ['yarn', 'yarn-1/lock'],
  ['yarn', 'yarn/lock'],
  ['bun', 'bun/lock'],
] as const;
const GARBAGE = [
  '',
  'garbage',
  '{',
  '[]',
  'null',
  '{"packages":null}',
  '\u0000',
  '__metadata: 1',
  'packages: 1',
  'a: [',
  '{}',
];

describe.each(LOCKS)('%s: %s', (manager, file) => {
  const read = (text: string) =>
    readGraph(text, manager, { members: async () => [], manifestOf: () => MANIFEST }) as Promise<LockGraph>;

  test.each(['\n', '\r\n'])('has what each package imports, with lines that end in %j', async (end) => {
    const graph = await read(at(file).replace(/\r?\n/g, end));
    const [[folder, needs] = []] = [...graph.importers];
    expect(folder).toBe('.');
    const versionOf = (name: string, list = needs): string | undefined =>
      graph.packages.get(list?.find((one) => one.name === name)?.to ?? '')?.version;
    expect(Object.fromEntries((needs ?? []).map(({ name, kind }) => [name, kind]))).toEqual({
      'is-odd': 'required',
      ms: 'dev',
      fsevents: 'optional',
    });
    expect([versionOf('is-odd'), versionOf('ms')]).toEqual(['3.0.0', '2.1.3']);
    const odd = graph.packages.get(needs?.find(({ name }) => name === 'is-odd')?.to ?? '');
    expect(odd?.dependencies.map(({ name, kind }) => [name, kind])).toEqual([['is-number', 'required']]);
    expect(versionOf('is-number', odd?.dependencies)).toBe('6.0.0');
  });

  test.each(GARBAGE)('garbage (%j) never throws', async (garbage) => {
    await read(garbage);
    await read(`${at(file).slice(0, at(file).length / 2)}${garbage}`);
  });
});

describe('npm', () => {
  test.each<[what: string, lock: string, importers: string[]]>([
    ['a member of a workspace is a folder of the project', '{"packages":{"":{},"packages/a":{}}}', ['.', 'packages/a']],
    ['npm 6 has no paths', '{"lockfileVersion":1,"dependencies":{"ms":{"version":"2.1.3"}}}', ['.']],
  ])('%s', (_, lock, importers) => {
    expect([...(npmGraph(lock)?.importers.keys() ?? [])]).toEqual(importers);
  });

  test('an alias, an override and a copy of its own are found where the package would look', () => {
    const lock = JSON.stringify({
      packages: {
        '': { dependencies: { old: 'npm:ms@1', odd: '3', linked: 'file:linked' } },
        'node_modules/old': { name: 'ms', version: '1.0.0' },
        'node_modules/odd': {
          version: '3.0.1',
          dependencies: { number: '^6' },
          peerDependencies: { old: '*', x: '*' },
        },
        'node_modules/odd/node_modules/number': { version: '6.0.0' },
        'node_modules/number': { version: '7.0.0' },
        'node_modules/linked': { link: true, resolved: 'linked' },
        linked: {},
      },
    });
    const graph = npmGraph(lock);
    expect(graph?.packages.get('node_modules/old')).toMatchObject({ name: 'ms', version: '1.0.0' });
    expect(graph?.packages.get('node_modules/odd')?.dependencies).toEqual([
      { name: 'old', kind: 'peer', to: 'node_modules/old' },
      { name: 'number', kind: 'required', to: 'node_modules/odd/node_modules/number' },
    ]);
    expect(graph?.importers.get('.')).toContainEqual({ name: 'linked', kind: 'required' });
    expect(npmRecord(lock)?.packages).toContain('ms@1.0.0');
  });
});

describe('pnpm', () => {
  test.each<[version: string, text: string]>([
    [
      '5.4',
      'lockfileVersion: 5.4\ndependencies:\n  a: 1.0.0_b@2.0.0\npackages:\n  /a/1.0.0_b@2.0.0:\n    dev: false\n',
    ],
    [
      '6.0',
      "lockfileVersion: '6.0'\ndependencies:\n  a:\n    specifier: ^1\n    version: 1.0.0(b@2.0.0)\npackages:\n  /a@1.0.0(b@2.0.0):\n    dev: false\n",
    ],
    [
      '9.0',
      "lockfileVersion: '9.0'\nimporters:\n  .:\n    dependencies:\n      a:\n        specifier: ^1\n        version: 1.0.0(b@2.0.0)\npackages:\n  a@1.0.0:\n    hasBin: true\nsnapshots:\n  a@1.0.0(b@2.0.0): {}\n",
    ],
    [
      '9.0 after a document about pnpm itself',
      "lockfileVersion: '9.0'\nimporters:\n  .:\n    configDependencies: {}\n---\nlockfileVersion: '9.0'\nimporters:\n  .:\n    dependencies:\n      a:\n        version: 1.0.0\npackages:\n  a@1.0.0: {}\nsnapshots:\n  a@1.0.0: {}\n",
    ],
  ])('lockfile version %s', async (_, text) => {
    const graph = pnpmGraph(await readYaml(text));
    const [need] = graph?.importers.get('.') ?? [];
    expect(graph?.packages.get(need?.to ?? '')).toMatchObject({ name: 'a', version: '1.0.0' });
  });
});

test('a member of a workspace of bun has packages of its own', () => {
  const graph = bunGraph(`{
    "workspaces": { "": { "name": "root" }, "packages/b": { "name": "@x/b", "dependencies": { "ms": "2.0.0", "a": "workspace:*" } } },
    "packages": { "ms": ["ms@2.1.3", "", {}, "sha"], "@x/b/ms": ["ms@2.0.0", "", {}, "sha"], "a": ["a@workspace:packages/a"], },
  }`);
  const needs = graph?.importers.get('packages/b') ?? [];
  expect(needs).toEqual([
    { name: 'ms', kind: 'required', to: '@x/b/ms' },
    { name: 'a', kind: 'required' },
  ]);
  expect(graph?.packages.get('@x/b/ms')?.version).toBe('2.0.0');
});
