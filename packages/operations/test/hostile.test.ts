import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { chmodSync, chownSync, existsSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { type Identity, identify, lifeOf, signalIfSame } from '@pm/process';
import { stepPaths } from '@pm/protocol';
import { LONG, until } from '@pm/testing';
import { afterAll, beforeAll, describe, expect, vi } from 'vitest';
import type { Answer } from '../src/index.ts';
import { animal, QUICK, type Stage, test, textOf } from './stage.ts';

vi.setConfig({ maxConcurrency: 8 });

const ROOT = process.getuid?.() === 0;
const NOBODY = 65_534;

/** Processes that no run has anything to do with: one of ours, and one of another user where we may make one. */
let innocents: { ours: Identity; theirs: Identity };

beforeAll(() => {
  const rest = (options: object): Identity => identityOf(spawn('sleep', ['1000'], { stdio: 'ignore', ...options }));
  innocents = { ours: rest({}), theirs: rest(ROOT ? { uid: NOBODY, gid: NOBODY } : {}) };
});

afterAll(() => {
  for (const innocent of Object.values(innocents)) signalIfSame(innocent, 'SIGKILL');
});

/** What of a live run somebody else writes to; what is not there yet is made. */
const FILES = [
  'pid',
  'wrapper',
  'command',
  'exit',
  'ending',
  'heartbeat',
  'deadline',
  'outcome',
  'run',
  'claim',
] as const;
type File = (typeof FILES)[number];

/** What they leave there, given the file and its path. */
type Lie = (path: string, file: File) => void;

const LIES: Readonly<Record<string, Lie>> = {
  'the pid 1': (path, file) => write(path, aboutPid(file, '1')),
  'the pid -1': (path, file) => write(path, aboutPid(file, '-1')),
  'the pid 0': (path, file) => write(path, aboutPid(file, '0')),
  "the pid of another user's process": (path, file) => write(path, aboutPid(file, String(innocents.theirs.pid))),
  'a pid that was reused': (path, file) => write(path, aboutPid(file, String(innocents.ours.pid))),
  'promising text': (path) => write(path, 'success exit 0 SUCCESS\n'),
  nothing: (path) => write(path, ''),
  'the first half of a record': (path, file) => write(path, halfOf(path, file)),
  'random bytes': (path) => write(path, Buffer.from(Array.from({ length: 300 }, (_, i) => (i * 7919 + 13) % 251))),
  'a newer version': (path, file) => write(path, isJson(file) ? '{"v":2,"outcome":"success"}\n' : 'v2 exit 0\n'),
  'a link to elsewhere': (path) => replace(path, () => symlinkSync('/proc/self/status', path)),
  'a FIFO': (path) => replace(path, () => execFileSync('mkfifo', [path])),
  'a directory': (path) => replace(path, () => mkdirSync(path)),
};

/** These name a process: whatever stands there, it may be signalled. */
const WITH_PID: readonly File[] = ['pid', 'wrapper', 'command'];

/**
 * Every lie about a pid where a process is named, one elsewhere, and of the others every third one, so that each file and each lie
 * is met; all in `npm run test:long`.
 */
function isTold(file: File, what: string): boolean {
  const isAboutPid = /\bpid\b/.test(what);
  if (LONG) return true;
  if (isAboutPid) return WITH_PID.includes(file) || what === 'the pid -1';
  return (FILES.indexOf(file) + Object.keys(LIES).indexOf(what)) % 3 === 0;
}

for (const file of FILES) {
  describe.concurrent(`the ${file} of a live run, overwritten by`, () => {
    for (const [what, lie] of Object.entries(LIES)) {
      if (!isTold(file, what)) continue;
      test(`${what}, harms no innocent and makes no success`, async ({ stage }) => {
        try {
          await endure(stage, file, lie);
        } finally {
          await stage.abandon();
        }
      });
    }
  });
}

async function endure(stage: Stage, file: File, lie: Lie): Promise<void> {
  const run = await rest(stage);
  const command = stage.recorded('command');
  lie(pathOf(stage, file, run.step), file);

  const answers = [await said(stage, 'ls'), await said(stage, 'status'), await said(stage, 'wait')];
  expect(lifeOf(command), 'a malformed record is no reason to kill').toBe('running');
  answers.push(await said(stage, 'stop'), await said(stage, 'ls'), await said(stage, 'status'));

  for (const { verb, answer, error } of answers) {
    if (answer === undefined) expect(error, verb).toMatchObject({ name: 'PmError', code: expect.any(String) });
    if (verb === 'ls') expect(answer?.runs.length ?? answer?.malformed?.length, 'ls never gives up').toBeDefined();
    for (const { outcome } of answer?.runs ?? []) expect(outcome, verb).not.toBe('success');
  }
  for (const innocent of Object.values(innocents)) expect(lifeOf(innocent)).toBe('running');
  if (answers.some(({ answer }) => answer?.runs[0]?.outcome === 'cancelled'))
    await until(() => lifeOf(command) !== 'running');
}

test.concurrent.for(['events', 'log'] as const)(
  'a FIFO in the place of its %s holds nobody',
  async (name, { stage }) => {
    await rest(stage);
    await rest(stage, 'other');
    const path = stage.files()[name];
    replace(path, () => execFileSync('mkfifo', [path]));
    expect((await stage.ask('ls', {})).runs).toHaveLength(2);
    expect(await stage.askOne('stop', { steps: ['work'] })).toMatchObject({ outcome: 'cancelled' });
    expect(await stage.askOne('wait', { steps: ['work'] })).toMatchObject({ outcome: 'cancelled' });
    await stage.ask('stop', { steps: ['other'] });
  },
);

test.concurrent('a beat that leads to itself and an outcome of its own keep nobody from watching the other runs', async ({
  stage,
}) => {
  await rest(stage);
  const [{ beat, outcome }, command] = [stage.files(), stage.recorded('command')];
  symlinkSync('beat', beat);
  await rest(stage, 'other');
  const report = (): void => {
    if (existsSync(outcome)) return;
    write(outcome, 'success\n');
    signalIfSame(command, 'SIGKILL');
  };
  const waiting = stage.ask('wait', { steps: ['work', 'other'] }, { report });
  await until(() => lifeOf(command) !== 'running');
  await stage.ask('stop', { steps: ['other'] });
  const [work, other] = (await waiting).runs;
  // Nobody but the job writes such an outcome: it is replaced by what is known.
  expect(work).toMatchObject({ outcome: 'failed' });
  expect(other).toMatchObject({ outcome: 'cancelled' });
  await stage.abandon();
});

describe.concurrent('a claim that somebody else made', () => {
  test('and that says nothing hides no other step, and the run before it can be named', async ({ stage }) => {
    await rest(stage);
    await rest(stage, 'other');
    write(`${stage.dir}/steps/work/2`, 'success\n');
    const { runs, malformed } = await stage.ask('ls', {});
    expect(runs).toMatchObject([{ step: 'other', state: 'running' }]);
    expect(malformed).toMatchObject([expect.stringMatching(/^work: /)]);
    expect(await stage.ask('wait', { budget: '1ms' })).toMatchObject({
      runs: [{ step: 'other' }, { step: 'work', back: 1 }],
      malformed,
    });
    expect((await said(stage, 'stop')).error).toMatchObject({ name: 'PmError', code: 'not-supported' });
    expect((await said(stage, 'stop', 'work~1')).answer?.runs).toMatchObject([{ outcome: 'cancelled' }]);
    await stage.ask('stop', { steps: ['other'] });
    rmSync(`${stage.dir}/steps/work/2`);
  });

  test.for(['0', '-1', '01', '1.5', 'two', '2~', '.3'])('is none by the name of %s', async (name, { stage }) => {
    await rest(stage);
    write(`${stage.dir}/steps/work/${name}`, 'success\n');
    expect(await stage.askOne('status', { step: 'work' })).toMatchObject({ state: 'running' });
  });
});

describe.concurrent('a name that is no step', () => {
  const NAMES = [
    '../x',
    'a/b',
    '',
    '.',
    '..',
    '-rf',
    'a b',
    'a\nb',
    'über',
    'x'.repeat(65),
    'x'.repeat(300),
    '~1',
    'a~',
  ];

  for (const name of NAMES) {
    test(`is refused by every operation: ${JSON.stringify(name.slice(0, 70))}`, async ({ stage }) => {
      for (const verb of ['start', 'run', 'status', 'stop', 'wait', 'ls'] as const) {
        const input = verb === 'stop' || verb === 'wait' ? { steps: [name] } : { step: name };
        const command = verb === 'start' || verb === 'run' ? { command: [animal('exits.sh'), '0'] } : {};
        const error = await stage.ask(verb, { ...input, ...command }).catch((reason: unknown) => reason);
        expect(error, verb).toSatisfy(isUsageError);
      }
      expect(existsSync(join(stage.dir, 'runs'))).toBe(false);
    });
  }

  test('is told from one that is not there', async ({ stage }) => {
    for (const verb of ['status', 'wait', 'stop'] as const) {
      expect((await said(stage, verb, 'absent')).error).toMatchObject({ name: 'PmError', code: 'no-such-step' });
    }
    const run = await stage.askOne('start', { step: 'work', command: [animal('exits.sh'), '0'], ...QUICK });
    await stage.askOne('wait', { steps: [run.step] });
    expect((await said(stage, 'status', 'work~1')).error).toMatchObject({ name: 'PmError', code: 'no-such-step' });
    expect((await said(stage, 'stop', 'work')).answer?.runs).toMatchObject([{ outcome: 'success' }]);
  });

  test('stops nothing, not even the other steps of the same call', async ({ stage }) => {
    await rest(stage);
    const error = await stage.ask('stop', { steps: ['work', '../x'] }).catch((reason: unknown) => reason);
    expect(error).toSatisfy(isUsageError);
    expect(await stage.askOne('status', { step: 'work' })).toMatchObject({ state: 'running' });
  });
});

describe.concurrent('a call that names', () => {
  test.for([
    ['an empty command', { command: [] }],
    ['a duration without a unit', { command: ['true'], timeout: '30' }],
    ['a negative duration', { command: ['true'], timeout: '-30s' }],
    ['no size', { command: ['true'], logCap: 'huge' }],
    ['an option that does not exist', { command: ['true'], tiemout: '30s' }],
    ['a proof of life that does not exist', { command: ['true'], liveness: 'faith' }],
  ] as const)('%s is refused by its schema', async ([, input], { stage }) => {
    await expect(stage.ask('start', input)).rejects.toMatchObject({ issues: [expect.anything()] });
  });

  test.for([
    ['a beat of more than half of what is stale', { beat: '600ms', stale: '1s' }],
    ['a log cap of almost nothing', { logCap: '1KiB' }],
    ['a limit of no time', { timeout: '0s' }],
  ] as const)('%s is refused as a policy', async ([, policy], { stage }) => {
    const start = stage.ask('start', { step: 'work', command: ['true'], ...policy });
    await expect(start).rejects.toMatchObject({ name: 'PmError', code: 'usage' });
    expect(existsSync(join(stage.dir, 'runs'))).toBe(false);
  });
});

describe.concurrent('a directory that', () => {
  const BAD: Readonly<Record<string, (path: string) => void>> = {
    'is a file': (path) => writeFileSync(path, ''),
    'is a link to nowhere': (path) => symlinkSync('/nowhere/at/all', path),
    'lies below a file': (path) => writeFileSync(dirname(path), ''),
    'others may write to': (path) => {
      mkdirSync(path);
      chmodSync(path, 0o777); // past the umask
    },
    'belongs to somebody else': (path) => {
      mkdirSync(path);
      chownSync(path, NOBODY, NOBODY);
    },
    'cannot be made': (path) => symlinkSync('/proc', dirname(path)),
  };

  for (const [what, make] of Object.entries(BAD)) {
    test.skipIf(what.startsWith('belongs') && !ROOT)(`${what} is refused before anything starts`, async ({ stage }) => {
      const dir = join(stage.folder, 'place', 'pm');
      if (!/below|made/.test(what)) mkdirSync(dirname(dir));
      make(dir);
      const start = stage.ask('start', { step: 'work', command: [animal('rests.sh')], dir });
      await expect(start).rejects.toMatchObject({ name: 'PmError', code: 'directory-unusable' });
      expect(stage.alive()).toEqual([]);
    });
  }

  test('does not exist has no runs', async ({ stage }) => {
    expect(await stage.ask('ls', {})).toEqual({ runs: [], total: 0, next: [] });
    expect((await stage.ask('wait', {})).runs).toEqual([]);
    expect(existsSync(stage.dir)).toBe(false);
  });
});

/** The schema's own, or ours. */
function isUsageError(error: unknown): boolean {
  const { name, code, issues } = error as { name?: string; code?: string; issues?: unknown };
  return Array.isArray(issues) || (name === 'PmError' && code === 'usage');
}

type Verb = 'ls' | 'status' | 'wait' | 'stop';

interface Said {
  readonly verb: Verb;
  readonly answer?: Answer;
  readonly error?: unknown;
}

/** What an operation says within two minutes; it may refuse, it may not hang. */
async function said(stage: Stage, verb: Verb, step = 'work'): Promise<Said> {
  const input = { ls: {}, status: { step }, wait: { steps: [step], budget: '600ms' }, stop: { steps: [step] } }[verb];
  const limit = AbortSignal.timeout(120_000);
  const result = await stage.ask(verb, input, { signal: limit }).then(
    (answer) => ({ verb, answer }),
    (error: unknown) => ({ verb, error }),
  );
  expect(limit.aborted, `${verb} takes too long`).toBe(false);
  return result;
}

/** A run that goes on until it is stopped. */
async function rest(stage: Stage, step = 'work'): Promise<{ step: string }> {
  const run = await stage.askOne('start', { step, command: [animal('rests.sh')], ...QUICK });
  await until(() => textOf(run.logFile ?? '') === 'resting\n');
  return run;
}

function pathOf(stage: Stage, file: File, step: string): string {
  if (file === 'claim') return `${stage.dir}/steps/${step}/1`;
  return file === 'pid' ? stepPaths(stage.dir, step).pid : stage.files()[file];
}

/** Into the file as it is, whoever else holds a link to it; a claim is a file of its own. */
function write(path: string, text: string | Buffer): void {
  if (path.includes('/steps/')) rmSync(path, { force: true });
  writeFileSync(path, text, { mode: 0o600 });
}

/** Another try, if a beat has written its file anew between the two. */
function replace(path: string, make: () => void, tries = 5): void {
  rmSync(path, { force: true });
  try {
    make();
  } catch (error) {
    if (tries === 0) throw error;
    replace(path, make, tries - 1);
  }
}

/** Of what is there, or of what somebody would like to be there. */
function halfOf(path: string, file: File): string {
  const text =
    textOf(path) || (file === 'outcome' ? '{"v":1,"outcome":"success","reason":"exit-zero"}' : 'v1 exit 0\n');
  return text.slice(0, text.length / 2);
}

function isJson(file: File): boolean {
  return file === 'run' || file === 'outcome' || file === 'claim';
}

function aboutPid(file: File, pid: string): string {
  return file === 'wrapper' || file === 'command' ? `v1 ${pid} 17\n` : `${pid}\n`;
}

function identityOf(child: ChildProcess): Identity {
  const identity = identify(child.pid ?? 0);
  if (identity === undefined) throw new Error('it did not start');
  return identity;
}
