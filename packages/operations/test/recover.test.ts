import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { identify, signalIfSame } from '@pm/process';
import { directoryPaths, stepPaths } from '@pm/protocol';
import { built, until } from '@pm/testing';
import { describe, expect } from 'vitest';
import type { Answer, OperationName } from '../src/index.ts';
import { type AboutRuns, animal, openStage, QUICK, type Stage, test } from './stage.ts';

const CLI = fileURLToPath(new URL('../../../apps/cli/', import.meta.url));
const { bin } = JSON.parse(readFileSync(join(CLI, 'package.json'), 'utf8')) as { bin: { pm: string } };
const PM = join(CLI, bin.pm);

describe.concurrent('an ending is told', () => {
  test('to a new session, once, after the one that started it was killed', async ({ stage }) => {
    const env = { ...stage.env, PM_SESSION: 'first', PM_DIR: stage.dir } as NodeJS.ProcessEnv;
    const argv = [built(PM), 'start', 'work', '--wait', '--', animal('waits.sh'), '7'];
    const owner = spawn(process.execPath, argv, { cwd: stage.folder, env, stdio: 'ignore' });
    await until(() => existsSync(stepPaths(stage.dir, 'work').pid));
    await kill(owner);
    stage.cue('go');
    await until(() => readdirSync(directoryPaths(stage.dir).ended).length === 1);

    const answer = await tell(stage, 'second', 'recover');
    expect(answer.runs).toMatchObject([
      { step: 'work', outcome: 'failed', exitCode: 7, unseen: true, tail: 'exits with 7' },
    ]);
    expect((await tell(stage, 'second', 'recover')).runs).toEqual([]);
  });

  test('to its owner even if another session was told first, and then to nobody else', async ({ stage }) => {
    await ended(stage, 'work', 'owner');
    expect(await unheard(stage, 'other')).toEqual(['work']);
    expect(await unheard(stage, 'third')).toEqual(['work']); // the owner may be dead, and the other one too
    expect(await unheard(stage, 'owner')).toEqual(['work']);
    expect(await unheard(stage, 'fourth')).toEqual([]);
  });

  test('to other sessions for a day, once one of them was told', async ({ stage }) => {
    await ended(stage, 'work', 'owner');
    expect(await unheard(stage, 'other')).toEqual(['work']);
    const yesterday = Date.now() / 1000 - 86_500;
    utimesSync(stage.files().ended, yesterday, yesterday);
    expect(await unheard(stage, 'third')).toEqual([]);
    expect(await unheard(stage, 'owner')).toEqual(['work']);
  });

  test('again, if nobody read the answer', async ({ stage }) => {
    await ended(stage, 'work', 'owner');
    expect((await stage.ask('recover', {}, { answered: () => {} })).runs).toHaveLength(1);
    expect((await stage.ask('recover', {}, { answered: () => {} })).runs).toHaveLength(1);
  });

  test('again after recover --unread, until it was said that it was read', async ({ stage }) => {
    await ended(stage, 'work', 'owner');
    const looks = async (): Promise<string[]> =>
      (await tell(stage, 'owner', 'recover', { unread: true })).runs.flatMap(({ id }) => id ?? []);
    const [id = ''] = await looks();
    expect(await looks()).toEqual([id]);
    const unknown = '20261123T180512345Z-7k3f9q2m7x';
    expect((await tell(stage, 'owner', 'recover', { read: [unknown] })).runs).toEqual([]);
    expect(await looks()).toEqual([id]);
    await tell(stage, 'owner', 'recover', { read: [id, unknown] });
    expect(await looks()).toEqual([]);
    expect(await unheard(stage, 'other')).toEqual([]);
    await expect(stage.ask('recover', { read: ['../../etc'] })).rejects.toThrow('must be a run id');
  });

  test.each<[OperationName, object]>([
    ['wait', { steps: ['work'] }],
    ['status', { step: 'work' }],
    ['stop', { steps: ['work'] }],
  ])('by %s', async (verb, input) => {
    const stage = openStage();
    try {
      await ended(stage, 'work', 'owner');
      await tell(stage, 'owner', verb, input);
      expect(await unheard(stage, 'owner')).toEqual([]);
    } finally {
      await stage.close();
    }
  });

  test('by run and by start --wait, but not by a start whose command was quicker than its answer', async ({
    stage,
  }) => {
    await tell(stage, 'owner', 'start', { step: 'quick', command: ['true'] });
    await stage.ask('wait', { steps: ['quick'] });
    expect(await unheard(stage, 'owner')).toEqual(['quick']);
    await tell(stage, 'owner', 'run', { step: 'one', command: ['true'] });
    await tell(stage, 'owner', 'start', { step: 'two', command: ['true'], wait: true });
    expect(await unheard(stage, 'owner')).toEqual([]);
  });

  test('but ls tells nothing: it only says what is unseen', async ({ stage }) => {
    await ended(stage, 'work', 'owner');
    for (const _ of [1, 2]) expect((await tell(stage, 'owner', 'ls')).runs).toMatchObject([{ unseen: true }]);
    await tell(stage, 'owner', 'recover');
    expect((await tell(stage, 'owner', 'ls')).runs[0]?.unseen).toBeUndefined();
  });

  test('of a run before the last, too, by the name it has now', async ({ stage }) => {
    await ended(stage, 'work', 'owner', ['exits.sh', '3']);
    await ended(stage, 'work', 'owner');
    const { runs } = await tell(stage, 'owner', 'recover');
    expect(runs.map(({ step, back, outcome }) => [step, back, outcome])).toEqual([
      ['work', undefined, 'success'],
      ['work', 1, 'failed'],
    ]);
  });

  test('ten at a time, and the rest with the next call', async ({ stage }) => {
    for (let i = 0; i < 12; i++) await ended(stage, `s${i}`, 'owner');
    const first = await tell(stage, 'other', 'recover');
    expect(first.runs).toHaveLength(10);
    expect(first.next).toMatchObject([{ operation: 'recover', why: 'see 2 more runs that have ended unseen' }]);
    expect((await tell(stage, 'other', 'recover')).runs).toHaveLength(2);
  });

  test('as many at a time as there is room for', async ({ stage }) => {
    for (let i = 0; i < 5; i++) await ended(stage, `s${i}`, 'owner');
    const told: string[] = [];
    for (const left of [3, 1, undefined]) {
      const { runs, next } = await tell(stage, 'other', 'recover', { limit: 2 });
      told.push(...runs.map(({ step }) => step));
      const more = next.filter(({ operation }) => operation === 'recover');
      expect(more).toMatchObject(
        left === undefined ? [] : [{ input: { limit: 2 }, why: expect.stringMatching(`\\b${left} more`) }],
      );
    }
    expect(told.sort()).toEqual(['s0', 's1', 's2', 's3', 's4']);
  });

  test('of a foreign writer, whose owner nobody knows, to the first who asks', async ({ stage }) => {
    mkdirSync(stage.dir, { recursive: true });
    writeFileSync(stepPaths(stage.dir, 'bash').pid, '4000000\n');
    writeFileSync(stepPaths(stage.dir, 'bash').status, 'SUCCESS\n');
    expect(await unheard(stage, 'first')).toEqual(['bash']);
    utimesSync(stage.files().ended, 1, 1);
    expect(await unheard(stage, 'second')).toEqual([]);
  });
});

