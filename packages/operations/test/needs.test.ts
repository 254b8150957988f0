import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { encodeEnding, runPaths } from '@pm/protocol';
import { presentIn, readClaim, readRunRecord } from '@pm/protocol/fs';
import { until } from '@pm/testing';
import { describe, expect } from 'vitest';
import { animal, QUICK, type Stage, test } from './stage.ts';

/** A service that is ready when it has bound its port. */
function service(stage: Stage, name: string, more: object = {}): object {
  const ready = [`file:${join(stage.folder, name)}`];
  return { command: [animal('listens.mjs'), join(stage.folder, name)], ready, ...QUICK, ...more };
}

function configure(stage: Stage, steps: Readonly<Record<string, object>>): void {
  writeFileSync(join(stage.folder, 'pm.config.json'), JSON.stringify({ steps }));
}

async function stateOf(stage: Stage, step: string): Promise<string> {
  return (await stage.askOne('status', { step })).state;
}

function recordOf(stage: Stage, step: string) {
  return presentIn(readClaim(stage.dir, step)?.run ?? { kind: 'absent' });
}

/** A job that ends at the cue of its name. */
function job(name: string, needs: readonly string[]): object {
  return { command: [animal('waits-for.sh'), `go-${name}`], needs, ...QUICK };
}

