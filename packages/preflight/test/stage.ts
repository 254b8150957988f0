import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { test as base } from 'vitest';
import { type CheckContext, type CheckSpec, type Finding, runChecks } from '../src/index.ts';
import { prepareCheck } from '../src/run/prepare-checks.ts';

/** A folder of one test, and checks that look from there. */
export interface Stage {
  readonly folder: string;
  readonly context: CheckContext;
  /** The finding of one check, written as in `--check` or in `pm.config.json`. */
  ask(spec: CheckSpec, env?: CheckContext['env']): Promise<Finding>;
  /** The same, seen from another folder. */
  askIn(cwd: string, spec: CheckSpec): Promise<Finding>;
  /** The same, from another folder. */
  askIn(cwd: string, spec: CheckSpec): Promise<Finding>;
  put(name: string, text?: string, mode?: number): string;
}

export const test = base.extend<{ stage: Stage }>({
  // biome-ignore lint/correctness/noEmptyPattern: vitest reads the names of what a fixture needs from this pattern
  stage: async ({}, use) => {
    const folder = mkdtempSync(join(tmpdir(), 'pm-preflight-'));
    const context = { cwd: folder, env: { PATH: process.env['PATH'] } };
    const stage: Stage = {
      folder,
      context,
      ask: (spec, env) => findingIn({ ...context, env: { ...context.env, ...env } }, spec),
      askIn: (cwd, spec) => findingIn({ ...context, cwd }, spec),
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

async function findingIn(context: CheckContext, spec: CheckSpec): Promise<Finding> {
  const options = { home: context.cwd, where: 'test', env: context.env };
  // A machine that is busy with other tests lets a pip wait longer than a person would.
  const asked = { budgetMs: 60_000, ...(await prepareCheck(spec, options)) };
  const [finding] = await runChecks([asked], context);
  if (finding === undefined) throw new Error('one check has one finding');
  return finding;
}

/** The path of a small program or module. */
export function fixture(name: string): string {
  return fileURLToPath(new URL(`fixtures/${name}`, import.meta.url));
}
