import { mkdirSync, rmSync, symlinkSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect } from 'vitest';
import { type Stage, test } from './stage.ts';

// What people do to an installation by hand: they edit package.json, link a package, override one, leave out what is optional.

interface Project {
  readonly manifest: object;
  readonly lock: readonly [file: string, text: string];
  readonly more?: Readonly<Record<string, string>>;
}

const npmLock = (packages: object): readonly [string, string] => [
  'package-lock.json',
  JSON.stringify({ lockfileVersion: 3, packages }),
];
const YARN_1 = ['yarn.lock', 'ms@^2.1.0:\n  version "2.1.3"\n  resolved "https://registry.example/ms.tgz"\n'] as const;
const yarn = (range: string, key = range): readonly [string, string] => [
  'yarn.lock',
  `__metadata:\n  version: 8\n\n"app@workspace:.":\n  resolution: "app@workspace:."\n  dependencies:\n    ms: "${range}"\n\n"ms@${key}":\n  version: 2.1.3\n  resolution: "ms@npm:2.1.3"\n`,
];
const pnpm = (specifier: string, head = ''): readonly [string, string] => [
  'pnpm-lock.yaml',
  `lockfileVersion: '9.0'\n\n${head}importers:\n  .:\n    dependencies:\n      ms:\n        specifier: ${specifier}\n        version: 2.1.3\npackages:\n  ms@2.1.3: {}\nsnapshots:\n  ms@2.1.3: {}\n`,
];
const BUN = [
  'bun.lock',
  '{"workspaces":{"":{"dependencies":{"ms":"^2.1.0"}}},"packages":{"ms":["ms@2.1.3","",{},""],}}',
] as const;
const NPM = npmLock({ '': { dependencies: { ms: '^2.1.0' } }, 'node_modules/ms': { version: '2.1.3' } });
const LOCKS = { npm: NPM, pnpm: pnpm('^2.1.0'), 'yarn 1': YARN_1, yarn: yarn('npm:^2.1.0'), bun: BUN };

function put(stage: Stage, path: string, text: string): void {
  mkdirSync(dirname(join(stage.folder, path)), { recursive: true });
  stage.put(path, text);
}

function lay(stage: Stage, { manifest, lock: [file, text], more = {} }: Project, version = '2.1.3'): void {
  put(stage, 'app/package.json', JSON.stringify({ name: 'app', ...manifest }));
  put(stage, `app/${file}`, text);
  put(stage, 'app/node_modules/ms/package.json', JSON.stringify({ name: 'ms', version }));
  for (const [path, content] of Object.entries(more)) put(stage, `app/${path}`, content);
}

const ask = (stage: Stage) => stage.askIn(join(stage.folder, 'app'), 'node-modules');
const needs = (range: string) => ({ dependencies: { ms: range } });

describe('package.json asks for another version than is locked and installed', () => {
  test.for(Object.entries(LOCKS))('%s', async ([, lock], { stage }) => {
    lay(stage, { manifest: needs('2.0.0'), lock });
    expect(await ask(stage)).toMatchObject({
      state: 'fail',
      evidence: expect.stringMatching(/but not package\.json; missing: ms@2\.0\.0 \(found 2\.1\.3\)$/),
      remedies: [{ safety: 'needs-approval', argv: [expect.any(String), 'install'] }],
    });
  });

  test('for development', async ({ stage }) => {
    lay(stage, { manifest: { devDependencies: { ms: '^3' } }, lock: NPM });
    expect(await ask(stage)).toMatchObject({ state: 'fail' });
  });

  test.for<[what: string, project: Project]>([
    ['npm: overrides', { manifest: { ...needs('^1'), overrides: { ms: '2.1.3' } }, lock: NPM }],
    ['bun: overrides', { manifest: { ...needs('^1'), overrides: { ms: '2.1.3' } }, lock: BUN }],
    ['Yarn 1: resolutions', { manifest: { ...needs('^1'), resolutions: { '**/ms': '2.1.3' } }, lock: YARN_1 }],
    [
      'Yarn: resolutions',
      { manifest: { ...needs('^1'), resolutions: { ms: '2.1.3' } }, lock: yarn('npm:^1', 'npm:2.1.3') },
    ],
    ['pnpm: overrides in its settings', { manifest: needs('^1'), lock: pnpm('2.1.3', 'overrides:\n  ms: 2.1.3\n\n') }],
    ['pnpm: overrides in package.json', { manifest: { ...needs('^1'), pnpm: { overrides: { ms: '2' } } }, lock: NPM }],
    ['a tag', { manifest: needs('latest'), lock: NPM }],
    ['a commit', { manifest: needs('github:vercel/ms#main'), lock: NPM }],
    ['an alias', { manifest: needs('npm:ms@2'), lock: NPM }],
    ['a catalog of pnpm', { manifest: needs('catalog:'), lock: pnpm("'catalog:'") }],
    ['an optional package', { manifest: { optionalDependencies: { ms: '^1' } }, lock: NPM }],
  ])('healthy: %s', async ([, project], { stage }) => {
    lay(stage, project);
    expect(await ask(stage)).toMatchObject({ state: 'pass' });
  });

  test('healthy: a pre-release of what is asked for', async ({ stage }) => {
    const lock = npmLock({ '': {}, 'node_modules/ms': { version: '2.2.0-beta.1' } });
    lay(stage, { manifest: needs('^2.1.0'), lock }, '2.2.0-beta.1');
    expect(await ask(stage)).toMatchObject({ state: 'pass' });
  });
});

