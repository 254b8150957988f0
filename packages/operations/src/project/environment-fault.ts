import { PmError } from '@pm/protocol';
import { isOutOfRoom } from '@pm/protocol/fs';
import type { Context } from './context.ts';
import { locateDirectory } from './locate-directory.ts';

/** What the machine lacks, by the code of a system call's error. */
const FAULTS: Readonly<Record<string, readonly [what: string, next: string]>> = {
  EMFILE: ['This process may not open more files.', 'Raise the limit of this shell, ulimit -n 1024, then call again.'],
  ENFILE: ['The machine has no free file handles.', 'End some programs, or raise fs.file-max, then call again.'],
  EAGAIN: [
    'No more processes can be started here.',
    'End some, or raise the limit: ulimit -u of this user, pids.max of this cgroup. Then call again.',
  ],
  EFBIG: [
    'This process may not write so large a file.',
    'Raise the limit of this shell, ulimit -f unlimited, then call again.',
  ],
  ENOMEM: ['There is not enough memory.', 'End some programs, or raise the limit of this cgroup, then call again.'],
  EROFS: ['The file system is read-only.', 'Name a directory that can be written, with --dir or PM_DIR.'],
  ENOTDIR: ['A file is in the place of a folder.', 'Move it away, or name another directory with --dir or PM_DIR.'],
  EISDIR: ['A folder is in the place of a file.', 'Move it away, or name another directory with --dir or PM_DIR.'],
  EIO: ['The disk reports an error.', 'Look at the log of the kernel (dmesg), then call again.'],
  ESTALE: [
    'A network file system has lost a file.',
    'Mount it again, or name a directory elsewhere with --dir or PM_DIR.',
  ],
};

/** The same error, or a clear one if it is a fault of the machine. It loads nothing, because with EMFILE nothing can be loaded. */
export function environmentFault(error: unknown): unknown {
  const { code = '', path, dest, syscall } = Object(error) as NodeJS.ErrnoException & { readonly dest?: string };
  // Node reports a module that it cannot open without its code.
  const [, named = code] = /^(E[A-Z]+): /.exec(String(Object(error).message)) ?? [];
  const fault = error instanceof PmError ? undefined : FAULTS[named];
  if (fault === undefined) return error;
  const [what, next] = fault;
  const where = dest ?? path ?? syscall;
  return new PmError('directory-unusable', `${what} (${named}${where === undefined ? '' : ` at ${where}`})`, next, {
    cause: error,
  });
}

/** The same error, or a clear one if the disk of the runs is full or the machine lacks something else. */
export function explainFault(error: unknown, input: unknown, context: Context): unknown {
  if (!isOutOfRoom(error)) return environmentFault(error);
  const { dir } = Object(input) as { dir?: string };
  const message = `The disk of ${locateDirectory(dir, context)} is full.`;
  return new PmError('directory-unusable', message, 'Free some space, then try again.', { cause: error });
}
