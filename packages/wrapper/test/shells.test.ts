import { execFileSync, spawn } from 'node:child_process';
import {
  copyFileSync,
  existsSync,
  lstatSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  utimesSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { rm } from 'node:fs/promises';
import { constants } from 'node:os';
import { join } from 'node:path';
import { type Identity, isAlive, lifeOf, scan, signalIfSame } from '@pm/process';
import { decodeIdentity, encodeDeadline, encodeEnding, runPaths } from '@pm/protocol';
import { createRecord, presentIn, readRecord, replaceRecord } from '@pm/protocol/fs';
import { until } from '@pm/testing';
import { describe, expect, vi } from 'vitest';
import { begin, launch } from '../src/index.ts';
import { SHELLS } from './shells.ts';
import { type Played, QUICK, type Stage, test } from './stage.ts';

// The wrapper under every shell that is installed here. None of these tests has a monitor.

/** They wait for beats, most of the time. */
vi.setConfig({ maxConcurrency: 10 });

const IN_A_YEAR = Date.now() / 1_000 + 31_536_000;

/** A note with a number that dash cannot compute with. */
const HUGE = 'v1 cap 1 99999999999999999999\n';

const SIGNALS = ['HUP', 'INT', 'QUIT', 'ABRT', 'KILL', 'USR1', 'SEGV', 'PIPE', 'ALRM', 'TERM'] as const;

for (const [title, shell, isSkipped] of SHELLS) {
  describe.skipIf(isSkipped).concurrent(title, () => {
    test.for([
      ['0', 'SUCCESS'],
      ['7', 'FAILED'],
      ['255', 'FAILED'],
    ] as const)('a command that exits %s', async ([code, status], { stage }) => {
      const run = await stage.run(['end.sh', code], { shell });
      await run.over();
      expect(run.text('ending')).toBe(`v1 exit ${code}\n`);
      expect(run.text('step.status')).toBe(`${status}\n`);
    });

    test('a command that dies of a signal: 128 + n, and no remark of the shell in the log', async ({ stage }) => {
      const runs = await Promise.all(
        SIGNALS.map((signal) => stage.run(['die.sh', signal], { shell, step: signal, cwd: stage.folder })),
      );
      await Promise.all(runs.map((run) => run.over()));
      const expected = SIGNALS.map((signal) => `v1 exit ${128 + constants.signals[`SIG${signal}`]}\n`);
      expect(runs.map((run) => run.text('ending'))).toEqual(expected);
      expect(runs.map((run) => run.text('step.status'))).toEqual(SIGNALS.map(() => 'FAILED\n'));
      expect(runs.map((run) => run.text('log'))).toEqual(SIGNALS.map(() => ''));
    });

    test('a job that sends TERM to its whole group and lives on: so does the beat', async ({ stage }) => {
      const run = await stage.run(['term-all.sh', stage.pathOfCue('go')], { shell });
      const beat = run.beat();
      await until(() => run.beat() > beat + 2);
      stage.cue('go');
      await run.over();
      expect(run.text('step.status')).toBe('SUCCESS\n');
    });

    test('a job that kills its whole group: 137 is on record', async ({ stage }) => {
      const run = await stage.run(['kill-all.sh'], { shell });
      await run.over();
      expect(run.text('ending')).toBe('v1 exit 137\n');
      expect(run.text('step.status')).toBe('FAILED\n');
    });

    test('a job whose PATH leads nowhere has a session of its own as well', async ({ stage }) => {
      const run = await stage.run(['kill-all.sh'], { shell, env: { PATH: stage.folder } });
      await run.over();
      expect(run.text('ending')).toBe('v1 exit 137\n');
    });

    test('an ending that nobody carried out is carried out by the beat; a success on the way out is none', async ({
      stage,
    }) => {
      const run = await begunRun(stage, shell);
      createRecord(run.paths.ending, encodeEnding({ cause: 'hung', by: 'a monitor, now dead', evidence: 'silent' }));
      await run.over();
      expect(run.text('exit')).toBe('v1 exit 0\n');
      expect(run.text('ending')).toMatch(/^v1 hung /);
      expect(run.text('step.status')).toBe('FAILED\n');
      expect(run.text('step.result')).toBeUndefined();
    });

    test.for([
      ['stopped', 'ending', encodeEnding({ cause: 'cancelled', by: 'pm stop', evidence: 'asked to stop' })],
      ['given up for never started', 'outcome', '{}'],
    ] as const)('a run that was %s before its command began does not begin it', async ([, name, text], { stage }) => {
      const run = await stage.run(['/bin/sh', '-c', 'echo began'], {
        shell,
        policy: { graceMs: 5_000 }, // a slow machine is to find the ending before KILL comes
        spawn(program, args, { cwd, env, stdio }) {
          createRecord(join(cwd, name), text);
          return spawn(program, args, { cwd, env, stdio: [...stdio], detached: true });
        },
      });
      await run.over();
      expect(run.text('log')).toBe('');
      expect(run.text('exit')).toBe('v1 exit 143\n');
      expect(run.text('step.status')).toBe('FAILED\n');
    });

    test('an exit that the job has led elsewhere is its own', async ({ stage }) => {
      const run = await stage.run(
        ['/bin/sh', '-c', 'touch mine; ln -s "$PWD/mine" "$PM_DIR/runs/$PM_RUN_ID/exit"; exit 3'],
        {
          shell,
        },
      );
      await run.over();
      expect(lstatSync(run.paths.exit).isFile()).toBe(true);
      expect(run.text('ending')).toBe('v1 exit 3\n');
      expect(readFileSync(join(stage.folder, 'mine'), 'utf8')).toBe('');
    });

    test('an ending that cannot be read orders nothing, and is no success', async ({ stage }) => {
      const run = await begunRun(stage, shell);
      createRecord(run.paths.ending, 'v1 hu');
      const beat = run.beat();
      await until(() => run.beat() > beat + 4); // TERM would have come, and the job have ended
      signalIfSame(run.command, 'SIGTERM');
      await run.over();
      expect(run.text('exit')).toBe('v1 exit 0\n');
      expect(run.text('step.status')).toBe('FAILED\n');
    });

    test('a stopped command is continued to be ended', async ({ stage }) => {
      const run = await begunRun(stage, shell);
      signalIfSame(run.command, 'SIGSTOP');
      await until(() => lifeOf(run.command) === 'stopped');
      createRecord(run.paths.ending, encodeEnding({ cause: 'cancelled', by: 'test', evidence: '' }));
      await run.over();
      expect(run.text('exit')).toBe('v1 exit 0\n');
    });

    test('the wrapper alone holds the deadline, a grace and two beats after everybody else', async ({ stage }) => {
      const policy = { timeoutMs: 100, graceMs: 100 };
      const run = await stage.run(['polite.sh'], { shell, policy });
      await run.over();
      expect(run.text('ending')).toMatch(
        /^v1 timeout \{"by":"wrapper","evidence":"its limit of 100ms is over; its wrapper has counted/,
      );
      expect(run.text('step.status')).toBe('FAILED\n');
      expect((run.beat() + 1) * QUICK.beatMs).toBeGreaterThan(100 + 100 + 2 * QUICK.beatMs); // the first is 0
    });

    test('who ignores TERM is killed, and not before the grace is over', async ({ stage }) => {
      const graceMs = 6 * QUICK.beatMs;
      const run = await begunRun(stage, shell, 'deaf.sh', graceMs);
      const beat = run.beat();
      createRecord(run.paths.ending, encodeEnding({ cause: 'cancelled', by: 'test', evidence: '' }));
      await run.over();
      expect(run.text('exit')).toBe('v1 exit 137\n');
      expect(run.text('step.status')).toBe('FAILED\n');
      expect(run.beat() - beat).toBeGreaterThan(graceMs / QUICK.beatMs);
    });

    test('a deadline moved or garbled while it runs ends nothing, nor the beat', async ({ stage }) => {
      const deadlines = ['v1 none\n', 'v1 0900\n', 'v1 -1\n', 'v1 0x10\n', 'v1 99999999999\n', 'v2 1\n', '', 'v1 *\n'];
      const policy = { graceMs: 0 };
      const runs = await Promise.all(
        deadlines.map(async (text, i) => {
          const run = await stage.run(['until.sh', stage.pathOfCue('go')], { shell, policy, step: `s${i}` });
          replaceRecord(run.paths.deadline, text);
          return run;
        }),
      );
      await until(() => runs.every((run) => run.beat() > 8)); // 900 ms and two beats would be 7
      expect(runs.map((run) => run.text('ending'))).toEqual(deadlines.map(() => undefined));
      stage.cue('go');
      await Promise.all(runs.map((run) => run.over()));
      expect(runs.map((run) => run.text('step.status'))).toEqual(deadlines.map(() => 'SUCCESS\n'));
    });

    test('a deadline brought forward while it runs', async ({ stage }) => {
      const run = await stage.run(['polite.sh'], { shell });
      replaceRecord(run.paths.deadline, encodeDeadline(1));
      await run.over();
      expect(run.text('ending')).toMatch(/^v1 timeout /);
    });

    test('notes of a cut log that a job has garbled, or replaced by a FIFO, do not end the beat', async ({ stage }) => {
      const notes = ['', 'v1 cap 5\n', 'v1 cap 1 08\n', 'v1 cap 1 1+\n', 'v1 cap 1 nothing\n', HUGE, 'FIFO'];
      const runs = await Promise.all(
        notes.map(async (note, i) => {
          const run = await stage.run(['until.sh', stage.pathOfCue('go')], { shell, step: `s${i}` });
          const { log, truncated } = run.paths;
          if (note === 'FIFO') execFileSync('mkfifo', [truncated]);
          else writeFileSync(truncated, note);
          utimesSync(log, IN_A_YEAR, IN_A_YEAR); // measured at every beat
          return run;
        }),
      );
      const beats = runs.map((run) => run.beat());
      await until(() => runs.every((run, i) => run.beat() > (beats[i] ?? 0) + 3));
      stage.cue('go');
      await Promise.all(runs.map((run) => run.over()));
      // A record that is no file any more was replaced by the job: such an end is never a success.
      const status = (note: string): string => (note === 'FIFO' ? 'FAILED\n' : 'SUCCESS\n');
      expect(runs.map((run) => run.text('step.status'))).toEqual(notes.map(status));
    });

    test('a wrapper that is killed: the beat ends, the command goes on, and nobody claims an end', async ({
      stage,
    }) => {
      const run = await stage.run(['until.sh', stage.pathOfCue('go')], { shell });
      const beater = beaterOf(run);
      signalIfSame(run.wrapper, 'SIGKILL');
      await until(() => !isAlive(run.wrapper));
      const beat = run.beat(); // read after the death: one more may fall between a look and the signal
      await until(() => !isAlive(beater));
      expect(run.beat()).toBeLessThanOrEqual(beat + 2);
      expect(isAlive(run.command)).toBe(true);
      stage.cue('go');
      await until(() => stage.alive().length === 0);
      expect(['exit', 'ending', 'status', 'step.status'].map(run.text)).toEqual([
        undefined,
        undefined,
        undefined,
        undefined,
      ]);
    });

    test('a wrapper that is killed before its command begins: the command does not begin', async ({ stage }) => {
      // In the place of a cgroup whose kernel lets nobody in yet. The first member who opens it waits for a reader.
      const cgroup = join(stage.folder, 'cgroup');
      mkdirSync(cgroup);
      execFileSync('mkfifo', [join(cgroup, 'cgroup.procs')]);
      const begun = await begin(stage.spec(['/bin/sh', '-c', 'echo it has begun'], { unconfined: true }));
      if (begun.kind !== 'begun') throw new Error(begun.kind);
      const { log, wrapper } = runPaths(stage.dir, begun.run.id);
      const launching = launch(stage.dir, { ...begun.run, cgroup }, { env: stage.env, shell }).catch(() => {});
      const identity = (): Identity | undefined => presentIn(readRecord(wrapper, decodeIdentity));
      await until(() => identity() !== undefined);
      const found = identity() as Identity;
      await until(() => stage.alive().some(({ pid }) => pid !== found.pid && scan().get(pid)?.ppid === found.pid));
      signalIfSame(found, 'SIGKILL');
      await until(() => !isAlive(found));
      execFileSync('timeout', ['60', 'cat', join(cgroup, 'cgroup.procs')]);
      await until(() => stage.alive().length === 0);
      await launching;
      expect(readFileSync(log, 'utf8')).toBe('');
    });

    test('records of the command that could not be written when it began come later', async ({ stage }) => {
      const go = stage.pathOfCue('go');
      const script = `cd "$PM_DIR/runs/$PM_RUN_ID" && until rm command pid; do :; done; touch ${go}.removed; until [ -e ${go} ]; do sleep 0.1; done`;
      const run = await stage.run(['/bin/sh', '-c', script], { shell });
      await until(() => existsSync(`${go}.removed`));
      await until(() => run.text('command') !== undefined && run.text('pid') !== undefined);
      expect(run.text('pid')).toBe(`${run.command.pid}\n`);
      await until(() => run.text('command') === `v1 ${run.command.pid} ${run.command.startTime}\n`);
      stage.cue('go');
      await run.over();
      expect(run.text('step.status')).toBe('SUCCESS\n');
    });

    test('the wrapper descends from no process of its caller', async ({ stage }) => {
      const run = await stage.run(['until.sh', stage.pathOfCue('go')], { shell });
      await until(() => !ancestorsOf(run.wrapper.pid).includes(process.pid));
      expect(ancestorsOf(run.command.pid)).toContain(run.wrapper.pid);
      stage.cue('go');
      await run.over();
      expect(run.text('step.status')).toBe('SUCCESS\n');
    });

    test('TERM, INT, HUP and QUIT to the wrapper change nothing', async ({ stage }) => {
      const run = await stage.run(['until.sh', stage.pathOfCue('go'), '3'], { shell });
      await until(() => run.beat() > 0); // begin has left a 0 there; who has written a 1 is deaf to them
      const beater = beaterOf(run);
      for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP', 'SIGQUIT'] as const) signalIfSame(run.wrapper, signal);
      for (const signal of ['SIGINT', 'SIGHUP', 'SIGQUIT'] as const) signalIfSame(beater, signal);
      const beat = run.beat();
      await until(() => run.beat() > beat + 2);
      stage.cue('go');
      await run.over();
      expect(run.text('ending')).toBe('v1 exit 3\n');
    });

    test.for<[string, (settings: string[]) => string[], RegExp]>([
      ['is unknown', (settings) => ['beatMs=1', ...settings], /^wrapper\.sh: this is not a setting: beatMs=1$/m],
      ['has no name', (settings) => settings.map((word) => word.replace(/^[a-z_]+=/, '')), /: this is not a setting: /],
      ['is missing', (settings) => settings.filter((word) => !word.startsWith('grace_ms=')), /grace_ms: /],
    ])('a setting that %s: no command begins, and the log says why', async ([, change, why], { stage }) => {
      const launched = stage.run(['speak.sh'], {
        shell,
        spawn(program, args, { cwd, env, stdio }) {
          const [from, end] = [args.findIndex((word) => word.startsWith('step=')), args.indexOf('--')];
          const changed = [...args.slice(0, from), ...change(args.slice(from, end)), ...args.slice(end)];
          return spawn(program, changed, { cwd, env, stdio: [...stdio], detached: true });
        },
      });
      await expect(launched).rejects.toMatchObject({ code: 'cannot-execute' });
      expect(readFileSync(`${stage.dir}/train.status`, 'utf8')).toBe('FAILED\n');
      expect(readFileSync(`${stage.dir}/train.log`, 'utf8')).toMatch(why);
      expect(readFileSync(`${stage.dir}/train.log`, 'utf8')).not.toContain('out');
      expect(existsSync(`${stage.dir}/train.pid`)).toBe(false);
    });

    test('a wrapper.sh that is overwritten in place while it runs', async ({ stage }) => {
      const copy = join(stage.folder, 'copy.sh');
      const run = await stage.run(['until.sh', stage.pathOfCue('go')], {
        shell,
        spawn(program, args, { cwd, env, stdio }) {
          const script = args.find((word) => word.endsWith('/wrapper.sh')) ?? '';
          copyFileSync(script, copy);
          const changed = args.map((word) => (word === script ? copy : word));
          return spawn(program, changed, { cwd, env, stdio: [...stdio], detached: true });
        },
      });
      const { length } = readFileSync(copy);
      writeSync(openSync(copy, 'r+'), 'echo overwritten; exit 99\n'.repeat(length / 26 + 200));
      const beat = run.beat();
      await until(() => run.beat() > beat + 2);
      stage.cue('go');
      await run.over();
      expect(run.text('step.status')).toBe('SUCCESS\n');
      expect(run.text('log')).toBe('');
    });

    test('a project that is renamed while it runs', async ({ stage }) => {
      const run = await stage.run(['until.sh', stage.pathOfCue('go')], { shell });
      const moved = `${stage.dir}-moved`;
      renameSync(stage.dir, moved);
      stage.cue('go');
      await run.over();
      expect(readFileSync(`${moved}/train.status`, 'utf8')).toBe('SUCCESS\n');
      expect(readFileSync(runPaths(moved, run.run.id).ended, 'utf8')).toBe('v1 exit 0\n');
    });

    test('a folder that is deleted while it runs: the wrapper goes when the command does', async ({ stage }) => {
      const run = await stage.run(['until.sh', stage.pathOfCue('go')], { shell });
      await rm(stage.dir, { recursive: true, maxRetries: 50, retryDelay: 5 }); // the beat may write while we delete
      stage.cue('go');
      await run.over();
      await until(() => stage.alive().length === 0);
      expect(existsSync(stage.dir)).toBe(false);
    });

    test('the environment arrives as it was, names that shells drop, use or obey included', async ({ stage }) => {
      const given = {
        'a.b': 'dots',
        'INPUT_who-to': 'dashes',
        '7zip': 'digits',
        '-u': 'an option of env',
        'BASH_FUNC_greet%%': '() { echo hello; }',
        quotes: `it's "$HOME" \`x\` \\n`,
        lines: 'one\ntwo\n',
        'odd lines': `'\n'`,
        empty: '',
        step: 'a name of ours',
        cut: '1',
        IFS: ':',
        SHELLOPTS: 'errexit',
        OPTIND: '7',
        PPID: '1',
        PS4: '>',
      };
      const run = await stage.run(['environment.mjs'], { shell, env: given });
      await run.over();
      const seen = JSON.parse(run.text('log') ?? '') as Record<string, string>;
      expect(seen).toMatchObject(given);
      expect(seen).toMatchObject({ PM_RUN_ID: run.run.id, PM_STEP: 'train', PM_DIR: stage.dir, PYTHONUNBUFFERED: '1' });
      expect(run.text('environment')).toBeUndefined();
    });

    test('a PATH without the tools of the wrapper, and none at all', async ({ stage }) => {
      const runs = await Promise.all(
        ['/nowhere', '', undefined].map((PATH, i) => stage.run(['polite.sh'], { shell, step: `s${i}`, env: { PATH } })),
      );
      for (const run of runs)
        createRecord(run.paths.ending, encodeEnding({ cause: 'cancelled', by: 'test', evidence: '' }));
      await Promise.all(runs.map((run) => run.over()));
      expect(runs.map((run) => run.text('step.status'))).toEqual(['FAILED\n', 'FAILED\n', 'FAILED\n']);
    });

    test('a job that leaves a process behind ends when it ends, and leaves nothing of ours', async ({ stage }) => {
      const run = await stage.run(['daemon.sh'], { shell });
      await run.over();
      expect(run.text('step.status')).toBe('SUCCESS\n');
      await until(() => stage.alive().length === 1);
    });
  });
}

/**
 * A run whose job is ready for TERM. If its end were ordered earlier, the command might not begin at all (143). Under mksh it might
 * lose the TERM: one in eighty signals that are sent at once meets the shell just before its exec.
 * The grace is long because a busy machine may delay the answer.
 */
async function begunRun(stage: Stage, shell: string, job = 'polite.sh', graceMs = 5_000): Promise<Played> {
  const ready = stage.pathOfCue('ready');
  const run = await stage.run([job, ready], { shell, policy: { graceMs } });
  await until(() => existsSync(ready));
  return run;
}

/** The processes above one. */
function ancestorsOf(pid: number): number[] {
  const table = scan();
  const above: number[] = [];
  for (let at = table.get(pid)?.ppid; at !== undefined && at > 0; at = table.get(at)?.ppid) above.push(at);
  return above;
}

/** The heartbeat loop: the child of the wrapper that is not the command. */
function beaterOf({ wrapper, command }: Played): Identity {
  const beater = [...scan().values()].find(({ ppid, pid }) => ppid === wrapper.pid && pid !== command.pid);
  if (beater === undefined) throw new Error('no beat loop');
  return { pid: beater.pid, startTime: beater.startTime };
}
