import { cpSync, existsSync, linkSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { newRunId, type RunRecord, runPaths } from '@pm/protocol';
import { until } from '@pm/testing';
import { describe, expect } from 'vitest';
import { type Answer, operations } from '../src/index.ts';
import { LogAnswer } from '../src/inspect/log-answer.ts';
import { animal, type Stage, test } from './stage.ts';

/** A run that has ended, and copies of its records: a directory as years of use would leave it. */
async function history(
  stage: Stage,
  copies: readonly (readonly [step: string, outcome: 'success' | 'failed', agoMs: number])[],
): Promise<void> {
  await stage.ask('start', { step: 'first', command: [animal('exits.sh'), '0'], wait: true });
  const { folder } = stage.files();
  const counts = new Map<string, number>();
  const record = JSON.parse(readFileSync(`${folder}/run`, 'utf8')) as RunRecord;
  const outcome = JSON.parse(readFileSync(`${folder}/outcome`, 'utf8')) as object;
  for (const [step, how, agoMs] of copies) {
    const at = Date.now() - agoMs;
    const id = newRunId(at);
    const own = runPaths(stage.dir, id);
    const n = (counts.get(step) ?? 0) + 1;
    counts.set(step, n);
    cpSync(folder, own.folder, { recursive: true });
    rmSync(own.run);
    writeFileSync(own.run, `${JSON.stringify({ ...record, id, step, createdAt: at })}\n`, { mode: 0o600 });
    const exitCode = how === 'success' ? 0 : 3;
    const told = { ...outcome, outcome: how, reason: how === 'success' ? 'exit-zero' : 'exit-nonzero', exitCode };
    writeFileSync(own.outcome, `${JSON.stringify({ ...told, startedAt: at, endedAt: at })}\n`);
    writeFileSync(own.ended, `v1 exit ${exitCode}\n`);
    mkdirSync(`${stage.dir}/steps/${step}`, { recursive: true });
    linkSync(own.run, `${stage.dir}/steps/${step}/${n}`);
  }
}

const MINUTE = 60_000;

function names({ runs }: Answer): string[] {
  return runs.map(({ step, back }) => (back === undefined ? step : `${step}~${back}`));
}

describe.concurrent('a list', () => {
  test('of many steps has one screen, says how many there are, and names the call that shows more', async ({
    stage,
  }) => {
    await history(
      stage,
      Array.from({ length: 30 }, (_, i) => [`s${i}`, 'success', (60 - i) * MINUTE]),
    );
    const answer = await stage.ask('ls', {});
    expect(answer.runs).toHaveLength(20);
    expect([answer.total, answer.next.at(-1)]).toMatchObject([31, { operation: 'ls', input: { limit: 31 } }]);
    const all = await stage.ask('ls', { limit: '31' });
    expect([all.runs.length, all.total, all.next.filter(({ operation }) => operation === 'ls')]).toEqual([31, 31, []]);
  });

  test('begins with the live run and the unseen endings, however old they are', async ({ stage }) => {
    await history(stage, [
      ['old', 'failed', 90 * MINUTE],
      ...Array.from({ length: 25 }, (_, i) => [`s${i}`, 'success', (60 - i) * MINUTE] as const),
    ]);
    const told = await stage.ask('ls', { limit: '100' });
    const { markSeen } = await import('@pm/protocol/fs');
    const known = told.runs.filter(({ step }) => step !== 'old').flatMap(({ id = '' }) => id);
    markSeen(stage.dir, 'somebody', known);
    await stage.ask('start', { step: 'live', command: [animal('rests.sh')] });
    expect(names(await stage.ask('ls', { limit: '2' }))).toEqual(['live', 'old']);
    expect(names(await stage.ask('ls', { limit: '4' })).sort()).toEqual(['first', 'live', 'old', 's24']);
    await stage.ask('stop', { steps: ['live'] });
  });

  test('of steps has the newest run of each, also where one step has more runs than are read', async ({ stage }) => {
    await history(stage, [
      ['rare', 'success', 900 * MINUTE],
      ...Array.from({ length: 250 }, (_, i) => ['often', 'success', (600 - i) * MINUTE] as const),
    ]);
    const answer = await stage.ask('ls', {});
    expect([names(answer).sort(), answer.total]).toEqual([['first', 'often', 'rare'], 3]);
  });

  test('of one step has its newest runs, and the number of all', async ({ stage }) => {
    await history(
      stage,
      Array.from({ length: 30 }, (_, i) => ['train', 'success', (60 - i) * MINUTE]),
    );
    const answer = await stage.ask('ls', { step: 'train', limit: '3' });
    expect([names(answer), answer.total]).toEqual([['train', 'train~1', 'train~2'], 30]);
    expect(answer.next.at(-1)).toMatchObject({ operation: 'ls', input: { step: 'train', limit: 30 } });
  });

  test.each<[what: string, input: Readonly<Record<string, unknown>>, expected: string[]]>([
    ['that failed', { failed: true }, ['lint', 'unit']],
    ['that failed within a time', { failed: true, since: '1h' }, ['unit']],
    ['of a time', { since: '1h' }, ['docs', 'first', 'unit']],
    ['of one step that failed', { step: 'docs', failed: true }, ['docs~1']],
    ['that failed, one of them', { failed: true, limit: '1' }, ['unit']],
    ['of the caller', { mine: true, failed: true }, ['lint', 'unit']],
    ['of a time in which nothing ended', { failed: true, since: '1s' }, []],
  ])('of runs %s', async (_what, input, expected) => {
    const { openStage } = await import('./stage.ts');
    const stage = openStage();
    try {
      await history(stage, [
        ['lint', 'failed', 120 * MINUTE],
        ['docs', 'failed', 50 * MINUTE],
        ['docs', 'success', 40 * MINUTE],
        ['unit', 'failed', 30 * MINUTE],
      ]);
      const answer = await stage.ask('ls', input);
      expect(names(answer).sort()).toEqual(expected);
      if (!('limit' in input)) expect(answer.total).toBe(expected.length);
    } finally {
      await stage.close();
    }
  });

  test('of the steps in an error says how many more there are', async ({ stage }) => {
    await history(
      stage,
      Array.from({ length: 11 }, (_, i) => [`s${i}`, 'success', (60 - i) * MINUTE]),
    );
    await expect(stage.ask('status', { step: 'x' })).rejects.toMatchObject({
      next: expect.stringMatching(/^Steps here: first, s0, .* and 4 more\. `pm ls --limit 12` lists all\.$/),
    });
  });
});

describe.concurrent('logs --failed', () => {
  const TABLE = [
    [
      'the failure that ended last',
      [
        ['a', 'failed', 9],
        ['b', 'failed', 5],
        ['c', 'success', 1],
      ],
      {},
      'b',
      1,
    ],
    [
      'of one failure, no others',
      [
        ['a', 'success', 9],
        ['b', 'failed', 5],
      ],
      {},
      'b',
      0,
    ],
    [
      'a failure that a newer run of its step has followed',
      [
        ['a', 'failed', 9],
        ['a', 'success', 5],
      ],
      {},
      'a~1',
      0,
    ],
    [
      'the later of two failures of one step',
      [
        ['a', 'failed', 9],
        ['a', 'failed', 5],
      ],
      {},
      'a',
      0,
    ],
    [
      'of a named step',
      [
        ['a', 'failed', 9],
        ['a', 'failed', 8],
        ['b', 'failed', 1],
      ],
      { step: 'a' },
      'a',
      1,
    ],
    [
      'and counts steps, not runs',
      [
        ['a', 'failed', 9],
        ['b', 'failed', 8],
        ['b', 'failed', 7],
        ['c', 'failed', 1],
      ],
      {},
      'c',
      2,
    ],
  ] as const;
  test.for(TABLE)('shows %s', async ([, copies, input, ref, others], { stage }) => {
    await history(
      stage,
      copies.map(([step, how, minutes]) => [step, how, minutes * MINUTE] as const),
    );
    const answer = await logsOf(stage, { ...input, failed: true });
    expect([answer.step, answer.back]).toEqual([ref.split('~')[0], Number(ref.split('~')[1] ?? 0)]);
    expect(answer.notes?.[0]).toMatch(new RegExp(`^${ref} ended \\dm ago: failed `));
    const call = answer.next.filter(({ operation }) => operation === 'ls');
    expect(call).toMatchObject(others === 0 ? [] : [{ input: { ...input, failed: true, dir: stage.dir } }]);
    if (others > 0) expect(answer.notes?.[1]).toMatch(new RegExp(`^${others} other `));
  });

  test('finds a run that has ended while nobody watched it', async ({ stage }) => {
    const { step } = await stage.askOne('start', { step: 'fails', command: [animal('exits.sh'), '3'] });
    await until(() => existsSync(stage.files().ended));
    rmSync(stage.files().outcome, { force: true });
    expect((await logsOf(stage, { failed: true })).step).toBe(step);
    expect(names(await stage.ask('ls', { failed: true }))).toEqual(['fails']);
  });

  test.for([
    ['no run', [], { failed: true }, 'no-such-step'],
    ['no failure', [['a', 'success', 3]], { failed: true }, 'no-such-step'],
    [
      'no failure of this step',
      [
        ['a', 'failed', 3],
        ['b', 'success', 2],
      ],
      { failed: true, step: 'b' },
      'no-such-step',
    ],
    ['an unknown step', [['a', 'failed', 3]], { failed: true, step: 'zz' }, 'no-such-step'],
    ['a run that is named already', [['a', 'failed', 3]], { failed: true, step: 'a~1' }, 'usage'],
    ['neither step nor --failed', [['a', 'failed', 3]], {}, 'usage'],
  ] as const)('of %s is refused', async ([, copies, input, code], { stage }) => {
    if (copies.length > 0)
      await history(
        stage,
        copies.map(([step, how, n]) => [step, how, n * MINUTE] as const),
      );
    await expect(logsOf(stage, input)).rejects.toMatchObject({
      code,
      next: expect.stringMatching(/pm ls|--failed|Leave/),
    });
  });
});

async function logsOf(stage: Stage, input: object): Promise<LogAnswer> {
  const { input: schema, run } = await operations.logs();
  const context = { cwd: stage.folder, env: stage.env, signal: new AbortController().signal };
  return LogAnswer.parse(await run(schema.parse({ ...input, dir: stage.dir }), context));
}
