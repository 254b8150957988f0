import { spawnSync } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** How a project is to be. */
export interface ProjectShape {
  readonly manager: string;
  /** Without folders, links and archives of its own, which Plug'n'Play of some versions does not take. */
  readonly isPlain?: boolean;
}

/**
 * Writes a project with all that a manager may have to place: members that need different versions of one package, an alias, an override,
 * a peer, a bundled package, archives, a folder, a link, and what is for another platform or for development.
 */
export function putProject(folder: string, { manager, isPlain = false }: ProjectShape): void {
  const put = (name: string, content: object | string): void => {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), typeof content === 'string' ? content : JSON.stringify(content));
  };
  const name = manager.replace(/ .*/, '');
  const version = { npm: '*', yarn: manager === 'yarn 1' ? '*' : 'workspace:*' }[name] ?? 'workspace:*';
  const forced = name === 'npm' || name === 'bun' ? { overrides: { 'is-odd': { 'is-number': '6.0.0' } } } : {};
  const own = isPlain
    ? {}
    : {
        plug: 'file:./vendor/plug-1.0.0.tgz',
        bundler: 'file:./vendor/bundler-1.0.0.tgz',
        little: 'file:./little',
        ...(name !== 'npm' && { linked: 'link:./linked' }),
      };
  if (!isPlain) {
    pack(folder, {
      name: 'plug',
      version: '1.0.0',
      peerDependencies: { 'is-number': '^7' },
      bin: { plug: 'index.js' },
    });
    pack(folder, { name: 'bundler', version: '1.0.0', dependencies: { ms: '^2.0.0' }, bundledDependencies: ['ms'] });
    put('little/package.json', { name: 'little', version: '1.0.0' });
    put('linked/package.json', { name: 'linked', version: '1.0.0' });
  }
  put('package.json', {
    name: 'root',
    version: '1.0.0',
    private: true,
    workspaces: ['packages/*'],
    dependencies: { 'is-odd': '3.0.1', 'is-number': '7.0.0', 'ms-old': 'npm:ms@1.0.0', ...own },
    devDependencies: { ms: '2.1.3' },
    optionalDependencies: { fsevents: '2.3.3' },
    ...forced,
    ...(name === 'yarn' && { resolutions: { 'is-odd/is-number': '6.0.0' } }),
    ...(name === 'pnpm' && { pnpm: { overrides: { 'is-odd>is-number': '6.0.0' } } }),
  });
  put('packages/a/package.json', {
    name: 'a',
    version: '1.0.0',
    dependencies: { ms: '2.1.3' },
    devDependencies: { 'is-even': '1.0.0' },
  });
  put('packages/b/package.json', { name: 'b', version: '1.0.0', dependencies: { ms: '2.0.0', a: version } });
  if (name === 'pnpm')
    put(
      'pnpm-workspace.yaml',
      'packages: ["packages/*"]\noverrides:\n  "is-odd>is-number": 6.0.0\nminimumReleaseAge: 0\n',
    );
  if (name === 'yarn' && manager !== 'yarn 1') put('yarn.lock', '');
}

interface Packed {
  readonly name: string;
  readonly version: string;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
  readonly bundledDependencies?: readonly string[];
  readonly bin?: Readonly<Record<string, string>>;
}

/** An archive as npm pack makes it, with a package that it brings if it names one. */
function pack(folder: string, manifest: Packed): void {
  const at = join(folder, 'vendor', manifest.name);
  const put = (name: string, text: string): void => {
    mkdirSync(dirname(join(at, 'package', name)), { recursive: true });
    writeFileSync(join(at, 'package', name), text);
  };
  put('package.json', JSON.stringify(manifest));
  put('index.js', '#!/usr/bin/env node\n');
  for (const bundled of manifest.bundledDependencies ?? [])
    put(`node_modules/${bundled}/package.json`, JSON.stringify({ name: bundled, version: '2.1.1' }));
  const archive = join(folder, 'vendor', `${manifest.name}-${manifest.version}.tgz`);
  const { status } = spawnSync('tar', ['-czf', archive, '-C', at, 'package']);
  if (status !== 0) throw new Error(`tar: ${status}`);
  rmSync(at, { recursive: true });
}
