import { existsSync, mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { stop } from '@pm/monitor';
import { DEFAULT_POLICY, type RunRecord } from '@pm/protocol';
import { isDirectory } from '@pm/protocol/fs';
import { begin, type LaunchOptions, launch } from '@pm/wrapper';
import type { Context } from '../project/context.ts';

/** A directory of runs for the checks, on the same file system as the real one. */
export interface TestBed {
  /** A folder for files of the checks. */
  readonly folder: string;
  readonly dir: string;
  /** Starts a run of a small program in the directory. It ends with `close` at the latest. */
  start(step: string, argv: readonly string[], options?: Partial<LaunchOptions>): Promise<RunRecord>;
  /** Stops every run that was started, by identity, and removes the files. */
  close(): Promise<void>;
}

const BY = `pm doctor ${process.pid}`;
const PREFIX = '.pm-doctor-';
/** A doctor takes ten seconds. An older folder was left by one that was killed. */
const LEFT_AFTER_MS = 120_000;
/** The runs have a limit of their own, so that they end even if we are killed. */
const POLICY = { ...DEFAULT_POLICY, beatMs: 1_000, timeoutMs: 15_000, graceMs: 500 };

/** Creates the folder inside of the real directory if that exists, so that no tool of the project sees it; else where that would be created. */
export function openTestBed(dir: string, { env }: Pick<Context, 'env'>): TestBed {
  const parent = isDirectory(dir) ? dir : nearest(dirname(dir));
  removeLeftovers(parent);
  const folder = mkdtempSync(join(parent, PREFIX));
  const own = join(folder, '.pm');
  const runs: RunRecord[] = [];
  return {
    folder,
    dir: own,
    async start(step, argv, options) {
      const owner = { user: env['USER'] ?? '' };
      const { kind, run } = await begin({ dir: own, step, argv, cwd: folder, policy: POLICY, owner });
      if (kind !== 'begun') throw new Error(`${step} is running already in ${own}`);
      runs.push(run);
      await launch(own, run, { env, ...options });
      return run;
    },
    async close() {
      const signal = AbortSignal.timeout(3_000);
      await Promise.all(runs.map((run) => stop(own, run, { by: BY, reason: 'checked', graceMs: 0, signal }))).catch(
        () => {},
      );
      await rm(folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 20 }); // a run that is ending may still write
    },
  };
}

/** The nearest existing folder: the directory would be created below it. */
function nearest(folder: string): string {
  return existsSync(folder) || dirname(folder) === folder ? folder : nearest(dirname(folder));
}

function removeLeftovers(parent: string): void {
  for (const name of readdirSync(parent).filter((entry) => entry.startsWith(PREFIX))) {
    const stat = statSync(join(parent, name), { throwIfNoEntry: false });
    if (stat === undefined || Math.abs(Date.now() - stat.mtimeMs) < LEFT_AFTER_MS || stat.uid !== process.geteuid?.())
      continue;
    rmSync(join(parent, name), { recursive: true, force: true });
  }
}
