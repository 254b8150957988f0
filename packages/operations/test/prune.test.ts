import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  cpSync,
  existsSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { isAlive, lifeOf } from '@pm/process';
import { directoryPaths, newRunId, runPaths, stepPaths } from '@pm/protocol';
import { markSeen } from '@pm/protocol/fs';
import { built, LONG, until } from '@pm/testing';
import { describe, expect } from 'vitest';
import { whileHeld } from '../src/sets/holds.ts';
import { animal, openStage, QUICK, type Stage, test, textOf } from './stage.ts';

const CLI = fileURLToPath(new URL('../../../apps/cli/', import.meta.url));
const { bin } = JSON.parse(readFileSync(join(CLI, 'package.json'), 'utf8')) as { bin: { pm: string } };
const PM = join(CLI, bin.pm);

const MANY = LONG ? 1_000 : 100;
const ROUNDS = LONG ? 61 : 2;

describe.concurrent('prune', () => {
  test(`leaves the newest 20 of ${MANY} runs`, async ({ stage }) => {
    const ids = await history(stage, MANY);
    const { pruned } = await stage.ask('prune', {});
    expect(pruned).toMatchObject({ steps: [{ step: 'work', ids: { length: MANY - 20 } }], live: 0, unseen: 0 });
    const kept = ids.slice(-20).sort();
    const { runs, ended, steps, seen } = directoryPaths(stage.dir);
    for (const folder of [runs, ended, `${seen}/me`]) expect(readdirSync(folder).sort()).toEqual(kept);
    expect(readdirSync(`${steps}/work`)).toHaveLength(20);
    const { runs: history_ } = await stage.ask('ls', { step: 'work' });
    expect(history_.map(({ back = 0 }) => back)).toEqual(Array.from({ length: 20 }, (_, back) => back));
    expect(await stage.askOne('status', { step: 'work~19' })).toMatchObject({ id: kept[0], outcome: 'success' });
  });

  test('by several at once, beside readers and a start, does no harm', async ({ stage }) => {
    await history(stage, LONG ? 200 : 60);
    const verbs = [['prune'], ['prune'], ['prune', '--keep', '3'], ['ls', 'work'], ['recover'], ['wait', 'work~50']];
    const readers = verbs.map((argv) => pm(stage, ...argv));
    const start = pm(stage, 'start', 'work', '--wait', '--', 'true');
    const codes = await Promise.all(readers);
    expect(codes.slice(0, 5)).toEqual([0, 0, 0, 0, 0]);
    expect([0, 125]).toContain(codes[5]); // it was there, or it was not any more
    expect(await start).toBe(0);
    expect(readdirSync(directoryPaths(stage.dir).runs).length).toBeLessThanOrEqual(4);
    expect(textOf(stepPaths(stage.dir, 'work').status)).toBe('SUCCESS\n');
    expect((await stage.ask('ls', {})).malformed).toBeUndefined();
  });

  test(`never takes what a start waits for: ${ROUNDS} rounds of nine calls`, async ({ stage }) => {
    for (let round = 0; round < ROUNDS; round++) {
      const others = [['prune', '--keep', '0'], ['prune', '--older-than', '0ms'], ['prune', '--all'], ['ls'], ['wait']];
      const calls = others.map((argv) => pm(stage, ...argv));
      const starts = ['a', 'b', 'c', 'd'].map((step) => pm(stage, 'start', step, '--wait', '--', 'true'));
      expect(await Promise.all(starts)).toEqual([0, 0, 0, 0]);
      const codes = await Promise.all(calls);
      expect(codes.slice(0, 4)).toEqual([0, 0, 0, 0]);
      expect([0, 125]).toContain(codes[4]); // a run that had ended before was pruned while it was about to be told
    }
  });

  test('is not missed where somebody deletes the records: what had ended is gone, what had not is told', async ({
    stage,
  }) => {
    const { runs, ended } = directoryPaths(stage.dir);
    await stage.ask('start', { step: 'over', command: ['true'], wait: true, ...QUICK });
    await until(() => readdirSync(ended).length === 1);
    await stage.ask('start', { step: 'live', command: [animal('rests.sh')], ...QUICK });
    for (const id of readdirSync(runs)) await rm(join(runs, id), { recursive: true, maxRetries: 50, retryDelay: 5 });
    const told = await stage.ask('ls', {});
    expect(told.runs).toMatchObject([{ step: 'live', state: 'running' }]);
    await expect(stage.ask('status', { step: 'over' })).rejects.toMatchObject({ code: 'no-such-step' });
    const again = await stage.askOne('start', { step: 'over', command: ['true'], wait: true, ...QUICK });
    expect(again).toMatchObject({ outcome: 'success' });
    await stage.abandon();
  });

  test.for<[what: string, input: object]>([
    ['--keep 0', { keep: 0 }],
    ['--older-than 0ms', { olderThan: '0ms' }],
    ['both', { keep: 0, olderThan: '0ms' }],
    ['--dry-run', { keep: 0, dryRun: true }],
    ['--all', { all: true }],
  ])('deletes no run that a wait has still to tell: %s', async ([, input]) => {
    const stage = openStage();
    try {
      await stage.ask('start', { step: 'work', command: [animal('rests.sh')], ...QUICK });
      const run = stage.files().folder;
      const waiter = spawnPm(stage, 'wait', 'work');
      const isMarked = (): boolean => readdirSync(run).some((name) => name.startsWith('waiter.'));
      await until(isMarked);
      waiter.kill('SIGSTOP'); // as slow as a waiter can be
      await stage.ask('stop', { steps: ['work'] }, { answered: (work) => work() });
      const wrapper = stage.recorded('wrapper');
      await until(() => !isAlive(wrapper));
      expect((await stage.ask('prune', { ...input })).pruned).toMatchObject({ steps: [], awaited: 1 });
      waiter.kill('SIGCONT');
      const [code] = (await once(waiter, 'exit')) as [number | null];
      expect(code).toBe(130);
      expect(isMarked()).toBe(false);
      expect((await stage.ask('prune', { all: true })).pruned).toMatchObject({ steps: [{ step: 'work' }] });
    } finally {
      await stage.close();
    }
  });

  test('deletes no run that a run in line waits for', async ({ stage }) => {
    await history(stage, 1);
    await stage.ask('start', { step: 'live', command: [animal('rests.sh')], ...QUICK });
    await stage.ask('start', { step: 'deploy', command: ['true'], after: ['work', 'live'], ...QUICK });
    expect((await stage.ask('prune', { all: true })).pruned).toMatchObject({ steps: [], awaited: 1, live: 1 });
    expect(await stage.askOne('status', { step: 'deploy' })).toMatchObject({ state: 'queued', evidence: 'after live' });
    await stage.ask('stop', { steps: ['deploy'] });
    await stage.ask('prune', { all: true });
    await expect(stage.ask('status', { step: 'work' })).rejects.toMatchObject({ code: 'no-such-step' });
  });

  test('takes the mark of a waiter that was killed for nothing', async ({ stage }) => {
    await history(stage, 1);
    const waiter = spawnPm(stage, 'wait', 'work');
    await once(waiter, 'exit');
    writeFileSync(join(stage.files().folder, 'waiter.1'), `v1 ${waiter.pid} 1\n`);
    writeFileSync(join(stage.files().folder, 'waiter.torn'), 'v1 ');
    expect((await stage.ask('prune', { keep: 0 })).pruned).toMatchObject({ steps: [{ step: 'work' }] });
  });

  test('deletes no live run, whatever is asked', async ({ stage }) => {
    await stage.ask('start', { step: 'live', command: [animal('rests.sh')], ...QUICK });
    await history(stage, 3);
    const { pruned } = await stage.ask('prune', { all: true, olderThan: '0ms', keep: 0 });
    expect(pruned).toMatchObject({ steps: [{ step: 'work' }], live: 1 });
    const [live, ...others] = (await stage.ask('ls', {})).runs;
    expect([live?.step, live?.state, others]).toEqual(['live', 'running', []]);
    expect(lifeOf(stage.recorded('command'))).toBe('running');
    expect(existsSync(stepPaths(stage.dir, 'live').pid)).toBe(true);
  });

  test('deletes no ending that nobody was told, unless --all', async ({ stage }) => {
    await history(stage, 25, { told: false });
    expect((await stage.ask('prune', {})).pruned).toMatchObject({ steps: [], unseen: 5 });
    expect((await stage.ask('prune', { all: true, keep: 20 })).pruned).toMatchObject({
      steps: [{ ids: { length: 5 } }],
    });
    expect((await stage.ask('prune', { all: true })).pruned).toMatchObject({ steps: [{ ids: { length: 20 } }] });
  });

  test('tells with --dry-run what it would delete, and deletes nothing', async ({ stage }) => {
    await history(stage, 25);
    const { pruned } = await stage.ask('prune', { dryRun: true });
    expect(pruned).toMatchObject({ steps: [{ ids: { length: 5 } }], dryRun: true });
    expect(readdirSync(directoryPaths(stage.dir).runs)).toHaveLength(25);
    expect((await stage.ask('prune', {})).pruned?.steps).toEqual(pruned?.steps);
  });

  test("takes a step's newest run with its flat names when it is old, and the next one counts on", async ({
    stage,
  }) => {
    await history(stage, 2);
    expect((await stage.ask('prune', { olderThan: '0ms' })).pruned).toMatchObject({ steps: [{ ids: { length: 2 } }] });
    expect(readdirSync(stage.dir).filter((name) => name.startsWith('work.'))).toEqual([]);
    expect((await stage.ask('ls', {})).runs).toEqual([]);
    await expect(stage.ask('status', { step: 'work' })).rejects.toMatchObject({ code: 'no-such-step' });
    await stage.ask('start', { step: 'work', command: ['true'], ...QUICK });
    expect(await stage.askOne('wait', { steps: ['work'] })).toMatchObject({ outcome: 'success' });
    await stage.ask('prune', {});
    expect(readdirSync(`${directoryPaths(stage.dir).steps}/work`)).toEqual(['3']);
  });

  test("leaves a foreign writer's own files alone", async ({ stage }) => {
    mkdirSync(stage.dir, { recursive: true });
    writeFileSync(stepPaths(stage.dir, 'bash').pid, '4000000\n');
    writeFileSync(stepPaths(stage.dir, 'bash').log, 'its own\n');
    writeFileSync(stepPaths(stage.dir, 'bash').status, 'SUCCESS\n');
    await stage.ask('wait', { steps: ['bash'] });
    expect((await stage.ask('prune', { all: true })).pruned).toMatchObject({ steps: [{ step: 'bash' }] });
    expect(textOf(stepPaths(stage.dir, 'bash').log)).toBe('its own\n');
    expect((await stage.ask('ls', {})).runs).toEqual([]); // and it is not adopted again
  });

  test('finishes what a killed pruner has left, which no reader takes for a run', async ({ stage }) => {
    const [first = '', second = ''] = await history(stage, 3);
    const { folder } = runPaths(stage.dir, first);
    renameSync(folder, `${folder}.removed`); // killed after its first step
    await rm(runPaths(stage.dir, second).folder, { recursive: true, maxRetries: 50 }); // and after its second
    const { runs, malformed } = await stage.ask('ls', { step: 'work' });
    expect([runs.length, malformed]).toEqual([1, undefined]);
    await expect(stage.ask('status', { step: 'work~1' })).rejects.toMatchObject({ code: 'no-such-step' });
    await stage.ask('prune', {});
    const { runs: folders, ended, steps } = directoryPaths(stage.dir);
    for (const place of [folders, ended, `${steps}/work`]) expect(readdirSync(place)).toHaveLength(1);
  });

  test('takes what killed starters had prepared, when it is a day old', async ({ stage }) => {
    await history(stage, 1);
    const { runs, queued } = directoryPaths(stage.dir);
    mkdirSync(queued, { recursive: true });
    const names = ['.20260101T000000000Z-0000000000.20260101T000000000Z-1111111111', '.work.4711-abc.tmp'];
    const aged = new Date(Date.now() - 90_000_000);
    for (const place of [runs, queued])
      for (const [n, name] of names.entries()) {
        mkdirSync(join(place, name));
        if (n === 0) utimesSync(join(place, name), aged, aged);
      }
    await stage.ask('prune', {});
    for (const place of [runs, queued])
      expect(readdirSync(place).filter((name) => name.startsWith('.'))).toEqual(names.slice(1));
  });

  test('takes what services leave: whether they stay, and the holds that nobody has any more', async ({ stage }) => {
    const { holds } = directoryPaths(stage.dir);
    const web = { command: [animal('rests.sh')], ready: ['run:true'], ...QUICK };
    const e2e = { command: ['true'], needs: ['web'], ...QUICK };
    writeFileSync(join(stage.folder, 'pm.config.json'), JSON.stringify({ steps: { web, e2e } }));
    await stage.ask('run', { step: 'e2e', keep: true });
    const service = stage.files();
    await stage.ask('down', {});
    mkdirSync(join(holds, 'old'), { recursive: true });
    writeFileSync(join(holds, 'old', '1.2.3'), 'v1 4000000 1\n'); // of a process that was killed
    await until(() => stage.alive().length === 0, 'their wrappers are gone');
    const signal = new AbortController().signal;
    await whileHeld(stage.dir, ['used'], signal, async () => {
      expect(readdirSync(holds).sort()).toEqual(['old', 'used', 'web']);
      expect((await stage.ask('prune', { all: true })).pruned?.steps).toHaveLength(2);
      expect([existsSync(service.folder), readdirSync(holds)]).toEqual([false, ['used']]);
    });
    await stage.ask('prune', { dryRun: true });
    expect(readdirSync(holds)).toEqual(['used']);
    await stage.ask('prune', {});
    expect(readdirSync(holds)).toEqual([]);
  });

  test('has nothing to do in a directory that is not there', async ({ stage }) => {
    expect((await stage.ask('prune', {})).pruned).toMatchObject({ steps: [], live: 0 });
    expect(existsSync(stage.dir)).toBe(false);
  });
});

