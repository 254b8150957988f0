import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import { checkOut, type Versions } from './publish.ts';
import { startRegistry } from './registry.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** What npm and pnpm need to install from the registry of the rehearsal. */
    readonly registryEnv: Readonly<Record<string, string>>;
    /** What the pending changesets release, and the patch of everything that follows. Both are published. */
    readonly released: { readonly first: Versions; readonly patch: Versions };
    /** A folder for this rehearsal. */
    readonly place: string;
  }
}

/** Publishes everything twice to an empty registry, before the tests that install it. */
export default async function setup(project: TestProject): Promise<() => void> {
  const place = mkdtempSync(join(tmpdir(), 'pm-release-'));
  const registry = await startRegistry(mkdirIn(place, 'registry'));
  const stop = (): void => {
    registry.stop();
    rmSync(place, { recursive: true, force: true, maxRetries: 50 });
  };
  try {
    const checkout = checkOut(join(place, 'checkout'), registry);
    const first = checkout.release();
    const patch = checkout.releasePatch();
    project.provide('registryEnv', registry.env);
    project.provide('released', { first, patch });
    project.provide('place', place);
  } catch (error) {
    stop();
    throw error;
  }
  return stop;
}

function mkdirIn(folder: string, name: string): string {
  mkdirSync(join(folder, name));
  return join(folder, name);
}

/** Runs a program. Throws what it said if it fails. @returns its standard output */
export function run(
  cwd: string,
  env: Readonly<Record<string, string | undefined>>,
  ...[program = '', ...args]: string[]
): string {
  const { status, stdout, stderr } = spawnSync(program, args, {
    cwd,
    env: { ...process.env, ...env },
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(`${program} ${args.join(' ')}: exit ${status}\n${stdout}${stderr}`);
  return stdout;
}