describe('a step that needs services', () => {
  test('begins when they are ready, and those that it started end after it', async ({ stage }) => {
    configure(stage, {
      db: service(stage, 'db'),
      web: service(stage, 'web', { needs: ['db'] }),
      e2e: { command: ['test', '-f', join(stage.folder, 'web')], needs: ['web'], ...QUICK },
    });
    const { runs, notes } = await stage.ask('run', { step: 'e2e' });
    expect(runs).toMatchObject([{ step: 'e2e', outcome: 'success' }]);
    expect(notes).toEqual(['stopped web and db, which no run needs any more']);
    expect(recordOf(stage, 'web')).toMatchObject({
      forNeeds: true,
      needs: [{ step: 'db', id: recordOf(stage, 'db')?.id }],
    });
    expect(recordOf(stage, 'e2e')).toMatchObject({ needs: [{ step: 'web', id: recordOf(stage, 'web')?.id }] });
    expect(recordOf(stage, 'e2e')?.forNeeds).toBeUndefined();
    const [web, db] = [await stage.askOne('status', { step: 'web' }), await stage.askOne('status', { step: 'db' })];
    expect(web).toMatchObject({
      state: 'ended',
      outcome: 'cancelled',
      evidence: expect.stringContaining('no run needs it any more'),
    });
    expect(web.endedAt ?? 0).toBeLessThanOrEqual(db.endedAt ?? 0);
    await stage.untilGone();
  });

  test('leaves what was there before, and with --keep what it started', async ({ stage }) => {
    configure(stage, {
      db: service(stage, 'db'),
      web: service(stage, 'web'),
      e2e: { command: ['true'], needs: ['db', 'web'], ...QUICK },
    });
    await stage.ask('ensure', { step: 'db' });
    const { id } = await stage.askOne('status', { step: 'db' });
    expect((await stage.ask('run', { step: 'e2e' })).notes).toEqual(['stopped web, which no run needs any more']);
    expect(await stage.askOne('status', { step: 'db' })).toMatchObject({ id, state: 'running' });
    expect((await stage.ask('run', { step: 'e2e', keep: true })).notes).toBeUndefined();
    expect(await stateOf(stage, 'web')).toBe('running');
  });

  test('two runs share a service, which ends with the last of them', async ({ stage }) => {
    configure(stage, { web: service(stage, 'web'), one: job('one', ['web']), two: job('two', ['web']) });
    const [one, two] = await Promise.all([
      stage.askOne('start', { step: 'one' }),
      stage.askOne('start', { step: 'two' }),
    ]);
    const web = recordOf(stage, 'web');
    for (const { id = '' } of [one, two])
      expect(presentIn(readRunRecord(stage.dir, id))?.needs).toEqual([{ step: 'web', id: web?.id }]);
    stage.cue('go-one');
    expect((await stage.ask('wait', { steps: ['one'] })).notes).toBeUndefined();
    expect(await stateOf(stage, 'web')).toBe('running');
    stage.cue('go-two');
    expect((await stage.ask('wait', { steps: ['two'] })).notes).toEqual(['stopped web, which no run needs any more']);
    expect(await stateOf(stage, 'web')).toBe('ended');
  });

  test('a later wait is told again of a service that was stopped', async ({ stage }) => {
    configure(stage, { web: service(stage, 'web'), one: job('one', ['web']) });
    await stage.ask('start', { step: 'one' });
    stage.cue('go-one');
    const stopped = ['stopped web, which no run needs any more'];
    expect((await stage.ask('wait', { steps: ['one'] })).notes).toEqual(stopped);
    expect((await stage.ask('wait', { steps: ['one'] })).notes).toEqual(stopped);
  });

  test('what another process has begun to stop is awaited, and then what only that needs is stopped', async ({
    stage,
  }) => {
    configure(stage, {
      db: service(stage, 'db'),
      web: service(stage, 'web', { needs: ['db'] }),
      one: job('one', ['web']),
    });
    await stage.ask('start', { step: 'one' });
    const ending = { cause: 'cancelled', by: 'pm resident', evidence: 'no run needs it any more' } as const;
    writeFileSync(runPaths(stage.dir, recordOf(stage, 'web')?.id ?? '').ending, encodeEnding(ending));
    stage.cue('go-one');
    const { notes } = await stage.ask('wait', { steps: ['one'] });
    expect(notes).toEqual(['stopped web and db, which no run needs any more']);
    expect(await stateOf(stage, 'web')).toBe('ended');
    expect(await stateOf(stage, 'db')).toBe('ended');
  });

  test('a service that somebody has asked for since stays', async ({ stage }) => {
    configure(stage, { web: service(stage, 'web'), one: job('one', ['web']) });
    await stage.ask('start', { step: 'one' });
    await stage.ask('ensure', { step: 'web' });
    expect(existsSync(runPaths(stage.dir, recordOf(stage, 'web')?.id ?? '').kept)).toBe(true);
    stage.cue('go-one');
    await stage.ask('wait', { steps: ['one'] });
    expect(await stateOf(stage, 'web')).toBe('running');
  });

  test('is not started if one of them ends first; the answer has its last lines, and the others are stopped', async ({
    stage,
  }) => {
    configure(stage, {
      db: service(stage, 'db'),
      web: { command: [animal('says.sh'), 'EADDRINUSE'], ready: ['file:never'], needs: ['db'], ...QUICK },
      e2e: { command: ['touch', join(stage.folder, 'began')], needs: ['web'], ...QUICK },
    });
    const { runs, refusal } = await stage.ask('run', { step: 'e2e' });
    expect(refusal).toMatchObject({
      kind: 'need-not-ready',
      message: expect.stringMatching(/^e2e was not started, because web is not ready: it ended/),
    });
    expect(runs).toMatchObject([{ step: 'web', state: 'ended' }]);
    expect(stage.hasCue('began')).toBe(false);
    expect(await stateOf(stage, 'db')).toBe('ended');
  });

  test('is not started if one of them is not ready in time, and that one is stopped', async ({ stage }) => {
    configure(stage, {
      web: { command: [animal('rests.sh')], ready: ['file:never'], readyTimeout: '200ms', ...QUICK },
      e2e: { command: ['true'], needs: ['web'], ...QUICK },
    });
    const { refusal, runs } = await stage.ask('start', { step: 'e2e' });
    expect(refusal?.message).toMatch(/^e2e was not started, because web is not ready: .*never/);
    expect(runs).toMatchObject([{ step: 'web', tail: 'resting' }]);
    expect(await stateOf(stage, 'web')).toBe('ended');
    await expect(stage.ask('status', { step: 'e2e' })).rejects.toMatchObject({ code: 'no-such-step' });
  });

  test('what fails two steps away is named with the way to it', async ({ stage }) => {
    configure(stage, {
      db: { command: ['false'], ready: ['file:never'], ...QUICK },
      web: service(stage, 'web', { needs: ['db'] }),
      e2e: { command: ['true'], needs: ['web'], ...QUICK },
    });
    const { refusal } = await stage.ask('run', { step: 'e2e' });
    expect(refusal?.message).toMatch(/because db is not ready: .* \(e2e needs web needs db\)$/);
    await expect(stage.ask('status', { step: 'web' })).rejects.toMatchObject({ code: 'no-such-step' });
  });

  test.for([
    [
      { a: { command: ['x'], needs: ['b'] }, b: { command: ['x'], needs: ['a'] } },
      'steps.a.needs is a cycle: a → b → a.',
    ],
    [{ a: { command: ['x'], needs: ['bd'] } }, 'steps.a.needs names bd, which is no step.'],
  ] as const)('a cycle, or a need that is no step, is refused: %j', async ([steps, said], { stage }) => {
    configure(stage, steps);
    const message = `${join(stage.folder, 'pm.config.json')}: ${said}`;
    for (const verb of ['start', 'run', 'ensure'] as const)
      await expect(stage.ask(verb, { step: 'a' })).rejects.toMatchObject({ code: 'usage', message });
    expect(existsSync(stage.dir)).toBe(false);
  });

  test('a cycle elsewhere in the file is no obstacle', async ({ stage }) => {
    configure(stage, { a: { command: ['x'], needs: ['a'] }, fine: { command: ['true'], ...QUICK } });
    expect((await stage.askOne('run', { step: 'fine' })).outcome).toBe('success');
  });

  test('that waits in a queue keeps its services until it is over', async ({ stage }) => {
    configure(stage, { web: service(stage, 'web'), first: job('first', []), e2e: job('e2e', ['web']) });
    await stage.ask('start', { step: 'first', queue: 'heavy' });
    expect((await stage.askOne('start', { step: 'e2e', queue: 'heavy' })).state).toBe('queued');
    await stage.ask('run', { step: 'other', command: ['true'], ...QUICK });
    expect(await stateOf(stage, 'web')).toBe('running');
    for (const name of ['first', 'e2e']) stage.cue(`go-${name}`);
    expect((await stage.ask('wait', { steps: ['e2e'] })).runs).toMatchObject([{ outcome: 'success' }]);
    await until(async () => (await stateOf(stage, 'web')) === 'ended', 'web has ended');
  });

  test('ten at once start one service, and it ends after all of them', async ({ stage }) => {
    const names = Array.from({ length: 10 }, (_, i) => `job-${i}`);
    configure(stage, {
      web: service(stage, 'web'),
      ...Object.fromEntries(names.map((name) => [name, { command: ['true'], needs: ['web'], ...QUICK }])),
    });
    const answers = await Promise.all(names.map((step) => stage.ask('run', { step })));
    expect(answers.map(({ runs, refusal }) => refusal?.message ?? runs[0]?.outcome)).toEqual(
      names.map(() => 'success'),
    );
    expect(await stateOf(stage, 'web')).toBe('ended');
    await stage.untilGone();
  });

  test('services that it stopped are news to nobody, not even to who started it', async ({ stage }) => {
    configure(stage, {
      db: service(stage, 'db'),
      web: service(stage, 'web', { needs: ['db'] }),
      e2e: { command: ['true'], needs: ['web'], ...QUICK },
    });
    await stage.ask('run', { step: 'e2e' }, { answered: (work) => work() });
    expect((await stage.ask('recover', { unread: true })).runs).toEqual([]);
    const other = { env: { ...stage.env, PM_SESSION: 'other' } };
    expect((await stage.ask('recover', { unread: true }, other)).runs.map(({ step }) => step)).not.toContain('web');
    expect((await stage.ask('ls', {})).runs.find(({ step }) => step === 'web')?.unseen).toBeUndefined();
  });

  /** A service that fails at the cue `fail`, and leaves a process running. */
  const fails = ['sh', '-c', 'sleep 300 & until [ -e "$STAGE/fail" ]; do sleep 0.05; done; echo "Error: gone"; exit 3'];

  test('a service that fails meanwhile is named with its reason, and what it left running is stopped', async ({
    stage,
  }) => {
    configure(stage, {
      db: { command: fails, ready: ['run:true'], ...QUICK },
      web: service(stage, 'web', { needs: ['db'] }),
      e2e: job('e2e', ['web']),
    });
    await stage.ask('start', { step: 'e2e' });
    stage.cue('fail');
    await until(async () => (await stateOf(stage, 'db')) === 'ended', 'db has failed');
    stage.cue('go-e2e');
    const { notes, next } = await stage.ask('wait', { steps: ['e2e'] });
    expect(notes).toEqual([
      expect.stringMatching(
        /^db, which web needs, ended by itself with exit code 3 after .* \(failed\): "Error: gone"$/,
      ),
      'stopped what db had left running and web, which no run needs any more',
    ]);
    expect(next).toContainEqual({
      operation: 'logs',
      input: { step: 'db', dir: stage.dir },
      why: 'see why db ended',
    });
    expect((await stage.ask('recover', { unread: true })).runs).toContainEqual(
      expect.objectContaining({ step: 'db', outcome: 'failed' }),
    );
    await stage.untilGone();
  });

  test('pm run names it, too', async ({ stage }) => {
    configure(stage, { web: { command: fails, ready: ['run:true'], ...QUICK }, e2e: job('e2e', ['web']) });
    const running = stage.ask('run', { step: 'e2e' });
    await until(() => existsSync(join(stage.dir, 'e2e.pid')), 'e2e runs');
    stage.cue('fail');
    await until(async () => (await stateOf(stage, 'web')) === 'ended', 'web has failed');
    stage.cue('go-e2e');
    expect((await running).notes).toEqual([
      expect.stringContaining('web, which e2e needs, ended by itself with exit code 3'),
      'stopped what web had left running, which no run needs any more',
    ]);
    await stage.untilGone();
  });

  test('what a service leaves running that is not ready is stopped, too, unless somebody asked for the service', async ({
    stage,
  }) => {
    const web = { command: fails, ready: ['file:never'], ...QUICK };
    configure(stage, { web, e2e: { command: ['true'], needs: ['web'], ...QUICK } });
    stage.cue('fail');
    const { refusal, runs } = await stage.ask('run', { step: 'e2e' });
    expect([refusal?.kind, runs[0]?.survivors]).toEqual(['need-not-ready', undefined]);
    await stage.untilGone();
    expect((await stage.askOne('ensure', { step: 'web' })).survivors).toHaveLength(1);
    expect(stage.alive()).not.toEqual([]);
    await stage.ask('down', {});
  });
});
