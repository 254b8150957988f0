import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { adopt } from '@pm/monitor';
import { signalIfSame } from '@pm/process';
import { DEFAULT_POLICY } from '@pm/protocol';
import { LONG, until } from '@pm/testing';
import { describe, expect, vi } from 'vitest';
import type { RunView } from '../src/index.ts';
import { animal, type Stage, test } from './stage.ts';

vi.setConfig({ maxConcurrency: 6 });

const FAILING = [animal('exits.sh'), '7'];

describe.concurrent('a step that fails three times', () => {
  test('is refused the fourth time, if nothing was changed', async ({ stage }) => {
    repository(stage);
    for (let i = 0; i < 3; i++) expect((await failed(stage)).outcome).toBe('failed');
    const { refusal, next, runs } = await start(stage);
    expect(refusal).toMatchObject({ kind: 'breaker-open', breaker: { circuit: 'open' } });
    expect(refusal?.message).toMatch(/^work: 3 .*nothing that git sees has changed since/);
    expect(refusal?.breaker?.failures.map(({ run }) => run)).toEqual(['work~2', 'work~1', 'work']);
    expect(refusal?.breaker?.nextAt).toBeGreaterThan(Date.now());
    expect(next.map(({ operation }) => operation)).toEqual(['logs', 'breaker']);
    expect(runs).toEqual([]);
  });

  test('is never refused if something was edited between the runs', async ({ stage }) => {
    repository(stage);
    for (let i = 0; i < (LONG ? 20 : 6); i++) {
      expect((await failed(stage)).outcome).toBe('failed');
      writeFileSync(join(stage.folder, 'source'), `edit ${i}`);
    }
  });

  test('is refused though each run leaves an untracked file of its own', async ({ stage }) => {
    repository(stage);
    const leaves = ['sh', '-c', 'date +%N > report-$$.xml; exit 3'];
    for (let i = 0; i < 3; i++) expect((await failed(stage, leaves)).outcome).toBe('failed');
    expect((await start(stage, leaves)).refusal?.kind).toBe('breaker-open');
  });

  test('advises to abort, and says why, wherever it is shown', async ({ stage }) => {
    for (let i = 0; i < 2; i++) expect((await failed(stage)).advice).toBe('fix');
    const third = await failed(stage);
    expect(third).toMatchObject({ advice: 'abort', breaker: { name: 'work', circuit: 'open' } });
    expect(Buffer.byteLength(JSON.stringify(third))).toBeLessThan(2_048);
    expect(await stage.askOne('status', { step: 'work' })).toMatchObject({ advice: 'abort' });
    expect(await stage.askOne('ls', {})).toMatchObject({ advice: 'abort' });
    const history = await stage.ask('ls', { step: 'work' });
    expect(history.runs.map(({ advice }) => advice)).toEqual(['abort', 'fix', 'fix']);
  });

  test('is started again after a reset, and by another command as its trial', async ({ stage }) => {
    for (let i = 0; i < 3; i++) await failed(stage);
    expect(await failed(stage, [animal('exits.sh'), '8'])).toMatchObject({ advice: 'abort' });
    expect((await start(stage, [animal('exits.sh'), '8'])).refusal?.kind).toBe('breaker-open');
    await stage.ask('breaker', { action: 'reset', name: 'work', reason: 'mended' });
    expect(await failed(stage)).toMatchObject({ advice: 'fix' });
  });

  test('closes with the success of its trial', async ({ stage }) => {
    for (let i = 0; i < 3; i++) await failed(stage);
    expect((await failed(stage, ['true'])).outcome).toBe('success');
    expect((await stage.ask('breaker', { action: 'status', name: 'work' })).breakers).toMatchObject([
      { circuit: 'closed', failures: [] },
    ]);
  });
});