describe.concurrent('recover', () => {
  test('names a live run with its next call, and finishes what lost its wrapper', async ({ stage }) => {
    await stage.ask('start', { step: 'live', command: [animal('rests.sh')], ...QUICK });
    await stage.ask('start', { step: 'lost', command: [animal('rests.sh')], ...QUICK });
    const [wrapper, command] = [stage.recorded('wrapper'), stage.recorded('command')];
    for (const identity of [wrapper, command]) signalIfSame(identity, 'SIGKILL');
    await until(async () => (await stage.ask('recover', {})).runs[0]?.outcome === 'lost'); // the kernel takes its time
    const { runs, next } = await tell(stage, 'me', 'recover');
    expect(runs.map(({ step, outcome, state }) => [step, outcome ?? state])).toEqual([
      ['lost', 'lost'],
      ['live', 'running'],
    ]);
    expect(next).toContainEqual({
      operation: 'wait',
      input: { steps: ['live'], dir: stage.dir },
      why: 'wait until it ends',
    });
  });

  test('has nothing to say in a directory that is not there', async ({ stage }) => {
    expect(await stage.ask('recover', {})).toEqual({ runs: [], next: [] });
    expect(existsSync(stage.dir)).toBe(false);
  });

  test('tells of the others when the records of one are broken', async ({ stage }) => {
    await ended(stage, 'broken', 'owner');
    const { run } = stage.files();
    await ended(stage, 'work', 'owner');
    writeFileSync(run, 'no record\n');
    const { runs, malformed } = await tell(stage, 'owner', 'recover');
    expect(runs).toMatchObject([{ step: 'work' }]);
    expect(malformed).toEqual(['broken: its run record is malformed (not JSON)']);
  });

  test.each(['../../escaped', '/', '.', 'a\nb', 'ü'.repeat(300), '$(reboot)'])(
    'takes a session called %j',
    async (name) => {
      const stage = openStage();
      try {
        await ended(stage, 'work', name);
        expect(await unheard(stage, name)).toEqual(['work']);
        expect(await unheard(stage, name)).toEqual([]);
        expect(readdirSync(stage.folder).filter((file) => file.includes('escaped'))).toEqual([]);
        expect(readdirSync(directoryPaths(stage.dir).seen)).toHaveLength(1);
      } finally {
        await stage.close();
      }
    },
  );

  test('writes nothing behind a symbolic link', async ({ stage }) => {
    await ended(stage, 'work', 'owner');
    const elsewhere = join(stage.folder, 'elsewhere');
    mkdirSync(elsewhere);
    symlinkSync(elsewhere, directoryPaths(stage.dir).seen);
    for (const _ of [1, 2]) expect(await unheard(stage, 'owner')).toEqual(['work']);
    expect(readdirSync(elsewhere)).toEqual([]);
  });
});

