import { rmSync, truncateSync } from 'node:fs';
import { isAlive } from '@pm/process';
import { encodeDeadline } from '@pm/protocol';
import { until } from '@pm/testing';
import { describe, expect } from 'vitest';
import type { Answer } from '../src/index.ts';
import { animal, test as base, QUICK, type Stage, textOf } from './stage.ts';
import { canMount, fill, makeRoom, overwrite, withTinyDisk } from './tiny-disk.ts';

/** A stage whose directory is a disk of its own. */
const test = base.extend<{ stage: Stage }>({
  stage: async ({ stage }, use) => {
    await withTinyDisk(stage, async () => {
      await use(stage);
      await until(() => stage.alive().length === 0, 'nothing is left');
    });
  },
});

/** Nobody else holds the limit within this test. */
const WITHOUT_WRAPPER = { ...QUICK, grace: '10m' } as const;

describe.skipIf(!canMount()).concurrent('on a full disk', () => {
  test('a run is stopped all the same, and its outcome follows when there is room', async ({ stage }) => {
    await start(stage, 'rests.sh');
    const command = stage.recorded('command');
    fill(stage);
    const asked = await stage.askOne('stop', { steps: ['work'], reason: 'no room' });
    expect(isAlive(command)).toBe(false);
    expect(asked).toMatchObject({ state: 'stopping', evidence: expect.stringMatching(/the disk of .* is full/) });
    makeRoom(stage);
    expect(await outcomeOf(stage)).toBe('cancelled');
    expect((await stage.askOne('status', { step: 'work' })).evidence).toMatch(/^no room; its exit was recorded/);
  });

  test('a limit is held all the same', async ({ stage }) => {
    await start(stage, 'rests.sh', { ...WITHOUT_WRAPPER, timeout: '2s' });
    const command = stage.recorded('command');
    const waiting = wait(stage);
    fill(stage);
    expectFullDisk(await waiting);
    expect(isAlive(command)).toBe(false);
    makeRoom(stage);
    expect(await outcomeOf(stage)).toBe('timeout');
  });

  test('a success in time is one, however late its exit can be written', async ({ stage }) => {
    await start(stage, 'waits.sh', { beat: '150ms', grace: '200ms', timeout: '30m' }, '0');
    fill(stage);
    stage.cue('go');
    expectFullDisk(await wait(stage));
    const { deadline, heartbeat } = stage.files();
    overwrite(deadline, encodeDeadline(1)); // from now on its limit is over
    const beats = Number(textOf(heartbeat));
    await until(
      () => Number(textOf(heartbeat)) > beats + 6,
      'a grace and two beats later the wrapper has seen it, too',
    );
    expectFullDisk(await wait(stage));
    makeRoom(stage);
    expect(await outcomeOf(stage)).toBe('success');
  });

  // A17: the job itself fills the disk, and ends by itself.
  test.for([0, 1, 7, 126, 255])(
    'a job that fills it and exits %i has ended, and its exit waits for room',
    async (code, { stage }) => {
      const job = `head -c 5000000 /dev/zero | tr '\\0' x; sleep 0.2; exit ${code}`;
      const policy = { ...QUICK, timeout: '3s' };
      await stage.ask('start', { step: 'work', command: ['sh', '-c', job], ...policy });
      for (const _ of [1, 2]) {
        const { runs, next } = await stage.ask('wait', { steps: ['work'] });
        expect(runs).toMatchObject([{ attention: 'disk-full' }]);
        expect(runs[0]?.evidence).toBe(
          `the command has ended, but its exit cannot be recorded yet: the disk of ${stage.dir} is full`,
        );
        expect(next.map(({ operation }) => operation)).not.toContain('extend');
      }
      expect((await stage.askOne('status', { step: 'work' })).evidence).toContain(`the disk of ${stage.dir} is full`);
      truncateSync(stage.files().log, 0);
      expect(await outcomeOf(stage)).toBe(code === 0 ? 'success' : 'failed');
      const { evidence } = await stage.askOne('status', { step: 'work' });
      expect(evidence).toContain(`late, because the disk of ${stage.dir} was full`);
    },
  );

  test('its beat goes on, so its time is told', async ({ stage }) => {
    await start(stage, 'rests.sh');
    fill(stage);
    const before = Number(textOf(stage.files().heartbeat));
    await until(() => Number(textOf(stage.files().heartbeat)) > before + 3);
    expect((await stage.askOne('status', { step: 'work' })).elapsedMs).toBeGreaterThan(300);
    makeRoom(stage);
    await stage.ask('stop', { steps: ['work'], force: true });
  });

  test('what cannot be done without room says so', async ({ stage }) => {
    await start(stage, 'rests.sh');
    fill(stage);
    const full = { code: 'directory-unusable', message: `The disk of ${stage.dir} is full.` };
    await expect(stage.ask('extend', { step: 'work', limit: '3h' })).rejects.toMatchObject(full);
    await expect(stage.ask('start', { step: 'other', command: ['true'] })).rejects.toMatchObject(full);
    rmSync(`${stage.files().folder}/reserve`); // as an earlier version left it
    makeRoom(stage);
    fill(stage); // what that gave back as well
    await expect(stage.ask('stop', { steps: ['work'] })).rejects.toMatchObject(full);
    makeRoom(stage);
    await stage.ask('stop', { steps: ['work'], force: true });
  });
});

function start(stage: Stage, name: string, policy: object = {}, ...args: string[]): Promise<unknown> {
  return stage.ask('start', { step: 'work', command: [animal(name), ...args], ...QUICK, ...policy });
}

function wait(stage: Stage): Promise<Answer> {
  return stage.ask('wait', { steps: ['work'], ignore: 'deadline,quiet' });
}

/** Its wrapper finds the room at one of its next beats. */
async function outcomeOf(stage: Stage): Promise<string | undefined> {
  let answer = await wait(stage);
  await until(async () => {
    answer = await wait(stage);
    return answer.runs[0]?.outcome !== undefined;
  }, 'it has an outcome');
  return answer.runs[0]?.outcome;
}

function expectFullDisk({ runs }: Answer): void {
  expect(runs).toMatchObject([{ attention: 'disk-full', evidence: expect.stringMatching(/the disk of .* is full/) }]);
}