test.concurrent('a service has a breaker as any step has: an edit closes it, and no edit restarts a live one', async ({
  stage,
}) => {
  repository(stage);
  const command = ['sh', '-c', 'grep -q well source || exit 7; touch "$STAGE/up"; exec sleep 300'];
  const call = { step: 'web', command, ready: [`file:${join(stage.folder, 'up')}`], grace: '1s' };
  const edit = (text: string): void => writeFileSync(join(stage.folder, 'source'), text);
  edit('broken');
  for (let i = 0; i < 3; i++) expect((await stage.askOne('ensure', call)).outcome).toBe('failed');
  expect((await stage.ask('ensure', call)).refusal?.kind).toBe('breaker-open');
  edit('well');
  const first = await stage.ask('ensure', call);
  expect(first).toMatchObject({ runs: [{ state: 'running', ready: true }] });
  expect(first.alreadyRunning).toBeUndefined();
  for (const text of ['well, and edited', 'broken again']) {
    edit(text);
    const again = await stage.ask('ensure', call);
    expect(again).toMatchObject({ alreadyRunning: true, runs: [{ id: first.runs[0]?.id, ready: true }] });
  }
});

describe.concurrent('many who start the same again and again', () => {
  test.for([
    ['after three failures', { breaker: { coolDown: 'never' } }, 'breaker-open'],
    ['when the budget of three is spent', { breaker: { startsPerDay: 3, after: 50 } }, 'limit'],
  ] as const)('begin no more %s, also in the moment in which a run ends', async ([, defaults, kind], { stage }) => {
    configure(stage, { defaults });
    await Promise.all(
      Array.from({ length: LONG ? 6 : 4 }, async () => {
        await until(async () => (await start(stage, FAILING, { wait: false })).refusal?.kind === kind, kind);
      }),
    );
    expect(readdirSync(join(stage.dir, 'runs')).length).toBeLessThanOrEqual(3);
  });
});

describe.concurrent('what is pruned', () => {
  test('still counts: a breaker that opens after more than are kept does open', async ({ stage }) => {
    configure(stage, { defaults: { breaker: { after: 4 } } });
    for (let i = 0; i < 4; i++) {
      await failed(stage);
      await stage.ask('prune', { keep: 1, all: true });
    }
    expect((await start(stage)).refusal).toMatchObject({ kind: 'breaker-open' });
    expect((await stage.ask('ls', { step: 'work' })).runs).toHaveLength(1);
    expect((await start(stage)).refusal?.breaker?.failures).toHaveLength(4);
  });

  test('leaves an open breaker open, also if nobody had seen it yet and all goes', async ({ stage }) => {
    for (let i = 0; i < 3; i++) await failed(stage);
    await until(async () => {
      const { pruned } = await stage.ask('prune', { all: true, dryRun: true });
      return pruned?.steps[0]?.ids.length === 3; // the last wrapper has gone
    });
    expect((await stage.ask('prune', { all: true })).pruned?.steps[0]?.ids).toHaveLength(3);
    expect((await start(stage)).refusal?.kind).toBe('breaker-open');
  });
});

describe.concurrent('what does not count', () => {
  test('cancelled runs, and starts that were refused', async ({ stage }) => {
    for (let i = 0; i < 4; i++) {
      await start(stage, [animal('rests.sh')], { wait: false });
      expect((await stage.askOne('stop', { steps: ['work'], force: true })).outcome).toBe('cancelled');
      expect((await start(stage, ['/no/such/program'])).refusal?.kind).toBe('not-found');
    }
    expect((await failed(stage)).outcome).toBe('failed');
    expect((await stage.ask('breaker', {})).breakers).toEqual([]);
  });

  test("a foreign writer's runs whose files the next one overwrote", async ({ stage }) => {
    mkdirSync(stage.dir, { mode: 0o700 });
    for (let n = 1; n <= 5; n++) {
      writeFileSync(join(stage.dir, 'work.pid'), '999999999\n'); // no kernel gives that number
      const writtenS = Date.now() / 1_000 - 10 + n; // since the boot of this machine
      utimesSync(join(stage.dir, 'work.pid'), writtenS, writtenS);
      adopt(stage.dir, 'work', DEFAULT_POLICY);
    }
    const { runs } = await stage.ask('ls', { step: 'work' });
    expect(runs.map(({ reason }) => reason)).toEqual(['wrapper-gone', ...Array(4).fill('superseded')]);
    expect((await start(stage, ['true'])).refusal).toBeUndefined();
  });
});

