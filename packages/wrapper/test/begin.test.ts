import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { identify, isAlive, signalIfSame } from '@pm/process';
import { directoryPaths, runPaths, stepPaths } from '@pm/protocol';
import { claimNumbers } from '@pm/protocol/fs';
import { LONG, until } from '@pm/testing';
import { rolldown } from 'rolldown';
import { afterEach, describe, expect, vi } from 'vitest';
import { begin, beginAfter, launch, readStepState } from '../src/index.ts';
import { pathOf, type Stage, test } from './stage.ts';

/** How many processes start the same step at once. */
const RACERS = LONG ? 50 : 8;

afterEach(() => {
  vi.restoreAllMocks();
});

describe.concurrent('starters that race', () => {
  test(`of ${RACERS} processes exactly one begins, and the others are told of its run`, async ({ stage }) => {
    const module = join(stage.folder, 'begin.mjs');
    await bundle('../src/index.ts', module);
    const racers = Array.from({ length: RACERS }, () =>
      spawn(pathOf('race.mjs'), [module, JSON.stringify(stage.spec(['end.sh', '0'])), stage.pathOfCue('go')], {
        env: stage.env,
        stdio: ['ignore', 'pipe', 'inherit'],
      }),
    );
    const said = racers.map(({ stdout }) => text(stdout));
    await Promise.all(racers.map(({ stdout }) => once(stdout, 'data')));
    stage.cue('go');
    const answers = (await Promise.all(said)).map((line) => JSON.parse(line.replace('ready\n', '')) as Answer);
    const winners = answers.filter(({ kind }) => kind === 'begun');
    expect(winners).toHaveLength(1);
    expect(answers.filter(({ id }) => id !== winners[0]?.id)).toEqual([]);
    expect(readdirSync(directoryPaths(stage.dir).runs)).toEqual([winners[0]?.id]);
    expect(claimNumbers(stage.dir, 'train')).toEqual([1]);
  });
});

interface Answer {
  readonly kind: string;
  readonly id?: string;
}

describe.concurrent('one run after the other', () => {
  test('what was asked about the step before another run of it is asked again', async ({ stage }) => {
    const asked = await readStepState(stage.dir, 'train');
    expect(asked).toEqual({ kind: 'free', n: 0 });
    const between = await stage.run(['end.sh', '0']);
    await between.over();
    expect(await beginAfter(stage.spec(['end.sh', '0']), 0)).toEqual({ kind: 'overtaken' });
    expect(await readStepState(stage.dir, 'train')).toEqual({ kind: 'free', n: 1 });
    expect(await beginAfter(stage.spec(['end.sh', '0']), 1)).toMatchObject({ kind: 'begun' });
    expect(await beginAfter(stage.spec(['end.sh', '0']), 1)).toMatchObject({ kind: 'already-running' });
  });

  test('immediate restarts: none shows the status of the one before', async ({ stage }) => {
    const restarts = LONG ? 200 : 10;
    for (let n = 0; n < restarts; n++) {
      const run = await stage.run(['end.sh', String(n % 2)]);
      // The run before ended with the other status, so a status that is there now must be this run's.
      expect([undefined, expectedStatus(n)]).toContain(run.text('step.status'));
      await until(() => existsSync(run.paths.ending)); // its wrapper is still there: begin has to wait for it
    }
    await until(() => stage.alive().length === 0);
    expect(readFileSync(stepPaths(stage.dir, 'train').status, 'utf8')).toBe('FAILED\n');
    expect(claimNumbers(stage.dir, 'train')).toHaveLength(restarts);
  });

  test('every short job has its own ending, and nothing is left over', async ({ stage }) => {
    const codes = Array.from({ length: LONG ? 1_000 : 10 }, (_, n) => (n * 5) % 256);
    const endings: (string | undefined)[] = [];
    for (const code of codes) {
      const run = await stage.run(['end.sh', String(code)]);
      await run.over();
      endings.push(run.text('ending'));
    }
    expect(endings).toEqual(codes.map((code) => `v1 exit ${code}\n`));
    expect(stage.alive()).toEqual([]);
    expect(leftOvers(stage)).toEqual([]);
  });

  test('many at once', async ({ stage }) => {
    const codes = Array.from({ length: LONG ? 200 : 15 }, (_, n) => n);
    const runs = await Promise.all(codes.map((code) => stage.run(['end.sh', String(code)], { step: `s${code}` })));
    await Promise.all(runs.map((run) => run.over()));
    expect(runs.map((run) => run.text('ending'))).toEqual(codes.map((code) => `v1 exit ${code}\n`));
    expect(runs.map((run) => run.text('step.status'))).toEqual(
      codes.map((code) => (code === 0 ? 'SUCCESS\n' : 'FAILED\n')),
    );
    await until(() => stage.alive().length === 0);
    expect(leftOvers(stage)).toEqual([]);
  });
});

