import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { appendFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { describe, expect } from 'vitest';
import type { RunView } from '../src/index.ts';
import { animal, type Stage, test } from './stage.ts';

/** A job that fails with the content of `message`, and succeeds without it. */
const SAYS = [animal('says.sh')];

describe.concurrent('red runs with edits between them', () => {
  test.for([
    ['an assertion', 'AssertionError: 1 == 2'],
    ['a KeyError', "KeyError: 'lr'"],
    ['a type error', "src/a.ts(3,5): error TS2304: Cannot find name 'x'."],
    ['a compiler error', 'main.c:3:5: error: expected expression'],
    ['a test of the network', "AssertionError: expected 'ECONNREFUSED' to be 'OK'"],
    ['an error that nobody knows', 'it is not right yet'],
    ['an error of the network, at which somebody works', 'Error: connect ECONNREFUSED 127.0.0.1:1'],
  ] as const)(
    '%s: the advice stays fix, and no start is called impossible that is let through',
    async ([, message], { stage }) => {
      repository(stage, message);
      for (let i = 0; i < 5; i++) {
        const run = await failed(stage);
        expect(run.advice).toBe('fix');
        expect(run.breaker?.why ?? '').not.toContain('infrastructure');
        appendFileSync(join(repo(stage), 'source'), `edit ${i}\n`);
        for (const view of await lookedAt(stage)) {
          expect(view.advice).toBe('fix');
          expect([view.breaker?.nextAt, view.breaker?.nextStart ?? 'trial']).toEqual([undefined, 'trial']);
          if (view.breaker !== undefined) expect(view.breaker.why).toMatch(/something has changed since/);
        }
      }
      const { breakers } = await stage.ask('breaker', { action: 'status', name: 'work' });
      expect(breakers).toMatchObject([{ circuit: 'open', nextStart: 'trial' }]);
      expect((await stage.ask('breaker', {})).breakers).toEqual(breakers);
    },
  );
});

describe.concurrent('red runs without a change', () => {
  test.for([
    ['the network', 'Error: connect ECONNREFUSED 127.0.0.1:1', 'abort', true],
    ['a full disk', 'OSError: [Errno 28] No space left on device', 'abort', true],
    ['an assertion', 'AssertionError: 1 == 2', 'fix', false],
    ['an error that nobody knows', 'it is not right', 'abort', false],
    ['a panic', 'panic: runtime error: index out of range', 'fix', false],
  ] as const)('%s', async ([, message, advice, isInfrastructure], { stage }) => {
    repository(stage, message);
    for (let i = 0; i < 3; i++) await failed(stage);
    for (const { advice: told, breaker } of await lookedAt(stage)) {
      expect(told).toBe(advice);
      expect(breaker).toMatchObject({ nextStart: 'refused', nextAt: expect.any(Number) });
      expect(breaker?.why?.includes('infrastructure')).toBe(isInfrastructure);
      expect(breaker?.why).toContain('nothing that git sees has changed since');
    }
    expect((await start(stage)).refusal?.kind).toBe('breaker-open');
  });
});

describe.concurrent('what was fixed where git does not look', () => {
  const elsewhere: readonly (readonly [string, (stage: Stage) => unknown])[] = [
    ['an ignored file', (stage) => writeFileSync(join(repo(stage), '.env'), 'mended\n')],
    ['a variable', () => ({ WORKS: 'yes' })],
    ['a file outside of the repository', (stage) => writeFileSync(join(stage.folder, 'outside'), 'mended\n')],
    ['a service', (stage) => once(createServer().listen(join(stage.folder, 'service')).unref(), 'listening')],
    ['an installed package', (stage) => install(join(stage.folder, 'bin'))],
  ];
  test.for(elsewhere)(
    '%s: it is said so, and the proposed call lets the next start through',
    async ([, mend], { stage }) => {
      repository(stage, 'it does not work');
      for (let i = 0; i < 3; i++) await failed(stage);
      const mended = await mend(stage);
      const env = mended instanceof Object && !Array.isArray(mended) ? (mended as NodeJS.ProcessEnv) : {};
      const { refusal, next } = await start(stage, env);
      expect(refusal?.message).toContain('nothing that git sees has changed');
      expect(refusal?.message).not.toContain('infrastructure');
      const reset = next.find(({ operation }) => operation === 'breaker');
      expect(reset?.why).toMatch(/git does not see: an ignored file, a variable, a service, a package/);
      await stage.ask('breaker', reset?.input ?? {});
      expect((await start(stage, env)).runs[0]?.outcome).toBe('success');
    },
  );

  test('a change within a submodule is seen', async ({ stage }) => {
    const inner = join(stage.folder, 'inner');
    commit(inner, { file: 'one' });
    repository(stage, 'it does not work');
    git(repo(stage), ['-c', 'protocol.file.allow=always', 'submodule', '--quiet', 'add', inner, 'inner']);
    git(repo(stage), ['commit', '-qm', 'two']);
    for (let i = 0; i < 3; i++) await failed(stage);
    expect((await start(stage)).refusal?.kind).toBe('breaker-open');
    writeFileSync(join(repo(stage), 'inner/file'), 'mended');
    expect((await failed(stage)).outcome).toBe('failed');
  });

  test('outside of git it is said that files are not compared', async ({ stage }) => {
    mkdirSync(repo(stage));
    writeFileSync(join(repo(stage), 'message'), 'it does not work');
    for (let i = 0; i < 3; i++) await failed(stage);
    const { refusal, next } = await start(stage);
    expect(refusal?.message).toMatch(/its command has not changed; git could not compare the files$/);
    expect(next.at(-1)?.why).toContain('this breaker does not look at files');
  });
});

test('a hold or a trial of no time is refused with a call that works', async ({ stage }) => {
  mkdirSync(repo(stage));
  for (const action of ['hold', 'ask']) {
    const asked = stage.ask('breaker', { action, name: 'work', for: '0s' });
    await expect(asked).rejects.toMatchObject({
      code: 'usage',
      next: expect.stringMatching(`pm breaker ${action} work --for`),
    });
  }
  expect((await start(stage, { WORKS: 'yes' })).runs[0]?.outcome).toBe('success');
});

/** The run as every answer shows it. */
async function lookedAt(stage: Stage): Promise<RunView[]> {
  const views = [
    await stage.askOne('status', { step: 'work' }),
    await stage.askOne('ls', {}),
    await stage.askOne('wait', { steps: ['work'] }),
  ];
  expect(views.map(({ advice }) => advice)).toEqual(Array(3).fill(views[0]?.advice));
  return views;
}

async function failed(stage: Stage): Promise<RunView> {
  const { runs, refusal } = await start(stage);
  const [run] = runs;
  if (run?.outcome !== 'failed') throw new Error(refusal?.message ?? JSON.stringify(run));
  return run;
}

function start(stage: Stage, env: NodeJS.ProcessEnv = {}) {
  return stage.ask(
    'start',
    { step: 'work', command: SAYS, wait: true },
    { cwd: repo(stage), env: { ...stage.env, ...env } },
  );
}

/** The work tree. The records of the runs are beside it. */
function repo(stage: Stage): string {
  return join(stage.folder, 'repo');
}

function install(bin: string): void {
  mkdirSync(bin);
  writeFileSync(join(bin, 'new-package'), '#!/bin/sh\n', { mode: 0o755 });
}

function repository(stage: Stage, message: string): void {
  commit(repo(stage), { source: 'broken', message, '.gitignore': '.env\n' });
}

function commit(folder: string, files: Readonly<Record<string, string>>): void {
  mkdirSync(folder);
  git(folder, ['init', '-q']);
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
  git(folder, ['add', '--', ...Object.keys(files)]);
  git(folder, ['commit', '-qm', 'one']);
}

function git(cwd: string, args: readonly string[]): void {
  const own = ['-c', 'user.name=a', '-c', 'user.email=a@b', '-c', 'commit.gpgsign=false'];
  execFileSync('git', [...own, ...args], { cwd, stdio: 'pipe' });
}
