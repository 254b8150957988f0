import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { encodeDeadline, stepPaths } from '@pm/protocol';
import { until } from '@pm/testing';
import { describe, expect, vi } from 'vitest';
import type { Context, RunView } from '../src/index.ts';
import { animal, QUICK, type Stage, test, textOf } from './stage.ts';

vi.setConfig({ maxConcurrency: 4 });

describe.concurrent('extend', () => {
  test('gives a live run more time, and says until when', async ({ stage }) => {
    const started = await start(stage, { timeout: '30m' });
    const { runs, next, refusal } = await stage.ask('extend', { step: 'work', limit: '6h' });
    expect(refusal).toBeUndefined();
    expect(runs).toMatchObject([{ state: 'running', limitMs: 21_600_000 }]);
    expect((runs[0]?.untilAt ?? 0) - (started.untilAt ?? 0)).toBeGreaterThan(19_000_000);
    expect(next).toMatchObject([{ operation: 'wait', input: { steps: ['work'] } }]);
    expect(await stage.askOne('extend', { step: 'work', limit: '+30m' })).toMatchObject({ limitMs: 23_400_000 });
    expect(await stage.askOne('extend', { step: 'work', limit: 'none' })).toMatchObject({ limitMs: null });
    expect(await stage.askOne('status', { step: 'work' })).not.toHaveProperty('untilAt');
    expect(extensionsOf(stage)).toEqual([
      [1_800_000, 21_600_000],
      [21_600_000, 23_400_000],
      [23_400_000, null],
    ]);
  });

  test('of a run near its limit keeps the wrapper from ending it, with nobody else there', async ({ stage }) => {
    await start(stage, { timeout: '9s' });
    await until(async () => (await stage.askOne('status', { step: 'work' })).elapsedMs > 6_000);
    await stage.ask('extend', { step: 'work', limit: '60s' });
    await beatsOf(stage, 40); // the wrapper alone would have ended it after 36 beats
    expect(existsSync(stage.files().ending)).toBe(false);
  });

  test('to a shorter limit is heard by a wait that planned by the old one', async ({ stage }) => {
    await start(stage, { timeout: '30m' });
    const waiting = stage.askOne('wait', { steps: ['work'], ignore: 'deadline' });
    await until(() => existsSync(stage.files().trace)); // it has looked, and will not look again for 15 s
    const { elapsedMs } = await stage.askOne('status', { step: 'work' });
    const asked = performance.now();
    await stage.ask('extend', { step: 'work', limit: `${Math.round(elapsedMs) + 1_500}ms` });
    expect(await waiting).toMatchObject({ outcome: 'timeout', reason: 'max-elapsed' });
    expect(performance.now() - asked).toBeLessThan(12_000);
  });

  test('makes near its limit news again, at 80 % of the new one', async ({ stage }) => {
    await start(stage, { timeout: '30s' }); // near it a machine that is starved looks seconds late
    expect(await waitTold(stage)).toMatchObject({ attention: 'deadline' }); // at 24 s
    expect(await stage.askOne('wait', { steps: ['work'], budget: '300ms' })).not.toHaveProperty('attention');
    const [extended] = await told(stage, 'extend', { step: 'work', limit: '+8s' });
    expect(extended).not.toHaveProperty('attention'); // 24 of 38 s
    expect(await waitTold(stage)).toMatchObject({ attention: 'deadline', limitMs: 38_000 });
  });

  test('that leaves less than a fifth says so, and then no wait has to', async ({ stage }) => {
    await start(stage, { timeout: '30s' });
    await until(async () => (await stage.askOne('status', { step: 'work' })).elapsedMs > 24_000);
    const [extended] = await told(stage, 'extend', { step: 'work', limit: '+10ms' });
    expect(extended).toMatchObject({ state: 'running', attention: 'deadline', limitMs: 30_010 });
    expect(await stage.askOne('wait', { steps: ['work'], budget: '300ms' })).not.toHaveProperty('attention');
  });

  test('of a step that nobody started is an error, and of one that has ended a refusal', async ({ stage }) => {
    await expect(stage.ask('extend', { step: 'nothing', limit: '6h' })).rejects.toMatchObject({ code: 'no-such-step' });
    await stage.ask('start', { step: 'work', command: [animal('exits.sh'), '3'], ...QUICK });
    await stage.ask('wait', { steps: ['work'] });
    const { refusal, runs } = await stage.ask('extend', { step: 'work', limit: '6h' });
    expect(refusal).toEqual({ kind: 'ended', message: 'work has ended: failed' });
    expect(runs).toMatchObject([{ exitCode: 3 }]);
    expect(extensionsOf(stage)).toEqual([]);
  });

  test('to a limit that is used up changes nothing, and names the way to end it', async ({ stage }) => {
    await start(stage, { timeout: '30m' });
    const { refusal, next } = await stage.ask('extend', { step: 'work', limit: '1ms' });
    expect(refusal).toMatchObject({ kind: 'limit', message: expect.stringContaining('would end it now') });
    expect(next).toMatchObject([{ operation: 'stop', input: { steps: ['work'] } }]);
    expect(textOf(stage.files().deadline)).toBe(encodeDeadline(1_800_000));
  });

  test('of a malformed deadline writes a whole one', async ({ stage }) => {
    await start(stage, { timeout: '30m' });
    writeFileSync(stage.files().deadline, 'v1 12');
    expect(await stage.askOne('extend', { step: 'work', limit: '+30m' })).toMatchObject({ limitMs: 3_600_000 });
    expect(textOf(stage.files().deadline)).toBe(encodeDeadline(3_600_000));
  });

  test("moves a foreign writer's limit as well", async ({ stage }) => {
    await start(stage, {}); // somebody whose pid the foreign files can name
    const { pid } = stage.recorded('command');
    writeFileSync(stepPaths(stage.dir, 'seed').pid, `${pid}\n`);
    writeFileSync(stepPaths(stage.dir, 'seed').heartbeat, '');
    expect(await stage.askOne('extend', { step: 'seed', limit: '6h' })).toMatchObject({ limitMs: 21_600_000 });
    writeFileSync(stepPaths(stage.dir, 'seed').status, 'FAILED\n');
    expect(await stage.askOne('wait', { steps: ['seed'] })).toMatchObject({ outcome: 'failed' });
  });
});

