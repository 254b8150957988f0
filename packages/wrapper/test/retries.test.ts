import { existsSync, mkdirSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { signalIfSame } from '@pm/process';
import { attemptPaths, encodeEnding } from '@pm/protocol';
import { createRecord, isSameFile, presentIn, readAttempt, readRun } from '@pm/protocol/fs';
import { until } from '@pm/testing';
import { describe, expect, vi } from 'vitest';
import { followLog } from '../src/index.ts';
import { SHELLS } from './shells.ts';
import { type Played, pathOf, type Stage, test } from './stage.ts';

// The wrapper makes the attempts of a run. None of these tests has a monitor.

/** They wait for beats, most of the time. */
vi.setConfig({ maxConcurrency: 10 });

const HOUR = 3_600_000;
const CANCELLED = encodeEnding({ cause: 'cancelled', by: 'test', evidence: '' });

for (const [title, shell, isSkipped] of SHELLS) {
  describe.skipIf(isSkipped).concurrent(title, () => {
    test('what fails twice and then succeeds is a success; each attempt has kept its log and its exit', async ({
      stage,
    }) => {
      const run = await stage.run(['in-turn.sh', stage.folder, '3', 'SEGV', '0'], { shell, policy: { retries: 3 } });
      await run.over();
      expect(texts(run, 'exit.1', 'exit.2', 'exit.3', 'exit', 'ending')).toEqual([
        'v1 exit 3\n',
        'v1 exit 139\n',
        undefined,
        'v1 exit 0\n',
        'v1 exit 0\n',
      ]);
      expect(texts(run, 'log.1', 'log.2', 'log', 'step.log')).toEqual([
        'out 1\nerr 1\n',
        'out 2\nerr 2\n',
        'out 3\nerr 3\n',
        'out 3\nerr 3\n',
      ]);
      expect(texts(run, 'step.status', 'step.result', 'attempt')).toEqual(['SUCCESS\n', '{"call":3}\n', 'v1 3\n']);
      expect(Number(run.text('step.pid'))).toBe(presentIn(readRun(stage.dir, run.run.id).command)?.pid);
      expect(run.text('step.pid')).toBe(stageText(stage, 'call3'));
      expect(calls(stage)).toBe(3);
      expect(leftovers(run)).toEqual([]);
    });

    test('what always fails ends as its last attempt did', async ({ stage }) => {
      const run = await stage.run(['in-turn.sh', stage.folder, '1', '1', '7'], { shell, policy: { retries: 2 } });
      await run.over();
      expect(calls(stage)).toBe(3);
      expect(texts(run, 'ending', 'step.status', 'step.result')).toEqual(['v1 exit 7\n', 'FAILED\n', undefined]);
    });

    test('without retries nothing is tried again', async ({ stage }) => {
      const run = await stage.run(['in-turn.sh', stage.folder, '1'], { shell });
      await run.over();
      expect([calls(stage), ...texts(run, 'ending', 'exit.1', 'attempt')]).toEqual([
        1,
        'v1 exit 1\n',
        undefined,
        undefined,
      ]);
    });

    test.for(['126', '127', 'TERM', 'INT', 'HUP', 'QUIT'])('%s is final', async (how, { stage }) => {
      const run = await stage.run(['in-turn.sh', stage.folder, how, '0'], { shell, policy: { retries: 3 } });
      await run.over();
      expect([calls(stage), run.text('step.status')]).toEqual([1, 'FAILED\n']);
    });

    test('killed by SIGKILL, as the kernel does when memory is short: tried again', async ({ stage }) => {
      const run = await stage.run(['in-turn.sh', stage.folder, 'KILL', '0'], { shell, policy: { retries: 1 } });
      await run.over();
      expect(texts(run, 'exit.1', 'step.status')).toEqual(['v1 exit 137\n', 'SUCCESS\n']);
    });

    test('an ending in the backoff ends the run at once; in it there is nobody to kill', async ({ stage }) => {
      const policy = { retries: 3, backoffMs: HOUR };
      const run = await stage.run(['in-turn.sh', stage.folder, '3'], { shell, policy });
      await until(() => run.text('exit.1') !== undefined && run.text('pid') === undefined);
      const beat = run.beat();
      await until(() => run.beat() > beat + 2);
      expect(readAttempt(stage.dir, run.run)).toEqual({ n: 1, of: 4, failed: 3 });
      expect(texts(run, 'step.pid', 'log', 'exit')).toEqual([undefined, 'out 1\nerr 1\n', undefined]);
      createRecord(run.paths.ending, CANCELLED);
      await run.over();
      expect(calls(stage)).toBe(1);
      expect(texts(run, 'exit', 'step.status', 'log', 'log.1')).toEqual([
        'v1 exit 3\n',
        'FAILED\n',
        'out 1\nerr 1\n',
        undefined,
      ]);
    });

    test('an ending in the second attempt is carried out, and is the end', async ({ stage }) => {
      const run = await stage.run(['in-turn.sh', stage.folder, '3', 'hold'], { shell, policy: { retries: 9 } });
      await until(() => calls(stage) === 2);
      createRecord(run.paths.ending, CANCELLED);
      await run.over();
      expect(calls(stage)).toBe(2);
      expect(texts(run, 'exit', 'step.status', 'attempt')).toEqual(['v1 exit 143\n', 'FAILED\n', 'v1 2\n']);
    });

    test('the wrapper alone holds the deadline over the backoff, too', async ({ stage }) => {
      const policy = { retries: 3, backoffMs: HOUR, timeoutMs: 1_500, graceMs: 0 };
      const run = await stage.run(['in-turn.sh', stage.folder, '3'], { shell, policy });
      await run.over();
      expect(run.text('ending')).toMatch(/^v1 timeout \{"by":"wrapper"/);
      expect(texts(run, 'exit', 'step.status')).toEqual(['v1 exit 3\n', 'FAILED\n']);
      expect(calls(stage)).toBe(1);
    });

    test('wherever an ending falls between quick attempts, none begins after it', async ({ stage }) => {
      for (let round = 0; round < 3; round++) {
        const folder = `${stage.folder}/round${round}`;
        const policy = { retries: 100 };
        const env = { 'a.b': 'odd' };
        mkdirSync(folder);
        const run = await stage.run(['in-turn.sh', folder, '1'], { shell, policy, step: `s${round}`, env });
        const some = 2 + round;
        await until(() => existsSync(`${folder}/call${some}`));
        createRecord(run.paths.ending, CANCELLED);
        const atMs = statSync(run.paths.ending).ctimeMs;
        await run.over();
        const names = readdirSync(folder);
        // A call writes its file a moment after it begins, so the file of the call that was terminated may be later.
        const late = names.filter((name) => statSync(`${folder}/${name}`).birthtimeMs > atMs);
        expect(late.length).toBeLessThanOrEqual(1);
        expect(run.text('step.status')).toBe('FAILED\n');
      }
    });

    test('every attempt gets the variables that a shell would drop, and none of them stays on disk', async ({
      stage,
    }) => {
      const env = { 'a.b': 'odd', attempt: 'mine', retries: 'mine' };
      const argv = ['/bin/sh', pathOf('odd-in-turn.sh'), stage.folder];
      const run = await stage.run(argv, { shell, policy: { retries: 2 }, env });
      await run.over();
      expect(texts(run, 'log.1', 'log', 'environment', 'step.status')).toEqual([
        'odd mine mine\n',
        'odd mine mine\n',
        undefined,
        'SUCCESS\n',
      ]);
    });

    test('a wrapper that is killed in the backoff begins no other attempt', async ({ stage }) => {
      const policy = { retries: 3, backoffMs: HOUR };
      const run = await stage.run(['in-turn.sh', stage.folder, '3'], { shell, policy });
      await until(() => run.text('exit.1') !== undefined);
      signalIfSame(run.wrapper, 'SIGKILL');
      await until(() => stage.alive().length === 0);
      expect(calls(stage)).toBe(1);
      expect(texts(run, 'exit', 'ending', 'step.status')).toEqual([undefined, undefined, undefined]);
    });
  });
}

test.concurrent('standard error that is kept apart is so for each attempt', async ({ stage }) => {
  const run = await stage.run(['in-turn.sh', stage.folder, '3', '0'], { split: true, policy: { retries: 1 } });
  await run.over();
  expect(texts(run, 'log.1', 'errors.1', 'log', 'errors')).toEqual(['out 1\n', 'err 1\n', 'out 2\n', 'err 2\n']);
});

test.concurrent('the shorter log of a new attempt is not taken for one that its job truncated', async ({ stage }) => {
  const argv = ['in-turn.sh', stage.folder, '3', 'hold'];
  const run = await stage.run(argv, { policy: { retries: 1, backoffMs: 200 } });
  const beats = async (n: number): Promise<void> => {
    const beat = run.beat();
    await until(() => run.beat() >= beat + n);
  };
  await until(() => calls(stage) === 2);
  await beats(4);
  expect(isSameFile(run.paths.log, `${stage.dir}/train.log`)).toBe(true);
  expect(run.text('truncated')).toBeUndefined();
  stage.cue('go');
  await run.over();
  expect(texts(run, 'truncated', 'truncated.1')).toEqual([undefined, undefined]);
});

test.concurrent('each attempt has the whole cap for its log', async ({ stage }) => {
  const CAP = 65_536;
  const argv = ['/bin/sh', pathOf('pour-in-turn.sh'), pathOf('pour.mjs'), stage.folder];
  const run = await stage.run(argv, { policy: { retries: 1, logCapBytes: CAP } });
  await run.over();
  const first = attemptPaths(stage.dir, run.run.id, 1);
  expect(statSync(first.log).size).toBe(16 * CAP);
  expect(statSync(first.log).blocks * 512).toBeLessThan(2 * CAP);
  expect(run.text('truncated.1')).toBe(`v1 cap ${CAP / 2} ${16 * CAP - CAP / 2}\n`);
  expect(texts(run, 'log', 'truncated')).toEqual(['short\n', undefined]);
});

test.concurrent('a note about the log of the attempt before is not left to the next one', async ({ stage }) => {
  const job =
    'cd "$(dirname "$PM_RESULT")"; [ -e exit.1 ] || exit 3; echo short; echo v1 cap 32768 1015808 > truncated';
  const run = await stage.run(['/bin/sh', '-c', job], { policy: { retries: 1, logCapBytes: 65_536 } });
  await run.over();
  expect(texts(run, 'step.status', 'log', 'truncated')).toEqual(['SUCCESS\n', 'short\n', undefined]);
});

test.concurrent('a folder that is deleted in the backoff is the end of it', async ({ stage }) => {
  const policy = { retries: 3, backoffMs: HOUR };
  const run = await stage.run(['in-turn.sh', stage.folder, '3'], { policy });
  await until(() => run.text('exit.1') !== undefined);
  await rm(stage.dir, { recursive: true, maxRetries: 50, retryDelay: 5 });
  await until(() => stage.alive().length === 0);
  expect(calls(stage)).toBe(1);
});

test.concurrent('what a failed attempt left running is left alone', async ({ stage }) => {
  const run = await stage.run(['/bin/sh', pathOf('daemon-in-turn.sh'), stage.folder], { policy: { retries: 1 } });
  await run.over();
  expect(run.text('step.status')).toBe('SUCCESS\n');
  await until(() => stage.alive().length === 1);
});

test.concurrent('a follower is given the output of every attempt, each byte once, however quick they are', async ({
  stage,
}) => {
  const argv = ['in-turn.sh', stage.folder, '1'];
  const run = await stage.run(argv, { policy: { retries: 6 } });
  let given = '';
  let ended = false;
  const options = { ended: () => ended, truncatedFile: run.paths.truncated, attempt: 1 };
  const following = (async () => {
    for await (const bytes of followLog(run.paths.log, options)) given += bytes;
  })();
  await run.over();
  ended = true;
  await following;
  expect(given).toBe(Array.from({ length: 7 }, (_, i) => `out ${i + 1}\nerr ${i + 1}\n`).join(''));
});

test.concurrent('a follower of a later attempt is given that one and those after it', async ({ stage }) => {
  const policy = { retries: 2, backoffMs: 300 };
  const run = await stage.run(['in-turn.sh', stage.folder, '1', '1', '0'], { policy });
  await until(() => calls(stage) >= 2);
  let given = '';
  for await (const bytes of followLog(run.paths.log, { ended: () => run.text('exit') !== undefined, attempt: 2 }))
    given += bytes;
  expect(given).toBe('out 2\nerr 2\nout 3\nerr 3\n');
});

test.concurrent('a follower is given no byte of the hole in a log that was set aside', async ({ stage }) => {
  const CAP = 65_536;
  const argv = ['/bin/sh', pathOf('pour-in-turn.sh'), pathOf('pour.mjs'), stage.folder];
  const run = await stage.run(argv, { policy: { retries: 1, logCapBytes: CAP } });
  await run.over();
  let given = '';
  const options = { ended: () => true, truncatedFile: run.paths.truncated, attempt: 1 };
  for await (const bytes of followLog(run.paths.log, options)) given += bytes;
  expect(given).not.toContain('\0');
  expect(given).toHaveLength(CAP + 'short\n'.length);
});

function texts(run: Played, ...names: string[]): (string | undefined)[] {
  return names.map((name) => run.text(name));
}

function calls({ folder }: Stage): number {
  return readdirSync(folder).filter((name) => /^call\d+$/.test(name)).length;
}

function stageText({ folder }: Stage, name: string): string {
  return readFileSync(`${folder}/${name}`, 'utf8');
}

/** Names of files that were to be renamed. */
function leftovers({ paths }: Played): string[] {
  return readdirSync(paths.folder).filter((name) => name.endsWith('.new'));
}