describe.concurrent('ls', () => {
  test('--mine lists what this session has started, also where another has begun the step anew', async ({ stage }) => {
    await ended(stage, 'both', 'me');
    await ended(stage, 'both', 'you');
    await ended(stage, 'yours', 'you');
    const { runs } = await tell(stage, 'me', 'ls', { mine: true });
    expect(runs.map(({ step, back }) => [step, back])).toEqual([['both', 1]]);
  });

  test('--mine means the user where the host names no session', async ({ stage }) => {
    await ended(stage, 'work', 'me');
    expect((await stage.ask('ls', { mine: true })).runs).toHaveLength(1);
    expect((await stage.ask('ls', { mine: true }, { env: { ...stage.env, USER: 'ann' } })).runs).toEqual([]);
  });

  test('--everywhere lists every directory that is still there', async ({ stage }) => {
    const [here, there, vanished] = ['here', 'there', 'vanished'].map((name) => join(stage.folder, name));
    for (const dir of [here, there, vanished]) {
      await tell(stage, 'me', 'start', { step: 'work', command: ['true'], dir, wait: true });
    }
    const registry = join(stage.folder, 'state/process-monitor/directories');
    await until(() => existsSync(registry) && readdirSync(registry).length === 3);
    await rm(vanished ?? '', { recursive: true, maxRetries: 50 });
    const { runs } = await tell(stage, 'me', 'ls', { everywhere: true, dir: here });
    expect(runs.map(({ dir }) => dir).sort()).toEqual([here, there]);
    expect(readdirSync(registry)).toHaveLength(2);
  });

  test('--everywhere names a record of the registry that cannot be read, and goes on', async ({ stage }) => {
    const registry = join(stage.folder, 'state/process-monitor/directories');
    mkdirSync(registry, { recursive: true });
    writeFileSync(join(registry, 'torn'), '{"v":1');
    writeFileSync(join(registry, 'relative'), '{"v":1,"dir":"../x"}\n');
    await ended(stage, 'work', 'me');
    const { runs, malformed } = await tell(stage, 'me', 'ls', { everywhere: true });
    expect(runs).toHaveLength(1);
    expect(malformed).toEqual([`${registry}/relative: dir: not an absolute path`, `${registry}/torn: not JSON`]);
  });
});

test.concurrent('a file in the place of the directory is refused by every verb alike', async ({ stage }) => {
  const dir = join(stage.folder, 'file');
  writeFileSync(dir, 'mine');
  const calls: readonly [AboutRuns, object][] = [
    ['start', { command: ['true'] }],
    ['run', { command: ['true'] }],
    ['wait', {}],
    ['wait', { steps: ['x'] }],
    ['ls', {}],
    ['status', { step: 'x' }],
    ['stop', { steps: ['x'] }],
    ['recover', {}],
    ['prune', {}],
  ];
  for (const [verb, input] of calls) {
    const code = await stage.ask(verb, { ...input, dir }).catch((error) => error.code);
    expect([verb, code]).toEqual([verb, 'directory-unusable']);
  }
});

/** One operation as a session asks for it, its answer read. */
async function tell(stage: Stage, session: string, verb: OperationName, input: object = {}): Promise<Answer> {
  const afterwards: (() => void)[] = [];
  const answer = await stage.ask(verb as never, input as never, {
    env: { ...stage.env, PM_SESSION: session },
    answered: (work) => void afterwards.push(work),
  });
  for (const work of afterwards) work();
  return answer;
}

/** A run that a session has started, and that has ended unseen. */
async function ended(
  stage: Stage,
  step: string,
  session: string,
  [name = 'exits.sh', ...args] = ['exits.sh', '0'],
): Promise<void> {
  const env = { ...stage.env, PM_SESSION: session };
  await stage.ask('start', { step, command: [animal(name), ...args], ...QUICK }, { env });
  await stage.ask('wait', { steps: [step] });
}

/** The endings that a session is told of now. */
async function unheard(stage: Stage, session: string): Promise<string[]> {
  const { runs } = await tell(stage, session, 'recover');
  return runs.filter(({ state }) => state === 'ended').map(({ step }) => step);
}

async function kill(child: ChildProcess): Promise<void> {
  const gone = once(child, 'exit');
  const identity = identify(child.pid ?? 0);
  if (identity === undefined) throw new Error('it has gone by itself');
  signalIfSame(identity, 'SIGKILL');
  await gone;
}
