import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { appendFileSync, copyFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text as textIn } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { built, until } from '@pm/testing';
import { test as base } from 'vitest';

// What else runs in a project: formatters, version control, watchers. None of them is to notice that runs are live there.

const at = (path: string): string => fileURLToPath(new URL(`../${path}`, import.meta.url));
const MAIN = built(at('apps/cli/dist/main.cjs'));
const BUSY = at('test/fixtures/busy.sh');

/** A project in git, in a world of its own. */
interface Neighbourhood {
  readonly world: string;
  readonly project: string;
  readonly git: (...args: string[]) => string;
  /** Starts a watcher in the project. @returns what it has said so far */
  readonly watch: (file: string, ...args: string[]) => () => string;
  /** Starts a run, which has written all that a job may write. */
  readonly live: () => Promise<void>;
  /** A run from its begin to its end. */
  readonly wholeRun: () => Promise<void>;
  /** The lines in a file of the world. */
  readonly linesOf: (name: string) => number;
}

const test = base.extend<{ here: Neighbourhood }>({
  // biome-ignore lint/correctness/noEmptyPattern: vitest reads the names of what a fixture needs from this pattern
  here: async ({}, use) => {
    const world = mkdtempSync(join(tmpdir(), 'pm-neighbours-'));
    const watchers: ChildProcess[] = [];
    const here = neighbourhood(world, watchers);
    try {
      await use(here);
    } finally {
      await pm(here, 'stop', 'busy', '--force');
      for (const watcher of watchers) watcher.kill();
      await until(() => watchers.every(({ exitCode, signalCode }) => exitCode !== null || signalCode !== null));
      await rm(world, { recursive: true, force: true, maxRetries: 100, retryDelay: 20 }); // the resident may leave just now
    }
  },
});

// Side by side: each waits for what other programs do.
test.concurrent('prettier --check . and git status see nothing of a live run', async ({ here, expect }) => {
  await here.live();
  const { status, said } = await tool(here, 'prettier/bin/prettier.cjs', '--check', '.');
  expect({ status, said }).toEqual({ status: 0, said: expect.not.stringContaining('.pm') });
  expect(here.git('status', '--porcelain', '--untracked-files=all')).toBe('');
});

test.concurrent('nodemon restarts nothing for a run, from its begin to its end', async ({ here, expect }) => {
  const { linesOf, project } = here;
  const said = here.watch('nodemon/bin/nodemon.js', '--verbose', 'app.mjs');
  await until(() => linesOf('starts') === 1, 'nodemon has started the program');
  await here.wholeRun();
  appendFileSync(join(project, 'app.mjs'), '// changed\n');
  await until(() => linesOf('starts') > 1, 'it does see a change of the program');
  expect(linesOf('starts')).toBe(2);
  const triggers = said().match(/files triggering change check: .*/g);
  expect(triggers?.join('\n')).not.toContain('.pm');
});

test.concurrent('a vitest watcher runs nothing again for a run, from its begin to its end', async ({
  here,
  expect,
}) => {
  const { linesOf, project, world } = here;
  here.watch('vitest/vitest.mjs', '--watch', '--globals', '--root', project);
  await until(() => linesOf('runs') === 1, 'vitest has run the test');
  await here.wholeRun();
  writeFileSync(join(project, 'subject.js'), 'export const subject = 2;\n');
  await until(() => readFileSync(join(world, 'runs'), 'utf8').includes('2'), 'it does see a change of what is tested');
  expect(readFileSync(join(world, 'runs'), 'utf8')).toBe('1\n2\n');
});

function neighbourhood(world: string, watchers: ChildProcess[]): Neighbourhood {
  const project = join(world, 'project');
  const git: Neighbourhood['git'] = (...args) => execFileSync('git', args, { cwd: project, encoding: 'utf8' });
  mkdirSync(project);
  writeFileSync(join(project, 'package.json'), '{\n  "type": "module"\n}\n');
  writeFileSync(join(project, '.prettierrc'), '{ "singleQuote": true, "printWidth": 120 }\n');
  writeFileSync(join(project, 'subject.js'), 'export const subject = 1;\n');
  copyFileSync(at('test/fixtures/counts-starts.mjs'), join(project, 'app.mjs'));
  copyFileSync(at('test/fixtures/counts-runs.js'), join(project, 'some.test.js'));
  git('init', '-q');
  git('add', '-A');
  git('-c', 'user.name=x', '-c', 'user.email=x@x', 'commit', '-qm', 'all there is');

  const here: Neighbourhood = {
    world,
    project,
    git,
    watch(file, ...args) {
      const watcher = spawn(process.execPath, [at(`node_modules/${file}`), ...args], {
        cwd: project,
        env: { ...environment(world), STARTS: join(world, 'starts'), RUNS: join(world, 'runs') },
        stdio: ['pipe', 'pipe', 'ignore'], // vitest leaves when its input ends
      });
      watchers.push(watcher);
      let said = '';
      watcher.stdout?.on('data', (bytes) => {
        said += bytes;
      });
      return () => said;
    },
    async live() {
      const options = ['--beat', '200ms', '--stale', '1s'];
      const started = await pm(here, 'start', 'busy', ...options, '--', BUSY, join(world, 'go'));
      if (started !== 0) throw new Error(`pm start: exit ${started}`);
      const log = join(project, '.pm/busy.log');
      await until(() => existsSync(log) && readFileSync(log).length > 100, 'it has written');
      await until(() => Number(readFileSync(join(project, '.pm/busy.heartbeat'), 'utf8')) > 5, 'it beats');
    },
    async wholeRun() {
      await here.live();
      writeFileSync(join(world, 'go'), '');
      const ended = await pm(here, 'wait', 'busy');
      if (ended !== 0) throw new Error(`pm wait: exit ${ended}`);
    },
    linesOf(name) {
      const file = join(world, name);
      return existsSync(file) ? readFileSync(file, 'utf8').split('\n').length - 1 : 0;
    },
  };
  return here;
}

async function pm({ world, project }: Neighbourhood, ...args: string[]): Promise<number | null> {
  const call = spawn(process.execPath, [MAIN, ...args], { cwd: project, env: environment(world), stdio: 'ignore' });
  await once(call, 'exit');
  return call.exitCode;
}

async function tool(
  { project }: Neighbourhood,
  file: string,
  ...args: string[]
): Promise<{ status: number | null; said: string }> {
  const call = spawn(process.execPath, [at(`node_modules/${file}`), ...args], {
    cwd: project,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const [out, err] = await Promise.all([textIn(call.stdout), textIn(call.stderr), once(call, 'close')]);
  return { status: call.exitCode, said: `${out}${err}` };
}

/** The environment of a project that is nobody's run and no part of this test. */
function environment(world: string): NodeJS.ProcessEnv {
  const ours = /^(VITEST|TEST$|NODE_ENV$|PM_|CI$)/;
  const given = Object.entries(process.env).filter(([name]) => !ours.test(name));
  return { ...Object.fromEntries(given), HOME: world, XDG_STATE_HOME: join(world, 'state') };
}
