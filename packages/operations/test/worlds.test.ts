import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { built, until } from '@pm/testing';
import { describe, expect } from 'vitest';
import { animal, type Stage, test, textOf } from './stage.ts';

const PM = fileURLToPath(new URL('../../../apps/cli/dist/main.cjs', import.meta.url));
const UNSHARE = ['--pid', '--fork', '--kill-child', '--mount-proc'];
const canUnshare = (): boolean => spawnSync('unshare', [...UNSHARE, 'true']).status === 0;

// A sandbox that shares the project folder: a pid namespace of its own, whose pids mean nothing out here.
describe.skipIf(!canUnshare())('a run in a sandbox', () => {
  test('is waited for by its records, to its true end', async ({ stage }) => {
    const sandbox = await startInside(stage, 'waits.sh', '7');
    expect(await stage.askOne('status', { step: 'work' })).toMatchObject({ state: 'running' });
    stage.cue('go');
    expect(await stage.askOne('wait', { steps: ['work'] })).toMatchObject({ outcome: 'failed', exitCode: 7 });
    await sandbox.end();
  });

  test('is stopped by its ending, never by a signal from out here', async ({ stage }) => {
    const sandbox = await startInside(stage, 'rests.sh');
    const run = await stage.askOne('stop', { steps: ['work'] });
    expect(run).toMatchObject({ state: 'ended', outcome: 'cancelled' });
    expect(textOf(stage.files().events)).not.toMatch(new RegExp(`"signalled".*pm stop ${process.pid}"`));
    await sandbox.end();
  });

  test('is lost when the sandbox takes it along, once its beat is stale', async ({ stage }) => {
    const sandbox = await startInside(stage, 'rests.sh');
    await sandbox.end();
    const { runs, notes } = await stage.ask('wait', { steps: ['work'] });
    expect(runs).toMatchObject([{ outcome: 'lost', reason: 'beat-stale' }]);
    expect(notes?.join()).toMatch(/^work: it was started in a sandbox or container, which ends its jobs/);
  });

  test('is not started twice from out here', async ({ stage }) => {
    const sandbox = await startInside(stage, 'rests.sh');
    const { refusal } = await stage.ask('start', { step: 'work', command: ['true'] });
    expect(refusal).toMatchObject({ kind: 'already-running' });
    await stage.ask('stop', { steps: ['work'] });
    await sandbox.end();
  });
});

/** A shell in a pid namespace of its own that starts an animal with the built `pm`, and lives until it is ended. */
async function startInside(stage: Stage, program: string, ...args: string[]): Promise<{ end(): Promise<void> }> {
  const start = [
    process.execPath,
    built(PM),
    'start',
    'work',
    '--beat',
    '150ms',
    '--stale',
    '800ms',
    '--grace',
    '300ms',
  ];
  const script = '"$@" > started; exec cat';
  const sandbox = spawn('unshare', [...UNSHARE, 'sh', '-c', script, 'sh', ...start, '--', animal(program), ...args], {
    cwd: stage.folder,
    env: { ...stage.env, PM_DIR: stage.dir },
    stdio: ['pipe', 'ignore', 'inherit'],
  });
  const exited = once(sandbox, 'exit');
  await until(() => textOf(`${stage.folder}/started`).includes('\n'), 'the run has begun');
  return {
    end: async () => {
      sandbox.stdin.end();
      await exited;
    },
  };
}
