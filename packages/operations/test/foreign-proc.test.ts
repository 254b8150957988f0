import { execFile, spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { cgroupMembers } from '@pm/process';
import type { RunRecord } from '@pm/protocol';
import { built } from '@pm/testing';
import { describe, expect, vi } from 'vitest';
import type { Answer, RunView } from '../src/index.ts';
import { type Stage, test, textOf } from './stage.ts';

vi.setConfig({ maxConcurrency: 2 });

const PM = fileURLToPath(new URL('../../../apps/cli/dist/main.cjs', import.meta.url));
const QUICK = ['--beat', '200ms', '--grace', '300ms'];

const UNSHARED = ['unshare', '--pid', '--fork', '--kill-child'];

/** Sandboxes with a pid namespace of their own, in which /proc is that of the outer one, or shows no process at all. */
const BOXES: Readonly<Record<string, readonly string[]>> = {
  bwrap: ['bwrap', '--dev-bind', '/', '/', '--unshare-pid'],
  unshare: UNSHARED,
  'without a /proc': [...UNSHARED, '--mount', 'sh', '-c', 'umount -l /proc && exec "$@"', 'sh'],
  'an empty /proc': [...UNSHARED, '--mount', 'sh', '-c', 'mount -t tmpfs tmpfs /proc && exec "$@"', 'sh'],
};

for (const [name, box] of Object.entries(BOXES)) {
  describe.skipIf(!isHere(box)).concurrent(`in a pid namespace with a /proc that does not show it (${name})`, () => {
    test.for([
      ['a success', ['--', 'true'], 0],
      ['a failure', ['--', 'sh', '-c', 'exit 7'], 7],
      ['an output', ['--', 'echo', 'done'], 0],
      ['a command that is not there', ['--', '/does/not/exist'], 127],
      ['a limit', ['--timeout', '1s', ...QUICK, '--', 'sleep', '60'], 124],
    ] as const)('pm run tells %s as it is', async ([_, argv, status], { stage }) => {
      const called = await inside(stage, box, `pm run work ${argv.map((word) => `'${word}'`).join(' ')}`);
      expect(called.status).toBe(status);
      expect(called.out).not.toContain('lost');
      expect(stage.alive()).toEqual([]); // a process that stays would keep the pipe of the caller open
    });

    test('a run is started, listed, waited for and recovered', async ({ stage }) => {
      const script = `pm start work ${QUICK.join(' ')} -- sh -c 'until [ -e go ]; do sleep 0.1; done; exit 3' && pm ls && pm recover; touch go; pm wait work`;
      const { status, out } = await inside(stage, box, script);
      expect(status).toBe(3);
      expect(out).toMatch(/work (running|starting)/);
      expect(out).not.toContain('lost');
    });

    test('a stop is 0 only if the cgroup proves it; else what cannot be seen is said', async ({ stage }) => {
      const job = 'setsid sleep 60 & sleep 60';
      const start = `pm start work ${QUICK.join(' ')} -- sh -c '${job}'`;
      const { out } = await inside(stage, box, `${start} > out; sleep 0.5; pm stop work --json; echo " $?" >&2`);
      const [json = '', status] = out.split('\n ');
      const run = (JSON.parse(json) as Answer).runs[0] as RunView;
      expect(run).toMatchObject({ state: 'ended', outcome: 'cancelled' });
      if (Number(status) !== 0) expect(run.doubt).toContain('cannot be seen from here');
      else expect(run).not.toHaveProperty('doubt');
    });

    test('a limit ends what has left the session of the command, too, if the run has a cgroup', async ({ stage }) => {
      const job = `setsid sleep 600 & sleep 600`;
      const script = `pm run work --timeout 800ms ${QUICK.join(' ')} -- sh -c '${job}'; touch ended; until [ -e over ]; do sleep 0.1; done`;
      const box_ = inside(stage, box, script);
      await vi.waitUntil(() => stage.hasCue('ended'), 60_000);
      const { cgroup } = JSON.parse(textOf(stage.files().run)) as RunRecord;
      if (cgroup !== undefined) await vi.waitUntil(() => cgroupMembers(cgroup).length === 0, 60_000);
      stage.cue('over');
      await box_;
    });

    test('from outside it is seen running and then with its true exit', async ({ stage }) => {
      const script = `pm start work ${QUICK.join(' ')} -- sh -c 'until [ -e go ]; do sleep 0.1; done; exit 5'; touch begun; until [ -e over ]; do sleep 0.1; done`;
      const box_ = inside(stage, box, script);
      await vi.waitUntil(() => stage.hasCue('begun'), 60_000);
      expect(await stage.askOne('status', { step: 'work' })).toMatchObject({ state: 'running' });
      stage.cue('go');
      expect(await stage.askOne('wait', { steps: ['work'] })).toMatchObject({ outcome: 'failed', exitCode: 5 });
      stage.cue('over');
      await box_;
    });
  });
}

/** Runs a shell inside, in which `pm` is the built one. */
function inside(stage: Stage, box: readonly string[], script: string): Promise<{ status: number; out: string }> {
  const pm = `pm() { '${process.execPath}' '${built(PM)}' "$@"; }; `;
  const [file = '', ...argv] = [...box, 'sh', '-c', pm + script];
  return new Promise((resolve) => {
    const env = { ...stage.env, PM_DIR: stage.dir };
    execFile(file, argv, { cwd: stage.folder, env }, (error, stdout, stderr) =>
      resolve({ status: Number(error?.code ?? 0), out: stdout + stderr }),
    );
  });
}

function isHere([file = '', ...argv]: readonly string[]): boolean {
  return spawnSync(file, [...argv, 'true']).status === 0;
}
