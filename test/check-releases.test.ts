import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';

const script = fileURLToPath(new URL('../scripts/check-releases.mjs', import.meta.url));

// A repository like ours in small: engine <- operations <- app (which bundles), and an app that bundles nothing.
const WORKSPACE: Readonly<Record<string, string>> = {
  'package.json': JSON.stringify({ name: 'root', private: true }),
  'pnpm-workspace.yaml': 'packages: [packages/*, apps/*]\n',
  '.changeset/config.json': '{}',
  'packages/engine/package.json': manifest('@x/engine', {}),
  'packages/tools/package.json': manifest('@x/tools', {}),
  'packages/operations/package.json': manifest('@x/operations', {
    dependencies: { '@x/engine': 'workspace:^' },
    devDependencies: { '@x/tools': 'workspace:^' },
  }),
  'apps/app/package.json': manifest('@x/app', { devDependencies: { '@x/operations': 'workspace:^' } }),
  'apps/page/package.json': manifest('@x/page', {}),
};

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'pm-releases-'));
  for (const [file, text] of Object.entries(WORKSPACE)) put(file, text);
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

describe('a release', () => {
  test('of nothing is complete', () => {
    expect(check()).toEqual({ status: 0, stderr: '' });
  });

  test('of an engine without the app that bundles it is not complete, and names the way from one to the other', () => {
    changeset({ '@x/engine': 'patch' });
    const { status, stderr } = check();
    expect(status).toBe(1);
    expect(stderr).toContain(
      '@x/engine → @x/operations → @x/app: @x/engine is released, but @x/app, which bundles it, is not.',
    );
    expect(stderr).toContain("Add '@x/app': patch to a file in .changeset/");
    expect(stderr).not.toContain('@x/page');
  });

  test('of an engine is complete with the app in the same changeset', () => {
    changeset({ '@x/engine': 'minor', '@x/app': 'patch' });
    expect(check()).toEqual({ status: 0, stderr: '' });
  });

  test('of an engine is complete with the app in another changeset', () => {
    changeset({ '@x/engine': 'minor' }, 'one');
    changeset({ '@x/app': 'minor' }, 'two');
    expect(check()).toEqual({ status: 0, stderr: '' });
  });

  test('of an app alone is complete', () => {
    changeset({ '@x/app': 'patch' });
    expect(check()).toEqual({ status: 0, stderr: '' });
  });

  test('of what is in no bundle is complete: a tool of the tests, an app that bundles nothing', () => {
    changeset({ '@x/tools': 'patch', '@x/page': 'patch' });
    expect(check()).toEqual({ status: 0, stderr: '' });
  });

  test('that says none for the app is not complete', () => {
    changeset({ '@x/engine': 'patch', '@x/app': 'none' });
    expect(check().status).toBe(1);
  });

  test('of a package nobody knows fails', () => {
    changeset({ '@x/engin': 'patch' });
    const { status, stderr } = check();
    expect(status).toBe(1);
    expect(stderr).toContain('@x/engin');
  });

  test('is checked in a detached clone of depth 1 as well, where there is no base branch', () => {
    const git = (...args: string[]): unknown =>
      execFileSync('git', ['-C', root, ...IDENTITY, ...args], { stdio: 'pipe' });
    changeset({ '@x/engine': 'patch' });
    git('init', '--quiet', '--initial-branch=work');
    git('add', '.');
    git('commit', '--quiet', '--message', 'one');
    git('commit', '--quiet', '--message', 'two', '--allow-empty');
    const clone = join(root, 'clone');
    execFileSync('git', ['clone', '--quiet', '--depth', '1', `file://${root}`, clone], { stdio: 'pipe' });
    execFileSync('git', ['-C', clone, 'checkout', '--quiet', '--detach'], { stdio: 'pipe' });
    execFileSync('git', ['-C', clone, 'branch', '--quiet', '-D', 'work'], { stdio: 'pipe' });
    expect(check(clone).status).toBe(1);
  });
});

test('the release of this repository is complete', () => {
  expect(check(fileURLToPath(new URL('..', import.meta.url)))).toEqual({ status: 0, stderr: '' });
});

const IDENTITY = ['-c', 'user.name=test', '-c', 'user.email=test@localhost', '-c', 'commit.gpgsign=false'];

function manifest(name: string, dependencies: object): string {
  return JSON.stringify({ name, version: '1.0.0', ...dependencies });
}

function put(file: string, text: string): void {
  mkdirSync(dirname(join(root, file)), { recursive: true });
  writeFileSync(join(root, file), text);
}

function changeset(bumps: Readonly<Record<string, string>>, name = 'change'): void {
  const lines = Object.entries(bumps).map(([pkg, bump]) => `'${pkg}': ${bump}`);
  put(`.changeset/${name}.md`, `---\n${lines.join('\n')}\n---\n\nA change.\n`);
}

function check(folder = root): { status: number | null; stderr: string } {
  const { NODE_EXTRA_CA_CERTS: _, ...env } = process.env;
  const { status, stderr } = spawnSync(process.execPath, [script, folder], { encoding: 'utf8', env });
  return { status, stderr };
}
