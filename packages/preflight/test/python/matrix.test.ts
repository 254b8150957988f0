import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { LONG } from '@pm/testing';
import { describe, expect, test } from 'vitest';
import { saidBy } from '../snake.ts';
import { BROKEN } from './broken-rows.ts';
import { HEALTHY } from './healthy-rows.ts';
import { hasTool, pythonNamed, type Tool } from './tools.ts';
import { approve, endWorld, failuresIn, fix, makeWorld, type World } from './world.ts';

/** Those that need no tool and take a second or two. All of them are run by `npm run test:long`. */
const FAST = new Set([
  'python -m venv --copies',
  'python -m venv in a project (copy)',
  "python -m venv: o'brien renamed to plain",
  'the activated environment was deleted',
  'the project behind -e ../lib was renamed',
]);

function isRun(what: string, tools: readonly Tool[] = [], minors: readonly string[] = []): boolean {
  if (!LONG) return FAST.has(what) && saidBy('python3', '-c', 'import venv, pip') === '';
  return tools.every(hasTool) && minors.every((minor) => pythonNamed(minor) !== undefined);
}

describe('a healthy environment has no failure', () => {
  for (const { what, tools, folder, make } of HEALTHY)
    test.skipIf(!isRun(what, tools, /(?<=Python )3\.\d+/.exec(what) ?? []))(what, async () => {
      const world = makeWorld(tools, folder);
      try {
        make(world);
        const findings = await world.look();
        expect(failuresIn(findings)).toEqual([]);
        const seen = findings.filter(({ state }) => state === 'pass').map(({ check }) => check);
        if (!what.includes('outside')) expect(seen).toContain('python-version');
        if (!/pyenv|pipx/.test(what)) expect(seen).toContain('python-packages');
      } finally {
        endWorld(world);
      }
    });
});

describe('a broken environment is named and mended', () => {
  for (const { what, tools, minors, folder, make, found, by } of BROKEN)
    test.skipIf(!isRun(what, tools, minors))(what, async () => {
      const world = makeWorld(tools ?? [], folder);
      try {
        make(world);
        expect(failuresIn(await world.look()).join('\n')).toMatch(found);
        if (by === 'told') return;
        const [, check = ''] = /\^([a-z-]+):/.exec(found.source) ?? [];
        const done = by === 'fix' ? await fix(world) : await approve(world, check);
        expect(failuresIn(await world.look()), done.join('\n')).toEqual([]);
        expectToWork(world);
      } finally {
        endWorld(world);
      }
    });
});

/** Its script runs, its projects in place can be imported, and each shell that is here activates it. */
function expectToWork({ project, root }: World): void {
  const python = join(project, '.venv/bin/python');
  expect(saidBy(join(project, '.venv/bin/tiny'))).toBe('tiny ran');
  if (['lib', 'library', 'new/lib'].some((name) => existsSync(join(root, name))))
    expect(saidBy(python, '-c', 'import ours, lib; print(ours.answer, lib.answer)')).toBe('42 42');
  for (const [shell, file] of [
    ['bash', 'activate'],
    ['fish', 'activate.fish'],
    ['tcsh', 'activate.csh'],
  ] as const) {
    const path = join(project, '.venv/bin', file);
    if (!existsSync(path) || spawnSync(shell, ['-c', 'true']).status !== 0) continue;
    const script = `source '${path.replaceAll("'", `'"'"'`).replaceAll('!', shell === 'tcsh' ? '\\!' : '!')}'; which python`;
    const env = { PATH: process.env['PATH'], HOME: root };
    expect([shell, spawnSync(shell, ['-c', script], { encoding: 'utf8', env }).stdout.trim()]).toEqual([shell, python]);
  }
}

const BY = {
  fix: '`pm preflight --fix`',
  approve: 'the remedy that the check names',
  told: 'nothing; the evidence says what to do',
} as const;

test('docs/explanation/python-environments.md lists them', async () => {
  const rows = BROKEN.map(
    ({ what, found, by }) => `| ${what} | \`${/\^([a-z-]+):/.exec(found.source)?.[1]}\` | ${BY[by]} |`,
  );
  await expect(`# Environments of Python that were tried

\`npm run test:long\` makes each of these with the real tools: \`python -m venv\`, virtualenv, uv (the newest, and the oldest that makes or syncs environments), Poetry, pipx and pyenv. What a machine does not have is skipped, with the way to get it. This page is written by that test.

## Healthy

No check fails.

${HEALTHY.map(({ what }) => `- ${what}`).join('\n')}

## Broken

The check that finds it, and what mends it. After that, no check fails, console scripts run, and \`activate\` leads to the environment.

| what happened | found by | mended by |
| ------------- | -------- | --------- |
${rows.join('\n')}
`).toMatchFileSnapshot('../../../../docs/explanation/python-environments.md');
});
