import { existsSync, readdirSync, statSync } from 'node:fs';
import { signalIfSame } from '@pm/process';
import { DEFAULTS, encodeEnding } from '@pm/protocol';
import { createRecord, readAttempt } from '@pm/protocol/fs';
import { until } from '@pm/testing';
import { describe, expect, vi } from 'vitest';
import { followLog } from '../src/index.ts';
import { SHELLS } from './shells.ts';
import { type Played, type Stage, test } from './stage.ts';

// The wrapper alone starts a command again: none of these tests has a monitor, nor a Node process beside the test.

vi.setConfig({ maxConcurrency: 10 });

const HOUR = 3_600_000;
const CANCELLED = encodeEnding({ cause: 'cancelled', by: 'test', evidence: '' });
/** Times in beats of 200 ms: an attempt of five beats was healthy. */
const RESTART = { restart: 'on-failure', retries: 2, backoffMs: 0, resetAfterMs: 1_000 } as const;

for (const [title, shell, isSkipped] of SHELLS) {
  describe.skipIf(isSkipped).concurrent(title, () => {
    test('what always fails is given up after so many failures in a row', async ({ stage }) => {
      const run = await stage.run(['in-turn.sh', stage.folder, '3', '4', '7'], { shell, policy: RESTART });
      await run.over();
      expect(calls(stage)).toBe(3);
      expect(texts(run, 'exit.1', 'exit.2', 'exit.3', 'ending', 'step.status')).toEqual([
        'v1 exit 3\n',
        'v1 exit 4\n',
        undefined,
        'v1 exit 7\n',
        'FAILED\n',
      ]);
    });

    test('on-failure: an exit of 0 is the end, and a success', async ({ stage }) => {
      const run = await stage.run(['in-turn.sh', stage.folder, '3', '0'], { shell, policy: RESTART });
      await run.over();
      expect([calls(stage), ...texts(run, 'ending', 'step.status')]).toEqual([2, 'v1 exit 0\n', 'SUCCESS\n']);
    });

    test('always: an exit of 0 is started again too, and one that comes too often is no success', async ({ stage }) => {
      const policy = { ...RESTART, restart: 'always' } as const;
      const run = await stage.run(['in-turn.sh', stage.folder, '0'], { shell, policy });
      await run.over();
      expect(calls(stage)).toBe(3);
      expect(texts(run, 'exit.1', 'ending', 'step.status', 'step.result')).toEqual([
        'v1 exit 0\n',
        'v1 exit 0\n',
        'FAILED\n',
        undefined,
      ]);
    });

    test.for(['126', '127', 'TERM', 'INT'])('always: %s is final', async (how, { stage }) => {
      const policy = { ...RESTART, restart: 'always' } as const;
      const run = await stage.run(['in-turn.sh', stage.folder, how, '0'], { shell, policy });
      await run.over();
      expect([calls(stage), run.text('step.status')]).toEqual([1, 'FAILED\n']);
    });

    test('failures after a healthy attempt count from 1 again; only the newest logs are kept', async ({ stage }) => {
      // Every attempt from the first on lives until its cue, so each failure is the first in a row.
      const run = await stage.run(['lives-in-turn.sh', stage.folder, '3', '0'], { shell, policy: RESTART });
      const last = DEFAULTS.keptAttempts + 3;
      for (let n = 1; n < last; n++) {
        await until(() => calls(stage) === n);
        const beat = run.beat();
        await until(() => run.beat() >= beat + 7);
        stage.cue(`go${n}`);
      }
      await until(() => calls(stage) === last && run.text('log') === `out ${last}\n`);
      await until(() => run.text('log.2') === undefined);
      expect(readAttempt(stage.dir, run.run)).toEqual({ n: last, of: undefined, failed: undefined });
      const kept = Array.from({ length: DEFAULTS.keptAttempts }, (_, i) => last - DEFAULTS.keptAttempts + i);
      expect(numbered(run, 'log')).toEqual(kept);
      expect(numbered(run, 'exit')).toEqual(kept);
      expect(kept.map((n) => run.text(`log.${n}`))).toEqual(kept.map((n) => `out ${n}\n`));
      createRecord(run.paths.ending, CANCELLED);
      await run.over();
      expect(calls(stage)).toBe(last);
    });

    test('an ending in the backoff, however long that has grown, is the end', async ({ stage }) => {
      const policy = { ...RESTART, retries: 9, backoffMs: HOUR };
      const run = await stage.run(['in-turn.sh', stage.folder, '3'], { shell, policy });
      await until(() => run.text('exit.1') !== undefined && run.text('pid') === undefined);
      createRecord(run.paths.ending, CANCELLED);
      await run.over();
      expect([calls(stage), ...texts(run, 'exit', 'step.status')]).toEqual([1, 'v1 exit 3\n', 'FAILED\n']);
    });

    test('a wrapper that is killed in the backoff begins no other attempt', async ({ stage }) => {
      const policy = { ...RESTART, restart: 'always', backoffMs: HOUR } as const;
      const run = await stage.run(['in-turn.sh', stage.folder, '0'], { shell, policy });
      await until(() => run.text('exit.1') !== undefined);
      signalIfSame(run.wrapper, 'SIGKILL');
      await until(() => stage.alive().length === 0);
      expect([calls(stage), ...texts(run, 'exit', 'ending')]).toEqual([1, undefined, undefined]);
    });

    test('a job that writes rubbish into its heartbeat and its attempt ends as any other', async ({ stage }) => {
      const lies = 'echo x9 > heartbeat; rm -f attempt; mkdir attempt';
      const command = [
        '/bin/sh',
        '-c',
        `true > "$0/call$$"; cd "$PM_DIR/runs/$PM_RUN_ID"; ${lies}; exit 3`,
        stage.folder,
      ];
      const run = await stage.run(command, { shell, policy: RESTART });
      await run.over();
      expect([calls(stage), run.text('step.status')]).toEqual([3, 'FAILED\n']);
    });

    test('it gets the variables whose names the wrapper uses for itself', async ({ stage }) => {
      const env = { restart: 'mine', failures: 'mine', began: 'mine', kept: 'mine' };
      const command = ['/bin/sh', '-c', 'echo $restart $failures $began $kept; exit 3'];
      const run = await stage.run(command, { shell, policy: RESTART, env });
      await run.over();
      expect(texts(run, 'log.1', 'log')).toEqual(['mine mine mine mine\n', 'mine mine mine mine\n']);
    });
  });
}

