import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect } from 'vitest';
import { bounds, type Context } from '../src/index.ts';
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
    ['another folder', {}, { cwd: '/' }, /^cwd \/; allowed is below/],
    ['its way out by a link', { roots: ['.'] }, { cwd: 'out' }, /^cwd .*\/out; allowed is below/],
  ])('%s is refused', async ([_, given, input, refused], { stage }) => {
    configure(stage, given);
    symlinkSync('/', join(stage.folder, 'out'));
    const { refusal, runs } = await stage.ask('start', { step: 'a', command: REST, ...input }, await within(stage));
    expect([refusal?.kind, runs]).toEqual(['out-of-bounds', []]);
    expect(refusal?.message).toMatch(refused);
  });

  test('what it leaves open is cut to the bounds, and no extension reaches further', async ({ stage }) => {
    configure(stage, { timeout: '10m' });
    const run = await stage.askOne('start', { step: 'a', command: REST }, await within(stage));
    expect(run.limitMs).toBe(600_000);
    const { refusal } = await stage.ask('extend', { step: 'a', limit: '11m' }); // a person's hand, on that run
    expect(refusal?.message).toMatch(/hard-timeout 10m: no limit reaches beyond it/i);
  });

  test('so many at a time and not one more; what runs already is no new one', async ({ stage }) => {
    configure(stage, { concurrentRuns: 2 });
    const own = await within(stage);
    for (const step of ['a', 'b']) await stage.askOne('start', { step, command: REST }, own);
    const { refusal } = await stage.ask('start', { step: 'c', command: REST }, own);
    expect(refusal?.message).toMatch(/^2 runs are live; allowed is 2 at a time/);
    expect(await stage.ask('start', { step: 'a', command: REST }, own)).toMatchObject({ alreadyRunning: true });
  });

  test('a loop that starts and starts is held', async ({ stage }) => {
    configure(stage, { startsPerMinute: 2 });
    const own = await within(stage);
    for (const step of ['a', 'b']) await stage.ask('start', { step, command: ['true'], wait: true }, own);
    const { refusal } = await stage.ask('start', { step: 'c', command: ['true'] }, own);
    expect(refusal?.message).toMatch(/^2 starts in the last minute; allowed is 2 a minute/);
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
    const events = readFileSync(stage.files().events, 'utf8')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(events).toContainEqual(expect.objectContaining({ event: 'asked', by: CALLER, for: 'start' }));
    expect(events).toContainEqual(expect.objectContaining({ event: 'refused', by: CALLER, kind: 'already-running' }));
    expect(events.some(({ by }) => by.startsWith(`${CALLER} stop`))).toBe(true);
  });
});

test('a directory outside of the roots is not even read', async ({ stage }) => {
  const own = await within(stage);
  await expect(stage.ask('ls', { dir: '/etc/.pm' }, own)).rejects.toMatchObject({ code: 'out-of-bounds' });
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

function configure({ folder }: Stage, given: object): void {
  writeFileSync(join(folder, 'pm.config.json'), JSON.stringify({ bounds: given }));
}

/** The context of a frontend whose callers are models. */
async function within({ folder, env, dir }: Stage, more: Partial<Context> = {}): Promise<Context> {
  const own = { cwd: folder, env: { ...env, PM_DIR: dir }, signal: new AbortController().signal, caller: CALLER };
  return (await bounds())({ ...own, ...more });
}
