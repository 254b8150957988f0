import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { text as textIn } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { test as base, describe } from 'vitest';

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

const test = base.extend<{ root: string }>({
  // biome-ignore lint/correctness/noEmptyPattern: vitest reads the names of what a fixture needs from this pattern
  root: async ({}, use) => {
    const root = mkdtempSync(join(tmpdir(), 'pm-releases-'));
    try {
      for (const [file, text] of Object.entries(WORKSPACE)) put(root, file, text);
      await use(root);
    } finally {
      rmSync(root, { recursive: true, force: true });
    }
  },
});

describe.concurrent('a release', () => {
  test('of nothing is complete', async ({ root, expect }) => {
    expect(await check(root)).toEqual({ status: 0, stderr: '' });
  });

  test('of an engine without the app that bundles it is not complete, and names the way from one to the other', async ({
    root,
    expect,
  }) => {
    changeset(root, { '@x/engine': 'patch' });
    const { status, stderr } = await check(root);
    expect(status).toBe(1);
    expect(stderr).toContain(
      '@x/engine → @x/operations → @x/app: @x/engine is released, but @x/app, which bundles it, is not.',
    );
    expect(stderr).toContain("Add '@x/app': patch to a file in .changeset/");
    expect(stderr).not.toContain('@x/page');
  });

  test('of an engine is complete with the app in the same changeset', async ({ root, expect }) => {
    changeset(root, { '@x/engine': 'minor', '@x/app': 'patch' });
    expect(await check(root)).toEqual({ status: 0, stderr: '' });
  });

  test('of an engine is complete with the app in another changeset', async ({ root, expect }) => {
    changeset(root, { '@x/engine': 'minor' }, 'one');
    changeset(root, { '@x/app': 'minor' }, 'two');
    expect(await check(root)).toEqual({ status: 0, stderr: '' });
  });

  test('of an app alone is complete', async ({ root, expect }) => {
    changeset(root, { '@x/app': 'patch' });
    expect(await check(root)).toEqual({ status: 0, stderr: '' });
  });

  test('of what is in no bundle is complete: a tool of the tests, an app that bundles nothing', async ({
    root,
    expect,
  }) => {
    changeset(root, { '@x/tools': 'patch', '@x/page': 'patch' });
    expect(await check(root)).toEqual({ status: 0, stderr: '' });
  });

  test('that says none for the app is not complete', async ({ root, expect }) => {
    changeset(root, { '@x/engine': 'patch', '@x/app': 'none' });
    expect((await check(root)).status).toBe(1);
  });

  test('of a package nobody knows fails', async ({ root, expect }) => {
    changeset(root, { '@x/engin': 'patch' });
    const { status, stderr } = await check(root);
    expect(status).toBe(1);
    expect(stderr).toContain('@x/engin');
  });

  test('is checked in a detached clone of depth 1 as well, where there is no base branch', async ({ root, expect }) => {
    const git = (...args: string[]): unknown =>
      execFileSync('git', ['-C', root, ...IDENTITY, ...args], { stdio: 'pipe' });
    changeset(root, { '@x/engine': 'patch' });
    git('init', '--quiet', '--initial-branch=work');
    git('add', '.');
    git('commit', '--quiet', '--message', 'one');
    git('commit', '--quiet', '--message', 'two', '--allow-empty');
    const clone = join(root, 'clone');
    execFileSync('git', ['clone', '--quiet', '--depth', '1', `file://${root}`, clone], { stdio: 'pipe' });
    execFileSync('git', ['-C', clone, 'checkout', '--quiet', '--detach'], { stdio: 'pipe' });
    execFileSync('git', ['-C', clone, 'branch', '--quiet', '-D', 'work'], { stdio: 'pipe' });
    expect((await check(clone)).status).toBe(1);
  });
});

test.concurrent('the release of this repository is complete', async ({ expect }) => {
  expect(await check(fileURLToPath(new URL('..', import.meta.url)))).toEqual({ status: 0, stderr: '' });
});

const IDENTITY = ['-c', 'user.name=test', '-c', 'user.email=test@localhost', '-c', 'commit.gpgsign=false'];

function manifest(name: string, dependencies: object): string {
  return JSON.stringify({ name, version: '1.0.0', ...dependencies });
}

function put(root: string, file: string, text: string): void {
  mkdirSync(dirname(join(root, file)), { recursive: true });
  writeFileSync(join(root, file), text);
}

function changeset(root: string, bumps: Readonly<Record<string, string>>, name = 'change'): void {
  const lines = Object.entries(bumps).map(([pkg, bump]) => `'${pkg}': ${bump}`);
  put(root, `.changeset/${name}.md`, `---\n${lines.join('\n')}\n---\n\nA change.\n`);
}

async function check(folder: string): Promise<{ status: number | null; stderr: string }> {
  const { NODE_EXTRA_CA_CERTS: _, ...env } = process.env;
  const child = spawn(process.execPath, [script, folder], { env, stdio: ['ignore', 'ignore', 'pipe'] });
  const [stderr] = await Promise.all([textIn(child.stderr), once(child, 'close')]);
  return { status: child.exitCode, stderr };
}
