import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { identify, lifeOf, scan, signalIfSame } from '@pm/process';
import { encodeDeadline } from '@pm/protocol';
import { built, until } from '@pm/testing';
import { describe, expect } from 'vitest';
import type { RunView } from '../src/index.ts';
import { animal, QUICK, type Stage, test, textOf } from './stage.ts';

const MAIN = fileURLToPath(new URL('../../../apps/cli/dist/main.cjs', import.meta.url));
const FAKETIME = '/usr/lib/x86_64-linux-gnu/faketime/libfaketime.so.1';

const POLICY = { ...QUICK, beat: '150ms', liveness: 'output', stale: '2500ms' } as const;

/** What is left of the limit when the machine falls asleep; it sleeps longer than that, and longer than what is stale. */
const LEFT_MS = 3_000;
const SLEEP_MS = 3_500;

/** Only the ending counts: who wakes first may see the others still stopped. */
const WHATEVER = ['--ignore', 'suspended,quiet,deadline'] as const;

describe.concurrent('a machine that sleeps longer than the limit', () => {
  test('costs a run nothing, whoever watched it', async ({ stage }) => {
    await start(stage);
    const watcher = pm(stage, 'wait', 'work', ...WHATEVER);
    await until(() => existsSync(stage.files().trace));
    await sleepThrough(stage);
    expect(await awakeFor(stage)).toMatchObject({ state: 'running' });
    stage.cue('go');
    expect(await codeOf(watcher)).toBe(0);
    expect(await stage.askOne('status', { step: 'work' })).toMatchObject({ outcome: 'success' });
  });

  test('costs it nothing when another watcher takes over', async ({ stage }) => {
    await start(stage);
    const watcher = pm(stage, 'wait', 'work', ...WHATEVER);
    await until(() => existsSync(stage.files().trace));
    await sleepThrough(stage, watcher);
    const waiting = stage.askOne('wait', { steps: ['work'], ignore: WHATEVER[1] });
    expect(await awakeFor(stage)).toMatchObject({ state: 'running' });
    stage.cue('go');
    expect(await waiting).toMatchObject({ outcome: 'success' });
  });
});

describe.skipIf(!existsSync(FAKETIME)).concurrent('a wall clock', () => {
  test.each(['+1h', '-1h'])('that is %s off for whoever watches changes no verdict', async (shift) => {
    const { openStage } = await import('./stage.ts');
    const stage = openStage();
    try {
      await start(stage);
      const env = { LD_PRELOAD: FAKETIME, FAKETIME: shift, FAKETIME_DONT_FAKE_MONOTONIC: '1' };
      const watcher = pm({ ...stage, env: { ...stage.env, ...env } }, 'wait', 'work', ...WHATEVER);
      await until(() => existsSync(stage.files().trace));
      expect(await awakeFor(stage)).toMatchObject({ state: 'running' });
      stage.cue('go');
      expect(await codeOf(watcher)).toBe(0);
    } finally {
      await stage.close();
    }
  });
});

function start(stage: Stage): Promise<RunView> {
  return stage.askOne('start', { step: 'work', command: [animal('prints-now-and-then.sh')], ...POLICY });
}

/** Stops all that a suspend stops, for longer than the limit; with a killed watcher, another will look first afterwards. */
async function sleepThrough(stage: Stage, killed?: ChildProcess): Promise<void> {
  const asleep = stage.alive();
  for (const identity of asleep) signalIfSame(identity, 'SIGSTOP');
  await until(() => {
    const table = scan();
    // A shell that waits in vfork(2) for a child which was stopped before its exec stops no more, and does nothing either.
    return asleep.every((identity) => lifeOf(identity) !== 'running' || table.get(identity.pid)?.state === 'D');
  }, 'the machine sleeps');
  const { elapsedMs } = await stage.askOne('status', { step: 'work' });
  writeFileSync(stage.files().deadline, encodeDeadline(Math.round(elapsedMs) + LEFT_MS));
  const since = performance.now();
  await until(() => performance.now() - since > SLEEP_MS, 'the night is over');
  if (killed?.pid !== undefined) {
    const identity = identify(killed.pid);
    if (identity !== undefined) signalIfSame(identity, 'SIGKILL');
  }
  for (const identity of asleep) signalIfSame(identity, 'SIGCONT');
}

/** The run as it stands five beats later: whoever watches has looked. */
async function awakeFor(stage: Stage): Promise<RunView> {
  const { heartbeat, ending } = stage.files();
  const beats = Number(textOf(heartbeat));
  await until(() => Number(textOf(heartbeat)) >= beats + 5 || existsSync(ending));
  expect(textOf(ending)).toBe('');
  return stage.askOne('status', { step: 'work' });
}

function pm(stage: Pick<Stage, 'env' | 'dir' | 'folder'>, ...args: string[]): ChildProcess {
  const env = { ...stage.env, PM_DIR: stage.dir } as NodeJS.ProcessEnv;
  return spawn(process.execPath, [built(MAIN), ...args], { cwd: stage.folder, env, stdio: 'ignore' });
}

function codeOf(child: ChildProcess): Promise<number | null> {
  return new Promise((resolve) => {
    if (child.exitCode !== null || child.signalCode !== null) resolve(child.exitCode);
    else child.once('exit', (code) => resolve(code));
  });
}
