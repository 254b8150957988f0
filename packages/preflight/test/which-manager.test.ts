import { mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect } from 'vitest';
import type { Finding } from '../src/index.ts';
import { type Stage, test } from './stage.ts';

type Manager = 'npm' | 'pnpm' | 'yarn' | 'yarn 1' | 'bun';
const MANAGERS: readonly Manager[] = ['npm', 'pnpm', 'yarn', 'yarn 1', 'bun'];

/** A lockfile of each manager for one package. */
const LOCKS: Readonly<Record<Manager, readonly [file: string, text: (version: string) => string]>> = {
  npm: [
    'package-lock.json',
    (version) =>
      `{"lockfileVersion":3,"packages":{"":{"dependencies":{"ms":"${version}"}},"node_modules/ms":{"version":"${version}"}}}`,
  ],
  pnpm: [
    'pnpm-lock.yaml',
    (version) =>
      `lockfileVersion: '9.0'\nimporters:\n  .:\n    dependencies:\n      ms:\n        specifier: ${version}\n        version: ${version}\npackages:\n  ms@${version}: {}\nsnapshots:\n  ms@${version}: {}\n`,
  ],
  yarn: [
    'yarn.lock',
    (version) =>
      `__metadata:\n  version: 8\n\n"app@workspace:.":\n  resolution: "app@workspace:."\n  dependencies:\n    ms: "npm:*"\n\n"ms@npm:*":\n  version: ${version}\n  resolution: "ms@npm:${version}"\n`,
  ],
  'yarn 1': ['yarn.lock', (version) => `ms@*:\n  version "${version}"\n  resolved "https://registry.example/ms.tgz"\n`],
  bun: [
    'bun.lock',
    (version) => `{"workspaces":{"":{"dependencies":{"ms":"*"}}},"packages":{"ms":["ms@${version}","",{},""],}}`,
  ],
};
/** What each leaves in node_modules. */
const RECORDS: Readonly<Record<Manager, readonly [name: string, text: string]>> = {
  npm: ['.package-lock.json', '{"packages":{"node_modules/ms":{"version":"2.1.3"}}}'],
  pnpm: ['.modules.yaml', '{"included":{"dependencies":true,"devDependencies":true,"optionalDependencies":true}}'],
  yarn: ['.yarn-state.yml', '__metadata:\n  version: 1\n\n"ms@npm:2.1.3":\n  locations:\n    - "node_modules/ms"\n'],
  'yarn 1': ['.yarn-integrity', '{"flags":[]}'],
  bun: ['.bun/ms@2.1.3/node_modules/ms/package.json', '{"version":"2.1.3"}'],
};
const nameOf = (manager: Manager): string => manager.replace(' 1', '');
const PAIRS = MANAGERS.flatMap((maker) =>
  MANAGERS.filter((other) => nameOf(other) !== nameOf(maker)).map((other) => [maker, other] as const),
);

function put(stage: Stage, path: string, text: string): void {
  mkdirSync(dirname(join(stage.folder, path)), { recursive: true });
  stage.put(path, text);
}

function project(stage: Stage, fields: object = {}): void {
  mkdirSync(join(stage.folder, '.git'));
  put(stage, 'package.json', JSON.stringify({ name: 'app', dependencies: { ms: '*' }, ...fields }));
}

function lock(stage: Stage, manager: Manager, version: string, folder = '.'): void {
  const [file, text] = LOCKS[manager];
  put(stage, join(folder, file), text(version));
}

function install(stage: Stage, manager: Manager, version = '2.1.3'): void {
  put(stage, 'node_modules/ms/package.json', `{"name":"ms","version":"${version}"}`);
  const [name, text] = RECORDS[manager];
  put(stage, `node_modules/${name}`, text);
}

const safeIn = ({ remedies = [] }: Finding): string[] =>
  remedies
    .filter(({ safety }) => safety === 'safe')
    .map(({ argv }) => argv.find((word) => word !== 'sh' && !word.startsWith('-')) ?? '');

