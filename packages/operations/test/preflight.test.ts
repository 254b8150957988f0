import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { describe, expect } from 'vitest';
import { type Context, type OperationEvent, operations, type PreflightAnswer } from '../src/index.ts';
import { animal, QUICK, type Stage, test } from './stage.ts';

describe('a start whose step has checks', () => {
  test('is refused when one fails, and nothing was begun', async ({ stage }) => {
    configure(stage, {
      steps: {
        train: {
          command: ['true'],
          checks: ['directory:data', { check: 'env', name: 'DATABASE_URL', title: 'the database is named' }, 'disk:1'],
        },
      },
    });
    for (const verb of ['start', 'run'] as const) {
      const answer = await stage.ask(verb, { step: 'train' });
      expect(answer).toMatchObject({
        runs: [],
        refusal: { kind: 'preflight-failed', message: '2 of 3 checks failed: train was not started' },
        next: [{ operation: 'preflight', input: { step: 'train', fix: true } }],
      });
      expect(answer.findings?.map(({ check, state }) => `${check} ${state}`)).toEqual([
        'directory fail',
        'env fail',
        'disk pass',
      ]);
    }
    expect(existsSync(`${stage.dir}/runs`)).toBe(false);
    mkdirSync(join(stage.folder, 'data'));
    const env = { ...stage.env, DATABASE_URL: 'postgres://ann:hunter2@db/' };
    expect(await stage.ask('start', { step: 'train', wait: true }, { env })).toMatchObject({
      runs: [{ outcome: 'success' }],
    });
  });

  test('is begun when what is amiss could not be found out or is only to be known, and says so', async ({ stage }) => {
    const checks = [{ check: animal('never-check.mjs'), budget: '300ms' }];
    configure(stage, { steps: { train: { command: ['true'], checks } } });
    for (const verb of ['start', 'run'] as const)
      expect(await stage.ask(verb, { step: 'train', ...QUICK, ...(verb === 'start' && { wait: true }) })).toMatchObject(
        {
          runs: [{ outcome: 'success' }],
          notes: expect.arrayContaining(['preflight inconclusive: it returns: no answer within 300ms']),
        },
      );
  });

  test('is begun whatever they say, if that is asked for', async ({ stage }) => {
    configure(stage, { checks: ['directory:gone'] });
    const start = { command: ['true'], step: 'x', wait: true };
    expect(await stage.ask('start', start)).toMatchObject({ refusal: { kind: 'preflight-failed' } });
    expect(await stage.askOne('start', { ...start, skipChecks: true })).toMatchObject({ outcome: 'success' });
  });

  test('is already running, when it is, though its own port is held', async ({ stage }) => {
    const server = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => server.once('listening', resolve));
    const { port } = server.address() as { port: number };
    server.close();
    configure(stage, { steps: { web: { command: ['sleep', '1000'], ...QUICK, checks: [`port:${port}`] } } });
    await stage.askOne('start', { step: 'web' });
    const holder = createServer().listen(port);
    await new Promise((resolve) => holder.once('listening', resolve));
    expect(await stage.ask('start', { step: 'web' })).toMatchObject({ alreadyRunning: true });
    await stage.ask('stop', { steps: ['web'] });
    expect(await stage.ask('start', { step: 'web' })).toMatchObject({
      refusal: { kind: 'preflight-failed' },
      findings: [{ evidence: expect.stringContaining(`port ${port} is in use by`) }],
    });
    holder.close();
  });

  test('looks from the folder of the file, wherever the call is made', async ({ stage }) => {
    mkdirSync(join(stage.folder, 'ml'));
    writeFileSync(join(stage.folder, 'data.csv'), '');
    configure(stage, { steps: { train: { command: ['true'], cwd: 'ml', checks: ['file:data.csv'] } } });
    expect(await stage.askOne('start', { step: 'train', wait: true }, { cwd: '/' })).toMatchObject({
      outcome: 'success',
    });
  });

  test('asks what every run is asked, and its own instead of the usual', async ({ stage }) => {
    configure(stage, {
      checks: ['file:everywhere'],
      defaults: { checks: ['file:usual'] },
      steps: { own: { command: ['true'], checks: ['file:own'] }, none: { command: ['true'], checks: [] } },
    });
    const missing = async (step: string) =>
      ((await stage.ask('start', { step, command: ['true'] })).findings ?? []).map(({ evidence }) =>
        evidence.replace(`${stage.folder}/`, '').replace(' does not exist', ''),
      );
    expect(await missing('other')).toEqual(['everywhere', 'usual']);
    expect(await missing('own')).toEqual(['everywhere', 'own']);
    expect(await missing('none')).toEqual(['everywhere']);
  });

  test.for([
    [['http:ftp://x'], 'steps.train.checks[0] (http): url must begin with http'],
    [[{ check: 'http', url: 'http://x/', sttus: 200 }], 'steps.train.checks[0] (http): has an unknown key "sttus"'],
    [['disk', './gone.mjs'], 'steps.train.checks[1]: there is no check "./gone.mjs"'],
    [[{ url: 'http://x/' }], 'steps.train.checks[0] must be text such as "disk:2GiB"'],
    ['disk', 'steps.train.checks must be an array'],
  ] as const)('is refused when what it asks is no check: %j', async ([checks, said], { stage }) => {
    configure(stage, { steps: { train: { command: ['true'], checks } } });
    await expect(stage.ask('start', { step: 'train' })).rejects.toMatchObject({
      code: 'usage',
      message: expect.stringContaining(said),
    });
    expect(existsSync(`${stage.dir}/runs`)).toBe(false);
  });
});

