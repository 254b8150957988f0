import { appendFileSync, existsSync, rmSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { lifeOf, signalIfSame } from '@pm/process';
import { until } from '@pm/testing';
import { describe, expect, vi } from 'vitest';
import type { Answer, Context } from '../src/index.ts';
import { AGEABLE, animal, QUICK, type Stage, test, textOf } from './stage.ts';

vi.setConfig({ maxConcurrency: 6 });

/** Looked at several times a second: a fifth of `stale`. Its work is proved by beats that nobody asks for before that. */
const WATCHFUL = { ...QUICK, liveness: 'activity', stale: '2s' } as const;

describe.concurrent('a wait wakes on', () => {
  test('a run that is quiet', async ({ stage }) => {
    await start(stage, 'rests.sh', { quietAfter: '600ms' });
    expectTrouble(await wait(stage), 'quiet', /no output, CPU or I\/O for [\d.]+m?s/);
  });

  test('a run that somebody stopped', async ({ stage }) => {
    await start(stage, 'waits.sh', WATCHFUL, '0');
    const waiting = wait(stage);
    signalIfSame(stage.recorded('command'), 'SIGSTOP');
    expectTrouble(await waiting, 'suspended', /kill -CONT continues it/);
    expect(lifeOf(stage.recorded('command'))).toBe('stopped');
  });

  test('80 % of its limit', async ({ stage }) => {
    await start(stage, 'rests.sh', { ...AGEABLE, timeout: '30m' });
    stage.age(25 * 60_000);
    const answer = await wait(stage);
    expectTrouble(answer, 'deadline', /([89]\d|1\d\d) % of its limit is used/);
    expect(answer.next[1]).toMatchObject({ operation: 'extend', input: { step: 'work', limit: '+30m' } });
  });

  test('a log that was cut', async ({ stage }) => {
    await start(stage, 'waits.sh', { ...WATCHFUL, logCap: '64KiB' }, '0');
    appendFileSync(stage.files().log, Buffer.alloc(200_000));
    expectTrouble(await wait(stage), 'log-truncated', /over its cap/);
  });

  test('nothing that it was told to ignore', async ({ stage }) => {
    await start(stage, 'rests.sh', { quietAfter: '300ms' });
    const { runs, budgetOver } = await wait(stage, { ignore: 'quiet,suspended', budget: '1500ms' });
    expect(budgetOver).toBe(true);
    expect(runs).toMatchObject([{ state: 'quiet' }]);
    expect(runs[0]).not.toHaveProperty('attention');
  });

  test.for([
    ['quiet, which was told to be ignored', 'quiet', { ignore: 'quiet,suspended' }],
    ['quiet, as an earlier wait has told', 'quiet', {}],
    ['suspended, which was told to be ignored', 'suspended', { ignore: 'quiet,suspended' }],
    ['suspended, as an earlier wait has told', 'suspended', {}],
    ['quiet, for any of them', 'quiet', { any: true }],
  ] as const)('nothing new, but shows its last lines: %s', async ([, state, input], { stage }) => {
    await start(stage, state === 'quiet' ? 'rests.sh' : 'waits.sh', { ...WATCHFUL, quietAfter: '600ms' }, '0');
    appendFileSync(stage.files().log, 'Overwrite? [y/N] ');
    if (state === 'suspended') signalIfSame(stage.recorded('command'), 'SIGSTOP');
    await waitRead(stage);
    const { runs, next, budgetOver } = await wait(stage, { budget: '900ms', ...input });
    expect(budgetOver).toBe(true);
    expect(runs).toMatchObject([{ state, tail: expect.stringContaining('Overwrite? [y/N]') }]);
    expect(next.map(({ operation }) => operation)).toEqual(['wait', 'logs']);
  });

  test('nothing once the run is being ended', async ({ stage }) => {
    await start(stage, 'exits-0-after-term.sh', { ...WATCHFUL, logCap: '64KiB', grace: '60s' });
    await until(() => textOf(stage.files().log) === 'patient\n');
    appendFileSync(stage.files().log, Buffer.alloc(200_000));
    await until(() => existsSync(stage.files().truncated));
    const stopping = stage.ask('stop', { steps: ['work'] });
    await until(() => existsSync(stage.files().ending));
    const { runs } = await wait(stage, {}, { report: () => stage.cue('go') }); // not before it has looked
    expect(runs).toMatchObject([{ outcome: 'cancelled' }]);
    expect(runs[0]).not.toHaveProperty('attention');
    await stopping;
  });
});

describe.concurrent('a trouble', () => {
  test('is told once while it lasts, and again when it comes back', async ({ stage }) => {
    await start(stage, 'waits.sh', WATCHFUL, '0');
    const command = stage.recorded('command');
    signalIfSame(command, 'SIGSTOP');
    expectTrouble(await waitRead(stage), 'suspended');
    expect((await waitRead(stage, { budget: '900ms' })).runs[0]).not.toHaveProperty('attention');
    signalIfSame(command, 'SIGCONT');
    expect((await waitRead(stage, { budget: '900ms' })).runs).toMatchObject([{ state: 'running' }]);
    signalIfSame(command, 'SIGSTOP');
    expectTrouble(await waitRead(stage), 'suspended');
  });

  test('that a run is quiet is told once, also to waits that come within one beat', async ({ stage }) => {
    await start(stage, 'rests.sh', { beat: '5s', stale: '20s', quietAfter: '300ms' });
    expectTrouble(await waitRead(stage), 'quiet');
    for (const _ of [1, 2]) {
      const { runs } = await waitRead(stage, { budget: '800ms' });
      expect(runs[0]).not.toHaveProperty('attention');
    }
  });

  test('wakes everybody who waits', async ({ stage }) => {
    await start(stage, 'waits.sh', WATCHFUL, '0');
    const waiting = [waitRead(stage), waitRead(stage), waitRead(stage)];
    await until(() => existsSync(stage.files().trace));
    signalIfSame(stage.recorded('command'), 'SIGSTOP');
    for (const answer of await Promise.all(waiting)) expectTrouble(answer, 'suspended');
  });

  test('whose answer nobody read is told to the next who waits', async ({ stage }) => {
    await start(stage, 'waits.sh', WATCHFUL, '0');
    signalIfSame(stage.recorded('command'), 'SIGSTOP');
    const unwritten: (() => void)[] = [];
    expectTrouble(await wait(stage, {}, { answered: (work) => unwritten.push(work) }), 'suspended');
    expect(existsSync(stage.files().attention)).toBe(false); // killed before it could write
    expectTrouble(await waitRead(stage), 'suspended');
    expect(unwritten).toHaveLength(1);
  });

  test('with a garbled note of what was told is told again', async ({ stage }) => {
    await start(stage, 'waits.sh', WATCHFUL, '0');
    signalIfSame(stage.recorded('command'), 'SIGSTOP');
    writeFileSync(stage.files().attention, '{"v":1,"told":["susp');
    expectTrouble(await waitRead(stage), 'suspended');
    expect(JSON.parse(textOf(stage.files().attention))).toEqual({ v: 1, told: ['suspended'] });
  });
});

describe.concurrent('wait', () => {
  test('--any returns with the first that has ended', async ({ stage }) => {
    await start(stage, 'rests.sh', { step: 'long' });
    await start(stage, 'waits.sh', { step: 'short' }, '3');
    const waiting = stage.ask('wait', { steps: ['long', 'short'], any: true });
    stage.cue('go');
    expect((await waiting).runs).toMatchObject([
      { step: 'long', state: 'running' },
      { step: 'short', exitCode: 3 },
    ]);
  });

  test('on records that somebody deletes says so', async ({ stage }) => {
    await start(stage, 'rests.sh');
    const command = stage.recorded('command');
    const waiting = wait(stage);
    await until(() => existsSync(stage.files().trace));
    await rm(stage.files().folder, { recursive: true, force: true, maxRetries: 50, retryDelay: 5 });
    expect((await waiting).runs).toMatchObject([{ state: 'malformed', evidence: expect.stringMatching(/deleted/) }]);
    expect(lifeOf(command)).toBe('running');
    // The stop finds the run by its processes.
    expect(await stage.askOne('stop', { steps: ['work'] })).toMatchObject({ outcome: 'cancelled' });
    expect(lifeOf(command)).not.toBe('running');
  });
});

describe.concurrent('wait --for-line', () => {
  const marker = { forLine: 'Listening on' };

  test('finds a line that is there already', async ({ stage }) => {
    await start(stage, 'rests.sh');
    await until(() => textOf(stage.files().log) !== '');
    expect((await wait(stage, { forLine: 'rest' })).runs).toMatchObject([{ state: 'running', lineSeen: 'resting' }]);
  });

  test('finds one that comes in two halves', async ({ stage }) => {
    await start(stage, 'rests.sh');
    await until(() => textOf(stage.files().log) === 'resting\n'); // what it prints itself must not come between the halves
    const waiting = wait(stage, marker);
    appendFileSync(stage.files().log, 'Liste');
    await until(() => existsSync(stage.files().trace));
    appendFileSync(stage.files().log, 'ning on 8080\n');
    expect((await waiting).runs).toMatchObject([{ lineSeen: 'Listening on 8080' }]);
  });

  test('finds one among bytes that are no text, and behind a line longer than any buffer', async ({ stage }) => {
    await start(stage, 'rests.sh');
    const { log } = stage.files();
    appendFileSync(log, Buffer.from([0, 255, 254, 10, 0, 128]));
    appendFileSync(log, Buffer.alloc(200_000, 'x'));
    appendFileSync(log, ' Listening on 8080\n');
    const [run] = (await wait(stage, marker)).runs;
    expect(run?.lineSeen).toBeDefined();
  });

  test('finds one that a run had said before it ended', async ({ stage }) => {
    await start(stage, 'waits.sh', {}, '0');
    stage.cue('go');
    await wait(stage);
    const { runs } = await wait(stage, { forLine: 'exits with' });
    expect(runs).toMatchObject([{ outcome: 'success', lineSeen: 'exits with 0' }]);
    expect((await wait(stage, { forLine: 'never said' })).runs).toMatchObject([{ lineMissing: 'never said' }]);
  });

  test('of a log that is not there says so, and ends no run', async ({ stage }) => {
    await start(stage, 'rests.sh');
    rmSync(stage.files().log);
    await expect(wait(stage, marker)).rejects.toMatchObject({
      code: 'not-supported',
      message: expect.stringMatching(/^There is no .*log\.$/),
    });
    expect(lifeOf(stage.recorded('command'))).toBe('running');
  });

  test('ends with a trouble of the run, though the line may still come', async ({ stage }) => {
    await start(stage, 'rests.sh', { quietAfter: '300ms' });
    expectTrouble(await wait(stage, marker), 'quiet');
  });

  test('ends with the first of its runs, and reads that one to its end', async ({ stage }) => {
    await start(stage, 'rests.sh');
    await start(stage, 'waits.sh', { step: 'short' }, '0');
    const input = { any: true, steps: ['work', 'short'] };
    const { runs } = await wait(stage, { ...marker, ...input }, { report: () => stage.cue('go') }); // once it has looked
    expect(runs).toMatchObject([{ state: 'running' }, { outcome: 'success', lineMissing: 'Listening on' }]);
    expect(runs[0]).not.toHaveProperty('lineMissing');
    const again = await wait(stage, { forLine: 'exits with', ...input });
    expect(again.runs).toMatchObject([{ state: 'running' }, { lineSeen: 'exits with 0' }]);
  });

  test('says that a run ended without it', async ({ stage }) => {
    await start(stage, 'waits.sh', {}, '0');
    const waiting = wait(stage, marker);
    stage.cue('go');
    const { runs } = await waiting;
    expect(runs).toMatchObject([{ outcome: 'success', lineMissing: 'Listening on' }]);
    expect(runs[0]).not.toHaveProperty('lineSeen');
  });
});

test('wait --for-line follows more than ten logs without a warning', async ({ stage }) => {
  const warned = vi.fn();
  process.on('warning', warned);
  const steps = Array.from({ length: 11 }, (_, i) => `server${i}`);
  for (const step of steps) await start(stage, 'rests.sh', { step });
  const waiting = wait(stage, { forLine: 'Listening on', steps });
  await until(() => existsSync(stage.files().trace));
  appendFileSync(stage.files().log, 'Listening on 8080\n');
  expect((await waiting).runs.at(-1)).toMatchObject({ lineSeen: 'Listening on 8080' });
  process.off('warning', warned);
  expect(warned).not.toHaveBeenCalled();
});

/** An animal as the step `work`, or another. */
function start(stage: Stage, name: string, input: object = {}, ...args: string[]) {
  return stage.askOne('start', { step: 'work', command: [animal(name), ...args], ...QUICK, ...input });
}

function wait(stage: Stage, input: object = {}, context: Partial<Context> = {}): Promise<Answer> {
  return stage.ask('wait', { steps: ['work'], ...input }, context);
}

/** A wait whose answer was read. */
function waitRead(stage: Stage, input: object = {}): Promise<Answer> {
  return wait(stage, input, { answered: (work) => work() });
}

/** It goes on, wants this decision, its last lines are told, and four calls are offered. */
function expectTrouble({ runs, next, budgetOver }: Answer, attention: string, evidence = /./): void {
  expect(runs).toMatchObject([{ attention, evidence: expect.stringMatching(evidence) }]);
  expect(runs[0]?.outcome).toBeUndefined();
  expect(budgetOver).toBeUndefined();
  const calls = next.map(({ operation }) => operation);
  expect(calls).toEqual(['wait', attention === 'deadline' ? 'extend' : 'status', 'logs', 'stop']);
}
