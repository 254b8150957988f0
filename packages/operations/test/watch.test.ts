import { signalIfSame } from '@pm/process';
import { until } from '@pm/testing';
import { describe, expect, vi } from 'vitest';
import type { Transition } from '../src/index.ts';
import { animal, QUICK, type Stage, test } from './stage.ts';

vi.setConfig({ maxConcurrency: 6 });

const PATIENT = { ...QUICK, liveness: 'activity', stale: '10s' } as const;

/** Looked at several times a second: a fifth of `stale`. An end that takes longer than a glance. */
const WATCHFUL = { ...PATIENT, stale: '2s', grace: '1500ms' } as const;

describe.concurrent('watch', () => {
  test('tells a run from its start to its end, and one that begins later too', async ({ stage }) => {
    const begunAt = Date.now();
    await start(stage, 'first', 'waits.sh', '3');
    const { told, leave } = watching(stage);
    await until(() => told.length === 1);
    await start(stage, 'second', 'waits.sh', '0');
    await until(() => told.length === 2);
    stage.cue('go');
    await until(() => told.filter(({ change }) => change === 'ended').length === 2);
    await leave();
    expect(changesOf(told, 'first')).toEqual(['live running', 'ended failed']);
    expect(changesOf(told, 'second')).toEqual(['started running', 'ended success']);
    const ats = told.map(({ at }) => at);
    expect(Math.min(...ats)).toBeGreaterThanOrEqual(begunAt);
    expect(Math.max(...ats)).toBeLessThanOrEqual(Date.now());
  });

  test('tells the end of a run that another monitor has concluded before it could be seen', async ({ stage }) => {
    await start(stage, 'work', 'waits.sh', '0');
    const { told, leave } = watching(stage);
    await until(() => told.length === 1);
    for (let n = 0; n < 5; n++) {
      await start(stage, `quick-${n}`, 'exits.sh', '0');
      await stage.ask('wait', { steps: [`quick-${n}`] });
    }
    await until(() => told.filter(({ change }) => change === 'ended').length === 5);
    await leave();
  });

  test('tells what is live already, its troubles, its new limit and that it is being ended', async ({ stage }) => {
    await stage.askOne('start', { step: 'work', command: [animal('ignores-term.sh')], ...WATCHFUL }); // its loop proves its life
    const { told, leave } = watching(stage);
    await until(() => told.length === 1);
    const command = stage.recorded('command');
    signalIfSame(command, 'SIGSTOP');
    await until(() => told.some(({ run }) => run.state === 'suspended'));
    signalIfSame(command, 'SIGCONT');
    await until(() => told.at(-1)?.run.state !== 'suspended');
    await stage.ask('extend', { step: 'work', limit: '6h' });
    await until(() => told.some(({ change }) => change === 'extended'));
    await stage.ask('stop', { steps: ['work'] });
    await until(() => told.some(({ change }) => change === 'ended'));
    await leave();
    expect(changesOf(told, 'work')).toEqual([
      'live running',
      'attention suspended',
      'state running',
      'extended running',
      'state stopping',
      'ended cancelled',
    ]);
  });

  test('until idle ends with the last of those it was asked for, whatever else is live', async ({ stage }) => {
    await start(stage, 'other', 'rests.sh');
    await start(stage, 'work', 'waits.sh', '0');
    const { told, left } = watching(stage, { steps: ['work'], untilIdle: true });
    await until(() => told.length === 1);
    stage.cue('go');
    await left;
    expect(told.map(({ change, run }) => `${run.step} ${change}`)).toEqual(['work live', 'work ended']);
    expect((await stage.ask('watch', { steps: ['work'], untilIdle: true })).runs).toEqual([]);
  });

  test('of a step that nobody started is an error: it may be a typing mistake', async ({ stage }) => {
    await expect(stage.ask('watch', { steps: ['nothing'] })).rejects.toMatchObject({ code: 'no-such-step' });
  });

  test('ends with its caller, and touches no run', async ({ stage }) => {
    await start(stage, 'work', 'rests.sh');
    const { told, leave } = watching(stage);
    await until(() => told.length === 1);
    expect(await leave()).toMatchObject([{ step: 'work', state: 'running' }]);
    expect(await stage.askOne('status', { step: 'work' })).toMatchObject({ state: 'running' });
  });
});

/** A watch that goes on beside the test; `leave` ends it and gives what it left live. */
function watching(stage: Stage, input: object = {}) {
  const caller = new AbortController();
  const told: Transition[] = [];
  const left = stage.ask(
    'watch',
    { ...input },
    {
      signal: caller.signal,
      report: (event) => void (event.type === 'transition' && told.push(event)),
    },
  );
  left.catch(() => {});
  const leave = async () => {
    caller.abort();
    return (await left).runs;
  };
  return { told, left, leave };
}

function start(stage: Stage, step: string, name: string, ...args: string[]) {
  return stage.askOne('start', { step, command: [animal(name), ...args], ...PATIENT });
}

function changesOf(told: readonly Transition[], step: string): string[] {
  const own = told.filter(({ run }) => run.step === step);
  return own.map(({ change, run }) => `${change} ${run.outcome ?? run.state}`);
}