describe('preflight', () => {
  test('{port} in a check is the port of the run, and without a run that of the step', async ({ stage }) => {
    const checks = ['run:test {port} -ge 20000', { check: 'port', port: '{port}' }];
    const web = { command: ['true'], port: 'auto', checks };
    const api = { command: ['true'], port: 29_998, checks };
    const none = { command: ['true'], checks };
    writeFileSync(join(stage.folder, 'pm.config.json'), JSON.stringify({ detect: false, steps: { web, api, none } }));
    for (const step of ['web', 'api'])
      expect(await stage.askOne('start', { step, wait: true })).toMatchObject({ outcome: 'success' });
    const message = `${join(stage.folder, 'pm.config.json')}: steps.none.checks[0] has {port}, but this run gets no port.`;
    await expect(stage.ask('start', { step: 'none' })).rejects.toMatchObject({ code: 'usage', message });
    const statesOf = async (step: string): Promise<string[]> =>
      (await preflight(stage, { step })).findings.map(({ check, state }) => `${check} ${state}`).sort();
    expect(await statesOf('api')).toEqual(['command pass', 'port pass', 'run pass']);
    expect(await statesOf('web')).toEqual(['command pass', 'port skip', 'run skip']);
  });

  test('without a configuration it finds out what applies, and does nothing else', async ({ stage }) => {
    writeFileSync(join(stage.folder, 'package.json'), '{"engines":{"node":">=99"}}');
    const { findings } = await preflight(stage, {});
    expect(findings).toContainEqual(expect.objectContaining({ check: 'disk' }));
    expect(findings).toContainEqual(
      expect.objectContaining({ check: 'command', state: 'fail', evidence: expect.stringContaining('not >=99') }),
    );
    expect(existsSync(stage.dir)).toBe(false);
  });

  test('with one it asks that of every step, each once; of a step that alone', async ({ stage }) => {
    configure(stage, {
      checks: ['disk:1'],
      steps: {
        a: { command: ['true'], checks: ['file:a', 'disk:1'] },
        b: { command: ['no-such'], checks: ['file:b'] },
      },
    });
    const asked = async (input: object) =>
      (await preflight(stage, input)).findings.map(({ check, state }) => `${check} ${state}`);
    expect(await asked({})).toEqual(['file fail', 'file fail', 'disk pass']);
    expect(await asked({ step: 'a' })).toEqual(['file fail', 'command pass', 'disk pass']);
    expect(await asked({ step: 'b' })).toEqual(['command fail', 'file fail', 'disk pass']);
    expect(await asked({ check: ['disk:1'] })).toEqual(['disk pass']);
  });

  test('a step that nobody knows is refused: fewer checks than meant would pass for all', async ({ stage }) => {
    configure(stage, { steps: { train: { command: ['true'] } } });
    await expect(preflight(stage, { step: 'trian' })).rejects.toMatchObject({
      code: 'usage',
      message: expect.stringContaining('has no step trian'),
    });
  });

  test('--fix tells and applies what is safe, checks again, and says what is still broken', async ({ stage }) => {
    const check = ['writable:out', 'file:gone', 'directory:out/deep'];
    const before = await preflight(stage, { check });
    expect(before.next).toMatchObject([{ operation: 'preflight', input: { check, fix: true } }]);
    const told: OperationEvent[] = [];
    const { findings, fixes } = await preflight(
      stage,
      { check, fix: true },
      { report: (event) => void told.push(event) },
    );
    expect(told.map(({ type }) => type)).toEqual(['fixing', 'fixing']);
    expect(fixes.map(({ applied }) => applied)).toEqual([true, true]);
    expect(findings.map(({ check, state }) => `${check} ${state}`)).toEqual([
      'file fail',
      'writable pass',
      'directory pass',
    ]);
  });

  test('a remedy of the project’s own that needs approval is shown and left alone', async ({ stage }) => {
    const remedy = { argv: ['touch', 'mended'] };
    const ask = async (safety?: string) => {
      configure(stage, {
        detect: false,
        checks: [{ check: 'file', path: 'mended', remedy: { ...remedy, ...(safety && { safety }) } }],
      });
      return preflight(stage, { fix: true });
    };
    expect(await ask()).toMatchObject({ fixes: [], findings: [{ state: 'fail', remedies: [remedy] }] });
    expect(await ask('safe')).toMatchObject({ fixes: [{ applied: true }], findings: [{ state: 'pass' }] });
    rmSync(join(stage.folder, 'mended'));
  });

  test('a secret in a call is in no answer', async ({ stage }) => {
    const check = ['http://', 'https://'].map((scheme) => `http:${scheme}ann:hunter2@127.0.0.1:1/?token=abcdef`);
    const answer = await preflight(stage, { check: [...check, 'directory:gone'] });
    expect(JSON.stringify(answer)).not.toMatch(/hunter2|abcdef/);
    expect(answer.findings.some(({ remedies }) => remedies !== undefined)).toBe(true);
  });

  test('a secret in a remedy is shown nowhere, and used when it is carried out', async ({ stage }) => {
    const secret = 'swordfish-of-the-sea';
    const env = { ...stage.env, API_TOKEN: secret };
    const argv = ['sh', '-c', 'test "$1" = "Authorization: Bearer $API_TOKEN" && touch mended', 'sh'];
    const remedy = { argv: [...argv, `Authorization: Bearer ${secret}`], safety: 'safe' };
    configure(stage, { detect: false, checks: [{ check: 'file', path: 'mended', remedy }] });
    const told: OperationEvent[] = [];
    const before = await preflight(stage, {}, { env });
    const refused = await stage.ask('start', { step: 'x', command: ['true'] }, { env });
    const after = await preflight(stage, { fix: true }, { env, report: (event) => void told.push(event) });
    expect(JSON.stringify([before, refused, after, told])).not.toContain(secret);
    expect(before.findings[0]?.remedies?.[0]?.argv).toEqual([...argv, 'Authorization: Bearer $API_TOKEN']);
    expect(after).toMatchObject({ fixes: [{ applied: true }], findings: [{ state: 'pass' }] });
  });

  test('a signal ends it', async ({ stage }) => {
    const ending = new AbortController();
    const asking = preflight(stage, { check: [animal('never-check.mjs')] }, { signal: ending.signal });
    setTimeout(() => ending.abort(), 50);
    await expect(asking).rejects.toMatchObject({ name: 'AbortError' });
  });
});

