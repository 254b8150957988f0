import { execFileSync } from 'node:child_process';
import { chmodSync, chownSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { presentIn, readRunRecord } from '@pm/protocol/fs';
import { until } from '@pm/testing';
import { describe, expect } from 'vitest';
import { bounds } from '../src/index.ts';
import { animal, QUICK, type Stage, test, textOf } from './stage.ts';

const isRoot = process.getuid?.() === 0;

describe('a start completed from pm.config.json', () => {
  test('a name alone runs the configured command, where the file is, by its policy', async ({ stage }) => {
    mkdirSync(join(stage.folder, 'ml'));
    configure(stage, { defaults: QUICK, steps: { train: { command: ['pwd'], cwd: 'ml', timeout: '7s' } } });
    await stage.askOne('start', { step: 'train' }, { cwd: '/' });
    expect(await stage.askOne('wait', { steps: ['train'] })).toMatchObject({ outcome: 'success', command: ['pwd'] });
    expect(textOf(`${stage.dir}/train.log`)).toBe(`${join(stage.folder, 'ml')}\n`);
    expect(policyOf(stage)).toMatchObject({ timeoutMs: 7_000, beatMs: 300, graceMs: 1_000 });
  });

  test('a service has no limit, and its end is told as such although it exits with 0', async ({ stage }) => {
    configure(stage, { steps: { web: { command: ['true'], service: true } } });
    await stage.askOne('start', { step: 'web' });
    const run = await stage.askOne('wait', { steps: ['web'] });
    expect(run).toMatchObject({ outcome: 'success', reason: 'exit-zero', exitCode: 0, service: true, advice: 'fix' });
    expect(run.evidence).toBe('exit 0; it is a service, which was meant to stay');
    expect(policyOf(stage)).toMatchObject({ timeoutMs: null, service: true });
  });

  test('what the call says wins over the step, the step over the defaults', async ({ stage }) => {
    configure(stage, {
      defaults: { ...QUICK, timeout: '50s', quietAfter: '11s' },
      steps: { train: { command: ['true'], timeout: 'none', grace: '4s' } },
    });
    await stage.askOne('start', { step: 'train', timeout: '9s', wait: true });
    expect(policyOf(stage)).toMatchObject({
      timeoutMs: 9_000,
      graceMs: 4_000,
      quietAfterMs: 11_000,
      liveness: 'wrapper',
    });
  });

  test('a command of the call is judged as its step says, and runs where the call was made', async ({ stage }) => {
    mkdirSync(join(stage.folder, 'elsewhere'));
    configure(stage, { steps: { train: { command: ['false'], cwd: 'nowhere', ...QUICK } } });
    await stage.askOne(
      'start',
      { step: 'train', command: ['pwd'], wait: true },
      { cwd: join(stage.folder, 'elsewhere') },
    );
    expect(textOf(`${stage.dir}/train.log`)).toBe(`${join(stage.folder, 'elsewhere')}\n`);
    expect(policyOf(stage)).toMatchObject({ graceMs: 1_000 });
  });

  test('pm run does the same', async ({ stage }) => {
    configure(stage, { steps: { train: { command: ['true'], ...QUICK } } });
    expect(await stage.askOne('run', { step: 'train' })).toMatchObject({ outcome: 'success', step: 'train' });
  });

  test('the same name twice is one run', async ({ stage }) => {
    configure(stage, { steps: { train: { command: ['sleep', '60'], ...QUICK } } });
    await stage.askOne('start', { step: 'train' });
    const again = await stage.ask('start', { step: 'train' });
    expect(again).toMatchObject({ alreadyRunning: true });
    expect(again.notes).toBeUndefined();
    expect(await stage.ask('start', { step: 'train', timeout: '2h' })).toMatchObject({
      alreadyRunning: true,
      runs: [{ limitMs: 60_000 }],
      notes: [expect.stringMatching(/the options of this call were ignored. extend/)],
    });
  });

  test.for<[what: string, config: object | undefined, said: string]>([
    ['without a file', undefined, 'train has no command: the call has none, and there is no '],
    ['in an empty file', {}, 'has no steps'],
    ['among others', { steps: { lint: { command: ['x'] } } }, 'has only lint'],
    ['called like an inherited property', { steps: {} }, 'has no steps'],
  ])('a step that is not configured %s is refused with what to do', async ([what, config, said], { stage }) => {
    if (config !== undefined) configure(stage, config);
    const step = what.startsWith('called') ? 'constructor' : 'train';
    await expect(stage.ask('start', { step })).rejects.toMatchObject({
      code: 'usage',
      message: expect.stringContaining(said),
      next: expect.stringContaining(`pm start ${step} -- `),
    });
  });

  test('a working directory that is not there is refused by where it came from', async ({ stage }) => {
    configure(stage, { steps: { train: { command: ['true'], cwd: 'ml' } } });
    const said = `the cwd of this step in pm.config.json: ${join(stage.folder, 'ml')} is not a directory.`;
    await expect(stage.ask('start', { step: 'train' })).rejects.toMatchObject({ code: 'usage', message: said });
  });

  test('a broken file refuses every start, also one that would not need it', async ({ stage }) => {
    writeFileSync(join(stage.folder, 'pm.config.json'), '{"steps": {"train"');
    await expect(stage.ask('start', { command: ['true'] })).rejects.toMatchObject({
      code: 'usage',
      message: expect.stringContaining(`${join(stage.folder, 'pm.config.json')}: is not JSON`),
    });
  });

  test('a broken file stops nobody from reading, waiting and stopping', async ({ stage }) => {
    await stage.askOne('start', { command: ['sleep', '60'], ...QUICK });
    writeFileSync(join(stage.folder, 'pm.config.json'), '{');
    expect(await stage.askOne('status', { step: 'sleep' })).toMatchObject({ state: 'running' });
    expect(await stage.askOne('stop', { steps: ['sleep'] })).toMatchObject({ outcome: 'cancelled' });
  });

  test('a folder, a FIFO and a link to nowhere are no configuration, and hold nobody up', async ({ stage }) => {
    const file = join(stage.folder, 'pm.config.json');
    for (const [make, said] of [
      [() => mkdirSync(file), 'is not a regular file'],
      [() => execFileSync('mkfifo', [file]), 'is not a regular file'],
    ] as const) {
      make();
      await expect(stage.ask('start', { command: ['true'] })).rejects.toMatchObject({
        message: expect.stringContaining(said),
      });
      rmSync(file, { recursive: true });
    }
    symlinkSync('nowhere', file);
    expect(await stage.askOne('start', { command: ['true'], wait: true, ...QUICK })).toMatchObject({
      outcome: 'success',
    });
  });

  test.skipIf(!isRoot)('somebody else’s file in a folder that anyone may write to runs nothing', async ({ stage }) => {
    configure(stage, { steps: { train: { command: ['true'] } } });
    chmodSync(stage.folder, 0o1777);
    chownSync(join(stage.folder, 'pm.config.json'), 65_534, 65_534);
    await expect(stage.ask('start', { step: 'train' })).rejects.toMatchObject({
      message: expect.stringContaining('belongs to uid 65534'),
    });
    expect(stage.hasCue('.pm/runs')).toBe(false);
    await until(() => stage.alive().length === 0);
  });
});

describe('a configuration that is replaced during a call', () => {
  const replacing = (state: 'pass' | 'fail') => [{ check: animal('replaces-config.mjs'), state }];

  test('by a check that fails: the call to make next is still about the step that was there', async ({ stage }) => {
    const steps = { train: { command: ['true'], checks: replacing('fail') } };
    for (const verb of ['start', 'run'] as const) {
      configure(stage, { steps });
      configure(stage, {}, 'next.json');
      expect(await stage.ask(verb, { step: 'train' })).toMatchObject({
        refusal: { kind: 'preflight-failed' },
        next: [{ operation: 'preflight', input: { step: 'train' } }],
      });
    }
  });

  test('by a check that passes: the breaker is asked about the steps that shared it', async ({ stage }) => {
    const shared = { command: ['false'], ...QUICK, breaker: { name: 'both', after: 2 } };
    configure(stage, { steps: { lint: shared, train: { ...shared, checks: replacing('pass') } } });
    for (let i = 0; i < 2; i++) await stage.askOne('start', { step: 'lint', wait: true });
    rmSync(join(stage.dir, 'breakers', 'both'), { recursive: true, force: true }); // the runs alone tell it then
    configure(stage, { steps: { train: shared } }, 'next.json');
    expect(await stage.ask('start', { step: 'train' })).toMatchObject({
      refusal: { kind: 'breaker-open', breaker: { name: 'both' } },
    });
  });

  test('by the job: its failure is shown with the breaker that its start was asked about', async ({ stage }) => {
    const breaker = { after: 2 };
    const command = ['sh', '-c', 'mv next.json pm.config.json; exit 3'];
    for (const [verb, input] of [
      ['run', {}],
      ['start', { wait: true }],
    ] as const) {
      configure(stage, { steps: { [verb]: { command, ...QUICK, breaker } } });
      expect(await stage.askOne(verb, { step: verb, ...input })).toMatchObject({ outcome: 'failed' });
      configure(stage, { defaults: { breaker: false } }, 'next.json');
      expect(await stage.askOne(verb, { step: verb, ...input })).toMatchObject({ breaker: { circuit: 'open' } });
      expect(stage.hasCue('next.json')).toBe(false);
    }
  });

  test('while bounds are held: what is allowed and what is started are of one version', async ({ stage }) => {
    configure(stage, { bounds: { timeout: '1h' }, steps: { train: { command: ['true'], ...QUICK } } });
    const context = {
      cwd: stage.folder,
      env: { ...stage.env, PM_DIR: stage.dir },
      signal: new AbortController().signal,
    };
    const within = await (await bounds())(context);
    configure(stage, {});
    expect(await stage.askOne('start', { step: 'train', wait: true }, within)).toMatchObject({ outcome: 'success' });
  });
});

function configure(stage: Stage, config: object, file = 'pm.config.json'): void {
  writeFileSync(join(stage.folder, file), JSON.stringify(config));
}

function policyOf(stage: Stage) {
  return presentIn(readRunRecord(stage.dir, stage.files().folder.split('/').at(-1) ?? ''))?.policy;
}
