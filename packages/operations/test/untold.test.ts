import { readdirSync } from 'node:fs';
import { directoryPaths } from '@pm/protocol';
import { until } from '@pm/testing';
import { describe, expect } from 'vitest';
import type { Answer } from '../src/index.ts';
import type { AboutRuns } from './stage.ts';
import { animal, openStage, type Stage, test } from './stage.ts';

/** Lets a run of a session end. Nobody is told how. */
async function ended(stage: Stage, step: string, exitCode: number, session = 'me'): Promise<void> {
  const env = { ...stage.env, PM_SESSION: session };
  await stage.ask('start', { step, command: [animal('exits.sh'), String(exitCode)] }, { env });
  await stage.ask('wait', { steps: [step] });
}

/** A call by a session whose answer was delivered. */
async function tell(stage: Stage, session: string, verb: AboutRuns, input: object = {}): Promise<Answer> {
  const works: (() => void)[] = [];
  const env = { ...stage.env, PM_SESSION: session };
  const answer = await stage.ask(verb, { ...input }, { env, answered: (work) => void works.push(work) });
  for (const work of works) work();
  return answer;
}

function endings({ runs }: Answer): string[] {
  return runs.map(
    ({ step, back, outcome, state }) => `${step}${back === undefined ? '' : `~${back}`} ${outcome ?? state}`,
  );
}

describe.concurrent('a wait without names tells what has ended before and was told to nobody', () => {
  test('when nothing is live any more, and once', async ({ stage }) => {
    await stage.ask('start', { step: 'lint', command: [animal('waits.sh'), '3'] });
    stage.cue('go');
    await stage.ask('wait', { steps: ['lint'] });
    const { runs } = await tell(stage, 'me', 'wait');
    expect(runs).toMatchObject([{ step: 'lint', outcome: 'failed', exitCode: 3, unseen: true, tail: 'exits with 3' }]);
    const second = await tell(stage, 'me', 'wait');
    expect([endings(second), second.next]).toMatchObject([[], [{ operation: 'ls' }]]);
  });

  test('beside the live run, failures first', async ({ stage }) => {
    await ended(stage, 'docs', 0);
    await ended(stage, 'lint', 3);
    await stage.ask('start', { step: 'build', command: [animal('waits.sh'), '0'] });
    const waiting = tell(stage, 'me', 'wait');
    stage.cue('go');
    const [first, ...rest] = endings(await waiting);
    expect([first, rest.sort()]).toEqual(['lint failed', ['build success', 'docs success']]);
  });

  test('of a run before the last of its step', async ({ stage }) => {
    await ended(stage, 'lint', 3);
    await ended(stage, 'lint', 0);
    expect(endings(await tell(stage, 'me', 'wait'))).toEqual(['lint~1 failed', 'lint success']);
  });

  test('that was stopped by somebody else', async ({ stage }) => {
    await stage.ask('start', { step: 'sync', command: [animal('rests.sh')] });
    await stage.ask('stop', { steps: ['sync'] });
    expect(endings(await tell(stage, 'me', 'wait'))).toEqual(['sync cancelled']);
  });

  test('that reached its limit while nobody waited', async ({ stage }) => {
    await stage.ask('start', { step: 'slow', command: [animal('rests.sh')], timeout: '100ms', grace: '1s' });
    await stage.ask('wait', { steps: ['slow'] });
    expect(endings(await tell(stage, 'me', 'wait'))).toEqual(['slow timeout']);
  });

  test('of another session, unless its owner was told', async ({ stage }) => {
    await ended(stage, 'theirs', 3, 'other');
    await ended(stage, 'known', 4, 'other');
    await tell(stage, 'other', 'status', { step: 'known' });
    expect(endings(await tell(stage, 'me', 'wait'))).toEqual(['theirs failed']);
    expect(endings(await tell(stage, 'other', 'wait'))).toEqual(['theirs failed']); // its owner has still to hear of it
  });

  test('that ls has only listed', async ({ stage }) => {
    await ended(stage, 'lint', 3);
    await tell(stage, 'me', 'ls');
    expect(endings(await tell(stage, 'me', 'wait'))).toEqual(['lint failed']);
  });

  test('of a run that began and ended during the wait', async ({ stage }) => {
    await stage.ask('start', { step: 'build', command: [animal('waits.sh'), '0'] });
    const waiting = tell(stage, 'me', 'wait');
    await ended(stage, 'lint', 3);
    stage.cue('go');
    expect(endings(await waiting)).toEqual(['lint failed', 'build success']);
  });

  test('and a wait for any returns with it at once', async ({ stage }) => {
    await ended(stage, 'lint', 3);
    await stage.ask('start', { step: 'build', command: [animal('waits.sh'), '0'] });
    const first = await tell(stage, 'me', 'wait', { any: true });
    expect([endings(first), first.next.at(-1)]).toMatchObject([
      ['lint failed'],
      { operation: 'wait', input: { any: true } },
    ]);
    const second = tell(stage, 'me', 'wait', { any: true });
    stage.cue('go');
    expect(endings(await second)).toEqual(['build success']);
  });

  test('and a budget that is over hides none', async ({ stage }) => {
    await ended(stage, 'lint', 3);
    await stage.ask('start', { step: 'build', command: [animal('waits.sh'), '0'] });
    const answer = await tell(stage, 'me', 'wait', { budget: '50ms' });
    expect([endings(answer), answer.budgetOver]).toEqual([['lint failed', 'build running'], true]);
    stage.cue('go');
    await stage.ask('wait', { steps: ['build'] });
  });

  test('ten at a time, never a success before a failure, and the rest with the next call', async ({ stage }) => {
    await ended(stage, 'first', 3);
    for (let i = 0; i < 11; i++) await ended(stage, `ok${i}`, 0);
    await until(() => readdirSync(directoryPaths(stage.dir).ended).length === 12, 'all endings are announced');
    const first = await tell(stage, 'me', 'wait');
    expect(first.runs).toHaveLength(10);
    expect([endings(first)[0], first.next[0]]).toMatchObject([
      'first failed',
      { operation: 'recover', why: 'see 2 more runs that have ended unseen' },
    ]);
    expect((await tell(stage, 'me', 'wait')).runs).toHaveLength(2);
  });

  test('but not to a wait for a named run', async ({ stage }) => {
    await ended(stage, 'lint', 3);
    await ended(stage, 'build', 0);
    expect(endings(await tell(stage, 'me', 'wait', { steps: ['build'] }))).toEqual(['build success']);
    expect(endings(await tell(stage, 'me', 'wait', { steps: ['lint'] }))).toEqual(['lint failed']);
  });

  test('again if nobody read the answer', async () => {
    const stage = openStage();
    try {
      await ended(stage, 'lint', 3);
      for (const _ of [1, 2]) expect(endings(await stage.ask('wait', {}))).toEqual(['lint failed']);
    } finally {
      await stage.close();
    }
  });
});