describe('what applies to the project without being configured', () => {
  const broken = (stage: Stage): void => {
    mkdirSync(join(stage.folder, 'node_modules'));
    writeFileSync(join(stage.folder, 'package.json'), '{"dependencies":{"ms":"2.1.3"}}');
    writeFileSync(
      join(stage.folder, 'package-lock.json'),
      '{"lockfileVersion":3,"packages":{"":{"dependencies":{"ms":"2.1.3"}},"node_modules/ms":{"version":"2.1.3"}}}',
    );
  };

  test.for<[what: string, config: object, named: boolean]>([
    ['no checks', {}, true],
    ['one check that says nothing about it', { checks: ['disk:1MiB'] }, true],
    ['checks of defaults', { defaults: { checks: ['disk:1MiB'] } }, true],
    ['checks of a step', { steps: { x: { command: ['true'], checks: ['disk:1MiB'] } } }, true],
    ['an empty list', { checks: [] }, true],
    ['auto', { checks: ['disk:1MiB', 'auto'] }, true],
    ['detect: false', { detect: false, checks: ['disk:1MiB'] }, false],
    ['detect: false beside auto', { detect: false, checks: ['auto'] }, true],
  ])('pm preflight with %s', async ([, config, named], { stage }) => {
    broken(stage);
    configure(stage, config);
    const { findings } = await preflight(stage, {});
    const ofNode = findings.filter(({ check }) => check === 'node-modules');
    expect(ofNode).toEqual(named ? [expect.objectContaining({ state: 'fail' })] : []);
  });

  test.for<[what: string, config: object, refused: boolean]>([
    ['auto', { checks: ['auto'] }, true],
    ['auto in defaults', { defaults: { checks: ['auto'] } }, true],
    ['auto in its step', { steps: { x: { command: ['true'], checks: ['auto', 'disk:1MiB'] } } }, true],
    ['auto as an object', { checks: [{ check: 'auto' }] }, true],
    ['another check', { checks: ['disk:1MiB'] }, false],
    ['no checks', {}, false],
  ])('a start with %s', async ([, config, refused], { stage }) => {
    broken(stage);
    configure(stage, config);
    const answer = await stage.ask('start', { step: 'x', command: ['true'], wait: true });
    expect(answer.refusal?.kind).toBe(refused ? 'preflight-failed' : undefined);
  });
});

