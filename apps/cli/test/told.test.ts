import { fileURLToPath } from 'node:url';
import { LONG, until } from '@pm/testing';
import { describe, expect, vi } from 'vitest';
import { type Host, type Hosted, openHosted, SEES_PARENTS, seenAt, test } from './hosted.ts';

// An ending counts as told only if whoever asked for it is still there. Else `pm recover` of the next session tells it.

vi.setConfig({ maxConcurrency: 4, testTimeout: LONG ? 3_600_000 : 300_000 });

const TRIALS = LONG ? 50 : 1;
const IN_BACKGROUND = fileURLToPath(new URL('fixtures/in-background.sh', import.meta.url));
const INTO_PIPE = fileURLToPath(new URL('fixtures/into-pipe.sh', import.meta.url));

/** How hosts and scripts call pm: before its words come those of another program. */
const WAYS: readonly (readonly [title: string, verb: 'start --wait' | 'wait' | 'run', program: readonly string[]])[] = [
  ['pm start --wait', 'start --wait', []],
  ['pm wait', 'wait', []],
  ['pm run', 'run', []],
  ['pm wait in the background of a script', 'wait', [IN_BACKGROUND]],
  ['pm wait into a pipe', 'wait', [INTO_PIPE]],
  ['nohup pm wait', 'wait', ['nohup']],
  ['setsid pm wait', 'wait', ['setsid']],
];

describe.skipIf(!SEES_PARENTS).concurrent('an ending', () => {
  test.for(WAYS)('that %s has told its host is not told again', async ([, verb, program], { hosted }) => {
    const host = await waitingHost(hosted, verb, program);
    hosted.cue();
    await host.over;
    expect(host.output()).toContain('success');
    expect(await recovered(hosted)).toEqual([]);
  });

  test.for(WAYS)('that %s has written for a host that was killed is told once more', async ([, verb, program]) => {
    for (let trial = 0; trial < TRIALS; trial++) await withHosted((hosted) => afterDeathOfHost(hosted, verb, program));
  });

  test('that a wait shows as a signal ends it is told once more', async ({ hosted }) => {
    await hosted.host(['start', 'over', '--', 'true']).over;
    await hosted.host(['start', ...hosted.start]).over;
    const host = hosted.host(['wait', 'over', 'job']);
    await until(hosted.isAwaited);
    const pm = host.called();
    if (pm !== undefined) hosted.kill(pm, 'SIGTERM');
    await host.over;
    expect(await recovered(hosted)).toEqual(['over']);
  });
});

/** Kills the shell on top. Those below it live on as orphans, and so does pm. */
async function afterDeathOfHost(hosted: Hosted, verb: (typeof WAYS)[number][1], program: readonly string[]) {
  const host = await waitingHost(hosted, verb, program);
  const top = seenAt(host.pid);
  const pm = host.called();
  if (top === undefined || pm === undefined) throw new Error('the host or pm has ended too early');
  hosted.kill(top, 'SIGKILL');
  await host.over;
  hosted.cue();
  await until(() => host.called() === undefined);
  await until(() => /success|succeeded/.test(host.output()), `the answer is in ${host.output()}`);
  expect(await recovered(hosted)).toEqual(['job']);
  expect(await recovered(hosted)).toEqual([]);
}

/** Waits until the job runs, and pm waits for it. */
async function waitingHost(hosted: Hosted, verb: string, program: readonly string[]): Promise<Host> {
  if (verb === 'wait') await hosted.host(['start', ...hosted.start]).over;
  const words = verb === 'wait' ? ['wait', 'job'] : [...verb.split(' '), ...hosted.start];
  const host = hosted.host(words, { levels: 2, before: program });
  await until(() => hosted.isLive() && hosted.isAwaited());
  return host;
}

/** The steps whose endings another session is told. */
async function recovered(hosted: Hosted): Promise<readonly string[]> {
  const { runs = [] } = await hosted.pm('recover');
  return runs.filter(({ state }) => state === 'ended').map(({ step }) => step);
}

async function withHosted(work: (hosted: Hosted) => Promise<void>): Promise<void> {
  const hosted = openHosted();
  try {
    await work(hosted);
  } finally {
    await hosted.close();
  }
}