describe.concurrent('the one trial', () => {
  test('keeps other steps of the same breaker out, and is over when everything of it was killed', async ({ stage }) => {
    configure(stage, { defaults: { breaker: { name: 'database', coolDown: '1ms' } } });
    for (let i = 0; i < 3; i++) await failed(stage);
    expect((await start(stage, [animal('rests.sh')], { wait: false })).runs).toHaveLength(1);
    await until(() => existsSync(stage.files().command), 'the trial runs');
    const other = await stage.ask('start', { step: 'other', command: ['true'], wait: true });
    expect(other.refusal).toMatchObject({ kind: 'breaker-open', breaker: { name: 'database', circuit: 'half-open' } });
    const again = await start(stage, [animal('rests.sh')], { wait: false });
    expect(again.alreadyRunning).toBe(true);
    await until(() => {
      for (const identity of stage.alive()) signalIfSame(identity, 'SIGKILL');
      return stage.alive().length === 0;
    });
    expect((await stage.ask('start', { step: 'other', command: ['true'], wait: true })).runs[0]?.outcome).toBe(
      'success',
    );
  });
});

describe.concurrent('the configuration', () => {
  test('may say how many, for how long, and for whom', async ({ stage }) => {
    configure(stage, {
      defaults: { breaker: { coolDown: 'never' } },
      steps: { work: { command: FAILING, breaker: { after: 1 } } },
    });
    await failed(stage);
    const { refusal } = await start(stage);
    expect(refusal).toMatchObject({ kind: 'breaker-open', breaker: { after: 1, coolDownMs: null } });
    expect(refusal?.breaker?.nextAt).toBeUndefined();
  });

  test('may switch it off', async ({ stage }) => {
    configure(stage, { defaults: { breaker: false } });
    for (let i = 0; i < 4; i++) expect((await failed(stage)).outcome).toBe('failed');
  });

  test('may give a step a budget of starts, whatever their outcome', async ({ stage }) => {
    configure(stage, { defaults: { breaker: { startsPerDay: 2 } } });
    for (let i = 0; i < 2; i++) expect((await failed(stage, ['true'])).outcome).toBe('success');
    const { refusal } = await start(stage, ['true']);
    expect(refusal).toMatchObject({ kind: 'limit', message: expect.stringContaining('2 times within a day') });
    expect(refusal?.nextAt).toBeGreaterThan(Date.now() + 80_000_000);
  });

  test.each([
    [{ defaults: { breaker: { aftr: 3 } } }, /has an unknown key "aftr".*/],
    [{ defaults: { breaker: { after: 0 } } }, /breaker/],
    [{ steps: { work: { command: ['x'], breaker: 'a/b' } } }, /breaker/],
  ])('says where it is wrong: %j', async (config, message) => {
    const { openStage } = await import('./stage.ts');
    const stage = openStage();
    try {
      configure(stage, config);
      await expect(start(stage)).rejects.toThrow(message);
    } finally {
      await stage.close();
    }
  });
});