describe.concurrent('a hard timeout', () => {
  test('is a bound to every extension', async ({ stage }) => {
    await start(stage, { timeout: '30m', hardTimeout: '8h' });
    const { refusal, next } = await stage.ask('extend', { step: 'work', limit: 'none' });
    expect(refusal).toMatchObject({ kind: 'limit', message: expect.stringContaining('--hard-timeout 8h') });
    expect(next).toMatchObject([{ operation: 'extend', input: { step: 'work', limit: '8h' } }]);
    expect(await stage.askOne('extend', next[0]?.input ?? {})).toMatchObject({ limitMs: 28_800_000 });
  });

  test.for([
    ['30s', { operation: 'extend', input: { limit: '30s' } }],
    ['20s', { operation: 'status' }],
  ] as const)('of %s is offered no more near it than there is room for', async ([hardTimeout, offered], { stage }) => {
    await start(stage, { timeout: '20s', hardTimeout });
    const { runs, next } = await stage.ask('wait', { steps: ['work'] });
    expect(runs).toMatchObject([{ attention: 'deadline' }]);
    expect(next[1]).toMatchObject(offered);
  });

  test('holds whatever the deadline says', async ({ stage }) => {
    await start(stage, { timeout: '1s', hardTimeout: '2s', grace: '20s' }); // the wrapper would come before a slow machine's write
    writeFileSync(stage.files().deadline, encodeDeadline(null));
    const ended = await stage.askOne('wait', { steps: ['work'] });
    expect(ended).toMatchObject({ outcome: 'timeout', evidence: expect.stringContaining('limit 2 s') });
  });

  test('is what lets a job extend itself', async ({ stage }) => {
    const { id } = await start(stage, { timeout: '30m' });
    const inside = (run: string | undefined): Partial<Context> => ({ env: { ...stage.env, PM_RUN_ID: run } });
    const { refusal } = await stage.ask('extend', { step: 'work', limit: '+30m' }, inside(id));
    expect(refusal).toMatchObject({ kind: 'limit', message: expect.stringContaining('--hard-timeout') });
    await stage.ask('stop', { steps: ['work'] });
    const hard = await start(stage, { hardTimeout: '2h' });
    expect(await stage.askOne('extend', { step: 'work', limit: '+30m' }, inside(hard.id))).toMatchObject({
      limitMs: 1_860_000,
    });
  });

  test('that is shorter than the limit is refused; shorter than the usual limit, it is the limit', async ({
    stage,
  }) => {
    await expect(start(stage, { timeout: '2h', hardTimeout: '1h' })).rejects.toMatchObject({ code: 'usage' });
    expect(await start(stage, { timeout: undefined, hardTimeout: '10m' })).toMatchObject({ limitMs: 600_000 });
    await stage.ask('stop', { steps: ['work'], force: true });
    expect(await start(stage, { timeout: 'none', hardTimeout: '1h' })).toMatchObject({ limitMs: 3_600_000 });
  });
});

/** Something at rest, as the step `work`. */
function start(stage: Stage, policy: object): Promise<RunView> {
  return stage.askOne('start', { step: 'work', command: [animal('rests.sh')], ...QUICK, ...policy });
}

/** A call whose answer was read: what is to be done afterwards is done. */
async function told(stage: Stage, name: 'wait' | 'extend', input: Record<string, unknown>): Promise<RunView[]> {
  const { runs } = await stage.ask(name, input, { answered: (work) => work() });
  return runs;
}

async function waitTold(stage: Stage): Promise<RunView | undefined> {
  const [run] = await told(stage, 'wait', { steps: ['work'] });
  return run;
}

/** What limits were moved, from and to, by the run's events. */
function extensionsOf(stage: Stage): unknown[] {
  const lines = readFileSync(stage.files().events, 'utf8').trim().split('\n');
  const events = lines.map((line) => JSON.parse(line) as { event: string; from: unknown; to: unknown });
  return events.filter(({ event }) => event === 'extended').map(({ from, to }) => [from, to]);
}

async function beatsOf(stage: Stage, beats: number): Promise<void> {
  await until(() => Number(textOf(stage.files().heartbeat)) >= beats);
}
