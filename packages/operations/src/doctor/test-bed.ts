import { existsSync, mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { stop } from '@pm/monitor';
import { DEFAULT_POLICY, type RunRecord } from '@pm/protocol';
import { isDirectory } from '@pm/protocol/fs';
import { begin, type LaunchOptions, launch } from '@pm/wrapper';
import type { Context } from '../project/context.ts';

/** A sentinel directory for checks alone, on the file system that the real one is on. */
export interface TestBed {
  /** For the files of the checks. */
  readonly folder: string;
  readonly dir: string;
  /** Begins a run of a small program in here; it ends with `close`, if not before. */
  start(step: string, argv: readonly string[], options?: Partial<LaunchOptions>): Promise<RunRecord>;
  /** Ends every run that was started, by identity, and removes the files. */
  close(): Promise<void>;
}

const BY = `pm doctor ${process.pid}`;
const PREFIX = '.pm-doctor-';
/** A doctor takes ten seconds; what is older was left by one that was killed. */
const LEFT_AFTER_MS = 120_000;
/** The runs hold their own limit: should we be killed, they end by themselves. */
const POLICY = { ...DEFAULT_POLICY, beatMs: 1_000, timeoutMs: 15_000, graceMs: 500 };

/** Makes the place inside the directory if there is one, so that no tool of the project sees it; else where it would be made. */
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
      await rm(folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 20 }); // what is ending may still write
    },
  };
}

/** What is not there yet would be made below it. */
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
