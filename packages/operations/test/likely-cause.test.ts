import { once } from 'node:events';
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import { describe, expect } from 'vitest';
import { animal, QUICK, test } from './stage.ts';

describe('a failure of the environment', () => {
  test('names the check that finds it, in every answer that tells of it', async ({ stage }) => {
    const script = join(stage.folder, 'x/.venv/bin/pytest');
    mkdirSync(join(script, '..'), { recursive: true });
    writeFileSync(script, '#!/old/.venv/bin/python3\n');
    chmodSync(script, 0o755);
    const look = {
      operation: 'preflight',
      input: { check: [`venv-scripts:${stage.folder}/x/.venv`] },
      why: 'likely: the interpreter of a console script is missing',
    };
    const command = [animal('calls.sh'), script];
    expect((await stage.ask('run', { step: 'a', command, ...QUICK })).next).toContainEqual(look);
    expect((await stage.ask('start', { step: 'b', command, wait: true, ...QUICK })).next).toContainEqual(look);
    expect((await stage.ask('status', { step: 'b' })).next).toContainEqual(look);
    expect((await stage.ask('wait', { steps: ['a'] }, { cwd: '/' })).next).toContainEqual({
      ...look,
      input: { ...look.input, cwd: stage.folder },
    });
    const { findings } = await askPreflight(stage, { ...look.input, cwd: stage.folder }, '/');
    expect(findings).toMatchObject([{ check: 'venv-scripts', state: 'fail' }]);
  });

  test('asks the interpreter that failed, not the one of the project', async ({ stage }) => {
    const python = join(stage.folder, 'python3');
    writeFileSync(python, '#!/bin/sh\necho "ModuleNotFoundError: No module named \'mypkg\'" >&2; exit 1\n');
    chmodSync(python, 0o755);
    const { next } = await stage.ask('run', { step: 'a', command: [python, '-c', 'import mypkg'], ...QUICK });
    const [look] = next.filter(({ operation }) => operation === 'preflight');
    expect(look?.input).toEqual({ check: [`python-module:mypkg ${python}`] });
    const { findings } = await askPreflight(stage, look?.input ?? {}, stage.folder);
    expect(findings).toMatchObject([{ state: 'fail', evidence: expect.stringContaining(`${python}: `) }]);
  });

  test('of a port in use leads to who holds it', async ({ stage }) => {
    const held = createServer().listen(0, '127.0.0.1');
    await once(held, 'listening');
    try {
      const { port } = held.address() as AddressInfo;
      const message = `Error: listen EADDRINUSE: address already in use 127.0.0.1:${port}`;
      const { next } = await stage.ask('run', { step: 'a', command: [animal('tells.sh'), message, '1'], ...QUICK });
      const look = next.find(({ operation }) => operation === 'preflight');
      const why = expect.stringMatching(`^likely: port ${port} was in use; it is held by .* \\(pid ${process.pid}\\)$`);
      expect(look).toEqual({ operation: 'preflight', input: { check: [`port:${port}`] }, why });
      const { findings } = await askPreflight(stage, look?.input ?? {}, stage.folder);
      expect(findings).toMatchObject([{ state: 'fail', evidence: expect.stringContaining(`pid ${process.pid}`) }]);
    } finally {
      held.close();
    }
  });

  test('that no check finds is told with the call that shows its log', async ({ stage }) => {
    const message = 'FATAL ERROR: Reached heap limit Allocation failed - JavaScript heap out of memory';
    const { next } = await stage.ask('run', { step: 'a', command: [animal('tells.sh'), message, '134'], ...QUICK });
    expect(next[0]).toMatchObject({
      operation: 'logs',
      input: { step: 'a' },
      why: expect.stringMatching(/^likely: Node/),
    });
    expect((await stage.ask('status', { step: 'a' })).next).toEqual(next);
  });

  test.for([
    "AssertionError: expected 'connect ECONNREFUSED 127.0.0.1:1' to be ''",
    "KeyError: 'port 8080'",
    "src/a.ts(3,5): error TS2304: Cannot find name 'ENOSPC'.",
    'main.c:3:5: error: ‘EADDRINUSE’ undeclared',
    '✗ handles ECONNREFUSED 127.0.0.1:5432',
  ])('is not seen in an error of the code: %s', async (message, { stage }) => {
    const { next } = await stage.ask('run', { step: 'a', command: [animal('tells.sh'), message, '1'], ...QUICK });
    expect(next.filter(({ why }) => why.startsWith('likely'))).toEqual([]);
  });

  test('that keeps its command from running has the call that mends it, if it is a script of an environment', async ({
    stage,
  }) => {
    const venv = join(stage.folder, 'x/.venv');
    for (const [folder, count] of [
      [venv, 1],
      [join(stage.folder, 'plain'), 0],
    ] as const) {
      mkdirSync(join(folder, 'bin'), { recursive: true });
      if (folder === venv) writeFileSync(join(venv, 'pyvenv.cfg'), 'home = /usr/bin\n');
      writeFileSync(join(folder, 'bin/pytest'), '#!/old/.venv/bin/python3\n');
      chmodSync(join(folder, 'bin/pytest'), 0o755);
      const { refusal, next } = await stage.ask('start', { step: 'a', command: [join(folder, 'bin/pytest')] });
      expect(refusal?.kind).toBe('cannot-execute');
      const mend = { operation: 'preflight', input: { check: [`venv-scripts:${venv}`], fix: true } };
      expect(next).toMatchObject(Array.from({ length: count }, () => mend));
    }
  });

  test('is not looked for after a success, nor where the log says nothing of it', async ({ stage }) => {
    for (const [step, word] of [
      ['ok', 'true'],
      ['bad', 'false'],
    ] as const) {
      const { next } = await stage.ask('run', { step, command: [animal('calls.sh'), word], ...QUICK });
      expect(next.filter(({ operation }) => operation === 'preflight')).toEqual([]);
    }
  });
});

async function askPreflight(stage: { dir: string; env: object }, input: object, cwd: string) {
  const { operations } = await import('../src/index.ts');
  const preflight = await operations.preflight();
  const context = { cwd, env: { ...stage.env }, signal: new AbortController().signal };
  return preflight.run(preflight.input.parse({ ...input, dir: stage.dir }), context);
}
