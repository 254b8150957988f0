import { spawnSync } from 'node:child_process';
import { renameSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { LONG } from '@pm/testing';
import { describe, expect } from 'vitest';
import { applyFixes, planFixes } from '../src/index.ts';
import { canMakeVenvs, copyPip, copyVenv, hasPip, makeVenv, saidBy } from './snake.ts';
import { fixture, test } from './stage.ts';

/** An activated environment: its scripts first, then ours. */
function active(venv: string): Record<string, string> {
  return { VIRTUAL_ENV: venv, PATH: `${join(venv, 'bin')}${delimiter}${process.env['PATH']}` };
}

describe.skipIf(!canMakeVenvs)('with the real pip', () => {
  test.skipIf(!hasPip)(
    'what pip installed dies with a rename, is mended, runs, and pip still knows and removes it',
    async ({ stage }) => {
      const old = copyVenv(join(stage.folder, 'old/.venv'));
      copyPip(old);
      const wheel = saidBy('python3', fixture('make-wheel.py'), stage.folder);
      const { status, stderr } = spawnSync(join(old, 'bin/pip'), ['install', '--no-index', '--no-deps', wheel], {
        encoding: 'utf8',
      });
      expect(status, stderr).toBe(0);
      expect(saidBy(join(old, 'bin/tiny'))).toBe('tiny ran');

      renameSync(join(stage.folder, 'old'), join(stage.folder, 'new'));
      const venv = join(stage.folder, 'new/.venv');
      expect(saidBy(join(venv, 'bin/tiny'))).toBe('ENOENT');
      const dead = await stage.ask(`venv-scripts:${venv}`);
      expect(dead.evidence).toMatch(/^(\d+) of \1 scripts cannot run: pip, pip3,.* tiny; /);
      await applyFixes(planFixes([dead]), stage.context);
      expect(await stage.ask(`venv-scripts:${venv}`)).toMatchObject({ state: 'pass' });
      expect(saidBy(join(venv, 'bin/tiny'))).toBe('tiny ran');
      expect(await stage.ask('pip-interpreter', active(venv))).toMatchObject({ state: 'pass' });
      expect(saidBy(join(venv, 'bin/pip'), 'uninstall', '-y', 'tiny-tool')).toContain('Successfully uninstalled');
      expect(saidBy(join(venv, 'bin/tiny'))).toBe('ENOENT');
    },
  );

  // What people try first: it changes neither.
  test.for([['--upgrade'], ['--without-pip']])(
    '`python3 -m venv %s` leaves stale scripts as they are',
    ([option = ''], { stage }) => {
      const old = copyVenv(join(stage.folder, 'old/.venv'));
      stage.put('old/.venv/bin/tiny', `#!${old}/bin/python3\nprint('tiny ran')\n`, 0o755);
      renameSync(join(stage.folder, 'old'), join(stage.folder, 'new'));
      makeVenv(join(stage.folder, 'new/.venv'), option);
      expect(saidBy(join(stage.folder, 'new/.venv/bin/tiny'))).toBe('ENOENT');
    },
  );

  test.skipIf(!hasPip)(
    "a pip of another environment is told, and an activated one without pip is to get its Python's own",
    async ({ stage }) => {
      for (const options of LONG ? [[], ['--system-site-packages']] : [[]]) {
        const venv = makeVenv(join(stage.folder, '.venv'), '--clear', ...options);
        const here = { ...stage.context, env: active(venv) };
        const other = await stage.ask('pip-interpreter', here.env);
        expect(other).toMatchObject({
          state: 'warn',
          evidence: expect.stringMatching(
            /pip installs into .*, but .*\.venv\/bin\/python belongs to .*\.venv: use .* -m pip$/,
          ),
        });
        if (options.length > 0) continue; // there pip is seen already, and ensurepip has nothing to do
        expect(planFixes([other])).toMatchObject([
          { argv: [join(venv, 'bin/python'), '-m', 'ensurepip', '--default-pip'] },
        ]);
        if (LONG) await applyFixes(planFixes([other]), here);
        else copyPip(venv); // what it does, without its seconds of compiling
        expect(await stage.ask('pip-interpreter', here.env)).toMatchObject({ state: 'pass' });
      }
    },
  );

  test('without pip there is nothing to ask', async ({ stage }) => {
    expect(await stage.ask('pip-interpreter:no-such-pip')).toMatchObject({ state: 'skip' });
  });
});
