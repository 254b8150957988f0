import { spawnSync } from 'node:child_process';
import { chmodSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Whether environments can be made here; Debian has venv in a package of its own. */
export const canMakeVenvs = spawnSync('python3', ['-c', 'import venv, ensurepip']).status === 0;

/** A real virtual environment, without pip: that takes a hundred times as long. */
export function makeVenv(folder: string, ...options: string[]): string {
  const { status, stderr } = spawnSync('python3', ['-m', 'venv', '--without-pip', ...options, folder], {
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(`python3 -m venv ${folder}: ${stderr}`);
  return folder;
}

/** A console script as pip's script maker writes it: the `#!` itself, or the detour where a path is too long or has a space. */
export function putScript(venv: string, name: string, prints: string, python = join(venv, 'bin/python3')): string {
  const head =
    /\s/.test(python) || python.length > 125 ? `#!/bin/sh\n'''exec' "${python}" "$0" "$@"\n' '''\n` : `#!${python}\n`;
  const file = join(venv, 'bin', name);
  writeFileSync(
    file,
    `${head}# -*- coding: utf-8 -*-\nimport sys\nif __name__ == '__main__':\n    sys.exit(print('${prints}'))\n`,
  );
  chmodSync(file, 0o755);
  return file;
}

/** lib/python3.N/site-packages. */
export function siteOf(venv: string): string {
  const [python = ''] = readdirSync(join(venv, 'lib'));
  return join(venv, 'lib', python, 'site-packages');
}

/** What a program prints, or the code of the error that kept it from running. */
export function saidBy(file: string, ...args: string[]): string {
  const { stdout, error, status } = spawnSync(file, args, { encoding: 'utf8' });
  return error === undefined
    ? status === 0
      ? stdout.trim()
      : `exit ${status}`
    : String((error as NodeJS.ErrnoException).code);
}