describe.concurrent('prune deletes nothing but runs', () => {
  test('where a link leads elsewhere', async ({ stage }) => {
    const ids = await history(stage, 30);
    const elsewhere = mkdtempSync(join(tmpdir(), 'pm-elsewhere-'));
    try {
      const { ended, steps, seen } = directoryPaths(stage.dir);
      const [planted = '', inside = ''] = ids;
      // A run's folder, a folder in a run, a reader, all that has ended, and a step.
      cpSync(runPaths(stage.dir, planted).folder, join(elsewhere, planted), { recursive: true });
      await rm(runPaths(stage.dir, planted).folder, { recursive: true, maxRetries: 50 });
      symlinkSync(join(elsewhere, planted), runPaths(stage.dir, planted).folder);
      symlinkSync(elsewhere, join(runPaths(stage.dir, inside).folder, 'link'));
      mkdirSync(join(elsewhere, 'reader'));
      writeFileSync(join(elsewhere, 'reader', newRunId(0)), 'mine');
      symlinkSync(join(elsewhere, 'reader'), `${seen}/reader`);
      rmSync(ended, { recursive: true });
      symlinkSync(join(elsewhere, 'reader'), ended);
      renameSync(`${steps}/work`, join(elsewhere, 'step'));
      symlinkSync(join(elsewhere, 'step'), `${steps}/work`);
      const before = everythingIn(elsewhere);
      await stage.ask('prune', { all: true });
      expect(everythingIn(elsewhere)).toEqual(before);
      expect(existsSync(runPaths(stage.dir, inside).folder)).toBe(false);
    } finally {
      rmSync(elsewhere, { recursive: true });
      rmSync(stage.dir, { recursive: true });
    }
  });

  test('where a record names another run, a cgroup that is none, or nothing at all', async ({ stage }) => {
    await stage.ask('start', { step: 'live', command: [animal('rests.sh')], ...QUICK });
    const victim = stage.files();
    const [lies = '', torn = ''] = await history(stage, 24);
    const { steps } = directoryPaths(stage.dir);
    const empty = join(stage.folder, 'empty');
    mkdirSync(empty);
    const own = runPaths(stage.dir, lies).run;
    writeFileSync(own, JSON.stringify({ ...JSON.parse(textOf(own)), cgroup: empty }));
    writeFileSync(runPaths(stage.dir, torn).run, '{');
    rmSync(join(steps, 'work', '3'));
    writeFileSync(join(steps, 'work', '3'), textOf(victim.run).replace('"step":"live"', '"step":"work"'));
    rmSync(join(steps, 'work', '4'));
    mkdirSync(join(steps, 'work', '4'));
    markSeen(stage.dir, 'me', [victim.folder.split('/').at(-1) ?? '']);
    await stage.ask('prune', { all: true });
    expect(existsSync(runPaths(stage.dir, lies).folder)).toBe(false);
    expect(existsSync(empty)).toBe(true);
    expect(existsSync(runPaths(stage.dir, torn).folder)).toBe(true);
    expect(existsSync(victim.run)).toBe(true);
    expect(await stage.askOne('status', { step: 'live' })).toMatchObject({ state: 'running' });
  });
});

