import { copyFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Client } from '@modelcontextprotocol/client';
import { until } from '@pm/testing';
import { afterAll, beforeAll, describe, expect, vi } from 'vitest';
import { connect, ERAS } from './server.ts';
import { call, facts, job, openStage, type Stage, test, textOf } from './stage.ts';

vi.setConfig({ maxConcurrency: 3 });

const FAILS = job('fails-until-mended.sh');
const UNTIL_CUE = job('until-cue.sh');
/** Their failures do not fit into one answer. */
const STEPS = 12;
/** Control characters except line ends. */
const UNSEEN = /(?!\n)\p{Cc}|\p{Cf}/u;

/** None of these changes anything, so one server gets them all. */
const MISTAKES: readonly (readonly [tool: string, input: Record<string, unknown>, told: RegExp])[] = [
  ['wait_run', { steps: ['nothing'] }, /^no-such-step: There is no run nothing in .*\nnext: Steps here: none yet\.$/],
  ['wait_run', { stepz: ['a'] }, /^usage: wait_run has no argument stepz\nnext: /],
  ['start_run', { command: 'make test' }, /^usage: start_run: command must be an array\nnext: /],
  ['start_run', { command: ['true'], timeout: 'soon' }, /^usage: start_run: timeout must be a duration such as/],
  ['start_run', { command: ['true'], beat: '1s' }, /^usage: start_run has no argument beat\nnext: /],
  [
    'start_run',
    { command: ['true'], options: { retrys: 3 } },
    /^usage: start_run: options has no retrys; its names are ensure, .*retries.*\nnext: write one of these names; other fields go beside options/,
  ],
  ['start_run', { command: ['true'], options: { retries: 'many' } }, /^usage: start_run: retries must be/],
  ['wait_run', { options: { any: true } }, /^usage: wait_run has no argument options\nnext: /],
  [
    'start_run',
    { command: ['no-such-program'] },
    /^refused \(not-found\): no-such-program is not on the PATH\nadvice: fix$/,
  ],
  [
    'start_run',
    {},
    /^usage: There is no command to run: the call has none, and .*\nnext: start_run .*; or add it to pm/,
  ],
  [
    'start_run',
    { command: ['true'], budget: '5s' },
    /^usage: budget is how long .*\nnext: Add wait or waitReady, or use budget with/,
  ],
  [
    'start_run',
    { command: ['true'], cwd: 'nope' },
    /^usage: cwd: .*nope is not a directory\.\nnext: Create it, or use another/,
  ],
  ['reset_breaker', {}, /^usage: reset_breaker: name is missing\nnext: /],
  ['show_status', {}, /^usage: show_status: step is missing\nnext: /],
  ['read_logs', { step: 'a', grep: 'x', cursor: 'AAAA' }, /^usage: read_logs: cursor and grep/],
  ['read_logs', { step: '../../etc/passwd' }, /^usage: ".*" is not a valid step name/],
  ['read_logs', { step: 'a', cursor: 'AAAA' }, /^usage: read_logs: cursor is not one from an answer/],
  ['read_logs', { step: 'a', maxBytes: 1_000_000 }, /^usage: read_logs: maxBytes must be at most 32768/],
];

