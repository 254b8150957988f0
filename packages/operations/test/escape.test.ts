import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { type Identity, identify, isAlive, signalIfSame } from '@pm/process';
import { until } from '@pm/testing';
import { describe, expect, vi } from 'vitest';
import { animal, CGROUPS, QUICK, type Stage, test, textOf } from './stage.ts';

vi.setConfig({ maxConcurrency: 4 });

// Why: contributing/decisions/2026-11-23-a-command-begins-in-its-cgroup.md
/** How a child leaves every mark, parent and session of its run behind. */
const MANNERS = [
  'at once',
  'after a look',
  'with the name of another run',
  'as a wrapper that does not exist',
  ...(process.getuid?.() === 0 ? ['as another user'] : []),
  'as a daemon of Python',
  'under another title',
];

describe.skipIf(CGROUPS === undefined).concurrent('in a cgroup (skipped where none can be made)', () => {
  test.for(MANNERS)('a child that escapes %s is gone after a stop', async (manner, { stage }) => {
    const escaped = await startEscape(stage, manner, {});
    expect(await stage.askOne('stop', { steps: ['work'] })).toMatchObject({ outcome: 'cancelled' });
    await until(() => !isAlive(escaped));
  });

  test('a run whose limit is over takes it along as well, when nobody but its wrapper is there', async ({ stage }) => {
    const escaped = await startEscape(stage, 'at once', { timeout: '1s', grace: '300ms' });
    await until(() => existsSync(stage.files().exit));
    expect(await stage.askOne('wait', { steps: ['work'] })).toMatchObject({ outcome: 'timeout' });
    await until(() => !isAlive(escaped));
  });

  test('an orphan of somebody else is not named, also when only the wrapper has seen the end', async ({ stage }) => {
    await stage.askOne('start', { step: 'work', command: [animal('rests.sh')], ...QUICK, timeout: '1s' });
    const wrapper = stage.recorded('wrapper');
    await until(() => !isAlive(wrapper));
    const stranger = await startEscape(stage, 'at once', { PM_CGROUP: 'off', step: 'other' });
    const { outcome, suspects } = await stage.askOne('wait', { steps: ['work'] });
    expect({ outcome, suspects }).toEqual({ outcome: 'timeout', suspects: undefined });
    signalIfSame(stranger, 'SIGKILL');
  });
});

// One after the other: the orphans of one test would be suspects of the next.
describe('without a cgroup', () => {
  test.for(MANNERS)('a child that escapes %s is named and left alone', async (manner, { stage }) => {
    const escaped = await startEscape(stage, manner, { PM_CGROUP: 'off' });
    try {
      const stopped = await stage.askOne('stop', { steps: ['work'] });
      expect(stopped).toMatchObject({ outcome: 'cancelled' });
      expect([...(stopped.suspects ?? []), ...(stopped.survivors ?? [])]).toContainEqual(
        expect.objectContaining(escaped),
      );
      expect(isAlive(escaped)).toBe(true);
      const told = await stage.askOne('status', { step: 'work' });
      expect([told.suspects ?? [], told.survivors ?? []].flat()).toContainEqual(expect.objectContaining(escaped));
    } finally {
      signalIfSame(escaped, 'SIGKILL');
    }
    await until(() => !isAlive(escaped));
    const after = await stage.askOne('status', { step: 'work' });
    expect(after.suspects ?? []).not.toContainEqual(expect.objectContaining(escaped));
  });

  test('an innocent that another session has started is not named', async ({ stage }) => {
    const env = { ...stage.env, PM_CGROUP: 'off' };
    await stage.askOne('start', { step: 'work', command: [animal('rests.sh')], ...QUICK }, { env });
    await stage.askOne('start', { step: 'other', command: [animal('rests.sh')], ...QUICK }, { env });
    const stopped = await stage.askOne('stop', { steps: ['work'] });
    expect(stopped.suspects ?? []).not.toContainEqual(expect.objectContaining({ command: 'rests.sh' }));
  });
});

/** Starts a run whose child escapes, and returns the child once it is an orphan. */
async function startEscape(
  stage: Stage,
  manner: string,
  { PM_CGROUP, ...patch }: Record<string, string>,
): Promise<Identity> {
  const env = { ...stage.env, ...(PM_CGROUP !== undefined && { PM_CGROUP }) };
  const command = [animal('escapes.sh'), manner];
  await stage.askOne('start', { step: 'work', command, ...QUICK, ...patch }, { env });
  if (manner === 'after a look') {
    await stage.askOne('status', { step: 'work' });
    stage.cue('go');
  }
  const file = join(stage.folder, 'escaped');
  await until(() => existsSync(file), 'it has escaped');
  const escaped = identify(Number(textOf(file)));
  if (escaped === undefined) throw new Error('it did not escape');
  await until(() => / 1 /.test(textOf(`/proc/${escaped.pid}/stat`)) || !isAlive(escaped));
  return escaped;
}
