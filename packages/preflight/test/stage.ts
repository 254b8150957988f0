import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { test as base } from 'vitest';
import { askedOf, type Finding, type Place, runChecks, type Wish } from '../src/index.ts';

/** A folder of one test, and checks that look from there. */
export interface Stage {
  readonly folder: string;
  readonly place: Place;
  /** The finding of one check, written as in `--check` or in `pm.config.json`. */
  ask(wish: Wish, env?: Place['env']): Promise<Finding>;
  /** The same, seen from another folder. */
  askIn(cwd: string, wish: Wish): Promise<Finding>;
  /** The same, from another folder. */
  askIn(cwd: string, wish: Wish): Promise<Finding>;
  put(name: string, text?: string, mode?: number): string;
}

export const test = base.extend<{ stage: Stage }>({
  // biome-ignore lint/correctness/noEmptyPattern: vitest reads the names of what a fixture needs from this pattern
  stage: async ({}, use) => {
    const folder = mkdtempSync(join(tmpdir(), 'pm-preflight-'));
    const place = { cwd: folder, env: { PATH: process.env['PATH'] } };
    const stage: Stage = {
      folder,
      place,
      ask: (wish, env) => findingIn({ ...place, env: { ...place.env, ...env } }, wish),
      askIn: (cwd, wish) => findingIn({ ...place, cwd }, wish),
      put(name, text = '', mode = 0o644) {
        writeFileSync(join(folder, name), text);
        chmodSync(join(folder, name), mode);
        return join(folder, name);
      },
    };
    try {
      await use(stage);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  },
});

async function findingIn(place: Place, wish: Wish): Promise<Finding> {
  const options = { home: place.cwd, where: 'test', env: place.env };
  // A machine that is busy with other tests lets a pip wait longer than a person would.
  const asked = { budgetMs: 60_000, ...(await askedOf(wish, options)) };
  const [finding] = await runChecks([asked], place);
  if (finding === undefined) throw new Error('one check has one finding');
  return finding;
}

/** The path of a small program or module. */
export function fixture(name: string): string {
  return fileURLToPath(new URL(`fixtures/${name}`, import.meta.url));
}
