import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { isNeeded } from './needed-files.ts';
import { ROOT } from './repository.ts';

// What would be published, without a registry. `npm run release:rehearse` publishes and installs it.

const published = ['packages', 'apps'].flatMap((kind) =>
  readdirSync(join(ROOT, kind))
    .map((name) => `${kind}/${name}`)
    .filter((folder) => manifestIn(join(ROOT, folder)).private !== true),
);

// Whoever runs this file alone may have no pnpm.
const hasPnpm = spawnSync('pnpm', ['--version']).status === 0;

test.skipIf(!hasPnpm).for(published)(
  '%s: what is packed can be installed by anyone, and has no file that nobody needs',
  (folder) => {
    const place = mkdtempSync(join(tmpdir(), 'pm-packed-'));
    try {
      execFileSync('pnpm', ['pack', '--pack-destination', place], { cwd: join(ROOT, folder), stdio: 'pipe' });
      execFileSync('tar', ['xzf', readdirSync(place)[0] ?? ''], { cwd: place });
      const files = filesIn(join(place, 'package'));
      expect(files).toEqual(expect.arrayContaining(['package.json', 'README.md', 'LICENSE']));
      expect(files.filter((path) => !isNeeded(path))).toEqual([]);
      const { dependencies = {}, publishConfig } = manifestIn(join(place, 'package'));
      expect(Object.values(dependencies).filter((range) => !/^\^?\d/.test(range))).toEqual([]);
      expect(publishConfig).toMatchObject({ access: 'public' });
    } finally {
      rmSync(place, { recursive: true });
    }
  },
);

test.each([['pack'], ['publish', '--dry-run']])('npm %s refuses, and names the call that works', (...args) => {
  const { status, stdout, stderr } = spawnSync('npm', args, { cwd: join(ROOT, 'packages/breaker'), encoding: 'utf8' });
  expect(status).not.toBe(0);
  expect(stdout + stderr).toContain('next: pnpm pack');
});

interface Manifest {
  readonly private?: boolean;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly publishConfig?: object;
}

function manifestIn(folder: string): Manifest {
  return JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as Manifest;
}

function filesIn(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => join(parentPath, name).slice(folder.length + 1));
}
