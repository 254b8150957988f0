import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { bootClockMs, lifeOf, scan, signalIfSame } from '@pm/process';
import { encodeEnding, encodeLease, type RunPaths, runPaths } from '@pm/protocol';
import { createRecord, replaceRecord } from '@pm/protocol/fs';
import { until } from '@pm/testing';
import { describe, expect, vi } from 'vitest';
import { begin, launch } from '../src/index.ts';
import { SHELLS } from './shells.ts';
import { type Stage, test } from './stage.ts';

// The wrapper ends a run whose lease is over. None of these tests has a monitor.

/** They wait for the end of a lease, most of the time. */
vi.setConfig({ maxConcurrency: 10 });

/** Its next beat comes after the test. So whatever is done is done at a look in between. */
const RARE = { beatMs: 100_000, staleMs: 300_000, graceMs: 100_000 };

const LOST = /^v1 lost \{"by":"wrapper","evidence":"its worker has not extended its lease for \d+s"\}\n$/;

for (const [title, shell, isSkipped] of SHELLS) {
  describe.skipIf(isSkipped).concurrent(title, () => {
    test('when the lease is over the whole tree is killed, without a grace', async ({ stage }) => {
      const ready = stage.pathOfCue('ready');
      const run = await stage.run(['deaf-tree.sh', ready], { shell, policy: RARE, lease: lasting(3_600_000) });
      await until(() => existsSync(ready));
      extend(run.paths, bootClockMs() + 500);
      await run.over();
      expect(run.text('ending')).toMatch(LOST);
      expect(run.text('exit')).toBe('v1 exit 137\n');
      expect(run.text('step.status')).toBe('FAILED\n');
      expect(stage.alive()).toEqual([]);
    });

    test('as long as it is extended the run goes on; an earlier instant ends it', async ({ stage }) => {
      const lease = lasting(0);
      const run = await stage.run(['deaf.sh'], {
        shell,
        policy: RARE,
        lease,
        spawn(program, args, { cwd, env, stdio }) {
          extend({ lease: join(cwd, 'lease') }, 999_999_999_999);
          return spawn(program, args, { cwd, env, stdio: [...stdio], detached: true });
        },
      });
      await until(() => bootClockMs() > lease.untilMs + 2_500, 'several looks found it extended');
      expect([run.text('ending'), lifeOf(run.command)]).toEqual([undefined, 'running']);
      extend(run.paths, bootClockMs());
      await run.over();
      expect(run.text('ending')).toMatch(LOST);
    });

    test.for([
      ['no lease', (file: string) => writeFileSync(file, 'until tomorrow\n')],
      ['too large a number', (file: string) => writeFileSync(file, 'v1 9999999999999 9999999999999\n')],
      ['a number with a 0 before it', (file: string) => writeFileSync(file, 'v1 0999999999 5000\n')],
      ['three numbers', (file: string) => writeFileSync(file, 'v1 999999999999 5000 5000\n')],
      ['a later version', (file: string) => writeFileSync(file, 'v2 999999999999 5000\n')],
      ['half a line', (file: string) => writeFileSync(file, 'v1 999999999999 5000')],
      ['nothing at all', () => {}],
      ['ten megabytes', (file: string) => writeFileSync(file, '9'.repeat(10_000_000))],
      ['a folder', (file: string) => mkdirSync(file)],
      ['a link that leads nowhere', (file: string) => symlinkSync('/nowhere', file)],
    ] as const)('%s in its place extends nothing, and ends nothing before its time', async ([, put], { stage }) => {
      const lease = lasting(3_000);
      const run = await stage.run(['deaf.sh'], { shell, policy: RARE, lease });
      rmSync(run.paths.lease, { force: true });
      put(run.paths.lease);
      await until(() => existsSync(run.paths.ending));
      expect(bootClockMs()).toBeGreaterThanOrEqual(lease.untilMs);
      await run.over();
      expect(run.text('ending')).toMatch(LOST);
    });

    test('a command that has exited before keeps its exit', async ({ stage }) => {
      const run = await stage.run(['end.sh', '0'], { shell, lease: lasting(3_600_000) });
      await until(() => existsSync(run.paths.exit));
      extend(run.paths, bootClockMs());
      await run.over();
      expect([run.text('ending'), run.text('step.status')]).toEqual(['v1 exit 0\n', 'SUCCESS\n']);
    });

    test('between two attempts it ends the run: no other one begins', async ({ stage }) => {
      const policy = { ...RARE, retries: 3, backoffMs: 90_000 };
      const run = await stage.run(['end.sh', '7'], { shell, policy, lease: lasting(2_000) });
      await run.over();
      expect(run.text('ending')).toMatch(LOST);
      expect([run.text('exit'), run.text('attempt')]).toEqual(['v1 exit 7\n', undefined]);
    });

    test('an attempt that is killed at the end of the lease is not tried again', async ({ stage }) => {
      const run = await stage.run(['deaf.sh'], { shell, policy: { ...RARE, retries: 3 }, lease: lasting(2_000) });
      await run.over();
      expect(run.text('ending')).toMatch(LOST);
      expect([run.text('exit'), run.text('attempt')]).toEqual(['v1 exit 137\n', undefined]);
    });

    test('a run that is being stopped is killed all the same, and stays stopped', async ({ stage }) => {
      const deaf = stage.pathOfCue('deaf');
      const run = await stage.run(['deaf.sh', deaf], { shell, policy: RARE, lease: lasting(3_600_000) });
      await until(() => existsSync(deaf));
      const stopped = encodeEnding({ cause: 'cancelled', by: 'pm stop', evidence: 'asked to stop' });
      createRecord(run.paths.ending, stopped);
      extend(run.paths, bootClockMs());
      await run.over();
      expect([run.text('ending'), run.text('exit')]).toEqual([stopped, 'v1 exit 137\n']);
    });

    test('a monitor that has ordered it and died is followed by the beat, without a grace', async ({ stage }) => {
      const deaf = stage.pathOfCue('deaf');
      const policy = { graceMs: 100_000 };
      const run = await stage.run(['deaf.sh', deaf], { shell, policy, lease: lasting(3_600_000) });
      await until(() => existsSync(deaf));
      createRecord(run.paths.ending, encodeEnding({ cause: 'lost', by: 'a monitor, now dead', evidence: '' }));
      await run.over();
      expect(run.text('exit')).toBe('v1 exit 137\n');
    });

    test('a lease that is over before the command began: it never begins', async ({ stage }) => {
      const begun = await begin(stage.spec(['/bin/sh', '-c', 'echo began'], { lease: lasting(-1) }));
      if (begun.kind !== 'begun') throw new Error(begun.kind);
      await launch(stage.dir, begun.run, { env: stage.env, shell });
      const { ending, log, status } = runPaths(stage.dir, begun.run.id);
      await until(() => existsSync(status));
      expect(readFileSync(ending, 'utf8')).toMatch(LOST);
      expect(readFileSync(log, 'utf8')).toBe('');
    });

    test('without its records it is killed by the lease that was read last', async ({ stage }) => {
      const command = ['/bin/sh', '-c', "trap '' TERM; exec sleep 600"];
      const run = await stage.run(command, { shell, policy: RARE, lease: lasting(4_000) });
      await rm(run.paths.folder, { recursive: true, maxRetries: 10 });
      await run.over();
      expect(stage.alive()).toEqual([]);
    });

    test('after a machine that slept it ends at the first look', async ({ stage }) => {
      const run = await stage.run(['deaf.sh'], { shell, policy: RARE, lease: lasting(3_600_000) });
      await sleepNow(stage);
      extend(run.paths, bootClockMs());
      expect(existsSync(run.paths.ending)).toBe(false);
      for (const identity of stage.alive()) signalIfSame(identity, 'SIGCONT');
      await run.over();
      expect(run.text('ending')).toMatch(LOST);
    });

    test('if only the shell that waits for the command is stopped, the tree is killed all the same', async ({
      stage,
    }) => {
      const ready = stage.pathOfCue('ready');
      const run = await stage.run(['deaf-tree.sh', ready], { shell, policy: RARE, lease: lasting(3_600_000) });
      await until(() => existsSync(ready), 'the command itself runs');
      signalIfSame(run.wrapper, 'SIGSTOP');
      extend(run.paths, bootClockMs());
      await until(() => lifeOf(run.command) === 'zombie');
      expect(run.text('ending')).toMatch(LOST);
      signalIfSame(run.wrapper, 'SIGCONT');
      await run.over();
      expect(run.text('exit')).toBe('v1 exit 137\n');
    });
  });
}

function lasting(ms: number): { readonly untilMs: number } {
  return { untilMs: bootClockMs() + ms };
}

function extend({ lease }: Pick<RunPaths, 'lease'>, untilMs: number): void {
  replaceRecord(lease, encodeLease({ untilMs, atMs: bootClockMs() }));
}

/** Stops all that a suspend stops. */
async function sleepNow(stage: Stage): Promise<void> {
  const asleep = stage.alive();
  for (const identity of asleep) signalIfSame(identity, 'SIGSTOP');
  await until(() => {
    const table = scan();
    // A shell that waits in vfork(2) for a child which was stopped before its exec stops no more, and does nothing either.
    return asleep.every((identity) => lifeOf(identity) !== 'running' || table.get(identity.pid)?.state === 'D');
  }, 'the machine sleeps');
}