describe.concurrent('a start', () => {
  test('prunes its step, after it has answered', async ({ stage }) => {
    await history(stage, 30);
    const afterwards: (() => void)[] = [];
    await stage.ask(
      'start',
      { step: 'work', command: ['true'], ...QUICK },
      { answered: (work) => afterwards.push(work) },
    );
    expect(readdirSync(directoryPaths(stage.dir).runs)).toHaveLength(31);
    for (const work of afterwards) work();
    await until(() => readdirSync(directoryPaths(stage.dir).runs).length === 20);
    expect(await stage.askOne('wait', { steps: ['work'] })).toMatchObject({ outcome: 'success' });
  });

  test('works where no registry can be written', async ({ stage }) => {
    const file = join(stage.folder, 'file');
    writeFileSync(file, '');
    for (const env of [{ HOME: '/proc/nowhere' }, { XDG_STATE_HOME: file }, { XDG_STATE_HOME: 'relative' }, {}]) {
      const afterwards: (() => void)[] = [];
      const context = { env: { ...stage.env, XDG_STATE_HOME: undefined, HOME: undefined, ...env } };
      const answered = (work: () => void): void => void afterwards.push(work);
      await stage.ask('start', { step: 'work', command: ['true'], ...QUICK }, { ...context, answered });
      for (const work of afterwards) work();
      expect(await stage.askOne('wait', { steps: ['work'] })).toMatchObject({ outcome: 'success' });
    }
    expect(existsSync(join(stage.folder, 'relative'))).toBe(false);
  });
});

