import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { findResident, watchDirectory } from '@pm/monitor';
import { type Identity, isAlive, lifeOf, signalIfSame } from '@pm/process';
import { directoryPaths, encodeDeadline, type OutcomeRecord, type ResidentRecord } from '@pm/protocol';
import { presentIn, readOutcome } from '@pm/protocol/fs';
import { LONG, until } from '@pm/testing';
import { describe, expect, vi } from 'vitest';
import type { Context, RunView } from '../src/index.ts';
import { PROGRAM, pm, residentCall, saidBy, useBuilt } from './built.ts';
import { animal, test as base, QUICK, type Stage, textOf } from './stage.ts';
import { canMount, fill, makeRoom, withTinyDisk } from './tiny-disk.ts';

vi.setConfig({ maxConcurrency: 6 });
useBuilt();

/** The wrapper holds the limit too, a grace and two beats later: nobody here is to be so slow that it comes first. */
const LATE_WRAPPER = { grace: '10m' } as const;

/** A stage whose residents are told to leave at the end: by themselves they stay for a few seconds. */
const test = base.extend<{ stage: Stage }>({
  stage: async ({ stage }, use) => {
    await use(stage);
    await until(() => residents(stage).every((resident) => !signalIfSame(resident, 'SIGTERM')), 'the resident leaves');
  },
});

describe.concurrent('with nobody waiting, a resident', () => {
  test('comes with the first run and holds its limit', async ({ stage }) => {
    await start(stage, 'rests.sh', { timeout: '500ms', ...LATE_WRAPPER });
    expect(await outcomeOf(stage)).toMatchObject({ outcome: 'timeout', endedBy: expect.stringMatching(/^resident /) });
    expect(stage.alive()).toEqual(residents(stage));
  });

  test('finds what hangs', async ({ stage }) => {
    await start(stage, 'deadlocks.py', { liveness: 'activity' });
    expect(await outcomeOf(stage)).toMatchObject({ outcome: 'hung', endedBy: expect.stringMatching(/^resident /) });
  });

  test('concludes what ends by itself', async ({ stage }) => {
    await start(stage, 'exits.sh', {}, '7');
    expect(await outcomeOf(stage)).toMatchObject({ outcome: 'failed', exitCode: 7 });
  });

  test('notices that a wrapper and its command were killed', async ({ stage }) => {
    await start(stage, 'rests.sh');
    await residentIn(stage);
    for (const role of ['wrapper', 'command'] as const) signalIfSame(stage.recorded(role), 'SIGKILL');
    expect(await outcomeOf(stage)).toMatchObject({ outcome: 'lost', reason: 'wrapper-gone' });
  });

  test('leaves by itself when nothing is live any more', async ({ stage }) => {
    await start(stage, 'exits.sh', {}, '0');
    const resident = await residentIn(stage);
    await outcomeOf(stage);
    await until(() => !isAlive(resident.identity), 'it leaves');
    expect(recordsOf(stage)).toMatchObject([{ left: true }]);
  });
});

