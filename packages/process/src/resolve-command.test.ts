import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { resolveCommand } from './resolve-command.ts';

// bin/          job, not-executable, folder/, and scripts named by their first line
// other/        job, not-executable (here it is)
// bin/file      a file where the PATH expects a folder
let root = '';
beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'pm-resolve-'));
  for (const folder of ['bin/folder', 'other', 'locked']) mkdirSync(join(root, folder), { recursive: true });
  put('bin/job');
  put('other/job');
  put('other/not-executable');
  put('bin/not-executable', '#!/bin/sh\n', 0o644);
  put('bin/no-shebang', 'exit 0\n');
  put('bin/empty', '');
  put('bin/dead', '#!/nowhere/python3\n');
  put('bin/dead-of-windows', '#!/bin/sh\r\n');
  put('bin/env-of-windows', '#!/usr/bin/env sh\r\n');
  put('bin/by-name', '#!sh\n');
  put('bin/übersetzer');
  put('bin/not-ascii', `#!${root}/bin/übersetzer\n`);
  put('bin/spaced', '#! /bin/sh -e\n');
  put('bin/env-found', '#!/usr/bin/env job\n');
  put('bin/env-missing', '#!/usr/bin/env no-such-python\n');
  put('bin/env-two-words', '#!/usr/bin/env job --quick\n');
  put('bin/env-split', '#!/usr/bin/env -S job --quick\n');
  put('bin/env-split-missing', '#!/usr/bin/env -S no-such-uv run --script\n');
  put('bin/env-assigns', '#!/usr/bin/env -S DEBUG=1 no-such-python\n');
  put('bin/env-option', '#!/usr/bin/env -i\n');
  put('locked/job');
  symlinkSync('loop', join(root, 'loop'));
  symlinkSync('nowhere', join(root, 'bin/dangling'));
});
afterAll(() => {
  rmSync(root, { recursive: true });
});

function put(path: string, text = '#!/bin/sh\n', mode = 0o755): void {
  writeFileSync(join(root, path), text);
  chmodSync(join(root, path), mode);
}

/** PATH and cwd are given relative to the root. */
function resolved(command: string, path = 'bin', cwd = '.'): string {
  const PATH = path
    .split(':')
    .map((folder) => (folder === '' ? '' : join(root, folder)))
    .join(':');
  const resolution = resolveCommand(command, join(root, cwd), PATH);
  const text = resolution.kind === 'found' ? resolution.path : `${resolution.kind}: ${resolution.why}`;
  return text.replaceAll(`${root}/`, '');
}

describe('found', () => {
  test.each<[string, string, string?, string?, string?]>([
    ['on the PATH', 'job', 'bin', '.', 'bin/job'],
    ['in the first folder that has it', 'job', 'other:bin', '.', 'other/job'],
    ['behind one that is not executable', 'not-executable', 'bin:other', '.', 'other/not-executable'],
    ['behind a folder of its name', 'job', 'bin/folder:bin', '.', 'bin/job'],
    ['behind a file that the PATH takes for a folder', 'job', 'bin/no-shebang:bin', '.', 'bin/job'],
    ['behind a folder that cannot be looked at', 'job', 'loop:bin', '.', 'bin/job'],
    ['in the working directory, where the PATH has an empty entry', 'job', ':other', 'bin', 'bin/job'],
    ['relative to the working directory', './job', 'other', 'bin', 'bin/job'],
    ['above the working directory', '../other/job', 'bin', 'bin', 'other/job'],
    ['without a first line that says how', 'no-shebang', 'bin', '.', 'bin/no-shebang'],
    ['empty', 'empty', 'bin', '.', 'bin/empty'],
    ['with a blank and an option in its first line', 'spaced', 'bin', '.', 'bin/spaced'],
    ['by an interpreter whose path is not ASCII', 'not-ascii', 'bin', '.', 'bin/not-ascii'],
    ['by env, and what env looks for', 'env-found', 'bin', '.', 'bin/env-found'],
    ['by env -S, and what env looks for', 'env-split', 'bin', '.', 'bin/env-split'],
    ['by env -S with an assignment: not looked into', 'env-assigns', 'bin', '.', 'bin/env-assigns'],
    ['by env with an option: not looked into', 'env-option', 'bin', '.', 'bin/env-option'],
  ])('%s', (_, command, path, cwd, expected) => {
    expect(resolved(command, path, cwd)).toBe(expected);
  });

  test('without any PATH, where the system keeps its own', () => {
    expect(resolveCommand('sh', root, undefined)).toMatchObject({ kind: 'found' });
  });
});

describe('refused', () => {
  test.each<[string, string, string, string?, string?]>([
    ['no name', '', 'not-found: the command is empty'],
    ['nowhere on the PATH', 'no-such', 'not-found: no-such is not on the PATH'],
    ['a file on the PATH is no folder', 'no-such', 'not-found: no-such is not on the PATH', 'bin/job'],
    ['relative, and not there', './no-such', 'not-found: no-such does not exist'],
    ['a link to nowhere', 'bin/dangling', 'not-found: bin/dangling does not exist'],
    ['not executable', 'not-executable', 'cannot-execute: bin/not-executable is not executable (chmod +x it)'],
    ['a folder', 'bin/folder', 'cannot-execute: bin/folder is not a file'],
    ['only where it cannot be looked at', 'job', 'cannot-execute: loop/job cannot be looked at (ELOOP)', 'loop'],
    [
      'its interpreter is gone (a moved venv)',
      'dead',
      'cannot-execute: bin/dead asks for the interpreter /nowhere/python3: /nowhere/python3 does not exist',
    ],
    [
      'its interpreter is named without a path: the kernel searches none',
      'by-name',
      'cannot-execute: bin/by-name asks for the interpreter sh: sh does not exist',
    ],
    [
      'it came from Windows',
      'dead-of-windows',
      'cannot-execute: bin/dead-of-windows has Windows line ends: the kernel looks for an interpreter whose name ends in a carriage return',
    ],
    [
      'it came from Windows, and env is asked',
      'env-of-windows',
      'cannot-execute: bin/env-of-windows has Windows line ends: the kernel looks for an interpreter whose name ends in a carriage return',
    ],
    [
      'env would not find it',
      'env-missing',
      'cannot-execute: bin/env-missing asks for the interpreter no-such-python: no-such-python is not on the PATH',
    ],
    [
      'env gets the rest of the line as one name',
      'env-two-words',
      'cannot-execute: bin/env-two-words asks for the interpreter job --quick: job --quick is not on the PATH',
    ],
    [
      'env -S would not find it',
      'env-split-missing',
      'cannot-execute: bin/env-split-missing asks for the interpreter no-such-uv: no-such-uv is not on the PATH',
    ],
  ])('%s', (_, command, expected, path = 'bin', cwd = '.') => {
    expect(resolved(command, path, cwd)).toBe(expected);
  });

  test('what the user may not look at, and nothing else of the name', () => {
    chmodSync(join(root, 'locked'), 0o000);
    const uid = process.geteuid?.();
    chmodSync(root, 0o755);
    if (uid === 0) process.seteuid?.(65_534); // root may look anywhere
    try {
      expect(resolved('job', 'locked')).toBe('cannot-execute: locked/job cannot be looked at (EACCES)');
      expect(resolved('job', 'locked:bin')).toBe('bin/job');
    } finally {
      if (uid === 0) process.seteuid?.(0);
      chmodSync(join(root, 'locked'), 0o755);
    }
  });
});