describe.concurrent('a step that is not free', () => {
  test('a live run is named', async ({ stage }) => {
    const { run } = await stage.run(['until.sh', stage.pathOfCue('go')]);
    expect(await begin(stage.spec(['end.sh', '0']))).toEqual({ kind: 'already-running', run });
    expect(readdirSync(directoryPaths(stage.dir).runs)).toEqual([run.id]);
  });

  test('a run whose wrapper was killed is live as long as its command is', async ({ stage }) => {
    const run = await stage.run(['until.sh', stage.pathOfCue('go')]);
    signalIfSame(run.wrapper, 'SIGKILL');
    await until(() => !isAlive(run.wrapper));
    expect(await begin(stage.spec(['end.sh', '0']))).toMatchObject({ kind: 'already-running' });
    stage.cue('go');
    await until(() => !isAlive(run.command));
    expect(await begin(stage.spec(['end.sh', '0']))).toMatchObject({ kind: 'begun' });
  });

  test('a run that was begun and not launched holds the step for its start window', async ({ stage }) => {
    const first = await begin(stage.spec(['end.sh', '0']));
    expect(await begin(stage.spec(['end.sh', '0']))).toEqual({ ...first, kind: 'already-running' });
  });

  test('a live run whose record was damaged is live, and unnamed', async ({ stage }) => {
    const run = await stage.run(['until.sh', stage.pathOfCue('go')]);
    truncateSync(run.paths.run, 5);
    expect(await begin(stage.spec(['end.sh', '0']))).toEqual({ kind: 'already-running', run: undefined });
  });

  test('a newest claim that leads to no run is in nobody’s way', async ({ stage }) => {
    mkdirSync(`${directoryPaths(stage.dir).steps}/train`, { recursive: true, mode: 0o700 });
    writeFileSync(`${directoryPaths(stage.dir).steps}/train/7`, 'garbage');
    const run = await stage.run(['end.sh', '0']);
    await run.over();
    expect(run.text('step.status')).toBe('SUCCESS\n');
    expect(claimNumbers(stage.dir, 'train')).toEqual([8, 7]);
  });
});

describe.concurrent('a foreign writer’s run', () => {
  test('is not overwritten while it lives', async ({ stage }) => {
    await foreignRun(stage);
    expect(await begin(stage.spec(['end.sh', '0']))).toEqual({ kind: 'already-running', run: undefined });
    expect(existsSync(stepPaths(stage.dir, 'train').pid)).toBe(true);
  });

  test('is not overwritten either when an older run of ours is on record', async ({ stage }) => {
    await (await stage.run(['end.sh', '0'])).over();
    rmSync(stepPaths(stage.dir, 'train').pid);
    await foreignRun(stage);
    rmSync(stepPaths(stage.dir, 'train').status);
    expect(await begin(stage.spec(['end.sh', '0']))).toEqual({ kind: 'already-running', run: undefined });
  });

  test.for<[string, (stage: Stage, child: ChildProcess) => Promise<void>]>([
    ['has ended by its own status', async (stage) => writeFileSync(stepPaths(stage.dir, 'train').status, 'SUCCESS\n')],
    [
      'is gone',
      async (_, child) => {
        child.kill('SIGKILL');
        await once(child, 'exit');
      },
    ],
    [
      'is gone, and its pid is a younger process’s',
      async (stage) => utimesSync(stepPaths(stage.dir, 'train').pid, 1_000_000, 1_000_000),
    ],
    ['left a pid that is none', async (stage) => writeFileSync(stepPaths(stage.dir, 'train').pid, '0\n')],
  ])('is no obstacle once it %s', async ([, change], { stage }) => {
    const child = await foreignRun(stage);
    await change(stage, child);
    expect(await begin(stage.spec(['end.sh', '0']))).toMatchObject({ kind: 'begun' });
  });

  async function foreignRun({ dir, env, pathOfCue }: Stage): Promise<ChildProcess> {
    const child = spawn(pathOf('until.sh'), [pathOfCue('never')], { env, stdio: 'ignore' });
    await once(child, 'spawn');
    expect(identify(child.pid ?? 0)).toBeDefined();
    mkdirSync(dir, { recursive: true, mode: 0o700 });
    writeFileSync(stepPaths(dir, 'train').pid, `${child.pid}\n`, { mode: 0o600 });
    return child;
  }
});

