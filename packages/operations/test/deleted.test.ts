import { existsSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { isAlive, signalIfSame } from '@pm/process';
import { directoryPaths, type PmError } from '@pm/protocol';
import { until } from '@pm/testing';
import { describe, expect, vi } from 'vitest';
import { animal, QUICK, type Stage, test, textOf } from './stage.ts';

vi.setConfig({ maxConcurrency: 4 });

// Why: contributing/decisions/2026-11-29-deleted-records.md
/** What somebody deletes under a live run. */
const DELETIONS: Readonly<Record<string, (stage: Stage) => void>> = {
  'the directory': ({ dir }) => remove(dir),
  'everything in it': ({ dir }) => {
    for (const name of readdirSync(dir)) remove(join(dir, name));
  },
  'the folder of the run': (stage) => remove(stage.files().folder),
  'all folders of runs': ({ dir }) => remove(directoryPaths(dir).runs),
  'all claims': ({ dir }) => remove(directoryPaths(dir).steps),
  'runs, claims and flat names': ({ dir }) => {
    for (const name of readdirSync(dir)) if (name !== 'ended' && name !== '.gitignore') remove(join(dir, name));
  },
};

describe.concurrent('deleted under a live run', () => {
  for (const [what, deletion] of Object.entries(DELETIONS)) {
    test(`${what}: it is listed as live, and can be stopped`, async ({ stage }) => {
      const { id } = await begin(stage);
      const command = stage.recorded('command');
      deletion(stage);
      const { runs } = await stage.ask('ls', {});
      expect(runs).toMatchObject([{ step: 'work', id, state: expect.stringMatching(/running|quiet|starting/) }]);
      const stopped = await stage.askOne('stop', { steps: ['work'] });
      expect(stopped).toMatchObject({ id, outcome: 'cancelled' });
      expect(isAlive(command)).toBe(false);
      expect(textOf(join(stage.folder, 'ended'))).toBe('ended\n');
    });

    test(`${what}: the step is not started a second time`, async ({ stage }) => {
      const { id } = await begin(stage);
      deletion(stage);
      const answer = await stage.ask('start', { step: 'work', command: [animal('cleans.sh')], ...QUICK });
      expect(answer).toMatchObject({ alreadyRunning: true, runs: [{ id }] });
    });

    test(`${what}: its limit is held by the wrapper, with nobody watching`, async ({ stage }) => {
      await begin(stage, { timeout: '1s', grace: '200ms' });
      const command = stage.recorded('command');
      deletion(stage);
      await until(() => !isAlive(command), 'the limit is over');
      await stage.abandon();
    });
  }

  test('recover says what was done, and with which call it is stopped', async ({ stage }) => {
    await begin(stage);
    remove(stage.dir);
    const { runs, notes } = await stage.ask('recover', {});
    expect(runs).toMatchObject([{ step: 'work', state: expect.stringMatching(/running|quiet|starting/) }]);
    expect(notes).toEqual([
      'work: its records were deleted while it ran, and were written anew; to stop it: pm stop work',
    ]);
  });

  test('its true exit is recorded in the new folder, with its log', async ({ stage }) => {
    const { id } = await begin(stage, {}, 'waits-then.sh');
    remove(stage.dir);
    await stage.ask('recover', {});
    stage.cue('go');
    expect(await stage.askOne('wait', { steps: ['work'] })).toMatchObject({ id, outcome: 'failed', exitCode: 7 });
    expect(textOf(stage.files().log)).toBe('begun\nended\n');
  });

  test('output that nobody can see is not taken for silence', async ({ stage }) => {
    await begin(stage, { liveness: 'output', beat: '100ms', stale: '300ms' }, 'waits-then.sh');
    remove(stage.dir);
    await stage.ask('recover', {});
    const judged = await stage.ask('wait', { steps: ['work'], budget: '2s' });
    expect([judged.budgetOver, judged.runs[0]?.state]).toEqual([true, 'running']);
    stage.cue('go');
    expect(await stage.askOne('wait', { steps: ['work'] })).toMatchObject({ outcome: 'failed', exitCode: 7 });
  });

  test('an order that was read before goes on', async ({ stage }) => {
    await begin(stage, { beat: '100ms', grace: '1s' }, 'ignores-term.sh');
    const command = stage.recorded('command');
    const [ends, { ending }] = [new AbortController(), stage.files()];
    const stopping = stage.ask('stop', { steps: ['work'] }, { signal: ends.signal });
    await until(() => existsSync(ending));
    ends.abort();
    remove(stage.dir);
    await stopping.catch(() => {});
    signalIfSame(command, 'SIGKILL');
    await until(() => stage.alive().length === 0, 'the wrapper leaves');
  });

  test('a directory that was moved is named, and nothing is started beside it', async ({ stage }) => {
    const { id } = await begin(stage);
    const moved = `${stage.dir}-moved`;
    renameSync(stage.dir, moved);
    const starting = stage.ask('start', { step: 'work', command: [animal('cleans.sh')], ...QUICK });
    await expect(starting).rejects.toMatchObject({ code: 'records-gone' } satisfies Partial<PmError>);
    const { notes } = await stage.ask('recover', {});
    expect(notes?.[0]).toMatch(/its records were moved to .*-moved; to stop it: pm stop work --dir /);
    expect(await stage.askOne('stop', { steps: ['work'], dir: moved })).toMatchObject({ id, outcome: 'cancelled' });
    await until(() => stage.alive().length === 0);
  });

  test('processes that a run has left behind are named and not taken for a live run', async ({ stage }) => {
    await begin(stage);
    const [wrapper, command] = [stage.recorded('wrapper'), stage.recorded('command')];
    signalIfSame(wrapper, 'SIGKILL');
    await until(() => !isAlive(wrapper), 'the wrapper is dead');
    remove(stage.dir);
    const { runs, notes } = await stage.ask('recover', {});
    expect(runs).toEqual([]);
    expect(notes?.[0]).toContain(`to stop them: kill ${command.pid}`);
    await stage.abandon();
  });
});

async function begin(stage: Stage, patch: Readonly<Record<string, string>> = {}, job = 'cleans.sh') {
  const run = await stage.askOne('start', { step: 'work', command: [animal(job)], ...QUICK, ...patch });
  await until(() => textOf(stage.files().log) !== '' || job === 'ignores-term.sh');
  return run;
}

function remove(path: string): void {
  rmSync(path, { recursive: true, force: true });
}
