import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from '../test/repository.ts';
import type { Registry } from './registry.ts';

/** What is published, by name. */
export type Versions = Readonly<Record<string, string>>;

/** A clone of this repository, at its last commit, in which versions are made and published. */
export interface Checkout {
  readonly folder: string;
  /** Versions from the pending changesets, built and published. */
  release(): Versions;
  /** The same with a patch of every package more, as the next fix would be. */
  releasePatch(): Versions;
}

/** Clones this repository and installs what it needs. */
export function checkOut(folder: string, { env }: Registry): Checkout {
  const run = (...[program = '', ...args]: string[]): void => {
    const { status, stdout, stderr } = spawnSync(program, args, {
      cwd: folder,
      env: { ...process.env, ...env, TURBO_TELEMETRY_DISABLED: '1', CI: '1' },
      encoding: 'utf8',
    });
    if (status !== 0) throw new Error(`${program} ${args.join(' ')}: exit ${status}\n${stdout}${stderr}`);
  };
  spawnSync('git', ['clone', '--quiet', ROOT, folder]);
  // From the registry that the lockfile was made with: its cache is warm.
  spawnSync('pnpm', ['install', '--frozen-lockfile', '--prefer-offline', '--loglevel=error'], { cwd: folder });
  const release = (): Versions => {
    run('pnpm', 'run', 'version');
    run('pnpm', 'run', 'release', '--no-git-tag');
    return versionsIn(folder);
  };
  return {
    folder,
    release,
    releasePatch() {
      const bumps = Object.keys(versionsIn(folder)).map((name) => `'${name}': patch\n`);
      writeFileSync(join(folder, '.changeset/next.md'), `---\n${bumps.join('')}---\n\nA fix.\n`);
      return release();
    },
  };
}

/** The published packages of a checkout, and their versions. */
export function versionsIn(folder: string): Versions {
  const manifests = ['packages', 'apps'].flatMap((kind) =>
    readdirSync(join(folder, kind)).map((name) =>
      JSON.parse(readFileSync(join(folder, kind, name, 'package.json'), 'utf8')),
    ),
  ) as { name: string; version: string; private?: boolean }[];
  return Object.fromEntries(
    manifests.filter((one) => one.private !== true).map(({ name, version }) => [name, version]),
  );
}
