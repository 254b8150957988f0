import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process';
import { appendFileSync, copyFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { built, until } from '@pm/testing';
import { afterEach, beforeEach, expect, test } from 'vitest';

// What else runs in a project: formatters, version control, watchers. None of them is to notice that runs are live there.

const at = (path: string): string => fileURLToPath(new URL(`../${path}`, import.meta.url));
const MAIN = built(at('apps/cli/dist/main.cjs'));
const BUSY = at('test/fixtures/busy.sh');

let world: string;
let project: string;
let watchers: ChildProcess[];

beforeEach(() => {
  world = mkdtempSync(join(tmpdir(), 'pm-neighbours-'));
  project = join(world, 'project');
  watchers = [];
  mkdirSync(project);
  writeFileSync(join(project, 'package.json'), '{\n  "type": "module"\n}\n');
  writeFileSync(join(project, '.prettierrc'), '{ "singleQuote": true, "printWidth": 120 }\n');
  writeFileSync(join(project, 'subject.js'), 'export const subject = 1;\n');
  copyFileSync(at('test/fixtures/counts-starts.mjs'), join(project, 'app.mjs'));
  copyFileSync(at('test/fixtures/counts-runs.js'), join(project, 'some.test.js'));
  git('init', '-q');
  git('add', '-A');
  git('-c', 'user.name=x', '-c', 'user.email=x@x', 'commit', '-qm', 'all there is');
});

afterEach(async () => {
  pm('stop', 'busy', '--force');
  for (const watcher of watchers) watcher.kill();
  await until(() => watchers.every(({ exitCode, signalCode }) => exitCode !== null || signalCode !== null));
  await rm(world, { recursive: true, force: true, maxRetries: 100, retryDelay: 20 }); // the resident may leave just now
});

test('prettier --check . and git status see nothing of a live run', async () => {
  await live();
  const { status, stdout, stderr } = tool('prettier/bin/prettier.cjs', '--check', '.');
  expect({ status, said: `${stdout}${stderr}` }).toEqual({ status: 0, said: expect.not.stringContaining('.pm') });
  expect(git('status', '--porcelain', '--untracked-files=all')).toBe('');
});

test('nodemon restarts nothing for a run, from its begin to its end', async () => {
  const said = watch('nodemon/bin/nodemon.js', '--verbose', 'app.mjs');
  await until(() => linesOf('starts') === 1, 'nodemon has started the program');
  await wholeRun();
  appendFileSync(join(project, 'app.mjs'), '// changed\n');
  await until(() => linesOf('starts') > 1, 'it does see a change of the program');
  expect(linesOf('starts')).toBe(2);
  expect(
    said()
      .match(/files triggering change check: .*/g)
      ?.join('\n'),
  ).not.toContain('.pm');
});

test('a vitest watcher runs nothing again for a run, from its begin to its end', async () => {
  watch('vitest/vitest.mjs', '--watch', '--globals', '--root', project);
  await until(() => linesOf('runs') === 1, 'vitest has run the test');
  await wholeRun();
  writeFileSync(join(project, 'subject.js'), 'export const subject = 2;\n');
  await until(() => readFileSync(join(world, 'runs'), 'utf8').includes('2'), 'it does see a change of what is tested');
  expect(readFileSync(join(world, 'runs'), 'utf8')).toBe('1\n2\n');
});

/** A live run that has written all that a job may write. */
async function live(): Promise<void> {
  expect(pm('start', 'busy', '--beat', '200ms', '--stale', '1s', '--', BUSY, join(world, 'go'))).toBe(0);
  await until(
    () => existsSync(join(project, '.pm/busy.log')) && readFileSync(join(project, '.pm/busy.log')).length > 100,
  );
  await until(() => Number(readFileSync(join(project, '.pm/busy.heartbeat'), 'utf8')) > 5, 'it beats');
}

async function wholeRun(): Promise<void> {
  await live();
  writeFileSync(join(world, 'go'), '');
  expect(pm('wait', 'busy')).toBe(0);
}

function pm(...args: string[]): number | null {
  return spawnSync(process.execPath, [MAIN, ...args], { cwd: project, env: environment(), stdio: 'ignore' }).status;
}

function git(...args: string[]): string {
  return execFileSync('git', args, { cwd: project, encoding: 'utf8' });
}

function tool(file: string, ...args: string[]): ReturnType<typeof spawnSync> {
  return spawnSync(process.execPath, [at(`node_modules/${file}`), ...args], { cwd: project, encoding: 'utf8' });
}

/** A watcher in the project, and what it has said so far. */
function watch(file: string, ...args: string[]): () => string {
  const watcher = spawn(process.execPath, [at(`node_modules/${file}`), ...args], {
    cwd: project,
    env: { ...environment(), STARTS: join(world, 'starts'), RUNS: join(world, 'runs') },
    stdio: ['pipe', 'pipe', 'ignore'], // vitest leaves when its input ends
  });
  watchers.push(watcher);
  let said = '';
  watcher.stdout?.on('data', (bytes) => {
    said += bytes;
  });
  return () => said;
}

/** The environment of a project that is nobody's run and no part of this test. */
function environment(): NodeJS.ProcessEnv {
  const ours = /^(VITEST|TEST$|NODE_ENV$|PM_|CI$)/;
  const given = Object.entries(process.env).filter(([name]) => !ours.test(name));
  return { ...Object.fromEntries(given), HOME: world, XDG_STATE_HOME: join(world, 'state') };
}

function linesOf(name: string): number {
  const file = join(world, name);
  return existsSync(file) ? readFileSync(file, 'utf8').split('\n').length - 1 : 0;
}