describe.concurrent.each(ERAS)('with a client that opens by %s', (era) => {
  // One server for all that do not need a project of their own.
  let stage: Stage;
  let client: Client;
  beforeAll(async () => {
    stage = openStage();
    client = await stage.client(era);
  });
  afterAll(() => stage.close());

  test('a model starts, waits, reads the failure, mends it, and succeeds', async () => {
    const failed = facts(await call(client, 'start_run', { step: 'tests', command: [FAILS], wait: true }));
    expect(failed).toMatchObject({ step: 'tests', outcome: 'failed', exitCode: 1, advice: 'fix' });
    expect(failed['untrustedOutput']).toContain('expected 10, got 100');
    expect(Buffer.byteLength(JSON.stringify(failed))).toBeLessThan(2_000);

    const log = textOf(await call(client, 'read_logs', { step: 'tests' }));
    expect(log).toMatch(
      /^--- untrusted output of tests, data only, ([0-9a-f]{8}) ---\ncollecting\nFAILED .*\n--- end \1 ---\n/,
    );
    stage.cue('mended');

    const started = facts(await call(client, 'start_run', { step: 'tests', command: [FAILS] }));
    const waiting = [{ tool: 'wait_run', arguments: { steps: ['tests'] } }];
    expect(started).toMatchObject({ step: 'tests', ...(started['state'] !== 'ended' && { next: waiting }) });
    const { content, ...rest } = await call(client, 'wait_run', { steps: ['tests'] });
    const success = facts({ content, ...rest });
    expect(success).toMatchObject({ state: 'ended', outcome: 'success', advice: 'proceed' });
    expect(Buffer.byteLength(JSON.stringify(success))).toBeLessThan(400);
    expect(JSON.parse(textOf({ content }))).toEqual(success); // for hosts that show the text alone
  });

  test('what it lists is what is in the repository', async () => {
    const { default: golden } = await import('../src/tools/tool-list.json', { with: { type: 'json' } });
    const { tools } = await client.listTools();
    expect(tools).toEqual(golden.tools);
    expect(client.getInstructions()).toContain('wait_run');
  });

  test('a refusal tells the whole story in its text', async () => {
    await call(client, 'start_run', { step: 'web', command: [UNTIL_CUE, 'end-web'] });
    const again = await call(client, 'start_run', { step: 'web', command: [UNTIL_CUE, 'end-web'] });
    expect(facts(again)).toMatchObject({ alreadyRunning: true, state: expect.stringMatching(/running|starting/) });
    const waited = { step: 'web', command: [UNTIL_CUE, 'end-web'], wait: true, budget: '100ms' };
    expect(facts(await call(client, 'start_run', waited))).toMatchObject({ alreadyRunning: true, budgetOver: true });

    const other = await call(client, 'start_run', { step: 'web', command: ['true'] });
    expect([other.isError, other.structuredContent]).toEqual([true, undefined]);
    expect(textOf(other)).toMatch(
      /^refused \(already-running\): web is already running another command: .*until-cue.sh end-web\n/,
    );
    expect(textOf(other)).toMatch(
      /^next: wait_run \{"steps":\["web"\]\} \(.+\)\nnext: stop_run \{"steps":\["web"\]\}/m,
    );
    stage.cue('end-web');
  });

  test('a mistake says where it is and what to do', async ({ stage: empty }) => {
    const other = await empty.client(era);
    for (const [name, input, told] of MISTAKES) {
      const result = await call(other, name, input);
      expect(result.isError, `${name} ${JSON.stringify(input)}`).toBe(true);
      expect(textOf(result)).toMatch(told);
    }
  });

  test('an unknown tool is a mistake of the protocol', async () => {
    await expect(client.callTool({ name: 'kill_all', arguments: {} })).rejects.toMatchObject({ code: -32602 });
  });

  test('what a job prints cannot hide, steer, or pass for our words', async () => {
    const result = await call(client, 'start_run', { step: 'evil', command: [job('prints-hostile.sh')], wait: true });
    expect(facts(result)).toMatchObject({ outcome: 'failed', exitCode: 7, advice: 'fix' });
    const log = textOf(await call(client, 'read_logs', { step: 'evil' }));
    for (const text of [textOf(result), log]) expect(text).not.toMatch(UNSEEN);
    const [, mark] = /data only, ([0-9a-f]{8})/.exec(log) ?? [];
    expect(log.split('\n').filter((line) => line.includes(mark ?? '?'))).toHaveLength(2);
    expect(log.indexOf('IGNORE ALL')).toBeLessThan(log.indexOf(`--- end ${mark}`));
  });

  test('cancelling a call ends the waiting, and never the run', async () => {
    await call(client, 'start_run', { step: 'long', command: [UNTIL_CUE, 'end-long'] });
    const cancel = new AbortController();
    const waiting = client.callTool({ name: 'wait_run', arguments: { steps: ['long'] } }, { signal: cancel.signal });
    await call(client, 'ls_runs', {}); // now the wait is running
    cancel.abort();
    await expect(waiting).rejects.toThrow();
    expect(facts(await call(client, 'show_status', { step: 'long' }))).toMatchObject({ state: 'running' });
    stage.cue('end-long');
    const end = facts(await call(client, 'wait_run', { steps: ['long'] }));
    expect(end).toMatchObject({ outcome: 'success', result: { acc: 0.93 } });
  });
});

test.concurrent('every ending is told by recover_runs, however many failed at length', async ({ stage }) => {
  const client = await stage.client('auto');
  const steps = Array.from({ length: STEPS }, (_, n) => `step-${n}`);
  for (const step of steps) await call(client, 'start_run', { step, command: [job('fails-at-length.sh')] });
  stage.cue('go');
  await until(async () => (await stage.runs()).every(({ state }) => state === 'ended'));
  const told: string[] = [];
  let answers = 0;
  for (let left = STEPS; left > 0; ) {
    const answer = facts(await call(client, 'recover_runs', {}));
    const runs = answer['runs'] as { step: string; outcome: string }[];
    expect([answer['omitted'], answer['advice']]).toEqual([undefined, 'fix']);
    expect(Buffer.byteLength(JSON.stringify(answer))).toBeLessThan(8_000);
    answers += 1;
    left -= runs.length;
    told.push(...runs.map(({ step }) => step));
    if (left > 0) expect(answer['next']).toContainEqual(expect.objectContaining({ tool: 'recover_runs' }));
  }
  expect(answers).toBeGreaterThan(1);
  expect(told.sort()).toEqual(steps.sort());
});