describe('a lockfile of another manager that was left over', () => {
  test.for(PAIRS)('%s installed: it is asked, and that of %s is a warning', async ([maker, other], { stage }) => {
    project(stage);
    lock(stage, maker, '2.1.3');
    lock(stage, other, '2.0.0');
    install(stage, maker);
    const [file] = LOCKS[other];
    expect(await stage.ask('node-modules')).toMatchObject({ state: 'warn', evidence: expect.stringContaining(file) });
  });

  test.for(PAIRS)('%s installed an older version: no safe remedy is of %s', async ([maker, other], { stage }) => {
    project(stage);
    lock(stage, maker, '2.1.3');
    lock(stage, other, '2.1.3');
    install(stage, maker, '2.0.0');
    const finding = await stage.ask('node-modules');
    expect(finding).toMatchObject({ state: 'fail', evidence: expect.stringContaining('ms@2.1.3 (found 2.0.0)') });
    expect(finding.evidence).toContain(LOCKS[maker][0]);
    expect(safeIn(finding).join()).not.toMatch(new RegExp(`\\b${nameOf(other)}\\b`));
  });

  test.for(PAIRS)(
    '%s is declared, nothing is installed: it installs, and not %s',
    async ([declared, other], { stage }) => {
      project(stage, { packageManager: `${nameOf(declared)}@9.0.0` });
      lock(stage, declared, '2.1.3');
      lock(stage, other, '2.0.0');
      const finding = await stage.ask('node-modules');
      expect(finding).toMatchObject({ state: 'fail', remedies: [{ safety: 'safe' }] });
      expect(safeIn(finding)).toEqual([nameOf(declared)]);
    },
  );

  test.for(PAIRS)('%s and %s, nothing is installed or declared: neither is safe', async ([one, other], { stage }) => {
    project(stage);
    lock(stage, one, '2.1.3');
    lock(stage, other, '2.1.3');
    const finding = await stage.ask('node-modules');
    expect(finding).toMatchObject({ state: 'fail', evidence: expect.stringContaining('packageManager') });
    expect(safeIn(finding)).toEqual([]);
  });

  test.for(PAIRS)(
    '%s installed and left no lockfile: that of %s is no reason to install',
    async ([maker, other], { stage }) => {
      project(stage, { dependencies: { ms: '^2.0.0' } });
      lock(stage, other, '2.0.0');
      install(stage, maker);
      const finding = await stage.ask('node-modules');
      expect(finding).toMatchObject({ state: 'warn', evidence: expect.stringContaining('has no lockfile') });
      expect(safeIn(finding)).toEqual([]);
    },
  );

  test.for(PAIRS)(
    '%s is declared, but %s installed: a remedy that swaps them needs approval',
    async ([declared, maker], { stage }) => {
      project(stage, { packageManager: `${nameOf(declared)}@9.0.0` });
      lock(stage, declared, '2.1.3');
      install(stage, maker, '2.0.0');
      const finding = await stage.ask('node-modules');
      expect(finding.state).toBe('fail');
      expect(safeIn(finding)).toEqual([]);
      put(stage, 'node_modules/ms/package.json', '{"name":"ms","version":"2.1.3"}');
      expect(await stage.ask('node-modules')).toMatchObject({
        state: 'warn',
        evidence: expect.stringContaining(`${nameOf(maker)} installed it`),
      });
    },
  );
});

describe('the manager is declared', () => {
  test.for<[where: string, fields: object]>([
    ['packageManager', { packageManager: 'npm@10.9.0' }],
    ['packageManager with a hash', { packageManager: 'npm@10.9.0+sha512.0123' }],
    ['packageManager without a version', { packageManager: 'npm' }],
    ['devEngines', { devEngines: { packageManager: { name: 'npm', version: '^10' } } }],
    ['a list in devEngines', { devEngines: { packageManager: [{ name: 'npm' }, { name: 'pnpm' }] } }],
  ])('in %s', async ([, fields], { stage }) => {
    project(stage, fields);
    for (const manager of MANAGERS.filter((one) => one !== 'npm')) lock(stage, manager, '2.0.0');
    lock(stage, 'npm', '2.1.3');
    expect(safeIn(await stage.ask('node-modules'))).toEqual(['npm']);
  });

  test('at the root of the workspace, where a member has a lockfile of its own that was left over', async ({
    stage,
  }) => {
    project(stage, { workspaces: ['packages/*'], packageManager: 'npm@10.9.0' });
    put(stage, 'packages/b/package.json', '{"name":"b","dependencies":{"ms":"*"}}');
    lock(stage, 'npm', '2.1.3');
    lock(stage, 'yarn 1', '2.0.0', 'packages/b');
    install(stage, 'npm');
    const finding = await stage.askIn(join(stage.folder, 'packages/b'), 'node-modules');
    expect(finding).toMatchObject({ state: 'warn', evidence: expect.stringContaining('packages/b/yarn.lock') });
  });

  test('for the workspace, but a folder beside it has its own', async ({ stage }) => {
    project(stage, { workspaces: ['packages/*'], packageManager: 'pnpm@10.0.0' });
    lock(stage, 'pnpm', '2.1.3');
    put(stage, 'example/package.json', '{"name":"example","dependencies":{"ms":"*"}}');
    lock(stage, 'npm', '2.0.0', 'example');
    put(stage, 'example/node_modules/ms/package.json', '{"name":"ms","version":"2.0.0"}');
    put(stage, 'example/node_modules/.package-lock.json', '{"packages":{}}');
    const finding = await stage.askIn(join(stage.folder, 'example'), 'node-modules');
    expect(finding).toMatchObject({ state: 'pass' });
  });
});

describe('an empty yarn.lock', () => {
  test.for<[what: string, fields: object | undefined, state: string]>([
    ['and dependencies', { dependencies: { ms: '*' } }, 'fail'],
    ['and development dependencies', { devDependencies: { ms: '*' } }, 'fail'],
    ['and both', { dependencies: { ms: '*' }, devDependencies: { 'is-odd': '*' } }, 'fail'],
    ['and nothing to install', { dependencies: {} }, 'pass'],
    ['and only what is optional', { optionalDependencies: { fsevents: '*' } }, 'pass'],
  ])('%s', async ([, fields, state], { stage }) => {
    put(stage, 'package.json', JSON.stringify({ name: 'app', ...fields }));
    put(stage, 'yarn.lock', '');
    const finding = await stage.ask('node-modules');
    expect(finding).toMatchObject({ state });
    expect(safeIn(finding)).toEqual([]); // it would write the lockfile
  });
});
