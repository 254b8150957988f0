import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { expect } from 'vitest';
import { type SpawnWrapper, spawnAttached } from '../src/index.ts';
import { pathOf, test } from './stage.ts';

test('umask, working directory and limits of the starter are those of the command', async ({ stage }) => {
  const cwd = join(stage.folder, `a folder's "name"`);
  mkdirSync(cwd);
  const limited: SpawnWrapper = (shell, args, { cwd, env, stdio }) =>
    spawn(pathOf('limited.sh'), [shell, ...args], { cwd, env, stdio: [...stdio], detached: true });
  const run = await stage.run(['surroundings.sh'], { cwd, spawn: limited });
  await run.over();
  expect(run.text('log')).toBe(`0027\n${cwd}\n77\n`);
});

test('a working directory that is gone: 125, and the log says why', async ({ stage }) => {
  const run = await stage.run(['end.sh', '0'], { cwd: '/nowhere/at all' });
  await run.over();
  expect(run.text('ending')).toBe('v1 exit 125\n');
  expect(run.text('log')).toContain('/nowhere/at all');
});

test('1.9 MB of arguments arrive whole', async ({ stage }) => {
  const argv = Array.from({ length: 19 }, (_, i) => String.fromCharCode(97 + i).repeat(100_000));
  const run = await stage.run(['arguments.mjs', ...argv]);
  await run.over();
  expect(run.text('log')).toBe(`19 ${createHash('sha256').update(argv.join('\0')).digest('hex')}`);
});

test('arguments arrive as they are: empty ones, blanks, quotes, newlines, dashes', async ({ stage }) => {
  const argv = ['', ' ', `'"$(id)"'`, '\n', '--', '-e', '*', 'ä', '\\n'];
  const run = await stage.run(['arguments.mjs', ...argv]);
  await run.over();
  expect(run.text('log')).toBe(`9 ${createHash('sha256').update(argv.join('\0')).digest('hex')}`);
});

test('standard input is empty', async ({ stage }) => {
  const run = await stage.run(['surroundings.sh']);
  await run.over();
  expect(run.text('log')?.trim().split('\n')).toHaveLength(3);
});

test('standard input can be passed on', async ({ stage }) => {
  const stdin = openSync(pathOf('end.sh'), 'r');
  const run = await stage.run(['surroundings.sh'], { stdin });
  await run.over();
  expect(run.text('log')).toContain(readFileSync(pathOf('end.sh'), 'utf8'));
});

test('standard error can be kept apart', async ({ stage }) => {
  const run = await stage.run(['speak.sh'], { split: true });
  await run.over();
  expect([run.text('log'), run.text('errors')]).toEqual(['out\n', 'err\n']);
});

test('an attached run has the same records', async ({ stage }) => {
  const run = await stage.run(['speak.sh'], { spawn: spawnAttached });
  await run.over();
  expect([run.text('log'), run.text('step.status')]).toEqual(['out\nerr\n', 'SUCCESS\n']);
});

test('nobody but the command holds its output: a pipe ends with it', async ({ stage }) => {
  const piped: SpawnWrapper = (shell, args, { cwd, env }) =>
    spawn(shell, args, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'], detached: true });
  let output: Promise<string> | undefined;
  const run = await stage.run(['speak.sh'], {
    env: { ...stage.env, PATH: `${pathOf('stuck')}:${process.env['PATH']}`, STUCK_UNTIL: stage.pathOfCue('go') },
    spawn: (...args) => {
      const child = piped(...args);
      output = text(child.stdout ?? Readable.from([]));
      return child;
    },
  });
  expect(await output).toBe('out\n'); // while the wrapper is still there
  stage.cue('go');
  await run.over();
});
