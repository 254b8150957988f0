import { spawnSync } from 'node:child_process';
import { mkdirSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect } from 'vitest';
import { applyFixes } from '../src/index.ts';
import { saidBy } from './snake.ts';
import { fixture, test } from './stage.ts';

const hasUv = spawnSync('uv', ['--version']).status === 0;
if (!hasUv) console.warn('uv is not here: what its sync does to a moved environment is not tested');

/** A real project of uv: one dependency from a file, with a console script. No network. */
describe.skipIf(!hasUv)('with the real uv', () => {
  test('a plain sync leaves stale scripts, the second remedy writes them anew', async ({ stage }) => {
    mkdirSync(join(stage.folder, 'old'));
    saidBy('python3', fixture('make-wheel.py'), join(stage.folder, 'old'));
    stage.put(
      'old/pyproject.toml',
      `[project]\nname = "ours"\nversion = "1.0"\nrequires-python = ">=3.8"\ndependencies = ["tiny-tool"]\n
[tool.uv.sources]\ntiny-tool = { path = "tiny_tool-1.0-py3-none-any.whl" }\n`,
    );
    const cwd = join(stage.folder, 'new');
    const env = { ...process.env, UV_OFFLINE: '1', VIRTUAL_ENV: undefined };
    const uv = (...args: string[]) => spawnSync('uv', args, { cwd, env, encoding: 'utf8' });
    const made = spawnSync('uv', ['sync', '--no-managed-python'], {
      cwd: join(stage.folder, 'old'),
      env,
      encoding: 'utf8',
    });
    expect(made.status, made.stderr).toBe(0);
    renameSync(join(stage.folder, 'old'), cwd);

    expect(uv('run', '--no-sync', 'python', '-c', 'import tiny_tool').status).toBe(0);
    expect(uv('sync').status).toBe(0);
    const dead = await stage.askIn(cwd, 'venv-scripts');
    expect(dead).toMatchObject({ state: 'fail', evidence: expect.stringContaining('tiny') });
    const [, sync] = dead.remedies ?? [];
    expect(sync?.argv.slice(0, 2)).toEqual(['uv', 'sync']);
    const [applied] = await applyFixes([{ check: dead.check, ...sync, argv: sync?.argv ?? [] }], { cwd, env });
    expect(applied).toMatchObject({ applied: true });
    expect(await stage.askIn(cwd, 'venv-scripts')).toMatchObject({ state: 'pass' });
    expect(saidBy(join(cwd, '.venv/bin/tiny'))).toBe('tiny ran');
  });
});
