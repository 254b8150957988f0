import { accessSync, closeSync, constants, openSync, readSync, type Stats, statSync } from 'node:fs';
import { delimiter, resolve } from 'node:path';

/**
 * Where a command was found, or why it cannot be started: what a shell would report by exit 126 and 127, known before a
 * run begins.
 */
export type Resolution =
  | { readonly kind: 'found'; readonly path: string }
  | { readonly kind: 'not-found' | 'cannot-execute'; readonly why: string };

/**
 * Resolves `command` as execvp(3) would, and then the interpreter of its `#!` line: if that is missing, the kernel
 * reports ENOENT for the script itself, which misleads.
 * @param cwd the directory that the command will start in; a name with a slash is relative to it
 * @param path the value of PATH; without it `/usr/bin:/bin`
 */
export function resolveCommand(command: string, cwd: string, path: string | undefined): Resolution {
  const found = locateCommand(command, cwd, path);
  if (found.kind !== 'found') return found;
  const interpreter = interpreterOf(found.path);
  if (interpreter === undefined) return found;
  const [program, argument = ''] = interpreter;
  const shebang = executable(resolve(cwd, program)); // the kernel takes it for a path, whatever it looks like
  if (shebang.kind !== 'found') return broken(found.path, program, shebang.why);
  // `#!/usr/bin/env python3`: env(1) is there, what it looks for may not be.
  const target = program.endsWith('/env') ? commandOfEnv(argument) : undefined;
  if (target === undefined) return found;
  const resolved = locateCommand(target, cwd, path);
  return resolved.kind === 'found' ? found : broken(found.path, target, resolved.why);
}

/**
 * What env(1) would look for: its whole argument, or with -S the first word. Undefined where it would parse options or
 * quotes.
 */
function commandOfEnv(argument: string): string | undefined {
  const split = /^(?:-S|--split-string)[ \t=]*([^ \t]*)/.exec(argument)?.[1];
  const target = split ?? argument;
  return target === '' || /^-|[='"\\$]/.test(target) ? undefined : target;
}

/** Finds a program as execvp(3) would, without looking at its interpreter. */
export function locateCommand(command: string, cwd: string, path: string | undefined): Resolution {
  if (command === '') return { kind: 'not-found', why: 'the command is empty' };
  if (command.includes('/')) return executable(resolve(cwd, command));
  let refused: Resolution | undefined;
  for (const folder of (path ?? '/usr/bin:/bin').split(delimiter)) {
    const candidate = executable(resolve(cwd, folder, command));
    if (candidate.kind === 'found') return candidate;
    if (candidate.kind === 'cannot-execute') refused ??= candidate;
  }
  return refused ?? { kind: 'not-found', why: `${command} is not on the PATH` };
}

function executable(path: string): Resolution {
  let stat: Stats | undefined;
  try {
    stat = statSync(path, { throwIfNoEntry: false });
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOTDIR') return { kind: 'not-found', why: `${path} does not exist` };
    // An unreadable folder on the PATH: execvp(3) continues with the next one, and so do we.
    return { kind: 'cannot-execute', why: `${path} cannot be looked at (${code})` };
  }
  if (stat === undefined) return { kind: 'not-found', why: `${path} does not exist` };
  if (!stat.isFile()) return { kind: 'cannot-execute', why: `${path} is not a file` };
  try {
    accessSync(path, constants.X_OK);
  } catch {
    return { kind: 'cannot-execute', why: `${path} is not executable (chmod +x it)` };
  }
  return { kind: 'found', path };
}

/**
 * The interpreter and its one argument as the kernel reads them: from the first 256 bytes (execve(2), BINPRM_BUF_SIZE).
 */
function interpreterOf(path: string): readonly [string, string | undefined] | undefined {
  let fd: number;
  try {
    fd = openSync(path, 'r');
  } catch {
    return undefined; // executable but not readable: the kernel may run it, we cannot look
  }
  try {
    const head = Buffer.alloc(256);
    const [line = ''] = head.toString('utf8', 0, readSync(fd, head, 0, 256, 0)).split('\n');
    const [, program, argument] = /^#![ \t]*([^ \t]+)(?:[ \t]+([^\n]*?))?[ \t]*$/.exec(line) ?? [];
    return program === undefined ? undefined : [program, argument];
  } finally {
    closeSync(fd);
  }
}

function broken(script: string, interpreter: string, why: string): Resolution {
  if (interpreter.endsWith('\r')) {
    const why = `${script} has Windows line ends: the kernel looks for an interpreter whose name ends in a carriage return`;
    return { kind: 'cannot-execute', why };
  }
  return { kind: 'cannot-execute', why: `${script} asks for the interpreter ${interpreter}: ${why}` };
}
