import { accessSync, constants, realpathSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import type { DoctorCheck, DoctorFinding } from './doctor-answer.ts';

export const SHELL: DoctorCheck = { check: 'shell', what: 'the wrapper has what it needs' };
export const NODE: DoctorCheck = { check: 'node', what: 'this Node.js is supported' };

/** The shell of the wrapper, and the program that gives a job its own session. Without one, a `kill 0` in a job reaches its wrapper. */
export function shell(path: string | undefined): DoctorFinding {
  const sh = resolved('/bin/sh');
  if (sh === undefined)
    return {
      ...SHELL,
      result: 'fail',
      fact: 'there is no /bin/sh',
      remedy: 'install a POSIX shell: dash, bash or busybox',
    };
  const [setsid, perl] = ['setsid', 'perl'].map((program) => found(program, path));
  if (setsid !== undefined) return { ...SHELL, result: 'pass', fact: `/bin/sh is ${sh}, setsid is ${setsid}` };
  if (perl !== undefined)
    return {
      ...SHELL,
      result: 'pass',
      fact: `/bin/sh is ${sh}; there is no setsid, so ${perl} gives jobs their own process group`,
    };
  return {
    ...SHELL,
    result: 'warn',
    fact: `/bin/sh is ${sh}, but there is neither setsid nor perl: a job that signals its own group reaches its wrapper`,
    remedy: 'install util-linux',
  };
}

/** The versions of `engines` in package.json: ^20.19 || ^22.12 || >=24. */
export function node(version: string = process.versions.node): DoctorFinding {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const isSupported = (major === 20 && minor >= 19) || (major === 22 && minor >= 12) || major >= 24;
  if (isSupported) return { ...NODE, result: 'pass', fact: `v${version}` };
  return { ...NODE, result: 'fail', fact: `v${version}`, remedy: 'use 20.19, 22.12, 24 or newer' };
}

/** Looks where the wrapper looks: in the PATH of the caller, then in the usual folders. */
function found(program: string, path: string | undefined): string | undefined {
  const folders = [...(path ?? '').split(delimiter).filter((folder) => folder !== ''), '/usr/bin', '/bin'];
  return folders.map((folder) => join(folder, program)).find((file) => isExecutable(file));
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

function resolved(file: string): string | undefined {
  try {
    return realpathSync(file);
  } catch {
    return undefined;
  }
}