describe('a configuration that is not beside the directory of runs', () => {
  test.for(['start', 'run', 'preflight'] as const)('%s says that it is not read', async (verb, { stage }) => {
    configure(stage, { checks: ['directory:gone'] });
    const elsewhere = join(stage.folder, 'elsewhere');
    mkdirSync(elsewhere);
    // The directory of the stage itself is named by --dir, which would win over PM_DIR.
    const dir = join(elsewhere, '.pm');
    const said = `${join(stage.folder, 'pm.config.json')} is not read`;
    if (verb === 'preflight')
      expect((await preflight(stage, { dir })).findings).toContainEqual(
        expect.objectContaining({ state: 'warn', evidence: expect.stringContaining(said) }),
      );
    else {
      const input = { step: 'x', command: ['true'], dir, ...(verb === 'start' && { wait: true }) };
      const { notes } = await stage.ask(verb, input);
      expect(notes).toContainEqual(expect.stringContaining(said));
    }
    writeFileSync(join(elsewhere, 'pm.config.json'), '{}');
    expect(JSON.stringify(await preflight(stage, { dir }))).not.toContain('is not read');
  });
});

async function preflight(stage: Stage, input: object, context?: Partial<Context>): Promise<PreflightAnswer> {
  const operation = await operations.preflight();
  const own = { cwd: stage.folder, env: stage.env, signal: new AbortController().signal, ...context };
  const answer = await operation.run(operation.input.parse({ dir: stage.dir, ...input }), own);
  return (await operation.output()).parse(answer);
}

function configure(stage: Stage, config: object): void {
  writeFileSync(join(stage.folder, 'pm.config.json'), JSON.stringify(config));
}