test.concurrent('the backoff doubles with each failure in a row', async ({ stage }) => {
  const policy = { ...RESTART, retries: 5, backoffMs: 100 };
  const run = await stage.run(['in-turn.sh', stage.folder, '3'], { policy });
  await run.over();
  const begins = Array.from({ length: 6 }, (_, i) => bornAt(stage, i + 1));
  const pauses = begins.slice(1).map((at, i) => at - (begins[i] ?? 0));
  // Lower bounds only: a busy machine makes each one longer.
  for (const [i, pause] of pauses.entries()) expect(pause).toBeGreaterThanOrEqual(100 * 2 ** i - 10);
});

test.concurrent('a follower gets the logs that are left, each once and in order', async ({ stage }) => {
  const policy = { ...RESTART, retries: 30 };
  const run = await stage.run(['in-turn.sh', stage.folder, '1'], { policy });
  let given = '';
  let ended = false;
  const following = (async () => {
    for await (const bytes of followLog(run.paths.log, { ended: () => ended, attempt: 1 })) given += bytes;
  })();
  await run.over();
  ended = true;
  await following;
  const heard = [...given.matchAll(/^out (\d+)$/gm)].map(([, n]) => Number(n));
  expect(heard).toEqual([...new Set(heard)].sort((a, b) => a - b));
  expect(heard.at(-1)).toBe(31);
});

test.concurrent('who opens an attempt whose log is gone gets the oldest one that is left', async ({ stage }) => {
  const run = await stage.run(['in-turn.sh', stage.folder, '1'], { policy: { ...RESTART, retries: 30 } });
  await run.over();
  const [oldest] = readdirSync(run.paths.folder)
    .flatMap((name) => (/^log\.\d+$/.test(name) ? Number(name.slice('log.'.length)) : []))
    .sort((a, b) => a - b);
  let given = '';
  for await (const bytes of followLog(run.paths.log, { ended: () => true, attempt: 1 })) given += bytes;
  const heard = [...given.matchAll(/^out (\d+)$/gm)].map(([, n]) => Number(n));
  expect(heard[0]).toBe(oldest);
  expect(heard).toEqual([...new Set(heard)].sort((a, b) => a - b));
  expect(heard.at(-1)).toBe(31);
});

function texts(run: Played, ...names: string[]): (string | undefined)[] {
  return names.map((name) => run.text(name));
}

function calls({ folder }: Stage): number {
  return readdirSync(folder).filter((name) => /^call\d+$/.test(name)).length;
}

function bornAt({ folder }: Stage, n: number): number {
  const path = `${folder}/call${n}`;
  return existsSync(path) ? statSync(path).birthtimeMs : Number.NaN;
}

/** The attempts of which a file of this name is left. */
function numbered({ paths }: Played, name: string): number[] {
  const numbers = readdirSync(paths.folder).map((file) =>
    Number(file.startsWith(`${name}.`) ? file.slice(name.length + 1) : ''),
  );
  return numbers.filter((n) => n > 0).sort((a, b) => a - b);
}
