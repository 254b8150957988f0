import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Identity, identify, isAlive, removeCgroup, scan, signalIfSame } from '@pm/process';
import { DEFAULT_POLICY, type Policy, type RunPaths, type RunRecord, runPaths } from '@pm/protocol';
import { presentIn, readRun } from '@pm/protocol/fs';
import { until } from '@pm/testing';
import { test as base } from 'vitest';
import { begin, type LaunchOptions, launch, type RunSpec } from '../src/index.ts';

/** A sentinel directory of one test, and every process that was started under it. */
export interface Stage {
  readonly folder: string;
  readonly dir: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  spec(argv: readonly string[], patch?: SpecPatch): RunSpec;
  /** Begins and launches a run; the first word of argv is a fixture, or a path. */
  run(argv: readonly string[], patch?: SpecPatch & Partial<LaunchOptions>): Promise<Played>;
  cue(name: string): void;
  pathOfCue(name: string): string;
  /** The processes of this test that are alive. */
  alive(): Identity[];
  close(): Promise<void>;
}

type SpecPatch = Partial<Omit<RunSpec, 'dir' | 'policy' | 'stdin'>> & { readonly policy?: Partial<Policy> };

/** A launched run. */
export interface Played {
  readonly run: RunRecord;
  readonly paths: RunPaths;
  readonly wrapper: Identity;
  readonly command: Identity;
  /** Text of one of its files, by its name in the run's folder or `step.<kind>` for a flat one; undefined if absent. */
  text(name: string): string | undefined;
  /** Number of the last beat. */
  beat(): number;
  /** Resolves once the wrapper is gone. */
  over(): Promise<void>;
}

/** A test that brings its own stage. */
export const test = base.extend<{ stage: Stage }>({
  // biome-ignore lint/correctness/noEmptyPattern: vitest reads the names of what a fixture needs from this pattern
  stage: async ({}, use) => {
    const stage = openStage();
    try {
      await use(stage);
    } finally {
      await stage.close();
    }
  },
});

/** Times as short as a slow machine can keep up with when a dozen runs go on at once. */
export const QUICK: Policy = { ...DEFAULT_POLICY, beatMs: 200, staleMs: 1_000, graceMs: 200, timeoutMs: 60_000 };

/** No process of a test is older than this one, so the environment of older processes need not be read. */
const BORN = Number(identify(process.pid)?.startTime);

let stages = 0;

/** Opens an empty stage. */
export function openStage(): Stage {
  const folder = mkdtempSync(join(tmpdir(), 'pm-wrapper-'));
  const dir = join(folder, '.pm');
  const marker = `PM_STAGE=${process.pid}-${performance.timeOrigin}-${stages++}`;
  const env = { ...process.env, PM_STAGE: marker.slice('PM_STAGE='.length) };
  const cgroups = new Set<string>();
  const alive = (): Identity[] =>
    [...scan().values()].filter((row) => !(Number(row.startTime) < BORN) && isMarked(row.pid, marker) && isAlive(row));
  const spec = (argv: readonly string[], patch: SpecPatch = {}): RunSpec => ({
    dir,
    step: 'train',
    cwd: folder,
    owner: { user: 'tester' },
    ...patch,
    argv: argv.map((word, i) => (i === 0 && !word.includes('/') ? pathOf(word) : word)),
    policy: { ...QUICK, ...patch.policy },
  });
  return {
    folder,
    dir,
    env,
    spec,
    async run(argv, patch = {}) {
      const { kind, run } = await begin(spec(argv, patch));
      if (kind !== 'begun') throw new Error(`${kind}: ${run?.id}`);
      if (run.cgroup !== undefined) cgroups.add(run.cgroup);
      await launch(dir, run, { ...patch, env: { ...env, ...patch.env } });
      return played(dir, run);
    },
    cue: (name) => writeFileSync(join(folder, name), ''),
    pathOfCue: (name) => join(folder, name),
    alive,
    async close() {
      await until(() => {
        const left = alive();
        for (const identity of left) signalIfSame(identity, 'SIGKILL');
        return left.length === 0;
      });
      await until(() => [...cgroups].every(removeCgroup));
      rmSync(folder, { recursive: true });
    },
  };
}

function played(dir: string, run: RunRecord): Played {
  const paths = runPaths(dir, run.id);
  const disk = readRun(dir, run.id);
  const [wrapper, command] = [presentIn(disk.wrapper), presentIn(disk.command)];
  if (wrapper === undefined || command === undefined) throw new Error(`no identities: ${JSON.stringify(disk)}`);
  const text = (name: string): string | undefined => {
    const path = name.startsWith('step.')
      ? `${dir}/${run.step}${name.slice('step'.length)}`
      : `${paths.folder}/${name}`;
    return existsSync(path) ? readFileSync(path, 'utf8') : undefined;
  };
  let beat = -1;
  return {
    run,
    paths,
    wrapper,
    command,
    text,
    beat() {
      const number = text('heartbeat') ?? '';
      if (number !== '') beat = Number(number); // empty while it is being rewritten
      return beat;
    },
    over: () => until(() => !isAlive(wrapper)),
  };
}

function isMarked(pid: number, marker: string): boolean {
  try {
    return readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0').includes(marker);
  } catch {
    return false;
  }
}

/** The path of a fixture. */
export function pathOf(fixture: string): string {
  return fileURLToPath(new URL(`fixtures/${fixture}`, import.meta.url));
}

/** Every name under a folder. */
export function namesUnder(folder: string): string[] {
  return readdirSync(folder, { recursive: true }).map(String);
}
