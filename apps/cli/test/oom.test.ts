import { spawnSync } from 'node:child_process';
import { accessSync, mkdirSync, mkdtempSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { until } from '@pm/testing';
import { afterAll, expect, test } from 'vitest';

/** A cgroup whose memory is limited. `enter` is the file that takes a pid. */
interface Confined {
  readonly folder: string;
  readonly enter: string;
  readonly count: string;
}

const CONFINED = confine();
const MAIN = fileURLToPath(new URL('../dist/main.cjs', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'pm-oom-'));

afterAll(async () => {
  await rm(folder, { recursive: true, force: true, maxRetries: 50 });
  await until(() => CONFINED === undefined || remove(CONFINED.folder), 'the cgroup is gone');
});

// As root, where a memory controller can be written. `pm` itself starts within the cgroup, as in a container with a limit.
test.skipIf(CONFINED === undefined).each([
  [
    'a job that the kernel kills for its memory',
    [],
    137,
    'oom-killed',
    /^ended by SIGKILL \(exit 137\), not sent by pm; memory was short/,
  ],
  [
    'a job whose child it kills',
    ['child'],
    137,
    'oom-killed',
    /^exit 137, by which a shell reports SIGKILL; memory was short/,
  ],
])('%s is oom-killed, with the count', (_, words, exitCode, reason, evidence) => {
  const { enter, count } = CONFINED as Confined;
  const before = oomKillsIn(readFileSync(count, 'utf8')) ?? 0;
  const job = [fixture('eats-memory.sh'), ...words];
  const call = [process.execPath, MAIN, 'start', 'eats', '--wait', '--json', '--', ...job];
  const env = { ...process.env, PM_DIR: join(folder, '.pm'), PM_RESIDENT: 'off' };
  const { stdout } = spawnSync(fixture('enter-cgroup.sh'), [enter, ...call], { env, encoding: 'utf8' });
  expect(oomKillsIn(readFileSync(count, 'utf8'))).toBeGreaterThan(before);
  const [run] = JSON.parse(stdout).runs;
  expect(run).toMatchObject({ outcome: 'failed', exitCode, reason, advice: 'fix' });
  expect(run.evidence).toMatch(evidence);
  expect(run.evidence).toMatch(/the kernel killed 1 process of its cgroup while it ran \(oom_kill in \/.+\)$/);
});

test.skipIf(CONFINED === undefined)('a job that is killed there by somebody is not', () => {
  const { enter } = CONFINED as Confined;
  const call = [process.execPath, MAIN, 'start', 'dies', '--wait', '--json', '--', 'sh', '-c', 'kill -9 $$'];
  const env = { ...process.env, PM_DIR: join(folder, '.pm'), PM_RESIDENT: 'off' };
  const { stdout } = spawnSync(fixture('enter-cgroup.sh'), [enter, ...call], { env, encoding: 'utf8' });
  expect(JSON.parse(stdout).runs).toMatchObject([
    { reason: 'signal', evidence: 'ended by SIGKILL (exit 137), not sent by pm' },
  ]);
});

function fixture(name: string): string {
  return fileURLToPath(new URL(`fixtures/${name}`, import.meta.url));
}

/** Version 2 below its root, or version 1; undefined where neither may be written. */
function confine(): Confined | undefined {
  const name = `pm-test-oom-${process.pid}`;
  for (const [root, limit, count] of [
    ['/sys/fs/cgroup', 'memory.max', 'memory.events'],
    ['/sys/fs/cgroup/memory', 'memory.limit_in_bytes', 'memory.oom_control'],
  ] as const) {
    const folder = join(root, name);
    try {
      mkdirSync(folder);
      accessSync(join(folder, count)); // no file in a cgroup without this controller, nor in a plain folder
      writeFileSync(join(folder, limit), `${256 * 1024 * 1024}`);
      return { folder, enter: join(folder, 'cgroup.procs'), count: join(folder, count) };
    } catch {
      remove(folder);
    }
  }
  return undefined;
}

function oomKillsIn(text: string): number | undefined {
  const digits = /^oom_kill (\d+)$/m.exec(text)?.[1];
  return digits === undefined ? undefined : Number(digits);
}

function remove(folder: string): boolean {
  try {
    rmdirSync(folder);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ENOENT';
  }
  return true;
}
