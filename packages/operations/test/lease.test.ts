import { existsSync } from 'node:fs';
import { extendLease, findResident } from '@pm/monitor';
import { bootClockMs, type Identity, lifeOf, scan, signalIfSame } from '@pm/process';
import { directoryPaths, type OutcomeRecord } from '@pm/protocol';
import { presentIn, readLease, readOutcome } from '@pm/protocol/fs';
import { until } from '@pm/testing';
import { describe, expect, vi } from 'vitest';
import type { Context, RunView } from '../src/index.ts';
import { PROGRAM, residentCall, useBuilt } from './built.ts';
import { animal, test as base, type Stage, textOf } from './stage.ts';
import { canMount, fill, makeRoom, withTinyDisk } from './tiny-disk.ts';

vi.setConfig({ maxConcurrency: 6 });
useBuilt();

/** Its next beat comes after the test, and so would a grace. */
const SLOW = { beat: '100s', stale: '300s', grace: '100s', timeout: '1h' } as const;

const LOST = {
  outcome: 'lost',
  reason: 'lease-lost',
  advice: 'retry',
  evidence: expect.stringMatching(/^its worker has not extended its lease for [\d.]+m?s$/),
} as const;

/** A stage whose residents are told to leave at the end: by themselves they stay for a few seconds. */
const test = base.extend<{ stage: Stage }>({
  stage: async ({ stage }, use) => {
    await use(stage);
    await until(() => {
      const resident = findResident(stage.dir)?.identity;
      return resident === undefined || !signalIfSame(resident, 'SIGTERM');
    }, 'the resident leaves');
  },
});

describe.concurrent('when its lease is over, the whole tree of a run is killed', () => {
  test('by a wait, if its wrapper was killed', async ({ stage }) => {
    await startLeased(stage);
    killWrapper(stage);
    const waiting = ended(stage);
    endLease(stage);
    expect(await waiting).toMatchObject(LOST);
    await stage.untilGone();
  });

  test('by a wait, if its wrapper is stopped, and so is the heartbeat', async ({ stage }) => {
    await startLeased(stage);
    await stopped(shellsOf(stage));
    endLease(stage);
    expect(await ended(stage)).toMatchObject({ ...LOST, exitCode: 137 });
    await stage.untilGone();
  });

  test('by the resident, if its wrapper was killed and nobody waits', async ({ stage }) => {
    await startLeased(stage, withResident(stage));
    await residentOf(stage);
    killWrapper(stage);
    endLease(stage);
    expect(await outcomeOf(stage)).toMatchObject({ ...LOST, endedBy: expect.stringMatching(/^resident /) });
  });

  test.for(['SIGKILL', 'SIGSTOP'] as const)('by its wrapper, if the resident got %s', async (signal, { stage }) => {
    await startLeased(stage, withResident(stage));
    const resident = await residentOf(stage);
    signalIfSame(resident, signal);
    await until(() => lifeOf(resident) !== 'running');
    endLease(stage);
    await until(() => existsSync(`${stage.dir}/work.status`));
    expect(await status(stage)).toMatchObject({ ...LOST, exitCode: 137 });
    expect(await outcomeOf(stage)).toMatchObject({ endedBy: 'wrapper' });
    signalIfSame(resident, 'SIGKILL');
  });

  test('in the middle of the grace of a stop, and it stays stopped', async ({ stage }) => {
    await startLeased(stage);
    killWrapper(stage); // only the process that stops it is left
    const stopping = stage.askOne('stop', { steps: ['work'] });
    await until(() => existsSync(stage.files().ending));
    endLease(stage);
    expect(await ended(stage)).toMatchObject({ outcome: 'cancelled', reason: 'asked' });
    expect(await stopping).toMatchObject({ outcome: 'cancelled' });
  });

  test('in the middle of the grace of a time limit, and it stays a timeout', async ({ stage }) => {
    await startLeased(stage, {}, { timeout: '1s' });
    killWrapper(stage);
    const waiting = ended(stage);
    await until(() => textOf(stage.files().events).includes('SIGTERM'));
    endLease(stage);
    expect(await waiting).toMatchObject({ outcome: 'timeout' });
    await stage.untilGone();
  });

  test('at the first look of a machine that has slept', async ({ stage }) => {
    await startLeased(stage, withResident(stage));
    await residentOf(stage);
    const asleep = stage.alive();
    await stopped(asleep);
    endLease(stage);
    for (const identity of asleep) signalIfSame(identity, 'SIGCONT');
    await until(() => existsSync(`${stage.dir}/work.status`));
    expect(await status(stage)).toMatchObject(LOST);
  });

  test('and no other attempt begins', async ({ stage }) => {
    await startLeased(stage, {}, { retries: 2 });
    endLease(stage);
    expect(await ended(stage)).toMatchObject({ ...LOST, attempts: 1 });
    await stage.untilGone();
  });
});

