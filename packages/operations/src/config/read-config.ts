import { closeSync, constants, fstatSync, openSync, readFileSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { PmError } from '@pm/protocol';
import type { Config } from './config.ts';

const MAX_BYTES = 1_048_576;

/** The path of the configuration of a directory of runs: beside the directory. It need not exist. */
export function configFileOf(dir: string): string {
  return join(dirname(dir), 'pm.config.json');
}

/** A configuration as it was read for this call, or the fault of its file. */
export interface ReadConfig {
  /** The directory of runs that it is beside. */
  readonly dir: string;
  /** Undefined: there is no file, or it has a fault. */
  readonly config?: Config | undefined;
  readonly fault?: unknown;
}

/**
 * The configuration beside a directory of runs. A call reads it once and passes it on: a file that is edited meanwhile must not mix two
 * versions in one answer. Without a file it costs one failed open: the schema is loaded only when there is one.
 * @param known what was read for this call before; it is used if it is of the same directory
 * @returns undefined if there is no such file
 * @throws PmError `usage` if it cannot be read, or is not a valid configuration
 */
export async function readConfig(dir: string, known?: ReadConfig): Promise<Config | undefined> {
  if (known?.dir === dir) {
    if (known.fault !== undefined) throw known.fault;
    return known.config;
  }
  const file = configFileOf(dir);
  const text = textOf(file);
  if (text === undefined) return undefined;
  const { parseConfig } = await import('./parse-config.ts');
  return parseConfig(file, text);
}

function textOf(file: string): string | undefined {
  let fd: number;
  try {
    fd = openSync(file, constants.O_RDONLY | constants.O_NONBLOCK); // a FIFO of that name must not block the call
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    throw unreadable(file, `cannot be read (${code})`);
  }
  try {
    const { size, uid } = checked(file, fd);
    // The file says which programs to run. In a folder that others can write to (/tmp), it must not belong to another user.
    const trusted = [process.geteuid?.(), 0, statSync(dirname(file)).uid];
    if (!trusted.includes(uid))
      throw unreadable(file, `belongs to uid ${uid}, which is neither you nor the owner of its folder`);
    if (size > MAX_BYTES) throw unreadable(file, `has ${size} bytes, more than ${MAX_BYTES}`);
    return readFileSync(fd, 'utf8');
  } finally {
    closeSync(fd);
  }
}

function checked(file: string, fd: number): { size: number; uid: number } {
  const stat = fstatSync(fd);
  if (!stat.isFile()) throw unreadable(file, 'is not a regular file');
  return stat;
}

function unreadable(file: string, why: string): PmError {
  return new PmError('usage', `${file} ${why}.`, 'Correct or remove it, or use another directory with --dir.');
}
