import { spawnSync } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect } from 'vitest';
import { applyFixes, planFixes } from '../src/index.ts';
import { type Stage, test } from './stage.ts';

/** A real npm with a package from a file: no network. */
function npm({ folder }: Stage, ...args: string[]): void {
  const options = ['--offline', '--no-audit', '--no-fund', '--cache', join(folder, 'cache')];
  const { status, stderr } = spawnSync('npm', [...args, ...options], { cwd: join(folder, 'app'), encoding: 'utf8' });
  if (status !== 0) throw new Error(`npm ${args.join(' ')}: ${stderr}`);
}

function putApp(stage: Stage): void {
  for (const version of ['1.0.0', '2.0.0']) {
    mkdirSync(join(stage.folder, version, 'package'), { recursive: true });
    stage.put(`${version}/package/package.json`, JSON.stringify({ name: 'little', version }));
    const pack = ['-czf', join(stage.folder, `little-${version}.tgz`), 'package']; // what npm pack makes, without its start
    expect(spawnSync('tar', pack, { cwd: join(stage.folder, version) }).status).toBe(0);
  }
  mkdirSync(join(stage.folder, 'app/sub'), { recursive: true });
  mkdirSync(join(stage.folder, 'app/.git'));
  stage.put('app/package.json', JSON.stringify({ name: 'app', dependencies: { little: 'file:../little-1.0.0.tgz' } }));
}

describe('npm', () => {
  test('missing, installed from the lock, and older than it', async ({ stage }) => {
    putApp(stage);
    npm(stage, 'install', '--package-lock-only');
    const app = join(stage.folder, 'app');
    const context = {
      ...stage.context,
      cwd: app,
      env: { ...process.env, npm_config_offline: 'true', npm_config_cache: join(stage.folder, 'cache') },
    };
    const ask = (cwd = app) => stage.askIn(cwd, 'node-modules');

    const missing = await ask();
    expect(missing).toMatchObject({
      state: 'fail',
      evidence: `${app} has no node_modules; missing: little@1.0.0`,
      remedies: [{ argv: ['npm', 'ci'], safety: 'safe', cwd: app }],
    });
    await applyFixes(planFixes([missing]), context);
    expect(await ask()).toMatchObject({ state: 'pass' });
    expect(await ask(join(app, 'sub'))).toMatchObject({ state: 'pass' });

    // npm notes in node_modules what it only wrote into the lock: a note is not believed.
    stage.put(
      'app/package.json',
      JSON.stringify({ name: 'app', dependencies: { little: 'file:../little-2.0.0.tgz' } }),
    );
    npm(stage, 'install', '--package-lock-only');
    const stale = await ask();
    expect(stale).toMatchObject({
      state: 'fail',
      evidence: `node_modules does not match ${app}/package-lock.json; missing: little@2.0.0 (found 1.0.0)`,
      remedies: [{ argv: ['npm', 'ci'], safety: 'needs-approval' }], // npm install believes its record
    });
    expect(planFixes([stale])).toEqual([]);
  });

  test('a lock nobody can read is inconclusive, none is skipped', async ({ stage }) => {
    expect(await stage.ask('node-modules')).toMatchObject({ state: 'skip' });
    stage.put('package.json', '{"dependencies":{"ms":"^2"}}');
    expect(await stage.ask('node-modules')).toMatchObject({
      state: 'warn',
      evidence: `${stage.folder} has dependencies in package.json, but no lockfile and no node_modules`,
    });
    rmSync(join(stage.folder, 'package.json'));
    mkdirSync(join(stage.folder, 'node_modules'));
    writeFileSync(join(stage.folder, 'package-lock.json'), '{');
    expect(await stage.ask('node-modules')).toMatchObject({ state: 'inconclusive' });
    rmSync(join(stage.folder, 'node_modules'), { recursive: true });
    expect(await stage.ask('node-modules')).toMatchObject({
      state: 'fail',
      evidence: `${stage.folder} has no node_modules`,
    });
  });
});

describe('another manager', () => {
  test.for<[lock: string, text: string, install: string]>([
    ['pnpm-lock.yaml', 'packages:\n\n  ms@2.1.3:\n', 'pnpm install --frozen-lockfile'],
    ['yarn.lock', 'ms@^2:\n  version "2.1.3"\n', 'yarn install --frozen-lockfile'],
    [
      'yarn.lock',
      '__metadata:\n  version: 8\n\n"a@workspace:.":\n  resolution: "a@workspace:."\n',
      'yarn install --immutable',
    ],
    [
      'bun.lock',
      '{"workspaces":{"":{"dependencies":{"ms":"2"}}},"packages":{"ms":["ms@2.1.3",],},}',
      'bun install --frozen-lockfile',
    ],
  ])('%s is mended by its own frozen install', async ([lock, text, install], { stage }) => {
    stage.put(lock, text);
    const { state, remedies } = await stage.ask('node-modules');
    if (!text.includes('workspace:')) expect(state).toBe('fail');
    if (state === 'fail') expect(remedies).toEqual([{ argv: install.split(' '), safety: 'safe', cwd: stage.folder }]);
  });

  test('that of a name is asked where there are several', async ({ stage }) => {
    stage.put('pnpm-lock.yaml', 'packages:\n\n  ms@2.1.3:\n');
    stage.put('package-lock.json', '{"lockfileVersion":3,"packages":{}}');
    expect(await stage.ask('node-modules')).toMatchObject({ state: 'fail' });
    expect(await stage.ask('node-modules:npm')).toMatchObject({ state: 'pass' });
    await expect(stage.ask('node-modules:maven')).rejects.toMatchObject({ code: 'usage' });
  });
});
