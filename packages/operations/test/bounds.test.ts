import { mkdirSync, readFileSync, realpathSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { registerDirectory } from '@pm/protocol/fs';
import { describe, expect } from 'vitest';
import { bounds, type Context, operations } from '../src/index.ts';
import { animal, type Stage, test } from './stage.ts';

const REST = [animal('rests.sh')];
const CALLER = 'pm-mcp for a test';

describe('what a model may start', () => {
  test.for<[what: string, bounds: object, input: object, refused: RegExp]>([
    ['a longer timeout', { timeout: '1h' }, { timeout: '2h' }, /^timeout 2h; allowed is 1h at most, by the bounds of/],
    ['no timeout at all', { timeout: '1h' }, { timeout: 'none' }, /^timeout none; allowed is 1h at most/],
    ['a hard timeout beyond', { timeout: '1h' }, { hardTimeout: '2h' }, /^hardTimeout 2h; allowed is 1h at most/],
    [
      'a larger log',
      { logCap: '1MiB' },
      { logCap: '2MiB' },
      /^logCap of 2097152 bytes; allowed is 1048576 bytes at most/,
    ],
    [
      'a log for each of many attempts',
      { logCap: '1MiB' },
      { logCap: '1MiB', retries: 1 },
      /for each of 2 logs; allowed/,
    ],
    ['no rest between attempts', {}, { retries: 100, backoff: '0s' }, /^backoff 0s; allowed is 2s at least between/],
    [
      'no rest between restarts',
      {},
      { restart: 'always', backoff: '1s' },
      /^backoff 1s; allowed is 2s at least between/,
    ],
    ['another folder', {}, { cwd: '/' }, /^cwd \/; allowed is below/],
    ['its way out by a link', { roots: ['.'] }, { cwd: 'out' }, /^cwd .*\/out; allowed is below/],
  ])('%s is refused', async ([_, given, input, refused], { stage }) => {
    configure(stage, given);
    symlinkSync('/', join(stage.folder, 'out'));
    const { refusal, runs } = await stage.ask('start', { step: 'a', command: REST, ...input }, await within(stage));
    expect([refusal?.kind, runs]).toEqual(['out-of-bounds', []]);
    expect(refusal?.message).toMatch(refused);
  });

  test.for<[input: object, bound: string]>([
    [{ retries: 100, backoff: '0s' }, 'startsPerMinute'],
    [{ cwd: '/' }, 'roots'],
  ])('a bound that no file sets is told as a default: %j', async ([input, bound], { stage }) => {
    const file = join(stage.folder, 'pm.config.json');
    const asked = { step: 'a', command: REST, ...input };
    const absent = await stage.ask('start', asked, await within(stage));
    expect(absent.refusal?.message).toMatch(
      new RegExp(`, by default: there is no ${file}, where bounds.${bound} could set it$`),
    );
    configure(stage, { timeout: '1h' });
    const unset = await stage.ask('start', asked, await within(stage));
    expect(unset.refusal?.message).toMatch(new RegExp(`, by default: bounds.${bound} is not set in ${file}$`));
    configure(stage, { startsPerMinute: 5, roots: ['.'] });
    const set = await stage.ask('start', asked, await within(stage));
    expect(set.refusal?.message).toMatch(new RegExp(`, by the bounds of ${file}$`));
  });

  test('what it leaves open is cut to the bounds, and no extension reaches further', async ({ stage }) => {
    configure(stage, { timeout: '10m' });
    const run = await stage.askOne('start', { step: 'a', command: REST }, await within(stage));
    expect(run.limitMs).toBe(600_000);
    const { refusal } = await stage.ask('extend', { step: 'a', limit: '11m' }); // a person's hand, on that run
    expect(refusal?.message).toMatch(/hard-timeout 10m, and its limit cannot be higher/);
  });

  test('attempts and streams share the log that a run may have', async ({ stage }) => {
    configure(stage, { logCap: '1MiB' });
    await stage.ask('start', { step: 'a', command: REST, retries: 3, split: true }, await within(stage));
    expect(JSON.parse(readFileSync(stage.files().run, 'utf8')).policy.logCapBytes).toBe(131_072);
  });

  test('a restart rests as long as the bounds say, and shares the log among the attempts that keep one', async ({
    stage,
  }) => {
    configure(stage, { logCap: '1MiB' });
    await stage.ask('start', { step: 'a', command: REST, restart: 'always' }, await within(stage));
    const { policy } = JSON.parse(readFileSync(stage.files().run, 'utf8'));
    expect(policy).toMatchObject({ backoffMs: 2_000, retries: 4, logCapBytes: Math.floor(1_048_576 / 5) });
  });

  test.for(['none', '100h', '+9h'])('nor does one of a run that a person began: %s', async (limit, { stage }) => {
    configure(stage, { timeout: '1h' });
    await stage.ask('start', { step: 'a', command: REST, timeout: '2h' });
    const { refusal, next } = await stage.ask('extend', { step: 'a', limit }, await within(stage));
    expect(refusal).toMatchObject({ kind: 'out-of-bounds', message: expect.stringContaining('allowed is 1h at most') });
    expect(next).toMatchObject([{ operation: 'wait' }]);
    expect(eventsOf(stage)).toContainEqual(expect.objectContaining({ event: 'refused', by: CALLER }));
    expect(await stage.askOne('extend', { step: 'a', limit: '30m' }, await within(stage))).toMatchObject({
      limitMs: 1_800_000,
    });
  });

  test('so many at a time and not one more; what runs already is no new one', async ({ stage }) => {
    configure(stage, { concurrentRuns: 2 });
    const own = await within(stage);
    for (const step of ['a', 'b']) await stage.askOne('start', { step, command: REST }, own);
    const { refusal } = await stage.ask('start', { step: 'c', command: REST }, own);
    expect(refusal?.message).toMatch(/^2 live runs; allowed is 2 at a time/);
    const elsewhere = await stage.ask('start', { step: 'c', command: REST, dir: join(stage.folder, 'x/.pm') }, own);
    expect(elsewhere.refusal?.message).toMatch(/^2 live runs/);
    expect(elsewhere.next).toMatchObject([{ operation: 'wait', input: { any: true, dir: realpathSync(stage.dir) } }]);
    expect(await stage.ask('start', { step: 'a', command: REST }, own)).toMatchObject({ alreadyRunning: true });
  });

  test('of every directory below the roots that this user has started runs in', async ({ stage }) => {
    configure(stage, { concurrentRuns: 1 });
    const dir = join(stage.folder, 'x/.pm');
    await stage.askOne('start', { step: 'a', command: REST, dir }, await within(stage));
    registerDirectory(join(stage.folder, 'state/process-monitor/directories'), dir);
    const { refusal } = await stage.ask('start', { step: 'c', command: REST }, await within(stage));
    await stage.askOne('stop', { steps: ['a'], dir, force: true });
    expect(refusal?.message).toMatch(/^1 live run; allowed is 1 at a time/);
  });

  test('a loop that starts and starts is held', async ({ stage }) => {
    configure(stage, { startsPerMinute: 2 });
    const own = await within(stage);
    for (const step of ['a', 'b']) await stage.ask('start', { step, command: ['true'], wait: true }, own);
    const { refusal } = await stage.ask('start', { step: 'c', command: ['true'] }, own);
    expect(refusal?.message).toMatch(/^2 starts in the last minute; allowed is 2 a minute/);
    expect(refusal?.nextAt).toBeGreaterThan(Date.now());
    expect(refusal?.nextAt).toBeLessThan(Date.now() + 60_000);
  });

  test('a command gets the variables that are allowed, and those that all programs need', async ({ stage }) => {
    configure(stage, { env: ['CI', 'npm_*'] });
    const env = { ...stage.env, CI: '1', npm_x: '2', SECRET_TOKEN: 'no' };
    const own = await within(stage, { env });
    expect(Object.keys(own.env)).toEqual(expect.arrayContaining(['PATH', 'CI', 'npm_x']));
    expect(own.env['SECRET_TOKEN']).toBeUndefined();
  });

  test('who asked, and what was refused, is in the events of the run', async ({ stage }) => {
    const own = await within(stage);
    await stage.askOne('start', { step: 'a', command: REST }, own);
    await stage.ask('start', { step: 'a', command: ['true'] }, own);
    await stage.ask('stop', { steps: ['a'], force: true }, own);
    const events = eventsOf(stage);
    expect(events).toContainEqual(expect.objectContaining({ event: 'asked', by: CALLER, for: 'start' }));
    expect(events).toContainEqual(expect.objectContaining({ event: 'refused', by: CALLER, kind: 'already-running' }));
    expect(events.some(({ by }) => by.startsWith(`${CALLER} stop`))).toBe(true);
  });
});

test('a directory outside of the roots is not even read', async ({ stage }) => {
  const own = await within(stage);
  await expect(stage.ask('ls', { dir: '/etc/.pm' }, own)).rejects.toMatchObject({
    code: 'out-of-bounds',
    next: expect.stringMatching(/pm\.config\.json, which does not exist yet\.$/),
  });
  writeFileSync(join(stage.folder, 'pm.config.json'), '{');
  await expect(stage.ask('ls', { dir: '/etc/.pm' }, await within(stage))).rejects.toMatchObject({
    next: expect.stringMatching(/pm\.config\.json\.$/),
  });
});

test('bounds are those of the project, whatever directory a call names', async ({ stage }) => {
  configure(stage, { timeout: '10m' });
  const inner = join(stage.folder, 'inner');
  mkdirSync(inner);
  writeFileSync(join(inner, 'pm.config.json'), JSON.stringify({ bounds: { timeout: '9h' } }));
  const input = { step: 'a', command: REST, timeout: '1h', dir: join(inner, '.pm') };
  const { refusal } = await stage.ask('start', input, await within(stage));
  expect(refusal?.message).toMatch(/^timeout 1h; allowed is 10m at most/);
});

test('with a file that is broken nothing is started, and everything else goes on', async ({ stage }) => {
  await stage.askOne('start', { step: 'a', command: REST }, await within(stage));
  writeFileSync(join(stage.folder, 'pm.config.json'), '{ "bounds": ');
  const own = await within(stage);
  await expect(stage.ask('start', { step: 'b', command: REST }, own)).rejects.toMatchObject({ code: 'usage' });
  expect(await stage.askOne('stop', { steps: ['a'], force: true }, own)).toMatchObject({ outcome: 'cancelled' });
});

test.for([
  ['code from outside', { check: ['../outside.mjs'] }],
  ['a folder made outside', { check: ['writable:/nowhere/at/all'], fix: true }],
  ['one made outside by a link', { check: ['directory:../out/new'], fix: true }],
  ['a look from outside', { check: ['file:passwd'], cwd: '/etc' }],
] as const)('a check reaches no further than the roots: %s', async ([_, input], { stage }) => {
  symlinkSync('/nowhere', join(stage.folder, 'out'));
  mkdirSync(join(stage.folder, 'in'));
  writeFileSync(join(stage.folder, 'outside.mjs'), 'process.exit(7);');
  configure(stage, { roots: ['in'] });
  const own = await within(stage, { cwd: join(stage.folder, 'in') });
  const preflight = await operations.preflight();
  const asking = preflight.run(preflight.input.parse(input), { ...own, cwd: join(stage.folder, 'in') });
  await expect(asking).rejects.toMatchObject({ code: 'out-of-bounds' });
});

test('where PM_DIR names the project, the working directory of the server says nothing', async ({ stage }) => {
  const own = await within(stage, { cwd: '/' });
  expect(own.cwd).toBe(stage.folder);
  expect(own.bounds?.roots).toEqual([realpathSync(stage.folder)]);
  const run = await stage.askOne('start', { step: 'a', command: REST }, own);
  expect(run.cwd).toBe(stage.folder);
  expect((await stage.ask('start', { step: 'b', command: REST, cwd: '/' }, own)).refusal?.kind).toBe('out-of-bounds');
});

function eventsOf(stage: Stage): { event: string; by: string }[] {
  const lines = readFileSync(stage.files().events, 'utf8').trim().split('\n');
  return lines.map((line) => JSON.parse(line));
}

function configure({ folder }: Stage, given: object): void {
  writeFileSync(join(folder, 'pm.config.json'), JSON.stringify({ bounds: given }));
}

/** The context of a frontend whose callers are models. */
async function within({ folder, env, dir }: Stage, more: Partial<Context> = {}): Promise<Context> {
  const own = { cwd: folder, env: { ...env, PM_DIR: dir }, signal: new AbortController().signal, caller: CALLER };
  return (await bounds())({ ...own, ...more });
}