describe.concurrent('a resident that', () => {
  test.for(['ls', 'status', 'wait', 'recover'] as const)(
    'was killed is replaced by whoever calls pm %s',
    async (verb, { stage }) => {
      await start(stage, 'rests.sh', LATE_WRAPPER);
      const first = await residentIn(stage);
      expect(signalIfSame(first.identity, 'SIGKILL')).toBe(true);
      await until(() => !isAlive(first.identity));
      const input = { ls: {}, recover: {}, status: { step: 'work' }, wait: { steps: ['work'], budget: '1ms' } }[verb];
      await stage.ask(verb, input, world(stage));
      expect((await residentIn(stage)).identity).not.toEqual(first.identity);
      endNow(stage);
      expect(await outcomeOf(stage)).toMatchObject({
        outcome: 'timeout',
        endedBy: expect.stringMatching(/^resident /),
      });
    },
  );

  test('was stopped is succeeded, and steps aside when it is continued', async ({ stage }) => {
    await start(stage, 'rests.sh', LATE_WRAPPER);
    const first = await residentIn(stage);
    signalIfSame(first.identity, 'SIGSTOP');
    await until(() => lifeOf(first.identity) === 'stopped');
    await stage.ask('ls', {}, world(stage));
    expect((await residentIn(stage)).identity).not.toEqual(first.identity);
    endNow(stage);
    const outcome = await outcomeOf(stage);
    expect(outcome?.endedBy).toMatch(/^resident /);
    expect(outcome?.endedBy).not.toContain(` ${first.identity.pid} `);
    signalIfSame(first.identity, 'SIGCONT');
    await until(() => !isAlive(first.identity), 'it steps aside');
  });

  test('is there already is not brought again', async ({ stage }) => {
    await start(stage, 'rests.sh');
    const first = await residentIn(stage);
    await stage.ask('ls', {}, world(stage));
    await stage.ask('start', { step: 'other', command: [animal('rests.sh')], ...QUICK }, world(stage));
    expect(residents(stage)).toEqual([first.identity]);
  });

  test('was doubled does no harm', async ({ stage }) => {
    await start(stage, 'ignores-term.sh', { timeout: '1s', grace: '3s' }); // it takes the whole of its grace
    await residentIn(stage);
    const leaving = new AbortController();
    const second = double(stage, leaving.signal);
    expect(await outcomeOf(stage)).toMatchObject({ outcome: 'timeout', exitCode: 137 });
    expect(textOf(stage.files().events).match(/"event":"ordered-timeout"/g)).toHaveLength(1);
    leaving.abort();
    await second;
  });

  test('is started twice by hand at once stays alone', async ({ stage }) => {
    await stage.ask('start', { step: 'work', command: [animal('rests.sh')], ...QUICK });
    bring(stage);
    bring(stage);
    await until(() => findResident(stage.dir) !== undefined && residents(stage).length === 1);
    expect(await stage.askOne('status', { step: 'work' })).toMatchObject({ state: 'running' });
  });

  test('is of an older version is succeeded', async ({ stage }) => {
    await stage.ask('start', { step: 'work', command: [animal('rests.sh')], ...QUICK });
    bring(stage);
    const old = await residentIn(stage);
    // The built one calls itself by its own version: it stands for the new one, and the record for the old.
    renamed(stage, old, 'pm 0.0.0-older');
    await stage.ask('ls', {}, world(stage));
    await until(() => findResident(stage.dir)?.program === PROGRAM);
    await until(() => !isAlive(old.identity), 'the old one steps aside');
    expect(await stage.askOne('status', { step: 'work' })).toMatchObject({ state: 'running' });
  });

  test('is of a newer version stays, whatever an older pm asks', async ({ stage }) => {
    await stage.ask('start', { step: 'work', command: [animal('rests.sh')], ...QUICK });
    bring(stage);
    const newer = await residentIn(stage);
    renamed(stage, newer, 'pm 99.0.0');
    await stage.ask('ls', {}, world(stage));
    const leaver = bring(stage);
    await until(() => leaver.exitCode !== null, 'an older one that comes all the same leaves');
    expect(findResident(stage.dir)).toMatchObject({ identity: newer.identity, program: 'pm 99.0.0' });
    expect(isAlive(newer.identity)).toBe(true);
  });

  test('meets a run of a newer version judges all others, and every command leaves that run alone', async ({
    stage,
  }) => {
    await stage.ask('start', { step: 'work', command: [animal('rests.sh')], ...QUICK, ...LATE_WRAPPER });
    const { deadline, outcome } = stage.files();
    const newer = newerRun(stage);
    bring(stage);
    await residentIn(stage);
    const { runs, malformed } = await stage.ask('ls', {}, world(stage));
    expect(runs).toMatchObject([{ step: 'work', state: 'running' }]);
    expect(malformed).toMatchObject([expect.stringMatching(/^future: .*newer/)]);
    for (const verb of ['status', 'stop', 'wait'] as const) {
      const asked = stage.ask(verb, verb === 'status' ? { step: 'future' } : { steps: ['future'] });
      await expect(asked).rejects.toMatchObject({ code: 'not-supported' });
    }
    expect(readdirSync(join(newer, '..')).length).toBe(2);
    writeFileSync(deadline, encodeDeadline(1));
    await until(() => existsSync(outcome), 'its limit is held');
    expect(JSON.parse(textOf(outcome))).toMatchObject({
      outcome: 'timeout',
      endedBy: expect.stringMatching(/^resident /),
    });
    expect(readdirSync(newer)).toEqual(['run']);
  });
});

