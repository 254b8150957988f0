import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  cpSync,
  type Dirent,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { afterAll } from 'vitest';

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

/** Whether the Python that environments are made of has a pip. */
export const hasPip = spawnSync('python3', ['-c', 'import pip']).status === 0;

/** Puts the pip of that Python into an environment, with its scripts: what `ensurepip` does, without its seconds of compiling. */
export function copyPip(venv: string): void {
  const find = 'import os, pip; print(os.path.dirname(os.path.dirname(pip.__file__)))';
  const from = saidBy('python3', '-c', find);
  for (const name of readdirSync(from).filter((entry) => /^pip(-[\d.]+\.dist-info)?$/.test(entry)))
    symlinkSync(join(from, name), join(siteOf(venv), name)); // nobody writes there
  const start = 'from pip._internal.cli.main import main\nimport sys\nsys.exit(main())\n';
  for (const name of ['pip', 'pip3'])
    writeFileSync(join(venv, 'bin', name), `#!${join(venv, 'bin/python3')}\n${start}`, { mode: 0o755 });
}

let made: string | undefined;
afterAll(() => {
  if (made !== undefined) rmSync(dirname(made), { recursive: true });
});

/** What `makeVenv` makes, copied from one that was made before: a Python less to start for each test. */
export function copyVenv(folder: string): string {
  // Its name is in the prompt, and a shell has to quote some paths: such a copy would be another one than is made there.
  if (basename(folder) !== '.venv' || !/^[\w./-]+$/.test(folder)) return makeVenv(folder);
  made ??= makeVenv(join(mkdtempSync(join(tmpdir(), 'pm-venv-')), '.venv'));
  cpSync(made, folder, { recursive: true, verbatimSymlinks: true });
  for (const { name, parentPath } of readdirSync(folder, { recursive: true, withFileTypes: true }).filter(isFile)) {
    const file = join(parentPath, name);
    writeFileSync(file, readFileSync(file, 'utf8').replaceAll(made, folder));
  }
  return folder;
}

const isFile = (entry: Dirent): boolean => entry.isFile();

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
