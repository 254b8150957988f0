import { constants } from 'node:os';
import { setImmediate as turn } from 'node:timers/promises';
import { LONG, until } from '@pm/testing';
import { describe, expect, vi } from 'vitest';
import { descendantsOf, type Host, type Hosted, openHosted, SEES_PARENTS, type Seen, test } from './hosted.ts';

// Hosts of agents end a background shell by ending all its descendants, found by their parents.

vi.setConfig({ maxConcurrency: 4, testTimeout: LONG ? 3_600_000 : 300_000 });

const SIGNALS = ['SIGTERM', 'SIGKILL'] as const;
const TRIALS = LONG ? 50 : 4;
const WAYS = [
  ['waiting process', 'start --wait'],
  ['waiting process', 'wait'],
  ['shell', 'start --wait'],
  ['shell', 'wait'],
] as const;

describe.skipIf(!SEES_PARENTS).concurrent('whoever ends the descendants', () => {
  test.for(SIGNALS.flatMap((signal) => WAYS.map((way) => [...way, signal] as const)))(
    'of a %s with pm %s reaches the wait alone: by %s',
    async ([above, verb, signal], { hosted }) => {
      const host = await waitingHost(hosted, verb);
      const pm = host.called() as Seen;
      const victims = above === 'shell' ? descendantsOf(host.pid) : [...belowPm(host), pm];
      for (const victim of victims) hosted.kill(victim, signal);
      await host.over;
      await expectToLive(hosted);
    },
  );

  test.for(SIGNALS)('of pm run after a hangup does not reach the job: by %s', async (signal, { hosted }) => {
    const host = hosted.host(['run', ...hosted.start]);
    await until(hosted.hasBegun);
    const pm = host.called() as Seen;
    const below = descendantsOf(pm.pid);
    hosted.kill(pm, 'SIGHUP');
    for (const victim of [...below, ...descendantsOf(host.pid)]) hosted.kill(victim, signal);
    await host.over;
    await expectToLive(hosted);
  });

  test('of pm run, and pm run itself, does not reach the job: by SIGKILL', async ({ hosted }) => {
    const host = hosted.host(['run', ...hosted.start]);
    await until(hosted.hasBegun);
    for (const victim of descendantsOf(host.pid)) hosted.kill(victim, 'SIGKILL');
    await host.over;
    await expectToLive(hosted);
  });

  test('finds neither a wrapper nor a resident monitor below pm', async () => {
    const hosted = openHosted({ PM_RESIDENT: '' });
    try {
      const host = await waitingHost(hosted, 'start --wait');
      await until(() => belowPm(host).length === 0);
    } finally {
      await hosted.close();
    }
  });

  test.for(SIGNALS)('at any moment from the start on gets a true answer: by %s', async (signal) => {
    for (let trial = 0; trial < TRIALS; trial++) {
      const hosted = openHosted();
      try {
        await strikeEarly(hosted, trial, signal);
      } finally {
        await hosted.close();
      }
    }
  });
});

/** Waits until the job runs, and pm waits for it. */
async function waitingHost(hosted: Hosted, verb: string): Promise<Host> {
  if (verb === 'wait') await hosted.host(['start', ...hosted.start]).over;
  const host = hosted.host(verb === 'wait' ? ['wait', 'job'] : ['start', '--wait', ...hosted.start]);
  await until(() => hosted.isLive() && hosted.isAwaited());
  return host;
}

/** What is below pm now; nothing once pm has ended. */
function belowPm(host: Host): Seen[] {
  const pm = host.called();
  return pm === undefined ? [] : descendantsOf(pm.pid);
}

async function expectToLive(hosted: Hosted): Promise<void> {
  expect(await hosted.pm('status', 'job')).toMatchObject({ runs: [{ state: 'running' }] });
  expect(hosted.isLive()).toBe(true);
  hosted.cue();
  expect(await hosted.pm('wait', 'job')).toMatchObject({ runs: [{ state: 'ended', outcome: 'success' }] });
}

/**
 * Kills all that it sees below pm, or below the shell, for a tenth of a second. It begins when pm has a child, some looks later in later
 * trials. Then the answers are compared with what the job did.
 */
async function strikeEarly(hosted: Hosted, trial: number, signal: NodeJS.Signals): Promise<void> {
  const host = hosted.host(['start', '--wait', '--json', ...hosted.start]);
  for (let looks = Math.floor(trial / 2); looks > 0 && !hosted.hasBegun(); ) {
    await turn();
    if (looks < trial / 2 || belowPm(host).length > 0) looks--;
  }
  const isOfPm = trial % 2 === 0;
  for (const end = performance.now() + 100; performance.now() < end; await turn()) {
    for (const victim of isOfPm ? belowPm(host) : descendantsOf(host.pid)) hosted.kill(victim, signal);
  }
  hosted.cue();
  await host.over;
  await until(() => !hosted.isCalled()); // one that was forked in the same moment may have been missed
  const { runs: [run] = [], error } = await hosted.pm('wait', 'job');
  const told = run?.outcome === 'lost' ? run.reason : (run?.outcome ?? error?.code);
  const context = `trial ${trial}, told ${told} ${run?.exitCode}, host: ${host.output()}`;
  expect(hosted.isLive(), context).toBe(false);
  if (told === 'success') expect(hosted.hasBegun(), context).toBe(true);
  // Who has looked before the wrapper left may still meet the command, which then ends by that signal.
  else if (told === 'failed' && run?.exitCode === 128 + constants.signals[signal]) return;
  else if (told === 'failed') expect([run?.exitCode, hosted.hasBegun()], context).toEqual([126, false]);
  else expect([told, hosted.hasBegun()], context).toEqual([expect.stringMatching(NEVER_BEGAN), false]);
  const answer = host.output();
  if (answer.includes('"outcome"')) expect(answer, context).toContain(`"outcome":"${run?.outcome}"`);
}

/** The outcomes of a run whose command has not begun, and that there is no such run. */
const NEVER_BEGAN = /^(?:never-started|wrapper-gone|no-such-step)$/;