describe('a catalog of Yarn', () => {
  test.for<[range: string, yarnrc: string]>([
    ['catalog:', 'catalog:\n  ms: ^2.1.0\n'],
    ['catalog:old', 'catalogs:\n  old:\n    ms: ^2.1.0\n'],
    ['catalog:old', 'catalog:\n  ms: 1.0.0\ncatalogs:\n  new: {}\n  old:\n    ms: npm:^2.1.0\n'],
  ])('%s names one of two versions', async ([range, yarnrc], { stage }) => {
    const [file, text] = yarn(range, 'npm:^2.1.0');
    const other = '\n"ms@npm:1.0.0":\n  version: 1.0.0\n  resolution: "ms@npm:1.0.0"\n';
    lay(stage, { manifest: needs(range), lock: [file, text + other], more: { '.yarnrc.yml': yarnrc } });
    expect(await ask(stage)).toMatchObject({ state: 'pass' });
    put(stage, 'app/node_modules/ms/package.json', '{"name":"ms","version":"1.0.0"}');
    expect(await ask(stage)).toMatchObject({ state: 'fail', evidence: expect.stringContaining('ms@2.1.3 (found 1.0') });
  });
});

describe('a package that is linked to a folder outside of the project', () => {
  const link = (stage: Stage, project: Project, version = '3.0.0-dev'): void => {
    put(stage, 'ours/package.json', JSON.stringify({ name: 'ms', version, dependencies: { other: '*' } }));
    lay(stage, project);
    rmSync(join(stage.folder, 'app/node_modules/ms'), { recursive: true });
    symlinkSync('../../ours', join(stage.folder, 'app/node_modules/ms'));
  };

  test.for(Object.entries(LOCKS))('%s: a warning, and nothing removes the link', async ([, lock], { stage }) => {
    link(stage, { manifest: needs('^2.1.0'), lock });
    const finding = await ask(stage);
    expect(finding).toMatchObject({ state: 'warn', evidence: expect.stringContaining('ms is linked to') });
    expect(finding.remedies ?? []).toEqual([]);
  });

  test.for(['3.0.0-dev', '2.1.3'])('at %s, and something else is missing: no remedy is safe', async (at, { stage }) => {
    const lock = npmLock({
      '': { dependencies: { ms: '^2.1.0', gone: '1.0.0' } },
      'node_modules/ms': { version: '2.1.3' },
      'node_modules/gone': { version: '1.0.0' },
    });
    link(stage, { manifest: { dependencies: { ms: '^2.1.0', gone: '1.0.0' } }, lock }, at);
    const finding = await ask(stage);
    expect(finding).toMatchObject({ state: 'fail', evidence: expect.stringMatching(/missing: gone@1\.0\.0$/) });
    expect(finding.remedies?.map(({ safety }) => safety)).toEqual(['needs-approval']);
  });

  test('a link within the project, where the registry is locked, is a mismatch', async ({ stage }) => {
    lay(stage, {
      manifest: needs('^2.1.0'),
      lock: NPM,
      more: { 'old/package.json': '{"name":"ms","version":"1.0.0"}' },
    });
    rmSync(join(stage.folder, 'app/node_modules/ms'), { recursive: true });
    symlinkSync('../old', join(stage.folder, 'app/node_modules/ms'));
    expect(await ask(stage)).toMatchObject({ state: 'fail', evidence: expect.stringContaining('(found 1.0.0)') });
  });
});

describe('a package with one program for each machine', () => {
  const variant = (os: string, cpu: string) => ({ version: '1.0.0', optional: true, os: [os], cpu: [cpu] });
  const names = ['here', 'mac', 'windows'];
  const packages = {
    '': { dependencies: { tool: '1.0.0', ms: '2.1.3' } },
    'node_modules/ms': { version: '2.1.3' },
    'node_modules/tool': {
      version: '1.0.0',
      optionalDependencies: Object.fromEntries(names.map((name) => [`@tool/${name}`, '1.0.0'])),
    },
    'node_modules/@tool/here': variant(process.platform, process.arch),
    'node_modules/@tool/mac': variant('aix', 'ppc64'),
    'node_modules/@tool/windows': variant('sunos', 'ia32'),
  };
  const manifest = { dependencies: { tool: '1.0.0', ms: '2.1.3' } };
  const tool = { 'node_modules/tool/package.json': '{"name":"tool","version":"1.0.0"}' };
  const here = { 'node_modules/@tool/here/package.json': '{"name":"@tool/here","version":"1.0.0"}' };
  const record = { 'node_modules/.package-lock.json': npmLock(packages)[1] };
  const { 'node_modules/@tool/here': _, ...omitted } = packages;
  const without = { 'node_modules/.package-lock.json': npmLock(omitted)[1] };
  test.for<[what: string, more: Readonly<Record<string, string>>, state: string]>([
    ['that of this machine is there', { ...tool, ...here, ...record }, 'pass'],
    ['none is there, though it was installed', { ...tool, ...record }, 'fail'],
    ['none is there, as after --omit=optional', { ...tool, ...without }, 'warn'],
    ['none is there, and no record tells why', tool, 'warn'],
  ])('%s', async ([, more, state], { stage }) => {
    lay(stage, { manifest, lock: npmLock(packages), more });
    const finding = await ask(stage);
    expect(finding).toMatchObject({ state });
    if (state !== 'pass') expect(finding.evidence).toContain('@tool/here');
  });
});
