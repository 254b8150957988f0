import { readFileSync } from 'node:fs';
import { until } from '@pm/testing';
import { expect } from 'vitest';
import type { CheckSpec } from '../src/index.ts';
import { test } from './stage.ts';

test.for<[what: string, spec: CheckSpec, state: string, evidence: string | RegExp]>([
  ['exit 0', 'run:true', 'pass', 'true exited with 0'],
  ['exit 1', 'run:false', 'fail', 'false exited with 1'],
  [
    'what it printed last',
    { check: 'run', argv: ['sh', '-c', 'echo one; echo two >&2; exit 7'] },
    'fail',
    /^sh exited with 7: (?:one \/ two|two \/ one)$/,
  ],
  ['quoted words', `run:sh -c 'test "$0" = "a b"' "a b"`, 'pass', 'sh exited with 0'],
  ['an escaped blank', 'run:test a\\ b = "a b"', 'pass', 'test exited with 0'],
  ['an empty word', "run:test -z ''", 'pass', 'test exited with 0'],
  ['a signal', "run:sh -c 'kill -9 $$'", 'fail', 'sh was ended by SIGKILL'],
  ['no such program', 'run:no-such-program-here', 'fail', /no-such-program-here is not on the PATH/],
  ['its input is empty', 'run:cat', 'pass', 'cat exited with 0'],
  [
    'a hang is a failure',
    { check: 'run', argv: ['sleep', '1000'], timeout: '200ms' },
    'fail',
    'sleep did not end within 200ms',
  ],
])('%s', async ([, spec, state, evidence], { stage }) => {
  const finding = await stage.ask(spec);
  expect(finding).toMatchObject({ state });
  expect(finding.evidence).toMatch(evidence instanceof RegExp ? evidence : new RegExp(`^${escaped(evidence)}$`));
});

test.for(['true && false', 'true || false', 'cat a | grep b', 'true ; false', 'date > file', 'date 2>&1'])(
  '%s is refused, because no shell would run it',
  async (text, { stage }) => {
    await expect(stage.ask(`run:${text}`)).rejects.toThrow('there is no shell');
  },
);

test('the paths of its program and its folder start where the check looks', async ({ stage }) => {
  stage.put('ok.sh', '#!/bin/sh\npwd\nexit 3\n', 0o755);
  expect(await stage.ask('run:./ok.sh')).toMatchObject({ evidence: `./ok.sh exited with 3: ${stage.folder}` });
  expect(await stage.ask({ check: 'run', argv: ['pwd'], cwd: '..' })).toMatchObject({ state: 'pass' });
});

test('a daemon that keeps the output open does not make it wait, and is not killed', async ({ stage }) => {
  const pids = stage.put('pid');
  const argv = ['sh', '-c', 'sleep 1000 & echo $! > "$0"; echo up', pids];
  expect(await stage.ask({ check: 'run', argv, timeout: '60s' })).toMatchObject({
    state: 'pass',
    evidence: 'sh exited with 0: up',
  });
  const pid = Number(readFileSync(pids, 'utf8'));
  expect(isRunning(pid)).toBe(true);
  process.kill(pid, 'SIGKILL');
});

test('what is killed after its time leaves no child', async ({ stage }) => {
  const pids = stage.put('pid');
  const argv = ['sh', '-c', 'sleep 1000 & echo $! > "$0"; wait', pids];
  let pid = 0;
  // On a busy machine the shell may not have begun when its time is over.
  for (const timeout of ['1s', '5s', '30s']) {
    expect(await stage.ask({ check: 'run', argv, timeout })).toMatchObject({ state: 'fail' });
    pid = Number(readFileSync(pids, 'utf8'));
    if (pid > 0) break;
  }
  expect(pid).toBeGreaterThan(0);
  await until(() => !isRunning(pid));
});

/** An orphan that nobody reaps is a zombie. */
function isRunning(pid: number): boolean {
  try {
    return !/^\d+ \(.*\) Z /s.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return false;
  }
}

function escaped(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}
