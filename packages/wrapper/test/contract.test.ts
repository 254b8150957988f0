import { spawn } from 'node:child_process';
import { statSync } from 'node:fs';
import { text } from 'node:stream/consumers';
import { stepPaths } from '@pm/protocol';
import { LONG } from '@pm/testing';
import { expect } from 'vitest';
import { pathOf, test } from './stage.ts';

const RUNS = LONG ? 500 : 8;

// What a reader that has only cat, stat and test -f may rely on. No monitor takes part in these tests.

test('a success leaves pid, heartbeat, log, result and status', async ({ stage }) => {
  const run = await stage.run(['speak.sh']);
  await run.over();
  expect(run.text('step.pid')).toBe(`${run.command.pid}\n`);
  expect(run.text('step.heartbeat')).toMatch(/^\d+\n$/);
  expect(run.text('step.log')).toBe('out\nerr\n');
  expect(run.text('step.result')).toBe('{"acc":0.93}\n');
  expect(run.text('step.status')).toBe('SUCCESS\n');
  expect(run.text('ending')).toBe('v1 exit 0\n');
});

test('a success without a result of its own has an empty one', async ({ stage }) => {
  const run = await stage.run(['end.sh', '0']);
  await run.over();
  expect(run.text('step.result')).toBe('{}\n');
});

test('a failure leaves its status, and no result', async ({ stage }) => {
  const run = await stage.run(['end.sh', '7']);
  await run.over();
  expect(run.text('step.status')).toBe('FAILED\n');
  expect(run.text('step.result')).toBeUndefined();
  expect(run.text('ending')).toBe('v1 exit 7\n');
});

test('a new run shows nothing of the one before, and leaves it its own', async ({ stage }) => {
  const before = await stage.run(['speak.sh']);
  await before.over();
  const run = await stage.run(['until.sh', stage.pathOfCue('go')]);
  expect(run.text('step.status')).toBeUndefined();
  expect(run.text('step.result')).toBeUndefined();
  expect(run.text('step.log')).toBe('');
  expect(run.text('step.pid')).toBe(`${run.command.pid}\n`);
  expect(before.text('log')).toBe('out\nerr\n');
});

test('the flat names are hard links into the newest run', async ({ stage }) => {
  await (await stage.run(['speak.sh'])).over();
  const run = await stage.run(['speak.sh']);
  await run.over();
  for (const kind of ['pid', 'heartbeat', 'log', 'result', 'status'] as const) {
    expect([kind, statSync(stepPaths(stage.dir, 'train')[kind]).ino]).toEqual([kind, statSync(run.paths[kind]).ino]);
  }
});

test('the end is announced in a folder of its own', async ({ stage }) => {
  const run = await stage.run(['end.sh', '0']);
  await run.over();
  expect(statSync(run.paths.ended).ino).toBe(statSync(run.paths.ending).ino);
});

test('records are for the user alone, whatever the umask', async ({ stage }) => {
  const run = await stage.run(['speak.sh']);
  await run.over();
  const modes = ['wrapper', 'command', 'pid', 'exit', 'ending', 'status', 'log', 'heartbeat', 'run', 'deadline'].map(
    (name) => `${name} ${(statSync(`${run.paths.folder}/${name}`).mode & 0o777).toString(8)}`,
  );
  expect(modes.filter((mode) => !mode.endsWith(' 600'))).toEqual([]);
});

test.for([
  ['spin-reader.mjs', '{"complaints":[]}'],
  ['spin-reader.sh', ''],
] as const)(
  '%s, at full speed, sees files whole or not at all, and no status before its result',
  async ([fixture, complaints], { stage }) => {
    const reader = spawn(pathOf(fixture), [stage.dir, String(RUNS)], {
      env: stage.env,
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const said = text(reader.stdout);
    for (let n = 1; n <= RUNS; n++) await (await stage.run(['end.sh', '0'], { step: `s${n}` })).over();
    expect(await said).toBe(`${complaints}read ${RUNS}\n`);
  },
);
