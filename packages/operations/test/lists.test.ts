import { cpSync, linkSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { newRunId, type RunRecord, runPaths } from '@pm/protocol';
import { describe, expect } from 'vitest';
import type { Answer } from '../src/index.ts';
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

  test('begins with the live run and the untold endings, however old they are', async ({ stage }) => {
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
      next: expect.stringMatching(/^Steps here: first, s0, .* and 4 more\. pm ls --limit 12 lists all\.$/),
    });
  });
});