describe.concurrent('a run under a lease', () => {
  test('goes on as long as it is extended, whoever looks', async ({ stage }) => {
    await startLeased(stage);
    const untilMs = bootClockMs() + 3_000;
    extendLease(stage.dir, idOf(stage), untilMs);
    const waiting = ended(stage);
    await stage.ask('ls', {});
    extendLease(stage.dir, idOf(stage), bootClockMs() + 3_600_000);
    if (bootClockMs() < untilMs) {
      await until(() => bootClockMs() > untilMs + 2_000, 'several looks found it extended');
      expect(await status(stage)).toMatchObject({ state: 'running' });
    }
    endLease(stage);
    expect(await waiting).toMatchObject(LOST);
  });

  test('that has exited before keeps its exit', async ({ stage }) => {
    const untilMs = bootClockMs() + 5_000;
    const input = { step: 'work', command: [animal('exits.sh'), '0'], ...SLOW };
    await stage.askOne('start', input, { lease: { untilMs } });
    await until(() => bootClockMs() > untilMs);
    expect(await ended(stage)).toMatchObject({ outcome: 'success' });
  });

  test.skipIf(!canMount())('is extended also while its disk is full', async ({ stage }) => {
    await withTinyDisk(stage, async () => {
      await startLeased(stage);
      fill(stage);
      const untilMs = bootClockMs() + 7_200_000;
      extendLease(stage.dir, idOf(stage), untilMs);
      expect(readLease(stage.dir, idOf(stage))).toMatchObject({ untilMs });
      makeRoom(stage);
      await stage.ask('stop', { steps: ['work'], force: true });
      await stage.untilGone();
    });
  });

  test('needs a number of the boot clock to be extended', async ({ stage }) => {
    await startLeased(stage);
    for (const bad of [Number.NaN, Number.POSITIVE_INFINITY, -1, Date.now()])
      expect(() => extendLease(stage.dir, idOf(stage), bad)).toThrow(/no instant of the boot clock/);
    expect(await status(stage)).toMatchObject({ state: 'running' });
  });
});

/** Starts a command with a child that ignores SIGTERM in a session of its own. Its lease is long. */
async function startLeased(
  stage: Stage,
  context: Partial<Context> = {},
  policy: Readonly<Record<string, unknown>> = {},
): Promise<void> {
  const input = { step: 'work', command: [animal('deaf-child.sh')], ...SLOW, ...policy };
  await stage.askOne('start', input, { ...context, lease: { untilMs: bootClockMs() + 3_600_000 } });
  await until(() => textOf(`${stage.folder}/child`) !== '');
}

function endLease(stage: Stage): void {
  extendLease(stage.dir, idOf(stage), bootClockMs());
}

async function residentOf(stage: Stage): Promise<Identity> {
  await until(() => findResident(stage.dir) !== undefined, 'there is a resident');
  const resident = findResident(stage.dir)?.identity;
  if (resident === undefined) throw new Error('it has left');
  return resident;
}

async function outcomeOf(stage: Stage): Promise<OutcomeRecord | undefined> {
  await until(() => existsSync(stage.files().outcome));
  return presentIn(readOutcome(stage.dir, idOf(stage)));
}

function ended(stage: Stage): Promise<RunView> {
  return stage.askOne('wait', { steps: ['work'], ignore: 'quiet,suspended,deadline' });
}

function status(stage: Stage): Promise<RunView> {
  return stage.askOne('status', { step: 'work' });
}

function killWrapper(stage: Stage): void {
  signalIfSame(stage.recorded('wrapper'), 'SIGKILL');
}

/** The shell that waits for the command, and the one of the heartbeat. */
function shellsOf(stage: Stage): Identity[] {
  const wrapper = stage.recorded('wrapper');
  const command = stage.recorded('command');
  const own = [...scan().values()].filter(({ ppid, pid }) => ppid === wrapper.pid && pid !== command.pid);
  return [wrapper, ...own.map(({ pid, startTime }) => ({ pid, startTime }))];
}

async function stopped(identities: readonly Identity[]): Promise<void> {
  for (const identity of identities) signalIfSame(identity, 'SIGSTOP');
  await until(() => {
    const table = scan();
    return identities.every((identity) => lifeOf(identity) !== 'running' || table.get(identity.pid)?.state === 'D');
  }, 'they are stopped');
}

function idOf(stage: Stage): string {
  return stage.files().folder.slice(directoryPaths(stage.dir).runs.length + 1);
}

function withResident({ env }: Stage): Partial<Context> {
  return { env: { ...env, PM_RESIDENT: undefined }, resident: residentCall(), program: PROGRAM };
}