describe.concurrent('a directory deleted under a live run', () => {
  test.for(['rm', 'git clean'] as const)(
    'by %s: the resident leaves, a waiter says so, the job lives',
    async (how, { stage }) => {
      execFileSync('git', ['init', '-q', stage.folder]);
      await start(stage, 'waits.sh', {}, '0');
      const resident = await residentIn(stage);
      const command = stage.recorded('command');
      const { waiting, looks } = waitingFor(stage);
      await until(() => looks() > 0, 'the waiter has looked');
      await until(async () => {
        await destroy(stage, how);
        return !existsSync(stage.dir); // a live run may write while it is deleted
      });
      expect(await waiting).toMatchObject({ state: 'malformed', evidence: expect.stringContaining('deleted') });
      await until(() => !isAlive(resident.identity), 'the resident leaves');
      expect(lifeOf(command)).toBe('running');
      stage.cue('go');
      await until(() => stage.alive().length === 0, 'the job ends, and its wrapper with it');
      expect(existsSync(stage.dir)).toBe(false);
    },
  );
});

test.concurrent('a resident that comes when the directory is gone brings nothing back', async ({ stage }) => {
  for (const left of [[], ['.'], ['.', 'residents']]) {
    for (const name of left) mkdirSync(join(stage.dir, name));
    const late = bring(stage);
    await until(() => late.exitCode !== null, 'it leaves');
    expect(existsSync(stage.dir) ? readdirSync(stage.dir, { recursive: true }) : []).toEqual(left.slice(1));
    rmSync(stage.dir, { recursive: true, force: true });
  }
});

