import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { encodeDeadline, stepPaths } from '@pm/protocol';
import { until } from '@pm/testing';
import { describe, expect, vi } from 'vitest';
import type { Context, RunView } from '../src/index.ts';
import { AGEABLE, animal, QUICK, type Stage, test, textOf } from './stage.ts';

vi.setConfig({ maxConcurrency: 6 });

const MIN = 60_000;

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

  test('and stop do nothing if the step has another run than the one that was seen', async ({ stage }) => {
    const seen = await start(stage, {});
    await stage.ask('stop', { steps: ['work'], run: seen.id });
    const now = await start(stage, {});
    const message = `work is another run now: ${now.id}, not ${seen.id}. Nothing was changed.`;
    for (const call of [
      stage.ask('stop', { steps: ['work'], run: seen.id }),
      stage.ask('extend', { step: 'work', limit: '6h', run: seen.id }),
    ])
      await expect(call).rejects.toMatchObject({ code: 'usage', message });
    expect(await stage.askOne('status', { step: 'work' })).toMatchObject({ id: now.id, state: 'running' });
    expect(await stage.askOne('extend', { step: 'work', limit: '6h', run: now.id })).toMatchObject({
      limitMs: 21_600_000,
    });
    expect(await stage.askOne('stop', { steps: ['work'], run: now.id })).toMatchObject({ outcome: 'cancelled' });
    await expect(stage.ask('stop', { port: 8080, run: now.id })).rejects.toMatchObject({ code: 'usage' });
  });

  test('of a run near its limit keeps the wrapper from ending it, with nobody else there', async ({ stage }) => {
    await start(stage, { timeout: '5s', beat: '100ms', grace: '200ms' });
    await stage.ask('extend', { step: 'work', limit: '60s' });
    await beatsOf(stage, 60); // the wrapper alone would have ended it after 54 beats
    expect(existsSync(stage.files().ending)).toBe(false);
  });

  test('to a shorter limit is heard by a wait that planned by the old one', async ({ stage }) => {
    await start(stage, { ...AGEABLE, timeout: '30m' });
    const waiting = stage.askOne('wait', { steps: ['work'], ignore: 'deadline' });
    await until(() => existsSync(stage.files().trace)); // it has looked, and will not look again for 15 s
    const { elapsedMs } = await stage.askOne('status', { step: 'work' });
    await stage.ask('extend', { step: 'work', limit: `${Math.round(elapsedMs) + 1_500}ms` });
    const ended = await waiting;
    expect(ended.outcome).toBe('timeout');
    // Awake time is counted as planned, however late a look comes: by the old plan the run would have had 15 s more.
    expect(ended.elapsedMs).toBeLessThan(elapsedMs + 13_000);
  });

  test('makes near its limit news again, at 80 % of the new one', async ({ stage }) => {
    await start(stage, { ...AGEABLE, timeout: '30m' });
    stage.age(24 * MIN);
    expect(await waitTold(stage)).toMatchObject({ attention: 'deadline' });
    expect(await stage.askOne('wait', { steps: ['work'], budget: '300ms' })).not.toHaveProperty('attention');
    const [extended] = await told(stage, 'extend', { step: 'work', limit: '+8m' });
    expect(extended).not.toHaveProperty('attention'); // 24 of 38 minutes
    stage.age(31 * MIN);
    expect(await waitTold(stage)).toMatchObject({ attention: 'deadline', limitMs: 38 * MIN });
  });

  test('that leaves less than a fifth says so, and then no wait has to', async ({ stage }) => {
    await start(stage, { ...AGEABLE, timeout: '30m' });
    stage.age(25 * MIN);
    const [extended] = await told(stage, 'extend', { step: 'work', limit: '+10ms' });
    expect(extended).toMatchObject({ state: 'running', attention: 'deadline', limitMs: 30 * MIN + 10 });
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
    ['30m', { operation: 'extend', input: { limit: '30m' } }],
    ['20m', { operation: 'status' }],
  ] as const)('of %s is offered no more near it than there is room for', async ([hardTimeout, offered], { stage }) => {
    await start(stage, { ...AGEABLE, timeout: '20m', hardTimeout });
    stage.age(16 * MIN);
    const { runs, next } = await stage.ask('wait', { steps: ['work'] });
    expect(runs).toMatchObject([{ attention: 'deadline' }]);
    expect(next[1]).toMatchObject(offered);
  });

  test('holds whatever the deadline says', async ({ stage }) => {
    await start(stage, { ...AGEABLE, timeout: '20m', hardTimeout: '30m' });
    stage.age(31 * MIN);
    writeFileSync(stage.files().deadline, encodeDeadline(null));
    const ended = await stage.askOne('wait', { steps: ['work'] });
    expect(ended).toMatchObject({ outcome: 'timeout', evidence: expect.stringContaining('limit 30m') });
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
