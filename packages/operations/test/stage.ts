import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createCgroup, type Identity, identify, isAlive, removeCgroup, scan, signalIfSame } from '@pm/process';
import { type IdentityRecord, type RunPaths, type RunRecord, runPaths } from '@pm/protocol';
import { presentIn, readRun } from '@pm/protocol/fs';
import { until } from '@pm/testing';
import { test as base } from 'vitest';
import { type Answer, type Context, type OperationName, operations, type RunView } from '../src/index.ts';

/** A sentinel directory of one test, and every process that was started under it. */
export interface Stage {
  /** Where the cues of the animals lie. */
  readonly folder: string;
  readonly dir: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** One operation, its input written as people write it; the answer is checked against its own schema. */
  ask(name: AboutRuns, input: Input, context?: Partial<Context>): Promise<Answer>;
  /** The one run of an answer. */
  askOne(name: AboutRuns, input: Input, context?: Partial<Context>): Promise<RunView>;
  /** The files of the only or newest run. */
  files(): RunPaths;
  /** The identity that the newest run has on record. */
  recorded(role: 'wrapper' | 'command'): IdentityRecord;
  /**
   * Makes the newest run this much older, ms: its claim is as old, and the last monitor has counted this awake time.
   * The count stands until the next beat, so the run needs the policy `AGEABLE`.
   */
  age(elapsedMs: number): void;
  /** Whatever of this test is alive: wrappers, commands, and all they started. */
  alive(): Identity[];
  /** Waits until nothing of this test is alive. The shell of a wrapper ends shortly after what it has recorded. */
  untilGone(): Promise<void>;
  /** Puts an empty file of this name into the folder: the cue an animal waits for. */
  cue(name: string): void;
  hasCue(name: string): boolean;
  /** Kills whatever is left and forgets the directory: for runs that no operation can stop any more. */
  abandon(): Promise<void>;
  /** Stops every run, asserts that nothing of this test is left, and removes its files. */
  close(): Promise<void>;
}

/** The verbs that answer with runs. */
export type AboutRuns = Exclude<OperationName, 'logs' | 'init' | 'template' | 'conformance' | 'doctor' | 'preflight'>;
type Input = Readonly<Record<string, unknown>>;

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

/** Policies of a zoo: everything as short as a slow machine allows. */
export const QUICK = { beat: '300ms', stale: '800ms', grace: '1s', timeout: '60s' } as const;

/** No beat comes within a test, so that what `age` has left in the trace stands: nobody has to wait for a limit of minutes. */
export const AGEABLE = { beat: '10m', stale: '30m', grace: '1s' } as const;

/** Where the cgroups of runs are made, if they can be: a run with survivors, or without a readable record, leaves its own behind. */
export const CGROUPS: string | undefined = folderOfCgroups();

/** Nothing of a test is older than who runs it: of a machine with hundreds of processes, few have to be asked for their environment. */
const BORN = Number(identify(process.pid)?.startTime);

let stages = 0;