describe.concurrent('a machine that', () => {
  test('has restarted since: the run is lost, for the resident as for everybody', async ({ stage }) => {
    await stage.ask('start', { step: 'work', command: [animal('rests.sh')], ...QUICK });
    const file = stage.files().run;
    const command = stage.recorded('command');
    writeFileSync(file, readFileSync(file, 'utf8').replace(/"bootId":"[^"]*"/, '"bootId":"another-boot"'));
    const beating = await stage.askOne('status', { step: 'work' });
    expect(beating, 'a beat younger than our boot is that of another machine of our name').toMatchObject({
      state: 'running',
    });
    signalIfSame(stage.recorded('wrapper'), 'SIGKILL');
    await until(() => stage.alive().every(({ pid }) => pid === command.pid), 'the beats end');
    utimesSync(stage.files().heartbeat, 1, 1);
    bring(stage);
    expect(await outcomeOf(stage)).toMatchObject({ outcome: 'lost', reason: 'rebooted' });
    expect(await stage.askOne('wait', { steps: ['work'] })).toMatchObject({ outcome: 'lost', reason: 'rebooted' });
    expect(lifeOf(command), 'by its records it is of another boot, so its pid is nobody').toBe('running');
    await stage.abandon();
  });

  test.skipIf(!canForbidInotify())('has no inotify instance left is polled', async ({ stage }) => {
    await stage.ask('start', { step: 'work', command: [animal('waits.sh'), '0'], ...QUICK });
    const waiter = pm(stage, ['wait', 'work'], { limit: WITHOUT_INOTIFY });
    await until(() => existsSync(stage.files().trace));
    spawn(WITHOUT_INOTIFY[0] ?? '', [...WITHOUT_INOTIFY.slice(1), ...residentCall(), stage.dir], {
      env: stage.env as NodeJS.ProcessEnv,
      stdio: 'ignore',
    });
    await residentIn(stage);
    stage.cue('go');
    await until(() => waiter.exitCode !== null);
    expect(waiter.exitCode).toBe(0);
    expect(await outcomeOf(stage)).toMatchObject({ outcome: 'success' });
    await stage.ask('start', { step: 'next', command: [animal('exits.sh'), '3'], ...QUICK });
    expect(await outcomeOf(stage), 'a run that began since').toMatchObject({ step: 'next', exitCode: 3 });
  });

  test.skipIf(!hasPrlimit())('gives a waiter few handles makes no verdict false', async ({ stage }) => {
    await stage.ask('start', { step: 'work', command: [animal('waits.sh'), '0'], ...QUICK });
    // From Node 22 on with fewer than 21 it crashes before it reads a line of ours.
    const startsNode = (handles: number): boolean =>
      spawnSync('prlimit', [`--nofile=${handles}`, process.execPath, '--eval', '']).status === 0;
    const step = LONG ? 1 : 3;
    const all = Array.from({ length: Math.ceil(13 / step) }, (_, n) => 18 + step * n).filter(startsNode);
    expect(all.length).toBeGreaterThan(2);
    for (const some of [all.slice(0, 4), all.slice(4, 8), all.slice(8)]) {
      const asked = some.map(async (handles) => {
        const limit = ['prlimit', `--nofile=${handles}`];
        const call = pm(stage, ['wait', 'work', '--budget', '400ms', '--json'], { limit, stdio: 'pipe' });
        const { status, out } = await saidBy(call);
        expect([120, 125, 1], `${handles} handles: ${out}`).toContain(status);
      });
      await Promise.all(asked);
      expect(existsSync(stage.files().outcome)).toBe(false);
      expect(existsSync(stage.files().ending)).toBe(false);
    }
    stage.cue('go');
    expect(await stage.askOne('wait', { steps: ['work'] })).toMatchObject({ outcome: 'success' });
  });

  test.skipIf(!canMount())('has no room on its disk gets the outcome when there is room', async ({ stage }) => {
    await onTinyDisk(stage, async () => {
      await stage.ask('start', { step: 'work', command: [animal('waits.sh'), '0'], ...QUICK });
      const waiter = pm(stage, ['wait', 'work', '--json'], { stdio: 'pipe' });
      const said = saidBy(waiter);
      bring(stage);
      await residentIn(stage);
      await until(() => existsSync(stage.files().trace));
      fill(stage);
      stage.cue('go');
      const command = stage.recorded('command');
      await until(() => !isAlive(command));
      for (const verb of [['ls'], ['status', 'work'], ['wait', 'work', '--budget', '20s']]) {
        const { status, out, err } = await saidBy(pm(stage, [...verb, '--json'], { stdio: 'pipe' }));
        expect([verb, status, out, err]).toEqual([
          verb,
          verb[0] === 'wait' ? 118 : 0,
          expect.stringMatching(/stopping|running/),
          '',
        ]);
        expect(out).not.toContain('"outcome"');
      }
      expect(existsSync(stage.files().outcome)).toBe(false);
      makeRoom(stage);
      expect(await outcomeOf(stage)).toMatchObject({ outcome: expect.stringMatching(/success|failed/) });
      expect(await said, 'who waited was told at once').toMatchObject({
        status: 118,
        out: expect.stringContaining('disk-full'),
      });
    });
  });
});

test
  .skipIf(!canMount())
  .concurrent(
    'an ending without room for its outcome is told as it is, and concluded when there is room',
    async ({ stage }) => {
      await onTinyDisk(stage, async () => {
        await stage.ask('start', { step: 'work', command: [animal('waits.sh'), '4'], ...QUICK });
        stage.cue('go');
        await until(() => existsSync(stage.files().ended));
        fill(stage);
        const views = [(await stage.ask('ls', {})).runs[0], await stage.askOne('status', { step: 'work' })];
        const budget = '100ms';
        views.push(await stage.askOne('wait', { steps: ['work'], budget }));
        for (const view of views)
          expect(view).toMatchObject({ evidence: expect.stringContaining('cannot be written yet') });
        makeRoom(stage);
        expect(await stage.askOne('wait', { steps: ['work'] })).toMatchObject({ outcome: 'failed', exitCode: 4 });
      });
    },
  );

test.concurrent('git sees nothing of a live directory', async ({ stage }) => {
  execFileSync('git', ['init', '-q', stage.folder]);
  writeFileSync(join(stage.folder, '.gitignore'), 'state\n'); // where this test's user keeps what is his
  const before = gitStatus(stage);
  await start(stage, 'rests.sh');
  await residentIn(stage);
  expect(gitStatus(stage)).toBe(before);
  // What formatters and watchers go by: no file of ours has an ending that means anything to them.
  const names = readdirSync(stage.dir, { recursive: true }).map(String);
  expect(names.filter((name) => /\.(json|ya?ml|md|[cm]?[jt]sx?|css|html|py|sh)$/.test(name))).toEqual([]);
});

/** The context of a frontend that can start the built resident, and carries out what was put off until its answer was read. */
function world(stage: Stage): Partial<Context> {
  const env = { ...stage.env, PM_RESIDENT: undefined };
  return { env, resident: residentCall(), program: PROGRAM, answered: (work) => work() };
}

/** Starts an animal as the step `work`, with a resident. */
function start(stage: Stage, name: string, policy: object = {}, ...args: string[]): Promise<RunView> {
  const input = { step: 'work', command: [animal(name), ...args], ...QUICK, ...policy };
  return stage.askOne('start', input, world(stage));
}

/** A wait for the step `work` under way. */
function waitingFor(stage: Stage): { waiting: Promise<RunView>; looks: () => number } {
  let looks = 0;
  const report = (): void => {
    looks += 1;
  };
  return { waiting: stage.askOne('wait', { steps: ['work'] }, { report }), looks: () => looks };
}

/** A resident started by hand. */
function bring(stage: Stage): ChildProcess {
  const [program = '', ...args] = residentCall();
  return spawn(program, [...args, stage.dir], { env: stage.env as NodeJS.ProcessEnv, stdio: 'ignore' });
}

/** Another one that nobody elected: what a resident does, done here. */
async function double({ dir }: Stage, signal: AbortSignal): Promise<void> {
  for await (const _ of watchDirectory(dir, { signal, by: 'a second resident' }));
}

async function residentIn(stage: Stage): Promise<ResidentRecord> {
  await until(() => findResident(stage.dir) !== undefined, 'a resident is elected');
  const resident = findResident(stage.dir);
  if (resident === undefined) throw new Error('it has gone already');
  return resident;
}

/** Its limit is over, but not before everything is as the test wants it, however slow the machine is. */
function endNow(stage: Stage): void {
  writeFileSync(stage.files().deadline, encodeDeadline(1));
}

function residents(stage: Stage): Identity[] {
  // A wrapper has the program of the resident among its settings.
  const program = ({ pid }: Identity): string | undefined => textOf(`/proc/${pid}/cmdline`).split('\0')[1];
  return stage.alive().filter((identity) => program(identity)?.endsWith('/resident.cjs'));
}

/** Has a resident go by the name of another version. */
function renamed(stage: Stage, record: ResidentRecord, program: string): void {
  const [folder] = readdirSync(directoryPaths(stage.dir).residents);
  writeFileSync(
    join(directoryPaths(stage.dir).residents, folder ?? '', '1'),
    `${JSON.stringify({ ...record, program })}\n`,
  );
}

function recordsOf(stage: Stage): unknown[] {
  const { residents: folder } = directoryPaths(stage.dir);
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .flatMap((place) => readdirSync(join(folder, place)).map((name) => textOf(join(folder, place, name))))
    .map((text) => JSON.parse(text));
}

/** The outcome of the newest run, once somebody has written it; nothing here judges. */
async function outcomeOf(stage: Stage): Promise<OutcomeRecord | undefined> {
  await until(() => existsSync(stage.files().outcome), 'there is an outcome');
  return presentIn(readOutcome(stage.dir, stage.files().folder.split('/').at(-1) ?? ''));
}

/** A run that a later version has begun, of the step `future`. */
function newerRun(stage: Stage): string {
  const { runs, steps } = directoryPaths(stage.dir);
  const folder = join(runs, '29991231T000000000Z-0000000000');
  const text = textOf(stage.files().run).replace('"v":1', '"v":2');
  mkdirSync(join(steps, 'future'));
  writeFileSync(join(steps, 'future', '1'), text);
  mkdirSync(folder);
  writeFileSync(join(folder, 'run'), text);
  return folder;
}

async function destroy(stage: Stage, how: 'rm' | 'git clean'): Promise<void> {
  if (how === 'rm') await rm(stage.dir, { recursive: true, force: true, maxRetries: 20, retryDelay: 5 });
  else {
    rmSync(join(stage.dir, '.gitignore'), { force: true });
    spawnSync('git', ['clean', '-fdxq', '--', '.pm'], { cwd: stage.folder });
  }
}

function gitStatus({ folder }: Stage): string {
  return execFileSync('git', ['status', '--porcelain', '--untracked-files=all'], { cwd: folder, encoding: 'utf8' });
}

/** In a user namespace of its own the number of inotify instances can be limited without harm to others. */
const WITHOUT_INOTIFY = ['unshare', '-Ur', 'sh', animal('without-inotify.sh')];

function canForbidInotify(): boolean {
  return runs(WITHOUT_INOTIFY.concat('true'));
}

function hasPrlimit(): boolean {
  return runs(['prlimit', '--nofile=30', 'true']);
}

function runs([program = '', ...args]: readonly string[]): boolean {
  try {
    execFileSync(program, args, { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

async function onTinyDisk(stage: Stage, act: () => Promise<void>): Promise<void> {
  await withTinyDisk(stage, async () => {
    await act();
    await until(() => residents(stage).every((resident) => !signalIfSame(resident, 'SIGTERM')), 'the resident leaves');
  });
}
