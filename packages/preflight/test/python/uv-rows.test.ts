import { spawnSync } from 'node:child_process';
import { chmodSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { LONG } from '@pm/testing';
import { describe, expect, test } from 'vitest';
import { likelyCause } from '../../src/diagnose/diagnose.ts';
import { prepareChecks, runChecks } from '../../src/index.ts';
import { hasTool, putWheels, UV_PROJECT } from './tools.ts';
import { endWorld, failuresIn, fix, makeWorld, rename, uvSync, type World } from './world.ts';

/** A renamed project of uv, and a global program with the name of its console script, as pytest is on many machines. */
function renamedProject(world: World): void {
  // Outside of the project, as a registry is: packages whose address changes are installed anew.
  putWheels(join(world.root, 'wheels'));
  uvSync(world, { pyproject: UV_PROJECT.replaceAll('path = "', 'path = "../wheels/') });
  rename(world, 'new');
  world.put('../global/tiny', '#!/usr/bin/python3\nimport tiny_tool\n');
  chmodSync(join(world.root, 'global/tiny'), 0o755);
  world.env = { ...world.env, PATH: [world.env['PATH'], join(world.root, 'global')].join(delimiter) };
}

async function stateOf(world: World, spec: string): Promise<string | undefined> {
  const context = { cwd: world.project, env: world.env };
  const checks = await prepareChecks([{ spec, where: 'test' }], { home: world.project, env: world.env });
  return (await runChecks(checks, context))[0]?.state;
}

for (const tool of ['uv', 'uv 0.3.0'] as const)
  describe.skipIf(!LONG || !hasTool(tool))(`${tool}, after a rename of the project`, () => {
    const inWorld = (tell: (world: World) => Promise<void>) => async (): Promise<void> => {
      const world = makeWorld([tool]);
      try {
        renamedProject(world);
        await tell(world);
      } finally {
        endWorld(world);
      }
    };
    const uv = (world: World, ...args: string[]) =>
      spawnSync('uv', args, { cwd: world.project, env: world.env, encoding: 'utf8' });

    test(
      'uv run falls through to a global script, which does not find the module: the hint is the check that fails',
      inWorld(async (world) => {
        const command = ['uv', 'run', 'tiny'];
        const { status, stderr } = uv(world, 'run', 'tiny');
        expect([status, stderr]).toEqual([1, expect.stringContaining("No module named 'tiny_tool'")]);
        const { spec = '' } = likelyCause(stderr, { exitCode: 1, command }) ?? {};
        expect([spec, await stateOf(world, spec)]).toEqual(['venv-scripts', 'fail']);
        expect(await stateOf(world, 'python-module:tiny_tool')).toBe('pass');
        expect(await fix(world)).toEqual([expect.stringContaining('mend-venv')]);
        expect(uv(world, 'run', 'tiny').stdout).toBe('tiny ran\n');
      }),
    );

    test(
      'a console script has a bad interpreter, and a plain sync leaves it',
      inWorld(async (world) => {
        const script = join(world.project, '.venv/bin/tiny');
        expect(uv(world, 'sync').status).toBe(0);
        const said = spawnSync('bash', ['-c', script], { encoding: 'utf8' });
        const { spec = '' } =
          likelyCause(said.stderr, { exitCode: said.status ?? 0, command: ['bash', '-c', script] }) ?? {};
        expect([spec, await stateOf(world, spec)]).toEqual([`venv-scripts:${world.project}/.venv`, 'fail']);
        await fix(world);
        expect(spawnSync(script, { encoding: 'utf8' }).stdout).toBe('tiny ran\n');
      }),
    );

    test(
      'pip does not know what uv run imports',
      inWorld(async (world) => {
        expect(uv(world, 'run', 'python', '-c', 'import tiny_tool').status).toBe(0);
        expect(spawnSync('python3', ['-m', 'pip', 'show', 'tiny-tool']).status).toBe(1);
        expect(await stateOf(world, 'pip-interpreter')).toBe('warn');
        expect(failuresIn(await world.look()).join()).not.toContain('python-packages');
      }),
    );
  });