describe.concurrent('the verb', () => {
  test('serves a script that is no run, which trips it and recovers', async ({ stage }) => {
    configure(stage, { defaults: { breaker: { coolDown: '1ms' } } });
    for (let i = 0; i < 2; i++) await stage.ask('breaker', { action: 'record', name: 'api', outcome: 'failed' });
    const third = await stage.ask('breaker', { action: 'record', name: 'api', outcome: 'failed' });
    expect(third).toMatchObject({ tripped: true, breakers: [{ circuit: 'open' }] });
    await until(async () => (await stage.ask('breaker', { action: 'ask', name: 'api' })).trial === true);
    const { refusal, next } = await stage.ask('breaker', { action: 'ask', name: 'api' });
    expect([refusal?.kind, next[0]?.input]).toMatchObject(['breaker-open', { action: 'reset', dir: stage.dir }]);
    await stage.ask('breaker', { action: 'record', name: 'api', outcome: 'success' });
    const asked = await stage.ask('breaker', { action: 'ask', name: 'api' });
    expect([asked.refusal, asked.trial]).toEqual([undefined, undefined]);
  });

  test.for([
    [{ action: 'trip', name: 'work', for: '1h' }, 'breaker trip does not take for'],
    [{ action: 'record', name: 'work', outcome: 'success', signature: 'x' }, 'A success has no signature'],
    [{ action: 'reset', name: 'wrok' }, 'There is no breaker wrok'],
  ] as const)('refuses what it would have to ignore: %j', async ([input, message], { stage }) => {
    await expect(stage.ask('breaker', input)).rejects.toMatchObject({
      code: 'usage',
      message: expect.stringContaining(message),
    });
  });

  test('names who holds it, also where no variable does', async ({ stage }) => {
    await stage.ask('breaker', { action: 'hold', name: 'work' }, { env: { ...stage.env, USER: undefined } });
    const { refusal } = await start(stage, ['true']);
    expect(refusal?.message).toMatch(/held by [^:]*[A-Za-z]/);
  });

  test('tripped by hand promises no trial to a change of files, which nobody could compare', async ({ stage }) => {
    repository(stage);
    await stage.ask('breaker', { action: 'trip', name: 'work', reason: 'no' });
    const byHand = (await start(stage, ['true'])).next.at(-1)?.why;
    await stage.ask('breaker', { action: 'reset', name: 'work' });
    for (let i = 0; i < 3; i++) await failed(stage);
    const byFailures = (await start(stage)).next.at(-1)?.why;
    expect([byHand, byFailures].map((why) => why?.includes('if files changed'))).toEqual([false, true]);
  });

  test('holds a step that never failed, until it is reset', async ({ stage }) => {
    await stage.ask('breaker', { action: 'hold', name: 'work', for: '2h', reason: 'migration' });
    const { refusal } = await start(stage, ['true']);
    expect(refusal).toMatchObject({ kind: 'held', message: expect.stringContaining('migration') });
    await stage.ask('breaker', { action: 'reset', name: 'work' });
    expect((await failed(stage, ['true'])).outcome).toBe('success');
  });

  test('refuses what may be held, says so, and starts after a reset with a note', async ({ stage }) => {
    await stage.ask('breaker', { action: 'hold', name: 'work', reason: 'migration' });
    writeFileSync(join(stage.dir, 'breakers/work/holds/1'), 'gar');
    const { refusal, malformed } = await start(stage, ['true']);
    expect(refusal).toMatchObject({ kind: 'breaker-open', message: expect.stringContaining('may be a hold') });
    expect(malformed?.join()).toContain('holds/1');
    await stage.ask('breaker', { action: 'reset', name: 'work' });
    const { notes, runs } = await start(stage, ['true']);
    expect([runs[0]?.outcome, notes?.join()]).toEqual([
      'success',
      expect.stringContaining('holds/1.malformed was set aside'),
    ]);
  });

  test('reports a record that cannot be read, and still refuses', async ({ stage }) => {
    for (let i = 0; i < 3; i++) await failed(stage);
    const log = join(stage.dir, 'breakers/work/log');
    for (const name of readdirSync(log)) writeFileSync(join(log, name), 'garbage');
    const { refusal } = await start(stage);
    expect(refusal?.kind).toBe('breaker-open');
    expect((await stage.ask('breaker', {})).malformed?.join()).toContain('was set aside');
  });
});

async function failed(stage: Stage, command = FAILING): Promise<RunView> {
  const { runs, refusal } = await start(stage, command);
  const [run] = runs;
  if (run === undefined) throw new Error(refusal?.message ?? 'no run');
  if (run.outcome === undefined) throw new Error(`no ending: ${JSON.stringify(run)}`);
  return run;
}

function start(stage: Stage, command = FAILING, { wait = true } = {}) {
  return stage.ask('start', { step: 'work', command, wait });
}

function configure(stage: Stage, config: object): void {
  mkdirSync(stage.dir, { recursive: true, mode: 0o700 });
  rmSync(join(stage.folder, 'pm.config.json'), { force: true });
  writeFileSync(join(stage.folder, 'pm.config.json'), JSON.stringify(config));
}

function repository(stage: Stage): void {
  const git = (...args: string[]): void => {
    const own = ['-c', 'user.name=a', '-c', 'user.email=a@b', '-c', 'commit.gpgsign=false'];
    execFileSync('git', [...own, ...args], { cwd: stage.folder, stdio: 'pipe' });
  };
  git('init', '-q');
  writeFileSync(join(stage.folder, 'source'), 'broken');
  git('add', 'source');
  git('commit', '-qm', 'one');
}