/** A step `work` with this many ended runs: a real one, and copies of it from before. Oldest first. */
async function history(stage: Stage, length: number, { told = true } = {}): Promise<string[]> {
  await stage.ask('start', { step: 'work', command: ['true'], ...QUICK });
  const last = await stage.askOne('wait', { steps: ['work'] });
  const { id = '' } = last;
  const wrapper = stage.recorded('wrapper');
  await until(() => !isAlive(wrapper)); // as long as it writes, the run is no history
  const { runs, steps, ended } = directoryPaths(stage.dir);
  const numbered = `${steps}/work`;
  renameSync(`${numbered}/1`, `${numbered}/${length}`);
  const ids = Array.from({ length: length - 1 }, (_, i) => newRunId(last.startedAt - 60_000 * (length - i)));
  const texts = readdirSync(`${runs}/${id}`).map((file) => [file, textOf(`${runs}/${id}/${file}`)] as const);
  for (const [i, copy] of ids.entries()) {
    mkdirSync(`${runs}/${copy}`, { mode: 0o700 });
    for (const [file, text] of texts)
      writeFileSync(`${runs}/${copy}/${file}`, text.replaceAll(id, copy), { mode: 0o600 });
    linkSync(`${runs}/${copy}/run`, `${numbered}/${i + 1}`);
    linkSync(`${runs}/${copy}/outcome`, `${ended}/${copy}`);
  }
  const all = [...ids, id];
  if (told) markSeen(stage.dir, 'me', all);
  return all;
}

/** The built command as a process of its own; how it exited. */
async function pm(stage: Stage, ...args: string[]): Promise<number | null> {
  const child = spawnPm(stage, ...args);
  await once(child, 'exit');
  return child.exitCode;
}

function spawnPm(stage: Stage, ...args: string[]): ChildProcess {
  const env = { ...stage.env, PM_DIR: stage.dir, PM_SESSION: 'me' } as NodeJS.ProcessEnv;
  return spawn(process.execPath, [built(PM), ...args], { cwd: stage.folder, env, stdio: 'ignore' });
}

function everythingIn(folder: string): string[] {
  return (readdirSync(folder, { recursive: true }) as string[]).sort();
}