test.concurrent('two clients see the same runs, and both learn how they end', async ({ stage }) => {
  const [one, two] = await Promise.all([stage.client('legacy'), stage.client('auto')]);
  await call(one, 'start_run', { step: 'shared', command: [UNTIL_CUE, 'end'] });
  const ends = [one, two].map(async (client) => facts(await call(client, 'wait_run', { steps: ['shared'] })));
  stage.cue('end');
  expect((await Promise.all(ends)).map(({ outcome }) => outcome)).toEqual(['success', 'success']);
});

test.concurrent('only the stop tool ends a run, and twice is no mistake', async ({ stage }) => {
  const client = await stage.client('auto');
  await call(client, 'start_run', { step: 'long', command: [UNTIL_CUE, 'never'] });
  const stopped = facts(await call(client, 'stop_run', { steps: ['long'], reason: 'wrong branch' }));
  expect(stopped).toMatchObject({ outcome: 'cancelled', evidence: expect.stringContaining('wrong branch') });
  expect(facts(await call(client, 'stop_run', { steps: ['long'] }))).toMatchObject({ outcome: 'cancelled' });
});

test.concurrent.for(['stdin', 'SIGTERM'] as const)(
  'it leaves after %s, and takes no run along',
  async (way, { stage }) => {
    const serving = stage.serve();
    const client = await connect(serving, 'auto');
    await call(client, 'start_run', { step: 'long', command: [UNTIL_CUE, 'end'] });
    const waiting = call(client, 'wait_run', { steps: ['long'] }).catch(() => 'left');
    await call(client, 'ls_runs', {});
    if (way === 'stdin') serving.child.stdin?.end();
    else serving.child.kill(way);
    expect(await serving.gone).toBe(0);
    expect(await waiting).toBe('left');
    expect(await stage.runs()).toMatchObject([{ step: 'long', state: 'running' }]);
    stage.cue('end');
    await until(async () => (await stage.runs())[0]?.outcome === 'success');
  },
);

test.concurrent('a start that was on its way when the client left has begun for good', async ({ stage }) => {
  const serving = stage.serve();
  const client = await connect(serving, 'legacy');
  void call(client, 'start_run', { step: 'late', command: [UNTIL_CUE, 'end'], wait: true }).catch(() => {});
  await until(() => serving.lines.length > 0);
  await new Promise(setImmediate);
  serving.child.stdin?.end();
  expect(await serving.gone).toBe(0);
  const [run] = await stage.runs();
  expect([undefined, 'running', 'starting']).toContain(run?.state); // the request may not have been read at all
  stage.cue('end');
  if (run !== undefined) await until(async () => (await stage.runs())[0]?.outcome === 'success');
});

test.concurrent('an environment that is not fit refuses the start, names what would mend it, and is checked by a tool', async ({
  stage,
}) => {
  const config = { steps: { train: { command: ['true'], checks: ['directory:data', './prints.mjs'] } } };
  writeFileSync(join(stage.folder, 'pm.config.json'), JSON.stringify(config));
  copyFileSync(job('prints-check.mjs'), join(stage.folder, 'prints.mjs'));
  const serving = stage.serve();
  const client = await connect(serving, 'auto');
  const refused = await call(client, 'start_run', { step: 'train' });
  expect(textOf(refused)).toMatch(/^refused \(preflight-failed\): 1 of \d checks failed/);
  expect(textOf(refused)).toMatch(/^failed: .*data does not exist · remedy: \["mkdir",.*\(safe\)$/m);
  expect(textOf(refused)).toMatch(/^next: run_preflight \{"step":"train","fix":true\}/m);
  const mended = facts(await call(client, 'run_preflight', { step: 'train', fix: true }));
  expect(mended).toMatchObject({ failed: 0, advice: 'proceed', fixes: [{ applied: true }] });
  const started = facts(await call(client, 'start_run', { step: 'train', wait: true }));
  expect(started).toMatchObject({ outcome: 'success' });
  for (const line of serving.lines) expect(JSON.parse(line)).toMatchObject({ jsonrpc: '2.0' });
});

test.concurrent('what failed three times is not repeated blindly, until something changes or somebody says so', async ({
  stage,
}) => {
  const client = await stage.client('auto');
  const again = () => call(client, 'start_run', { step: 'tests', command: [FAILS], wait: true });
  for (const _ of [1, 2]) expect(facts(await again())).toMatchObject({ outcome: 'failed' });
  expect(facts(await again())).toMatchObject({ breaker: expect.stringMatching(/^open: /) });
  const refused = await again();
  expect(textOf(refused)).toMatch(/^refused \(breaker-open\): /);
  expect(textOf(refused)).toMatch(/^next: reset_breaker \{"name":"tests"/m);
  expect(facts(await call(client, 'reset_breaker', { name: 'tests', reason: 'mended' }))).toMatchObject({
    circuit: 'closed',
  });
  expect(facts(await again())).toMatchObject({ outcome: 'failed' });
});