/** Opens an empty stage. */
export function openStage(): Stage {
  const folder = mkdtempSync(join(tmpdir(), 'pm-zoo-'));
  const dir = join(folder, '.pm');
  const mark = `PM_STAGE=${process.pid}-${performance.now()}-${stages++}`;
  // Who judges is each test's own choice: a resident would judge before the one that is looked at.
  const env = {
    ...withoutRun(process.env),
    PM_STAGE: mark.slice('PM_STAGE='.length),
    STAGE: folder,
    PM_RESIDENT: 'off',
    XDG_STATE_HOME: join(folder, 'state'),
  };
  const killAll = (): Promise<void> =>
    until(() => {
      const left = marked(mark);
      for (const identity of left) signalIfSame(identity, 'SIGKILL');
      return left.length === 0;
    }, 'what is left dies');
  const forget = async (): Promise<void> => {
    for (const id of existsSync(`${dir}/runs`) ? readdirSync(`${dir}/runs`) : [])
      await until(() => CGROUPS === undefined || removeCgroup(join(CGROUPS, `pm-${id}`)), 'its cgroup is gone');
    rmSync(dir, { recursive: true, force: true });
  };
  const stage: Stage = {
    folder,
    dir,
    env,
    async ask(name, input, context) {
      const operation = await operations[name]();
      const parsed = operation.input.parse({ ...input, dir: input['dir'] ?? dir });
      const own = { cwd: folder, env, signal: new AbortController().signal, ...context };
      const answer = await operation.run(parsed as never, own);
      return (await operation.output()).parse(answer);
    },
    async askOne(name, input, context) {
      const { runs, refusal } = await stage.ask(name, input, context);
      const [run] = runs;
      if (run === undefined || runs.length > 1) throw new Error(refusal?.message ?? `${runs.length} runs, not one`);
      return run;
    },
    files() {
      const id = readdirSync(`${dir}/runs`).sort().at(-1);
      if (id === undefined) throw new Error('no run yet');
      return runPaths(dir, id);
    },
    recorded(role) {
      const identity = presentIn(readRun(dir, stage.files().folder.split('/').at(-1) ?? '')[role]);
      if (identity === undefined) throw new Error(`no ${role} on record`);
      return identity;
    },
    age(elapsedMs) {
      const { run, trace } = stage.files();
      const record = JSON.parse(readFileSync(run, 'utf8')) as RunRecord;
      const { uptimeMs: _, ...host } = record.host; // a machine that was started just now has no uptime to go back by
      writeFileSync(run, JSON.stringify({ ...record, createdAt: record.createdAt - elapsedMs, host }));
      const unseen = { beat: 0, logBytes: 0, ownBeatAtMs: 0, cpuMs: 0, ioBytes: 0, silentMs: 0, quietMs: 0 };
      writeFileSync(trace, JSON.stringify({ v: 1, ...unseen, elapsedMs }), { mode: 0o600 });
    },
    alive: () => marked(mark),
    untilGone: () => until(() => stage.alive().length === 0, 'nothing of this test is left'),
    cue: (name) => writeFileSync(join(folder, name), ''),
    hasCue: (name) => existsSync(join(folder, name)),
    async abandon() {
      await killAll();
      await forget();
    },
    async close() {
      try {
        await stopAll(stage);
        await stage.untilGone();
      } catch (error) {
        await killAll();
        throw error;
      } finally {
        await forget();
        rmSync(folder, { recursive: true, force: true });
      }
    },
  };
  return stage;
}

/** The path of an animal. */
export function animal(name: string): string {
  return fileURLToPath(new URL(`zoo/${name}`, import.meta.url));
}

/** A file's text, empty if it is not there; a file of /proc may go while it is read. */
export function textOf(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}

function folderOfCgroups(): string | undefined {
  const probe = createCgroup(`pm-probe-${process.pid}`);
  if (probe === undefined) return undefined;
  removeCgroup(probe);
  return dirname(probe);
}

/** Stops every run of a stage that is live. */
export async function stopAll(stage: Stage): Promise<void> {
  if (!existsSync(stage.dir)) return;
  const { runs } = await stage.ask('ls', {});
  const live = runs.filter(({ state }) => state !== 'ended').map(({ step }) => step);
  if (live.length > 0) await stage.ask('stop', { steps: live, force: true }, { signal: AbortSignal.timeout(60_000) });
}

/** Processes that inherited this environment entry, zombies left out. A process may be gone before it is looked at. */
function marked(mark: string): Identity[] {
  const found: Identity[] = [];
  for (const { pid, startTime } of scan().values()) {
    if (Number(startTime) < BORN || pid === process.pid) continue;
    if (environOf(pid).includes(`${mark}\0`) && isAlive({ pid, startTime })) found.push({ pid, startTime });
  }
  return found;
}

function environOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/environ`, 'latin1');
  } catch {
    return '';
  }
}

function withoutRun(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(env).filter(([name]) => !/^PM_|^CLAUDE_/.test(name)));
}