describe.concurrent('a wrapper that cannot be started', () => {
  test.for<[string, string, string[]]>([
    ['its shell is missing', '/nowhere/sh', ['end.sh', '0']],
    ['its shell is none', '/bin/false', ['end.sh', '0']],
    [
      'the arguments are more than the kernel takes',
      '/bin/sh',
      ['end.sh', ...Array<string>(30).fill('x'.repeat(100_000))],
    ],
  ])('%s: on record as failed with 126, and the log says why', async ([, shell, argv], { stage }) => {
    await expect(stage.run(argv, { shell })).rejects.toMatchObject({ code: 'cannot-execute' });
    const [id = ''] = readdirSync(directoryPaths(stage.dir).runs);
    const paths = runPaths(stage.dir, id);
    expect(readFileSync(paths.ending, 'utf8')).toBe('v1 exit 126\n');
    expect(readFileSync(paths.ended, 'utf8')).toBe('v1 exit 126\n');
    expect(readFileSync(stepPaths(stage.dir, 'train').status, 'utf8')).toBe('FAILED\n');
    expect(readFileSync(paths.log, 'utf8')).toMatch(/^the wrapper could not be started: .+\n$/);
    expect(await begin(stage.spec(['end.sh', '0']))).toMatchObject({ kind: 'begun' });
  });
});

test.concurrent('a wrapper that is killed before the command has begun leaves no ending: nobody knows yet what came of it', async ({
  stage,
}) => {
  const { kind, run } = await begin(stage.spec(['end.sh', '0']));
  if (kind !== 'begun') throw new Error(kind);
  const shell = pathOf('killed-shell.sh');
  await launch(stage.dir, run, { env: stage.env, shell });
  const { ending, exit } = runPaths(stage.dir, run.id);
  expect([existsSync(ending), existsSync(exit)]).toEqual([false, false]);
});

test.concurrent('a wrapper that is killed before it has left its starter: nothing has begun, and the log says why', async ({
  stage,
}) => {
  const launched = stage.run(['end.sh', '0'], { shell: pathOf('killed-wrapper.sh') });
  await expect(launched).rejects.toThrow(/ended by signal 15 before the command began/);
  expect(readFileSync(stepPaths(stage.dir, 'train').log, 'utf8')).toMatch(/signal 15/);
  expect(readFileSync(stepPaths(stage.dir, 'train').status, 'utf8')).toBe('FAILED\n');
});

// Not beside others: it moves the clock that all of them read.
test('a wrapper that does not finish is waited for, then named: its step is not free', async ({ stage }) => {
  const PATH = `${pathOf('stuck')}:${process.env['PATH']}`;
  const run = await stage.run(['end.sh', '0'], { env: { PATH, STUCK_UNTIL: stage.pathOfCue('go') } });
  await until(() => run.text('exit') === 'v1 exit 0\n');
  const clock = vi.spyOn(performance, 'now');
  let now = 0;
  clock.mockImplementation(() => {
    now += 1_000;
    return now;
  });
  await expect(begin(stage.spec(['end.sh', '0']))).rejects.toMatchObject({ code: 'still-finishing' });
  clock.mockRestore();
  const restarted = begin(stage.spec(['end.sh', '0']));
  stage.cue('go');
  expect(await restarted).toMatchObject({ kind: 'begun' });
  expect(run.text('step.status')).toBeUndefined();
  expect(run.text('status')).toBe('SUCCESS\n');
});

function expectedStatus(n: number): string {
  return n % 2 === 0 ? 'SUCCESS\n' : 'FAILED\n';
}

function leftOvers({ dir }: Stage): string[] {
  const names = readdirSync(dir, { recursive: true }).map(String);
  return names.filter((name) => /\.(tmp|new)$|\/(timeout|environment)$/.test(name));
}

/** Bundles TypeScript into one file that Node 20 can load. */
async function bundle(source: string, file: string): Promise<void> {
  const build = await rolldown({
    input: fileURLToPath(new URL(source, import.meta.url)),
    platform: 'node',
    resolve: { conditionNames: ['@pm/source', 'node', 'import', 'default'] },
  });
  await build.write({ file, format: 'esm', codeSplitting: false });
  await build.close();
}
